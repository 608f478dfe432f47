"""requires_grad switched by a gesture: where it is written, and what torch says where it cannot be."""

from __future__ import annotations

import pytest

from engine.edit.flags import toggle_requires_grad
from tests.support.grounds import after, card, ground_of, proposal, refusal

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(2))

net = Net()
"""
FLOATS = "x is int64: give it numbers with a point, such as 1.0, or dtype=torch.float32."
WHOLE = f"RuntimeError: Only Tensors of floating point and complex dtype can require gradients\n{FLOATS}"
HEAD = "import torch\nfrom torch import nn\n"
LEAF = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
    "that doesn't require differentiation use var_no_grad = var.detach()."
)


def toggled(lines: str, name: str) -> str:
    g = ground_of(HEAD + lines)
    key = g.card(name)
    assert key is not None
    text = after(g, toggle_requires_grad(g, key))
    assert text.startswith(HEAD)
    again = ground_of(text)
    other = again.card(name)
    assert other is not None
    assert again.entity(other).tracked != g.entity(key).tracked
    return text.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ("w = torch.tensor(1.0)  # weight\n", "w = torch.tensor(1.0, requires_grad=True)  # weight\n"),
        ("w = torch.tensor((1.0))\n", "w = torch.tensor((1.0), requires_grad=True)\n"),
        ("w = torch.randn(2, dtype=torch.float64)\n", "w = torch.randn(2, dtype=torch.float64, requires_grad=True)\n"),
        ("w = torch.ones(\n    2,  # ä\n)\n", "w = torch.ones(\n    2, requires_grad=True,  # ä\n)\n"),
        ("x = torch.ones(2)\nw = x.new_ones(3)\n", "x = torch.ones(2)\nw = x.new_ones(3, requires_grad=True)\n"),
        ("w = torch.as_tensor(1.0)\n", "w = torch.as_tensor(1.0).requires_grad_()\n"),
        ("w = torch.ones(4).view(2, 2)\n", "w = torch.ones(4).view(2, 2).requires_grad_()\n"),
        ("w = 2 * torch.ones(2)\nn = 1\n", "w = 2 * torch.ones(2)\nw.requires_grad_()\nn = 1\n"),
        ("p = nn.Parameter(torch.ones(2), requires_grad=False)\n", "p = nn.Parameter(torch.ones(2))\n"),
        ("p = nn.Parameter(torch.ones(2), False)\n", "p = nn.Parameter(torch.ones(2), True)\n"),
        ("w = torch.tensor(\n    1.0,\n)\n", "w = torch.tensor(\n    1.0, requires_grad=True,\n)\n"),
        ("l = nn.Linear(2, 1)\nl.weight.requires_grad_(False)\nn = 1\n", "l = nn.Linear(2, 1)\nn = 1\n"),
    ],
)
def test_the_flag_goes_where_a_person_writes_it_and_back(off: str, on: str) -> None:
    name = "l.weight" if "Linear" in off else "p" if off.startswith("p") else "w"
    assert toggled(off, name) == on
    if ", True" not in on:
        assert toggled(on, name) == off.replace("Parameter(torch.ones(2), False)", "Parameter(torch.ones(2))")


@pytest.mark.parametrize(
    ("lines", "name", "new"),
    [
        ("w = torch.tensor(1.0, requires_grad=False)\n", "w", "w = torch.tensor(1.0, requires_grad=True)\n"),
        (
            "w = torch.tensor(\n    1.0,  # one\n    requires_grad=True,\n)\n",
            "w",
            "w = torch.tensor(\n    1.0,  # one\n)\n",
        ),
        ("w = torch.zeros(requires_grad=True, size=(2,))\n", "w", "w = torch.zeros(size=(2,))\n"),
        ("w = torch.ones(2).requires_grad_()\n", "w", "w = torch.ones(2)\n"),
        ("w = (\n    torch.ones(2)\n).requires_grad_(True)\n", "w", "w = (\n    torch.ones(2)\n)\n"),
        ("w = torch.ones(2)\nw.requires_grad = True  # from here on\nn = 1\n", "w", "w = torch.ones(2)\nn = 1\n"),
        ("w = torch.ones(2)\nw.requires_grad = False\n", "w", "w = torch.ones(2)\nw.requires_grad = True\n"),
        ("w = torch.ones(2)\nw.requires_grad_(False)\n", "w", "w = torch.ones(2)\nw.requires_grad_()\n"),
        ("w = torch.ones(2)\nw.requires_grad_(); n = 1\n", "w", "w = torch.ones(2)\nw.requires_grad_(False); n = 1\n"),
        (
            "net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())\nx = 1\n",
            "net[0].bias",
            "net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())\nnet[0].bias.requires_grad_(False)\nx = 1\n",
        ),
        (
            "l = nn.Linear(2, 1)\nfor p in l.parameters():\n    p.requires_grad = False\nn = 1\n",
            "l.bias",
            "l = nn.Linear(2, 1)\nfor p in l.parameters():\n    p.requires_grad = False\nl.bias.requires_grad_()\nn = 1\n",
        ),
        (
            "l = nn.Linear(2, 1)\nl.requires_grad_(False)\n",
            "l.weight",
            "l = nn.Linear(2, 1)\nl.requires_grad_(False)\nl.weight.requires_grad_()\n",
        ),
        (
            NET,
            "net.w",
            NET + "net.w.requires_grad_(False)\n",
        ),
        (
            "def f():\n    return torch.ones(2)\nw = f()\n",
            "w",
            "def f():\n    return torch.ones(2, requires_grad=True)\nw = f()\n",
        ),
    ],
)
def test_flags_are_taken_back_turned_or_written_after(lines: str, name: str, new: str) -> None:
    assert toggled(lines, name) == new


@pytest.mark.parametrize(
    ("lines", "name", "why"),
    [
        (
            "x = torch.tensor([1, 2])\n",
            "x",
            WHOLE,
        ),
        (
            "x = torch.arange(3)\n",
            "x",
            WHOLE,
        ),
        (
            "x = torch.ones(3).argmax()\n",
            "x",
            f"RuntimeError: only Tensors of floating point dtype can require gradients\n{FLOATS}",
        ),
        (
            "w = torch.ones(2, requires_grad=True)\ny = w * 2\n",
            "y",
            (
                "y is made by line 4: only leaves can be switched. Detach it instead: select an edge and press X.\n"
                f"RuntimeError: {LEAF}"
            ),
        ),
        (
            "on = True\nw = torch.ones(2, requires_grad=on)\n",
            "w",
            "Line 4 says requires_grad=on: change on there.",
        ),
        ("for i in range(2):\n    w = torch.ones(2)\n", "w", "This is made in a loop: change line 4 itself."),
    ],
)
def test_what_cannot_require_grad_is_refused(lines: str, name: str, why: str) -> None:
    g = ground_of(HEAD + lines)
    key = g.card(name)
    assert key is not None
    assert refusal(toggle_requires_grad(g, key)) == why


def test_a_number_cannot_require_grad() -> None:
    g = ground_of(HEAD + "w = torch.ones(2, requires_grad=True)\ny = w * 3\n")
    number = next(k for k, e in g.scenes.entities.items() if e.number == 3)
    assert refusal(toggle_requires_grad(g, number)) == (
        "A number cannot require grad: put a leaf in its place, which can."
    )
    assert proposal(toggle_requires_grad(g, card(g, "w"))).says == "w does not require grad any more"
