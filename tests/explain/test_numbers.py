"""Numbers in few characters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.explain.numbers import compact, inline, number
from engine.trace.values import Value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.0"),
        (-0.0771, "-0.0771"),
        (157.9224, "157.9"),
        (1407.6082, "1407.6"),
        (0.00012345, "0.0001234"),
        (1.2345e-5, "1.234e-5"),
        (1234567.0, "1.235e6"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (1e-300, "1e-300"),
        (3, "3"),
        (True, "True"),
        (99999.5, "99999.5"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_four_digits_are_kept(value: float) -> None:
    assert math.isclose(float(number(value)), value, rel_tol=6e-4, abs_tol=1e-300)
    assert len(number(value)) <= 12


def test_compact() -> None:
    assert compact(Value.of(np.float32(2))) == "2.0"
    assert compact(Value.of(np.array([[5.0]]))) == "5.0"
    assert compact(Value.of(np.array([1.0, 2.0, 3.0]))) == "[1.0, 2.0, 3.0]"
    assert compact(Value.of(np.array([0.1, 1.0, 2.0, 0.5]))) == "[4] 0.1 … 2.0"
    assert compact(Value.of(np.zeros((2, 3)))) == "[2×3] 0.0 … 0.0"
    assert compact(Value.of(np.zeros((0, 3)))) == "[0×3] empty"
    assert compact(Value.of(np.arange(5.0), keep=False)) == "[5] 0.0 … 4.0"
    assert inline(Value.of(np.array([[1.0, 2.0]]))) == "[[1.0, 2.0]]"
