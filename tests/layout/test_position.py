"""Coordinates across the flow: single vertices, then blocks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from engine.layout.block import find_links
from engine.layout.lanes import Lanes
from engine.layout.position import assign_positions
from tests.layout.graphs import Graph, graphs, rnn, tree
from tests.layout.passes import Staged, staged


def positions(stage: Staged, breadth: float = 90.0, gap: float = 28.0) -> dict[str, float]:
    links = find_links(stage.indexed, stage.layered)
    x = assign_positions(stage.layered, stage.order(), links, np.full(stage.layered.nodes, breadth), gap)
    return dict(zip([*stage.graph.nodes, *(f"~{i}" for i in range(stage.layered.dummies))], x.tolist(), strict=True))


def lanes(stage: Staged, gap: float) -> Lanes:
    sequence = np.argsort(stage.order())
    return Lanes(stage.layered, sequence, np.full(len(sequence) - 1, gap))


def even(stage: Staged) -> np.ndarray:
    return np.ones(len(stage.layered.upper))


def test_first_guess_spreads_from_the_widest_layer() -> None:
    stage = staged("x; a = x; b = x; c = x; y = a; z = c")
    found = lanes(stage, 10.0)
    found.spread(even(stage))
    at = dict(zip(stage.graph.nodes, found.x.tolist(), strict=True))
    assert [at[name] for name in "abc"] == [0.0, 10.0, 20.0]
    assert (at["x"], at["y"], at["z"]) == pytest.approx((10.0, 0.0, 20.0))


def test_vertices_settle_between_their_neighbours() -> None:
    stage = staged("w x; a = w x; b = a; y = b x")
    found = lanes(stage, 10.0)
    found.spread(even(stage))
    found.settle(even(stage), 60, 10.0)
    x = found.x
    for v in range(stage.layered.nodes):
        if sum(stage.layered.layer == stage.layered.layer[v]) == 1:
            ends = [x[u] for u, w in zip(stage.layered.upper, stage.layered.lower, strict=True) if w == v]
            ends += [x[w] for u, w in zip(stage.layered.upper, stage.layered.lower, strict=True) if u == v]
            assert min(ends) - 0.1 <= x[v] <= max(ends) + 0.1


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_distances_are_kept_in_both_steps(graph: Graph) -> None:
    stage = staged(graph)
    layered, place = stage.layered, stage.order()
    if not layered.nodes:
        return
    sequence = np.argsort(place)
    same = layered.layer[sequence[1:]] == layered.layer[sequence[:-1]]
    found = lanes(stage, 25.0)
    found.spread(even(stage))
    for _ in range(2):
        assert (np.diff(found.x[sequence])[same] >= 25.0 - 1e-6).all()
        found.settle(even(stage), 8, 25.0)
    breadth = np.array([graph.sizes[name][1] for name in graph.nodes])
    x = assign_positions(layered, place, find_links(stage.indexed, layered), breadth, 25.0)
    half = np.concatenate((breadth / 2, np.zeros(layered.dummies)))
    for a, b in itertools.compress(itertools.pairwise(sequence.tolist()), same):
        real = a < layered.nodes and b < layered.nodes
        assert x[b] - x[a] >= half[a] + half[b] + (25.0 if real else 15.0) - 1e-6


def test_a_node_stands_between_equal_operands() -> None:
    at = positions(staged("w x; a = w; b = x; y = a b"))
    assert at["y"] == pytest.approx((at["a"] + at["b"]) / 2, abs=0.5)


def test_a_line_goes_straight_on_beside_its_leaves() -> None:
    at = positions(staged("x; m0 = x w0; " + "; ".join(f"m{i + 1} = m{i} w{i + 1}" for i in range(20))))
    line = [at[f"m{i}"] for i in range(21)]
    assert max(line) == min(line)
    assert all(at[f"w{i}"] - line[0] == pytest.approx(118.0, abs=0.1) for i in range(1, 21))


@pytest.mark.parametrize(("steps", "most"), [(4, 0.0), (20, 0.15)])
def test_trunks_are_straight(steps: int, most: float) -> None:
    stage = staged(rnn(steps))
    at = positions(stage)
    layered = stage.layered
    inside = [k for k in range(layered.dummies) if layered.upper[k] >= layered.nodes]
    bent = [k for k in inside if at[f"~{k}"] != at[f"~{layered.upper[k] - layered.nodes}"]]
    assert len(bent) <= most * len(inside)


def test_a_wide_graph_is_not_pulled_straight_at_any_price() -> None:
    # Straight lines to the deepest operand alone would make this tree far wider than its widest layer.
    stage = staged(tree(60))
    at = positions(stage)
    widest = np.bincount(stage.layered.layer).max() * 118.0
    assert max(at.values()) - min(at.values()) < 1.5 * widest
