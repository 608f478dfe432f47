"""Numbers moved by dragging."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.edit import TextEdit
from engine.edit.literals import is_draggable, moved
from engine.trace.events import Span


@pytest.mark.parametrize(
    ("text", "steps", "out"),
    [
        ("1.", 1, "1.1"),
        ("1.", -3, "0.7"),
        ("1.", 10, "2."),
        ("2", 3, "5"),
        ("0.01", 4, "0.05"),
        ("0.01", -5, "0.00"),
        (".5", 1, "0.6"),
        ("3", -9, "0"),
    ],
)
def test_moved(text: str, steps: int, out: str) -> None:
    assert moved(text, steps) == out


@given(st.from_regex(r"\A\d{1,4}\.?\d{0,3}\Z"), st.integers(-50, 50))
def test_the_kind_of_number_stays(text: str, steps: int) -> None:
    out = moved(text, steps)
    assert ("." in out) == ("." in text)
    assert float(out) >= 0
    assert is_draggable(out)


def test_only_plain_decimals_can_be_dragged() -> None:
    assert [is_draggable(t) for t in ("1", "1.", "1.5", ".5", "1e3", "0x1f", "1_000", "2j")] == [True] * 4 + [False] * 4


def test_a_text_edit() -> None:
    assert TextEdit(Span(4, 6), "2.").apply("x = 1.\n") == "x = 2.\n"
