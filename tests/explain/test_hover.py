"""What a name stands for at a step."""

from __future__ import annotations

import pytest

from engine.explain.hover import name_text
from tests.support.runs import FIRST, TRAINING, moment_of


@pytest.mark.parametrize(
    ("cursor", "name", "text"),
    [
        (2, "w", "w = 1.0\nw.grad is None\n[1] · float32 · leaf · version 0"),
        (3, "a", "a = 3.0\na.grad is None\n[1] · float32 · requires grad · version 0"),
        (11, "w.grad", "w.grad = 5.0"),
        (1, "x", None),
        (11, "torch.add", None),
        (11, "nothing", None),
    ],
)
def test_the_first_program(cursor: int, name: str, text: str | None) -> None:
    assert name_text(moment_of(FIRST, cursor), name) == text


def test_parts_of_a_module_and_numbers() -> None:
    m = moment_of(TRAINING)
    assert (name_text(m, "model.bias") or "").startswith("model.bias = ")
    assert name_text(m, "epoch") == "epoch = 4"
