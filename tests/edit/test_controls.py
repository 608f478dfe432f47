"""Learning rate, epochs, optimizer and the like: found in the text, set as edits of it."""

from __future__ import annotations

import pytest

from engine.edit import TextEdit
from engine.edit.controls import Control, controls, learning_rate, set_choice, set_number, written
from engine.edit.optimizers import CHOICES, OPTIMIZERS, WITH_MOMENTUM
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
        "optimizer": "SGD + momentum",
        "lr": "1e-2",
        "momentum": "0.9",
    }
    for c in controls(RICH):
        assert RICH[c.span.start : c.span.stop] == c.text.removesuffix(" + momentum")


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
    assert applied(RICH, set_number(lr, 0.5)) == RICH.replace("1e-2", "0.5")
    epochs = by_label(RICH)["epochs"]
    assert applied(RICH, set_number(epochs, 49.7)) == RICH.replace("epochs = 20", "epochs = 50")


def applied(source: str, edits: list[TextEdit]) -> str:
    for edit in sorted(edits, key=lambda e: -e.span.start):
        source = edit.apply(source)
    return source


def chosen(source: str, choice: str) -> str:
    return applied(source, set_choice(source, by_label(source)["optimizer"], choice))


@pytest.mark.parametrize("choice", CHOICES)
def test_another_optimizer_runs_with_the_arguments_that_it_takes(choice: str) -> None:
    source = chosen(RICH, choice)
    assert by_label(source)["optimizer"].text == choice
    assert by_label(source)["lr"].text == "1e-2"
    name = choice.removesuffix(" + momentum")
    assert f"torch.optim.{name}([w], 1e-2" in source
    assert ("momentum=0.9" in source) == (choice != "SGD" and "momentum" in OPTIMIZERS[name])
    assert not [e for e in events_of(source) if type(e).__name__ == "Failed"]


CALL = "import torch\nw = torch.ones(1, requires_grad=True)\nopt = torch.optim.{}\n"


@pytest.mark.parametrize(
    ("call", "choice", "out"),
    [
        ("SGD([w], lr=0.1)", WITH_MOMENTUM, "SGD([w], lr=0.1, momentum=0.9)"),
        ("SGD([w], lr=0.1, momentum=0.8)", "SGD", "SGD([w], lr=0.1)"),
        ("SGD([w], 0.1, 0.8)", "Adam", "Adam([w], 0.1)"),
        ("SGD([w], 0.1, 0.8)", "SGD", "SGD([w], 0.1)"),
        ("SGD([w], lr=0.1, momentum=0.8, nesterov=True)", "AdamW", "AdamW([w], lr=0.1)"),
        ("SGD([w], lr=0.1, momentum=0.0)", WITH_MOMENTUM, "SGD([w], lr=0.1, momentum=0.9)"),
        ("Adam([w], lr=0.1, betas=(0.9, 0.99), weight_decay=0.1)", "SGD", "SGD([w], lr=0.1, weight_decay=0.1)"),
        ("Adam([w], betas=(0.9, 0.99), lr=0.1,)", WITH_MOMENTUM, "SGD([w], lr=0.1, momentum=0.9,)"),
        ("RMSprop([w], lr=0.1, momentum=0.5, alpha=0.9)", "SGD", "SGD([w], lr=0.1)"),
        ("SGD([w], lr=0.1, momentum=0.5)", "RMSprop", "RMSprop([w], lr=0.1, momentum=0.5)"),
        ("Adam([w])", "AdamW", "AdamW([w])"),
    ],
)
def test_the_text_of_another_optimizer(call: str, choice: str, out: str) -> None:
    assert chosen(CALL.format(call), choice) == CALL.format(out)
    assert not [e for e in events_of(CALL.format(out)) if type(e).__name__ == "Failed"]


def test_an_optimizer_that_was_imported_by_name_imports_the_other() -> None:
    source = (
        "import torch\nfrom torch.optim import SGD\nw = torch.ones(1, requires_grad=True)\nopt = SGD([w], lr=0.1)\n"
    )
    assert chosen(source, "Adam") == source.replace("SGD", "Adam")
    both = source + "other = SGD([w], lr=0.2)\n"
    assert "import SGD, Adam\n" in chosen(both, "Adam")
    assert not [e for e in events_of(chosen(both, "Adam")) if type(e).__name__ == "Failed"]


def test_a_rate_that_is_written_at_each_update_is_one_control() -> None:
    source = """import torch
def train(epochs=30, lr=0.1):
    for epoch in range(epochs):
        loss.backward()
with torch.no_grad():
    w -= 0.05 * w.grad
    b -= 0.05 * b.grad
    c -= d.grad * 0.2
train(epochs=40)
groups = [{"params": [w], "lr": 0.3}]
"""
    found = by_label(source)
    assert {label: c.text for label, c in found.items()} == {
        "epochs": "30",
        "lr": "0.1",
        "lr 2": "0.05",
        "lr 3": "0.2",
        "epochs 2": "40",
        "lr 4": "0.3",
    }
    assert applied(source, set_number(found["lr 2"], 0.5)) == source.replace("0.05", "0.5")


def test_the_rate_of_a_program() -> None:
    assert learning_rate(RICH) == 0.01
    assert learning_rate("w -= 2.5 * w.grad; b -= 2.5 * b.grad") == 2.5
    assert learning_rate(RICH + "opt2 = torch.optim.SGD([w], lr=0.1)\n") is None
    assert learning_rate(RICH + "s = torch.optim.lr_scheduler.StepLR(opt, 1)\n") is None


def test_two_of_a_kind_are_told_apart() -> None:
    source = "import torch\nd = torch.optim.SGD(a, lr=0.1)\ng = torch.optim.Adam(b, lr=0.2)\n"
    assert [c.label for c in controls(source)] == ["optimizer", "lr", "optimizer 2", "lr 2"]


def test_edits_are_those_of_characters_not_bytes() -> None:
    source = "s = 'ä'; lr = 0.1\n"
    (lr,) = controls(source)
    assert TextEdit(lr.span, "0.2").apply(source) == "s = 'ä'; lr = 0.2\n"
