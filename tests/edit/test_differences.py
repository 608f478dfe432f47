"""What two texts differ in."""

from __future__ import annotations

import pytest

from engine.edit.differences import what_differs
from tests.support.runs import TRAINING


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lr=0.01", "lr=0.05", "lr 0.01 → 0.05"),
        ("range(5)", "range(50)", "epoch 5 → 50"),
        ("SGD", "Adam", "optimizer SGD → Adam"),
        ("nn.Linear(1, 1)", "nn.Linear(1, 1, bias=False)", "line 3: model = nn.Linear(1, 1, bias=False)"),
        ("    optimizer.zero_grad()\n", "", "line 11 taken out"),
        ("", "", ""),
    ],
)
def test_what_differs(old: str, new: str, said: str) -> None:
    assert what_differs(TRAINING, TRAINING.replace(old, new) if old else TRAINING) == said


def test_several_settings_are_named_together() -> None:
    other = TRAINING.replace("0.01", "0.1").replace("range(5)", "range(9)")
    assert what_differs(TRAINING, other) == "lr 0.01 → 0.1, epoch 5 → 9"
