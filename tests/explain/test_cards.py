"""What cards say."""

from __future__ import annotations

from engine.explain.cards import Card, Grad, card
from tests.support.runs import FIRST, moment_of


def cards(source: str, cursor: int | None = None) -> dict[str, Card]:
    m = moment_of(source, cursor)
    found = [card(m, e) for e in m.scenes.members(m.scene) if e.made < m.place]
    return {c.title: c for c in found}


def test_at_step_three_of_backward() -> None:
    c = cards(FIRST, 8)
    assert (c["w"].value, c["w"].grad, c["w"].grad_kind, c["w"].waiting) == ("1.0", "None", Grad.NONE, "Σ 3.0 + 2.0")
    assert (c["x"].waiting, c["x"].aside) == ("Σ 2.0", "leaf · [1]")
    assert (c["a"].grad, c["a"].grad_kind, c["a"].waiting, c["a"].glyph) == ("2.0", Grad.ARRIVED, "", "+")
    assert (c["y"].grad, c["y"].grad_note, c["y"].root) == ("1.0", "seed", True)
    assert [p.text for p in c["y"].pins] == ["a@v0", "b@v0"]
    assert (c["1"].constant, c["1"].grad) == (True, "not tracked")


def test_none_is_not_zero() -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\n(w * 0).backward()\nv = torch.ones(1, requires_grad=True)\n"
    c = cards(source)
    assert (c["w"].grad, c["w"].grad_kind) == ("0.0", Grad.KEPT)
    assert (c["v"].grad, c["v"].grad_kind) == ("None", Grad.NONE)


def test_freed_pins() -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\ny = w * w\ny.backward()\n"
    assert [p.freed for p in cards(source)["y"].pins] == [True, True]
    kept = source.replace("backward()", "backward(retain_graph=True)")
    assert [p.freed for p in cards(kept)["y"].pins] == [False, False]


def test_a_pin_whose_tensor_was_edited_breaks() -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\ny = w.exp()\nz = y * y\ny.add_(1)\n"
    assert [p.broken for p in cards(source)["z"].pins] == [True, True]


def test_a_name_that_was_rebound_is_no_longer_current() -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\nw = w + 1\n"
    m = moment_of(source)
    both = [card(m, e) for e in m.scenes.members(m.scene)]
    assert [(c.title, c.leaf, c.current) for c in both if not c.constant] == [("w", True, False), ("w", False, True)]


def test_what_no_grad_makes_is_marked() -> None:
    source = "import torch\nx = torch.ones(1, requires_grad=True)\nwith torch.no_grad():\n    y = x * 2\nz = torch.ones(1) * 2\n"
    c = cards(source)
    assert c["y"].no_grad
    assert not c["z"].no_grad
    assert not c["y"].tracked
