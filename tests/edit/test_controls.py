"""Learning rate, epochs, optimizer and the like: found in the text, set as edits of it."""

from __future__ import annotations

import ast

import pytest

from engine.edit import TextEdit
from engine.edit.controls import OPTIMIZERS, Control, controls, set_choice, set_number, written
from tests.support.runs import FIRST, TRAINING, events_of

RICH = """import torch
torch.manual_seed(3)
epochs = 20
batch_size = 8
x = torch.linspace(-1, 1, 40)
y = 2 * x + 0.1 * torch.randn(40)   # ä noise
w = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w], 1e-2, momentum=0.9, nesterov=True)
for epoch in range(epochs):
    loss = ((w * x - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


def by_label(source: str) -> dict[str, Control]:
    return {c.label: c for c in controls(source)}


def test_the_tutorials_program() -> None:
    found = by_label(TRAINING)
    assert {label: c.text for label, c in found.items()} == {"optimizer": "SGD", "lr": "0.01", "epoch": "5"}
    assert found["lr"].low < 0.01 < found["lr"].high
    assert found["lr"].decades


def test_names_keywords_positions_and_factors() -> None:
    found = {label: c.text for label, c in by_label(RICH).items()}
    assert found == {
        "seed": "3",
        "epochs": "20",
        "batch_size": "8",
        "noise": "0.1",
        "optimizer": "SGD",
        "lr": "1e-2",
        "momentum": "0.9",
    }
    for c in controls(RICH):
        assert RICH[c.span.start : c.span.stop] == c.text


@pytest.mark.parametrize(
    "source", [FIRST, "", "for i in range(3:", "import torch\nfor i in range(10):\n    print(i)\n"]
)
def test_where_nothing_trains_there_is_nothing_to_set(source: str) -> None:
    assert controls(source) == []


@pytest.mark.parametrize(
    ("text", "value", "out"),
    [
        ("0.01", 0.05, "0.05"),
        ("0.01", 0.123, "0.12"),
        ("0.01", 1.0, "1.0"),
        ("0.1", 0.00025, "0.00025"),
        ("1e-2", 0.0005, "5e-4"),
        ("1e-2", 0.00012, "1.2e-4"),
        ("1e-2", 0.5, "0.5"),
        ("0.9", 0.0, "0.0"),
    ],
)
def test_numbers_are_written_as_people_write_them(text: str, value: float, out: str) -> None:
    control = Control("number", "lr", by_label(RICH)["lr"].span, text)
    assert written(control, value) == out
    assert float(out) == pytest.approx(value, rel=0.05, abs=1e-12)


def test_setting_a_number_changes_nothing_else() -> None:
    lr = by_label(RICH)["lr"]
    assert set_number(lr, 0.5).apply(RICH) == RICH.replace("1e-2", "0.5")
    epochs = by_label(RICH)["epochs"]
    assert set_number(epochs, 49.7).apply(RICH) == RICH.replace("epochs = 20", "epochs = 50")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_optimizer_runs_without_the_keywords_that_it_does_not_take(name: str) -> None:
    source = RICH
    for edit in sorted(set_choice(source, by_label(source)["optimizer"], name), key=lambda e: -e.span.start):
        source = edit.apply(source)
    assert f"torch.optim.{name}([w], 1e-2" in source
    assert ("momentum=0.9" in source) == ("momentum" in OPTIMIZERS[name])
    ast.parse(source)
    assert not [e for e in events_of(source) if type(e).__name__ == "Failed"]


def test_two_of_a_kind_are_told_apart() -> None:
    source = "import torch\nd = torch.optim.SGD(a, lr=0.1)\ng = torch.optim.Adam(b, lr=0.2)\n"
    assert [c.label for c in controls(source)] == ["optimizer", "lr", "optimizer 2", "lr 2"]


def test_edits_are_those_of_characters_not_bytes() -> None:
    source = "s = 'ä'; lr = 0.1\n"
    (lr,) = controls(source)
    assert TextEdit(lr.span, "0.2").apply(source) == "s = 'ä'; lr = 0.2\n"
