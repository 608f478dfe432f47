"""Data that stand in the text as numbers."""

from __future__ import annotations

import pytest

from engine.edit import TextEdit
from engine.edit.points import literals_of, moved_to
from engine.trace.events import Span
from tests.support.runs import TRAINING, moment_of, tensor_named, trace_of


def literals(source: str, name: str) -> list[str] | None:
    m = moment_of(source)
    spans = literals_of(trace_of(source), tensor_named(m, name), m.place)
    return None if spans is None else [source[s.start : s.stop] for s in spans]


def test_the_numbers_of_a_tensor_are_found_in_its_text() -> None:
    assert literals(TRAINING, "x") == ["1.0", "2.0", "3.0"]
    assert literals(TRAINING, "y") == ["2.0", "4.0", "6.0"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("t = torch.tensor([-1.5, 2, 3e-1])", ["-1.5", "2", "3e-1"]),
        ("s = 'ä'; t = torch.tensor([1., 2.]).unsqueeze(1)", ["1.", "2."]),
        ("t = torch.tensor([\n    [1., 2.],   # a comment\n    [3., 4.],\n])", ["1.", "2.", "3.", "4."]),
        ("t = torch.tensor(5.)", ["5."]),
        ("t = torch.tensor([1., 2.]) * 2", None),
        ("t = torch.tensor([float(i) for i in range(3)])", None),
        ("t = torch.tensor([[1., 2.], [3., 4.]]).t()", None),
        ("t = torch.tensor([1., 2., 3.])[1:]", None),
        ("t = torch.ones(2)", None),
        ("t = torch.tensor([1 + 1., 2.])", None),
    ],
)
def test_only_plain_numbers_in_their_order_count(line: str, found: list[str] | None) -> None:
    assert literals(f"import torch\n{line}\n", "t") == found


@pytest.mark.parametrize(
    ("value", "extent", "text"),
    [
        (1.23456, 5.0, "1.23"),
        (-0.5, 5.0, "-0.5"),
        (2.0, 5.0, "2.0"),
        (0.001234, 0.004, "0.00123"),
        (12345.6, 9e4, "12345.6"),
    ],
)
def test_a_moved_number_has_as_many_digits_as_the_picture_shows(value: float, extent: float, text: str) -> None:
    assert moved_to(Span(3, 5), value, extent) == TextEdit(Span(3, 5), text)
