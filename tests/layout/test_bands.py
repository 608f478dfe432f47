"""Bands: whatever the graph, what belongs to one stands beyond the others, and the picture stays a good one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout import Layout
from tests.layout.geometry import NEAR, drawn, overlapping, pierced
from tests.layout.graphs import Graph, graphs, program
from tests.layout.test_groups import check, check_frames, grouped

TWICE = "x; y = x; p = x; m = p three; g = m seed; v; d = g v"
"""x ** 3, the graph of its derivative, and a product with that."""
SECOND = {"p": 1, "three": 1, "m": 1, "seed": 1, "g": 1}


def reach(layout: Layout, graph: Graph, bands: dict[str, int], band: int, side: int) -> tuple[float, float]:
    """From where to where a band reaches across the flow, which is along ``side``: 1 is y."""
    mine = [name for name in graph.nodes if bands.get(name, 0) == band]
    return (
        min(layout.positions[name][side] - graph.sizes[name][side] / 2 for name in mine),
        max(layout.positions[name][side] + graph.sizes[name][side] / 2 for name in mine),
    )


@pytest.mark.parametrize(("direction", "side"), [("right", 1), ("down", 0)])
def test_a_band_stands_beyond_the_rest(direction: str, side: int) -> None:
    graph = program(TWICE)
    layout = drawn(graph, direction=direction, bands=SECOND)
    assert reach(layout, graph, SECOND, 0, side)[1] < reach(layout, graph, SECOND, 1, side)[0]
    assert not overlapping(layout, graph, NEAR)
    assert not pierced(layout, graph)


def test_what_only_the_band_holds_together_does_not_push_it_away() -> None:
    graph = program(TWICE)
    layout = drawn(graph, bands=SECOND)
    tall = reach(layout, graph, SECOND, 0, 1)
    assert layout.positions["d"][1] <= tall[1]
    assert tall[1] - tall[0] < 4 * graph.sizes["y"][1] + 100, "v and d stand beside x and y, not below"


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_nothing_overlaps_and_no_edge_passes_a_node(graph: Graph, data: st.DataObject) -> None:
    bands = {name: data.draw(st.integers(0, 2)) for name in graph.nodes}
    check(graph, drawn(graph, bands=bands), "right")


@settings(max_examples=20, deadline=None)
@given(grouped(), st.data())
def test_groups_stay_whole(given_: tuple[Graph, dict[str, tuple[str, ...]]], data: st.DataObject) -> None:
    graph, groups = given_
    bands = {name: data.draw(st.integers(0, 1)) for name in graph.nodes}
    layout = drawn(graph, groups=groups, bands=bands)
    check(graph, layout, "right")
    check_frames(graph, layout)


def test_no_bands_are_no_difference() -> None:
    graph = program(TWICE)
    assert drawn(graph) == drawn(graph, bands={}) == drawn(graph, bands=dict.fromkeys(graph.nodes, 0))
