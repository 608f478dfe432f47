from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout.isotonic import isotonic
from engine.layout.separate import Distances, separate


def chain(gaps: list[float]) -> Distances:
    n = len(gaps)
    return Distances(n + 1, np.arange(n), np.arange(1, n + 1), np.array(gaps))


def test_blocks_with_room_stay() -> None:
    wanted = np.array([0.0, 50.0, 200.0])
    assert separate(wanted, np.ones(3), chain([10.0, 20.0])).tolist() == [0.0, 50.0, 200.0]


def test_blocks_in_the_way_share_the_move() -> None:
    assert separate(np.array([0.0, 0.0]), np.ones(2), chain([10.0])).tolist() == [-5.0, 5.0]
    assert separate(np.array([0.0, 0.0]), np.array([3.0, 1.0]), chain([12.0])).tolist() == [-3.0, 9.0]


def test_the_largest_of_several_distances_counts() -> None:
    distances = Distances(2, np.array([0, 0, 0]), np.array([1, 1, 1]), np.array([5.0, 20.0, 10.0]))
    assert separate(np.zeros(2), np.ones(2), distances).tolist() == [-10.0, 10.0]
    assert len(distances.distance) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(1, 9), st.integers(0, 40)), min_size=2, max_size=12))
def test_in_one_row_it_is_the_isotonic_fit(row: list[tuple[int, int, int]]) -> None:
    wanted, weight = np.array([float(v) for v, _, _ in row]), np.array([float(w) for _, w, _ in row])
    gaps = [float(g) for _, _, g in row[1:]]
    packed = np.array([0.0, *itertools.accumulate(gaps)])
    expected = np.array(isotonic((wanted - packed).tolist(), weight.tolist())) + packed
    assert separate(wanted, weight, chain(gaps)) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 14), st.integers(0, 2**32 - 1))
def test_distances_hold_in_any_acyclic_order(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    name = random.permutation(count)
    pairs = [(a, b) for a, b in itertools.combinations(range(count), 2) if random.random() < 0.4]
    left, right = (np.array([name[p[i]] for p in pairs], np.int64) for i in (0, 1))
    distances = Distances(count, left, right, random.uniform(0, 50, len(pairs)))
    wanted, weight = random.uniform(-100, 100, count), random.uniform(0.5, 4.0, count)
    x = separate(wanted, weight, distances)
    assert (x[distances.right] - x[distances.left] >= distances.distance - 1e-6).all()
    # All blocks together are where they want to be on average.
    assert (x * weight).sum() == pytest.approx((wanted * weight).sum(), abs=1e-6)
