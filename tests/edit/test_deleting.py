"""Cards deleted with all that is made of them: what goes, what stays, and what is said of it."""

from __future__ import annotations

import pytest

from engine.edit.deleting import delete, dependents
from engine.trace import events as ev
from tests.support.grounds import after, card, ground_of, proposal, refusal

LEAVES = (
    "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)  # data\n"
)
W = "w = torch.tensor(1.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("lines", "name", "new", "says"),
    [
        ("y = x * 2\n", "y", LEAVES, "Deletes y: 1 line"),
        ("y = x * 2  # twice\nz = w + 1\n", "y", LEAVES + "z = w + 1\n", "Deletes y: 1 line"),
        (
            "# products\na = w * x\ny = a + 1\n\ny.backward()\nprint(w.grad)\n",
            "x",
            "import torch\n\n" + W + "# products\n\n",
            "Deletes x, a, y and 2 others: 5 lines",
        ),
        (
            "x = torch.ones(2)\ny = x * 2\n",
            "y",
            LEAVES + "x = torch.ones(2)\n",
            "Deletes y: 1 line",
        ),
        (
            "a = x * 2; b = w + 1; c = a + b\n",
            "x * 2",
            LEAVES + "b = w + 1\n",
            "Deletes a and c: 1 line",
        ),
        (
            "y = x * 2\nfor i in range(2):\n    print(i)\n    z = y * i\n    print(f'{z}')\n",
            "y",
            LEAVES + "for i in range(2):\n    print(i)\n",
            "Deletes y, z and print(f'{z}'): 3 lines",
        ),
        (
            "y = x * 2\nfor i in range(2):\n    z = y * i\nn = 1\n",
            "y",
            LEAVES + "n = 1\n",
            "Deletes y and for i in range(2): z = y * i: 3 lines",
        ),
        (
            "y = x * 2\nif w > 0:\n    n = 1\nelse:\n    n = y\nprint(n)\n",
            "y",
            LEAVES + "if w > 0:\n    n = 1\n",
            "Deletes y, n and print(n): 4 lines",
        ),
        (
            "y = x * 2\nif w > 0:\n    n = y\nelse:\n    n = 1\nm = 2\n",
            "y",
            LEAVES + "m = 2\n",
            "Deletes y and if w > 0: n = y else: n = 1: 5 lines",
        ),
        (
            "k = torch.ones(1)\n\ndef f(a):\n    return a * k\n\ny = f(w)\nprint(y)\nz = w * 2\n",
            "k",
            LEAVES + "\n\nz = w * 2\n",
            "Deletes k, f(), y and print(y): 5 lines",
        ),
        (
            "def f(a):\n    b = a * 2\n    c = a + 1\n    return c\ny = f(w)\n",
            "a * 2",
            LEAVES + "def f(a):\n    c = a + 1\n    return c\ny = f(w)\n",
            "Deletes b: 1 line",
        ),
        (
            "def f(a):\n    b = a * 2\n    return b\ny = f(w)\nn = 1\n",
            "a * 2",
            LEAVES + "n = 1\n",
            "Deletes f() and y: 4 lines",
        ),
        (
            "y = x * 2\nys = [y for y in (1, 2)]\ng = lambda y: y + 1\nprint(ys)\n",
            "y",
            LEAVES + "ys = [y for y in (1, 2)]\ng = lambda y: y + 1\nprint(ys)\n",
            "Deletes y: 1 line",
        ),
        (
            "y = x * 2\ntry:\n    n = 1\nfinally:\n    print(y)\nwith torch.no_grad():\n    y -= 1\n",
            "y",
            LEAVES + "try:\n    n = 1\nfinally:\n    pass\n",
            "Deletes y, print(y) and with torch.no_grad(): y -= 1: 4 lines",
        ),
        ("y = (x * 2) + (w * 3)\n", "x * 2", LEAVES, "Deletes y: 1 line"),
        ("y = x * 2", "y", LEAVES, "Deletes y: 1 line"),
    ],
)
def test_what_is_deleted_takes_along_what_uses_it(lines: str, name: str, new: str, says: str) -> None:
    g = ground_of(LEAVES + lines)
    key = g.card(name) or next((k for k, e in g.scenes.entities.items() if (0, name) in e.names), None)
    answer = delete(g, [key or card(g, name)])
    assert after(g, answer) == new
    assert proposal(answer).says == says
    assert isinstance(ground_of(new).trace.events[-1], ev.Finished)


def test_what_goes_with_a_card_can_be_asked_before() -> None:
    g = ground_of(LEAVES + "a = w * x\ny = a + 1\nz = w * 2\n")
    found = dependents(g, [card(g, "x")])
    assert isinstance(found, list)
    assert [g.syntax.text(s) for s in found] == ["a = w * x", "y = a + 1"]


def test_several_cards_go_together_and_numbers_are_left_to_their_ops() -> None:
    g = ground_of(LEAVES + "a = w * 3\ny = x + 1\n")
    three = next(k for k, e in g.scenes.entities.items() if e.number == 3)
    assert refusal(delete(g, [three])) == "A number is part of an op: write another one, or delete the op."
    assert after(g, delete(g, [card(g, "a"), three, card(g, "y")])) == LEAVES


LOOP = """for i in range(2):
    loss = w * x
    loss.backward()
    with torch.no_grad():
        x -= 0.1 * x.grad
        x.grad.zero_()
print(x)
"""
TWICE = "y = w * 2 + x\nz = x * 3\nz.backward()\ny.backward()\nprint(x.grad)\n"


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        pytest.param(LOOP, "print(x)\n", id="in a loop; what was updated keeps its value"),
        pytest.param(TWICE, "z = x * 3\nz.backward()\nprint(x.grad)\n", id="filled by another pass as well"),
        pytest.param("print(x.grad)\ny = w * x\ny.backward()\n", "print(x.grad)\n", id="read before"),
        pytest.param("y = w * x\ny.backward()\nx.grad = None\nprint(x)\n", "x.grad = None\nprint(x)\n", id="set"),
        pytest.param("def f():\n    y = x * 2\n    y.backward()\nf()\nz = w * x\nz.backward()\nprint(x.grad)\n",
            "def f():\n    y = x * 2\n    y.backward()\nf()\nprint(x.grad)\n", id="filled by a function"),
        pytest.param("a = x * 2\na.retain_grad()\ny = a * w\ny.backward()\nprint(a.grad)\n", "a = x * 2\na.retain_grad()\n", id="retained"),
    ],
)  # fmt: skip
def test_a_gradient_that_nothing_fills_any_more_is_not_read(lines: str, left: str) -> None:
    g = ground_of(LEAVES + lines)
    new = after(g, delete(g, [card(g, "w")]))
    assert new == LEAVES.replace(W, "") + left
    assert isinstance(ground_of(new).trace.events[-1], ev.Finished)


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("opt = torch.optim.SGD([w, x, b], lr=0.1)", "opt = torch.optim.SGD([x, b], lr=0.1)"),
        ("opt = torch.optim.SGD([x, w], lr=0.1)", "opt = torch.optim.SGD([x], lr=0.1)"),
        ("opt = torch.optim.SGD((x, w), lr=0.1)", "opt = torch.optim.SGD((x,), lr=0.1)"),
        ("opt = torch.optim.Adam(params=[w,\n    b,\n    x,\n])", "opt = torch.optim.Adam(params=[b,\n    x,\n])"),
        (
            'opt = torch.optim.SGD([{"params": [w, x], "lr": 1.0}, {"params": [b]}], lr=0.1)',
            'opt = torch.optim.SGD([{"params": [x], "lr": 1.0}, {"params": [b]}], lr=0.1)',
        ),
        ("ps = [w, x]\nfor p in ps:\n    print(p)", "ps = [x]\nfor p in ps:\n    print(p)"),
        ("opt = torch.optim.SGD([w], lr=0.1)\nopt.zero_grad()", ""),
        ("ps = [w, x]\nprint(ps[1])", ""),
        ("g = torch.stack([w, x])", ""),
    ],
)
def test_a_parameter_leaves_the_list_that_others_stay_in(line: str, new: str) -> None:
    source = LEAVES + "b = torch.tensor(0.5, requires_grad=True)\n"
    g = ground_of(f"{source}{line}\n")
    answer = delete(g, [card(g, "w")])
    text = after(g, answer)
    assert text == source.replace(W, "") + (f"{new}\n" if new else "")
    assert ("; line 6 stays without w" in proposal(answer).says) == bool(new)
    assert isinstance(ground_of(text).trace.events[-1], ev.Finished)


def test_what_is_made_in_a_loop_is_left_to_its_author() -> None:
    g = ground_of(LEAVES + "for i in range(2):\n    y = w * x\n")
    assert refusal(delete(g, [list(g.scenes.entities)[-1]])) == "This is made in a loop: change line 6 itself."
