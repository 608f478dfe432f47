from __future__ import annotations

import numpy as np

from engine.layout import Route
from tests.layout.geometry import drawn
from tests.layout.graphs import CARD, Graph, program

GAP = 72.0


def test_across_the_gap_in_one_curve() -> None:
    layout = drawn(program("w x; y = w x"))
    route = layout.routes["w", "y", 0]
    (start, (first, second, end)) = route.start, route.segments[0]
    assert len(route.segments) == 1
    assert (start[0], end[0]) == (CARD[0], CARD[0] + GAP)
    assert first == (start[0] + GAP / 2, start[1])
    assert second == (start[0] + GAP / 2, end[1])


def test_straight_edge_is_one_straight_segment() -> None:
    layout = drawn(program("x; a = x; b = a; y = b x"))
    route = layout.routes["b", "y", 0]
    assert len(route.segments) == 1
    assert route.straight


def test_straight_through_the_layers_it_passes() -> None:
    layout = drawn(program("x; a = x; b = a; c = b; y = c x"))
    route = layout.routes["x", "y", 1]
    # Out to the lane, along it through three layers and two gaps, in to the target.
    assert [Route(s, (t,)).straight for s, t in _pieces(route)] == [False, True, False]
    (_, _), (begin, segment), (_, _) = _pieces(route)
    assert segment[2][0] - begin[0] == 3 * CARD[0] + 2 * GAP


def _pieces(route: Route) -> list[tuple[tuple[float, float], tuple[tuple[float, float], ...]]]:
    starts = [route.start, *(segment[2] for segment in route.segments)]
    return list(zip(starts, route.segments, strict=False))  # type: ignore[arg-type]


def test_narrow_nodes_are_left_and_reached_straight() -> None:
    graph = program("w x; a = w; b = x; y = a b")
    sizes = dict(graph.sizes, w=(60.0, 90.0), y=(60.0, 90.0), a=(80.0, 90.0))
    layout = drawn(Graph(graph.nodes, graph.edges, sizes))
    route = layout.routes["a", "y", 0]
    assert [Route(s, (t,)).straight for s, t in _pieces(route)] == [True, False]
    assert route.start[0] == layout.positions["a"][0] + 40.0
    assert route.segments[0][2][0] == layout.positions["b"][0] + CARD[0] / 2


def test_edges_of_a_trunk_share_it() -> None:
    layout = drawn(program("x; a = x; b = a x; c = b x; d = c x"))
    one, other = layout.routes["x", "c", 1], layout.routes["x", "d", 1]
    assert one.start == other.start
    assert one.segments[0] == other.segments[0]
    lane = np.array([point[1] for point in one.sample()]).max()
    assert lane == np.array([point[1] for point in other.sample()]).max()


def test_downwards_it_is_the_same_with_the_axes_exchanged() -> None:
    graph = program("w x; y = w x")
    layout = drawn(graph, direction="down")
    route = layout.routes["w", "y", 0]
    assert route.start[1] == CARD[1]
    assert route.segments[0][0] == (route.start[0], CARD[1] + GAP / 2)
