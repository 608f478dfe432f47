from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout.isotonic import isotonic, isotonic_each

values = st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=12)


def brute(wanted: list[float], weight: list[float]) -> list[float]:
    """The least squares fit by its min-max formula."""

    def mean(i: int, j: int) -> float:
        return float(np.average(wanted[i : j + 1], weights=weight[i : j + 1]))

    n = len(wanted)
    return [max(min(mean(i, j) for j in range(k, n)) for i in range(k + 1)) for k in range(n)]


@settings(max_examples=60, deadline=None)
@given(values)
def test_fit_is_the_nearest(pairs: list[tuple[int, int]]) -> None:
    wanted, weight = [float(v) for v, _ in pairs], [float(w) for _, w in pairs]
    fitted = isotonic(wanted, weight)
    assert fitted == pytest.approx(brute(wanted, weight))
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(fitted))


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=1, max_size=6))
def test_many_sequences_at_once(sequences: list[list[tuple[int, int]]]) -> None:
    number = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
    wanted = np.array([float(v) for s in sequences for v, _ in s])
    weight = np.array([float(w) for s in sequences for _, w in s])
    expected = [x for s in sequences for x in isotonic([float(v) for v, _ in s], [float(w) for _, w in s])]
    assert isotonic_each(wanted, weight, number[1:] == number[:-1]) == pytest.approx(expected, abs=1e-6)
