"""Lines of small graphs."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings

from engine.layout.block import find_links
from engine.layout.lanes import Lanes
from engine.layout.rigid import straighten
from tests.layout.graphs import Graph, graphs, tree
from tests.layout.passes import Staged, staged


def straightened(stage: Staged, gap: float) -> np.ndarray:
    layered, place = stage.layered, stage.order()
    sequence = np.argsort(place)
    apart = np.full(len(sequence) - 1, gap)
    links = find_links(stage.indexed, layered)
    lanes = Lanes(layered, sequence, apart)
    lanes.spread(links.weight)
    return straighten(layered, place, links, lanes.x, apart, gap)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_distances_are_kept(graph: Graph) -> None:
    stage = staged(graph)
    if not graph.nodes:
        return
    x = straightened(stage, 25.0)
    layer = stage.layered.layer
    for a, b in itertools.pairwise(np.argsort(stage.order()).tolist()):
        assert layer[a] != layer[b] or x[b] - x[a] >= 25.0 - 1e-6


def test_a_line_pushes_aside_what_is_in_its_way() -> None:
    stage = staged("x; a = x; b = a w; c = b v; d = c u; e = d t")
    x = straightened(stage, 100.0)
    line = [x[stage.number(name)] for name in "bcde"]
    assert max(line) == min(line)


def test_lines_that_cost_too_much_bend() -> None:
    stage = staged(tree(30))
    x = straightened(stage, 100.0)
    widest = np.bincount(stage.layered.layer).max() * 100.0
    assert np.ptp(x) < 1.5 * widest
