from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout import crossing
from engine.layout.crossing import CROSSING, MISPLACED, UNSORTED, bundled_cost, crossing_cost, inversions, unsorted_cost
from engine.layout.dummies import edges_through
from engine.layout.pairs import Pairs
from tests.layout.graphs import Graph, graphs
from tests.layout.passes import staged


def pairs(values: list[int]) -> int:
    return sum(a > b for a, b in itertools.combinations(values, 2))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=60))
def test_inversions_both_ways(values: list[int]) -> None:
    assert inversions(np.array(values, np.int64)) == pairs(values)
    if values:
        assert crossing._inversions_by_bits(np.array(values, np.int64)) == pairs(values)


def test_many_inversions() -> None:
    values = np.random.default_rng(1).permutation(20_000)
    assert inversions(values) == crossing._inversions_by_bits(values)
    assert inversions(np.arange(20_000)[::-1]) == 20_000 * 19_999 // 2


def test_a_crossing_and_operands_in_the_wrong_order() -> None:
    stage = staged("w x; a = w; b = x; y = a b")
    straight = stage.by_key(np.array([0, 1, 0, 1, 0]))
    assert crossing_cost(stage.layered, straight) == (0, [])
    crossed = stage.by_key(np.array([0, 1, 1, 0, 0]))
    assert crossing_cost(stage.layered, crossed) == (CROSSING + MISPLACED, [0, 1, 2])
    misplaced = stage.by_key(np.array([1, 0, 1, 0, 0]))
    assert crossing_cost(stage.layered, misplaced) == (MISPLACED, [1, 2])


def test_first_column_in_the_wrong_order() -> None:
    stage = staged("w x v; a = w x v")
    assert unsorted_cost(stage.layered, stage.by_key(np.array([0, 1, 2, 0]))) == 0
    assert unsorted_cost(stage.layered, stage.by_key(np.array([2, 1, 0, 0]))) == 3 * UNSORTED


def test_a_crossing_is_worse_than_misplaced_operands_and_these_than_an_unsorted_column() -> None:
    assert CROSSING > MISPLACED > UNSORTED > CROSSING - MISPLACED


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_cost_against_counting_all_pairs(graph: Graph, seed: int) -> None:
    stage = staged(graph)
    layered = stage.layered
    place = stage.by_key(np.random.default_rng(seed).permutation(layered.vertices))
    cost, layers = 0, set()
    segments = list(zip(layered.upper.tolist(), layered.lower.tolist(), layered.slot.tolist(), strict=True))
    for (a, b, p), (c, d, q) in itertools.combinations(segments, 2):
        if layered.layer[a] == layered.layer[c] and a != c:
            first, second = (place[a], (place[b], p)), (place[c], (place[d], q))
            if (first[0] - second[0]) * (1 if first[1] > second[1] else -1) < 0:
                cost += MISPLACED if b == d else CROSSING
                layers |= {int(layered.layer[a]), int(layered.layer[b])}
    assert crossing_cost(layered, place)[0] == cost
    assert Pairs(layered).cost(place) == crossing_cost(layered, place)
    assert set(crossing_cost(layered, place)[1]) <= layers
    assert bool(crossing_cost(layered, place)[1]) == bool(cost)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_bundled_cost_both_ways(graph: Graph, seed: int) -> None:
    layered = staged(graph).layered
    place = staged(graph).by_key(np.random.default_rng(seed).permutation(layered.vertices))
    through = edges_through(layered)
    assert Pairs(layered).bundled_cost(place, through) == bundled_cost(layered, place, through)


def test_a_line_across_many_counts_each_of_them() -> None:
    values, weight = np.array([5, 0, 1, 2, 3, 4]), np.array([2, 1, 1, 1, 1, 3])
    assert crossing._weighted_inversions(values, weight) == 2 * 7


def test_empty() -> None:
    stage = staged("k")
    assert crossing_cost(stage.layered, np.zeros(1, np.int64)) == (0, [])
    assert inversions(np.zeros(0, np.int64)) == 0
    assert pytest.approx(0) == inversions(np.zeros(5, np.int64))
