"""Parts of a program taken out of the graph: detach on an edge, no_grad around statements."""

from __future__ import annotations

import pytest

from engine.edit.cutting import toggle_detach, toggle_no_grad
from engine.edit.ground import Ground
from tests.support.grounds import after, card, ground_of, refusal

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


def op(ground: Ground, name: str) -> str:
    """The first card of an op."""
    return next(k for k, e in ground.scenes.entities.items() if e.op == name)


@pytest.mark.parametrize(
    ("line", "user", "argument", "new"),
    [
        ("y = w * x", "mul", 0, "y = w.detach() * x"),
        ("y = w * x", "mul", 1, "y = w * x.detach()"),
        ("y = (w + x) * 2  # twice", "mul", 0, "y = (w + x).detach() * 2  # twice"),
        ("y = torch.exp(w + x)", "exp", 0, "y = torch.exp((w + x).detach())"),
        ("y = torch.exp(-w)", "exp", 0, "y = torch.exp((-w).detach())"),
        ("y = w.exp().sum()", "sum", 0, "y = w.exp().detach().sum()"),
        ("y = w * w.detach()", "mul", 1, "y = w * w"),
        ("y = w * w.detach()", "detach", 0, "y = w * w"),
        ("y = (w + x).detach() * 2", "mul", 0, "y = (w + x) * 2"),
        ("y = torch.exp((w + x).detach())", "exp", 0, "y = torch.exp(w + x)"),
        ("y = (\n    w  # ä\n    + x\n).detach() * 2", "mul", 0, "y = (\n    w  # ä\n    + x\n) * 2"),
        ("y = (\n    w  # ä\n    + x\n) * 2", "mul", 0, "y = (\n    w  # ä\n    + x\n).detach() * 2"),
    ],
)
def test_an_operand_is_cut_off_and_joined_again(line: str, user: str, argument: int, new: str) -> None:
    g = ground_of(LEAVES + line + "\n")
    assert after(g, toggle_detach(g, op(g, user), argument)) == LEAVES + new + "\n"


def test_an_input_of_a_layer_is_cut_off_where_the_layer_is_called() -> None:
    source = LEAVES + "layer = torch.nn.Linear(1, 1)\nu = w.view(1)\ny = layer(u)\n"
    g = ground_of(source)
    view = next(e for e in g.scenes.entities.values() if e.op == "view" and e.sources == (g.card("u"),))
    assert after(g, toggle_detach(g, view.key, 0)) == source.replace("layer(u)", "layer(u.detach())")


@pytest.mark.parametrize(
    ("lines", "user", "argument", "why"),
    [
        ("y = 3 * w\n", "mul", 1, "3 is a number: it has no graph that could be cut."),
        ("c = torch.ones(1)\ny = c * w\n", "mul", 0, "c does not require grad: there is nothing to cut."),
        ("for i in range(2):\n    y = w * x\n", "mul", 0, "This is made in a loop: change line 6 itself."),
    ],
)
def test_edges_that_cannot_be_cut_are_refused(lines: str, user: str, argument: int, why: str) -> None:
    g = ground_of(LEAVES + lines)
    assert refusal(toggle_detach(g, op(g, user), argument)) == why


# --- no_grad ----------------------------------------------------------------------------------

ROUND = [
    (["y"], "y = w * x  # product\nz = y + 1\n", "with torch.no_grad():\n    y = w * x  # product\nz = y + 1\n"),
    (
        ["y", "z"],
        "y = w * x\n\n# one more\nz = y + 1\ny.sum()\n",
        "with torch.no_grad():\n    y = w * x\n\n    # one more\n    z = y + 1\ny.sum()\n",
    ),
    (
        ["y", "u"],
        "y = w * x\nz = x + 1\nu = y * 3",
        "with torch.no_grad():\n    y = w * x\nz = x + 1\nwith torch.no_grad():\n    u = y * 3",
    ),
    (
        ["y"],
        'def f(a):\n\n    y = a * len("""\n  x""")\n    return y\nz = f(w)\n',
        'def f(a):\n\n    with torch.no_grad():\n        y = a * len("""\n  x""")\n    return y\nz = f(w)\n',
    ),
    (["y"], "if True:\n  y = w * x\n", "if True:\n  with torch.no_grad():\n    y = w * x\n"),
    (
        ["y"],
        "y = torch.stack([\n    w,  # ä\n    x,\n])\n",
        "with torch.no_grad():\n    y = torch.stack([\n        w,  # ä\n        x,\n    ])\n",
    ),
]


def keys_of(ground: Ground, names: list[str]) -> list[str]:
    """The results that were called so, or whose part of the text reads so."""
    called = {name: k for k, e in ground.scenes.entities.items() for _, name in e.names}
    return [called.get(name) or card(ground, name) for name in names]


@pytest.mark.parametrize(("names", "free", "cut"), ROUND)
def test_statements_are_put_into_no_grad_and_taken_out(names: list[str], free: str, cut: str) -> None:
    g = ground_of(LEAVES + free)
    assert after(g, toggle_no_grad(g, keys_of(g, names))) == LEAVES + cut
    g = ground_of(LEAVES + cut)
    assert after(g, toggle_no_grad(g, keys_of(g, names))) == LEAVES + free


@pytest.mark.parametrize(
    ("names", "lines", "new"),
    [
        (
            ["w + x"],
            "y = (w + x) * (w + 1)\n",
            "with torch.no_grad():\n    a = w + x\ny = a * (w + 1)\n",
        ),
        (
            ["u", "w + x", "w + 1"],
            "u = w * 2\n# next\ny = (w + x) * (w + 1)\n",
            "with torch.no_grad():\n    u = w * 2\n    a = w + x\n    b = w + 1\n# next\ny = a * b\n",
        ),
        (
            ["w + x", "(w + x) * 2"],
            "y = ((w + x) * 2).exp()\n",
            "with torch.no_grad():\n    a = (w + x) * 2\ny = a.exp()\n",
        ),
        (["w", "y"], "y = w * 2\n", "with torch.no_grad():\n    y = w * 2\n"),
        (["y"], "a = 1\ny = w * 2; z = 3\n", None),
        (
            ["y"],
            "with torch.no_grad():  # off\n    y = w * 2\n    print(y)\nz = 1\n",
            "# off\ny = w * 2\nprint(y)\nz = 1\n",
        ),
        (["y"], "with torch.no_grad(): y = w * 2\n", "y = w * 2\n"),
    ],
)
def test_blocks_of_no_grad(names: list[str], lines: str, new: str | None) -> None:
    g = ground_of(LEAVES + lines)
    answer = toggle_no_grad(g, keys_of(g, names))
    if new is None:
        assert refusal(answer) == "Line 6 holds several statements: put each on a line of its own first."
    else:
        assert after(g, answer) == LEAVES + new


@pytest.mark.parametrize(
    ("names", "lines", "why"),
    [
        (["w"], "y = w * 2\n", "no_grad is for ops: select one that is to be computed without a graph."),
        (["y"], "for i in range(2):\n    y = w * 2\n", "This is made in a loop: change line 6 itself."),
        (
            ["y"],
            "with torch.no_grad():\n    y = w * 2\n    z = w * 3\n",
            "Line 7 stands in the same no_grad block: select what it makes, too, or move it by hand.",
        ),
        (
            ["a"],
            "@torch.no_grad()\ndef f(v):\n    a = v * 2\n    return a\ny = f(w)\n",
            "y is computed without a graph already: no_grad is on where its line is called.",
        ),
    ],
)
def test_what_cannot_stand_in_no_grad_is_refused(names: list[str], lines: str, why: str) -> None:
    g = ground_of(LEAVES + lines)
    assert refusal(toggle_no_grad(g, keys_of(g, names))) == why
