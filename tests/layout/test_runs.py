"""Runs: straight where there is room, never too close, moving to where they are short."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout.block import Blocks, assign_blocks, find_links
from engine.layout.lanes import Lanes
from engine.layout.runs import Runs
from tests.layout.graphs import Graph, graphs
from tests.layout.passes import Staged, staged


def runs(stage: Staged, x: dict[str, float], gap: float) -> Runs:
    at = np.array([x[name] for name in stage.graph.nodes])
    sequence = np.argsort(stage.by_key(at))
    apart = np.full(len(sequence) - 1, gap)
    return Runs(stage.layered, sequence, apart, np.ones(len(stage.layered.upper)), at)


def together(numbers: list[int]) -> Blocks:
    return Blocks(np.array(numbers), np.zeros(len(numbers)))


def test_a_run_takes_the_mean_where_there_is_room() -> None:
    found = runs(staged("x; a = x; b = a"), {"x": 0.0, "a": 6.0, "b": 12.0}, 10.0)
    found.join(together([0, 0, 0]), np.full(3, 20.0))
    assert found.x.tolist() == [6.0, 6.0, 6.0]


def test_a_run_is_cut_where_there_is_none() -> None:
    # a stands close to k, so x and b would have to come to where it is; b is too far off for that.
    found = runs(staged("x k; a = x; c = k; b = a"), {"x": 0.0, "k": 10.0, "a": 0.0, "c": 10.0, "b": 50.0}, 10.0)
    found.join(together([0, 1, 0, 1, 0]), np.full(5, 20.0))
    assert found.x.tolist() == [0.0, 10.0, 0.0, 10.0, 50.0]
    assert len(set(found.runs.number.tolist())) == 3


def test_no_vertex_is_taken_farther_than_it_may() -> None:
    found = runs(staged("x; a = x; b = a; c = b"), {"x": 0.0, "a": 15.0, "b": 30.0, "c": 45.0}, 10.0)
    found.join(together([0, 0, 0, 0]), np.full(4, 10.0))
    assert np.abs(found.x - [0.0, 15.0, 30.0, 45.0]).max() <= 10.0
    assert len(set(found.runs.number.tolist())) == 2


def test_a_run_follows_its_edges_as_a_whole() -> None:
    found = runs(staged("x; a = x; b = a; y = b"), {"x": 40.0, "a": 0.0, "b": 0.0, "y": 40.0}, 10.0)
    found.join(together([0, 1, 1, 2]), np.ones(4))
    found.follow(10.0, 30)
    assert found.x[1] == found.x[2]
    assert found.x.max() - found.x.min() == pytest.approx(0.0, abs=1.0)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.floats(1.0, 80.0))
def test_distances_are_kept_and_runs_stay_straight(graph: Graph, reach: float) -> None:
    stage = staged(graph)
    layered, place = stage.layered, stage.order()
    if not layered.nodes:
        return
    sequence = np.argsort(place)
    apart = np.full(len(sequence) - 1, 25.0)
    same = layered.layer[sequence[1:]] == layered.layer[sequence[:-1]]
    links = find_links(stage.indexed, layered)
    lanes = Lanes(layered, sequence, apart)
    lanes.spread(links.weight)
    found = Runs(layered, sequence, apart, links.weight, lanes.x)
    found.join(assign_blocks(layered, place, links.straight), np.full(layered.vertices, reach))
    assert np.abs(found.x - lanes.x).max() <= reach + 1e-6
    for _ in range(3):
        assert (np.diff(found.x[sequence])[same] >= 25.0 - 1e-6).all()
        for number in set(found.runs.number.tolist()):
            assert np.ptp(found.x[found.runs.number == number]) == 0.0
        found.follow(25.0, 4)
