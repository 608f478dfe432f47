"""Cards once more, under names of their own."""

from __future__ import annotations

import pytest

from engine.edit.duplicating import duplicate
from engine.trace import events as ev
from tests.support.grounds import after, card, ground_of, proposal, refusal

LEAVES = (
    "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)  # data\n"
)


@pytest.mark.parametrize(
    ("lines", "names", "new"),
    [
        ("y = w * x\n", ["y"], "y = w * x\ny2 = w * x\n"),
        ("y = w * x  # product\ny.backward()\n", ["y"], "y = w * x  # product\ny2 = w * x\ny.backward()\n"),
        (
            "a = w * x\nn = 1\ny = a + a * w\nz = y\n",
            ["a", "y"],
            "a = w * x\nn = 1\ny = a + a * w\na2 = w * x\ny2 = a2 + a2 * w\nz = y\n",
        ),
        ("a2 = w * x\na3 = a2 + 1\n", ["a2"], "a2 = w * x\na4 = w * x\na3 = a2 + 1\n"),
        ("y = (w + x) * (w + 1)\n", ["w + x"], "y = (w + x) * (w + 1)\na = w + x\n"),
        (
            "y = (\n    w  # ä\n    + x\n) * 2\n",
            ["y"],
            "y = (\n    w  # ä\n    + x\n) * 2\ny2 = (\n    w  # ä\n    + x\n) * 2\n",
        ),
        (
            "u = torch.ones(2)\nu.requires_grad_()\n",
            ["u"],
            "u = torch.ones(2)\nu.requires_grad_()\nu2 = torch.ones(2)\nu2.requires_grad_()\n",
        ),
        (
            "u = torch.ones(2).requires_grad_()\n",
            ["u"],
            "u = torch.ones(2).requires_grad_()\nu2 = torch.ones(2).requires_grad_()\n",
        ),
        (
            "l = torch.nn.Linear(1, 1)\n",
            ["l.weight"],
            "l = torch.nn.Linear(1, 1)\nl2 = torch.nn.Linear(1, 1)\n",
        ),
        (
            "def f(a):\n    return (a + 1) * 2\ny = f(w)\n",
            ["a + 1"],
            "def f(a):\n    b = a + 1\n    return (a + 1) * 2\ny = f(w)\n",
        ),
        (
            "y = w * x\n(g,) = torch.autograd.grad(y, w)\n",
            ["g"],
            "y = w * x\n(g,) = torch.autograd.grad(y, w, retain_graph=True)\n(g2,) = torch.autograd.grad(y, w)\n",
        ),
        (
            "y = w * x\ng = torch.autograd.grad(y, w)[0]\n",
            ["y", "g"],
            "y = w * x\ng = torch.autograd.grad(y, w)[0]\ny2 = w * x\ng2 = torch.autograd.grad(y2, w)[0]\n",
        ),
        (
            "y = w * w\n(g,) = torch.autograd.grad(y, w, create_graph=True)\n",
            ["g"],
            (
                "y = w * w\n(g,) = torch.autograd.grad(y, w, create_graph=True)\n"
                "(g2,) = torch.autograd.grad(y, w, create_graph=True)\n"
            ),
        ),
        ("(w * x).sum()\n", ["(w * x).sum()"], "(w * x).sum()\na = (w * x).sum()\n"),
        ("a, y = w * 2, x\n", ["w * 2"], "a, y = w * 2, x\nb = w * 2\n"),
    ],
)
def test_statements_are_written_once_more(lines: str, names: list[str], new: str) -> None:
    g = ground_of(LEAVES + lines)
    text = after(g, duplicate(g, [g.card(name) or card(g, name) for name in names]))
    assert text == LEAVES + new
    assert isinstance(ground_of(text).trace.events[-1], ev.Finished)


def test_leaves_are_duplicated_with_what_is_made_of_them() -> None:
    g = ground_of(LEAVES + "y = w * x")
    answer = duplicate(g, [card(g, "w"), card(g, "y")])
    assert after(g, answer) == LEAVES + "y = w * x\nw2 = torch.tensor(1.0, requires_grad=True)\ny2 = w2 * x\n"
    assert proposal(answer).says == "w2 and y2: the same once more"
    assert proposal(answer).makes == "w2"


@pytest.mark.parametrize(
    ("lines", "names", "why"),
    [
        (
            "y = w * x\nx = torch.ones(1)\nz = y + 1\n",
            ["y", "z"],
            "Line 6 gives x another value: a copy after it would not be the same. Write it by hand.",
        ),
        (
            "def f(a):\n    b = a + 1\n    return b\ny = f(w) * 2\n",
            ["a + 1", "y"],
            "Line 6 and line 8 stand in different blocks. Duplicate them one by one.",
        ),
        ("for i in range(2):\n    y = w * x\n", ["y"], "This is made in a loop: change line 6 itself."),
        ("y = w * x\ny += 1\n", ["y"], "Line 6 edits a tensor in place: duplicate what it is made of."),
    ],
)
def test_copies_that_would_be_something_else_are_refused(lines: str, names: list[str], why: str) -> None:
    g = ground_of(LEAVES + lines)
    assert refusal(duplicate(g, [g.card(name) or card(g, name) for name in names])) == why


def test_a_number_is_no_card_to_copy() -> None:
    g = ground_of(LEAVES + "y = w * 3\n")
    three = next(k for k, e in g.scenes.entities.items() if e.number == 3)
    assert refusal(duplicate(g, [three])) == "Select a leaf or a result: a number is part of its op."
