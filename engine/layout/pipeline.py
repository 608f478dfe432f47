"""From names to a layout: the graph is checked, its levels are arranged, and names are put to the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.layout.boxes import Nested, Room
from engine.layout.indexed import index
from engine.layout.level import Gaps, arrange
from engine.layout.nest import Box, nest
from engine.layout.path import Point
from engine.layout.route import Routes
from engine.layout.shapes import Direction, Edge, Frame, Groups, Layout, Rect, Sizes
from engine.layout.steady import in_previous_order, strayed

FRAME: Rect = (18.0, 34.0, 18.0, 18.0)
"""What a frame takes to the left of its content, above, to the right and below, in px; above is its title."""


def lay_out(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    sizes: Sizes,
    *,
    direction: Direction = "right",
    layer_gap: float = 72.0,
    node_gap: float = 28.0,
    groups: Groups | None = None,
    frame: Rect = FRAME,
    previous: Mapping[str, Point] | None = None,
    bands: Mapping[str, int] | None = None,
) -> Layout:
    """Place the nodes of a computation graph in layers and route its edges.

    ``nodes`` is in source order, which breaks all ties. Everything is in scene px; the first component's
    first layer begins at 0, and so does its first lane. The nodes of one of the ``groups`` stand together
    and get a frame with ``frame`` px around them (left, top, right, bottom); to collapse a group, give one
    node in place of its nodes. ``previous`` has the centres of nodes in a picture which this one follows:
    they keep their order and their distances across the flow where that costs little. ``bands``: nodes with a
    number above 0 stand beyond those with smaller ones across the flow, as a picture of their own beside them.

    Raises ValueError for a graph that is not one: see ``indexed.index``.
    """
    if direction not in ("right", "down"):
        raise ValueError(f"direction is {direction!r}; it must be 'right' or 'down'")
    style = _Style(direction == "down", Gaps(layer_gap, node_gap), frame, bands or {})
    layout = _laid_out(nodes, edges, sizes, groups or {}, style, {})
    if previous and strayed(layout.positions, previous, style.downwards):
        # A picture that stays without being held is the one to have: it does not depend on what was before.
        held = _laid_out(nodes, edges, sizes, groups or {}, style, previous)
        return min(layout, held, key=lambda found: strayed(found.positions, previous, style.downwards))
    return layout


class _Style(NamedTuple):
    downwards: bool
    gaps: Gaps
    frame: Rect
    bands: Mapping[str, int]


def _laid_out(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    sizes: Sizes,
    groups: Groups,
    style: _Style,
    previous: Mapping[str, Point],
) -> Layout:
    """One layout, that follows ``previous`` if there is any."""
    downwards, gaps, frame, bands = style
    program = {name: number for number, name in enumerate(nodes)}
    if previous:
        nodes = in_previous_order(nodes, previous, downwards)
    graph = index(nodes, edges, sizes)
    if not nodes:
        return Layout({}, {}, (0.0, 0.0, 0.0, 0.0))
    size = np.array([sizes[name] for name in nodes], np.float64)
    depth, breadth = (size[:, 1], size[:, 0]) if downwards else (size[:, 0], size[:, 1])
    unknown = float("nan"), float("nan")
    across = 0 if downwards else 1
    were = np.array([previous.get(name, unknown)[across] for name in nodes]) if previous else None
    band = np.array([bands.get(name, 0) for name in nodes], np.int64) if bands else None
    named = [edges[i] for i in graph.given.tolist()]
    paths = [groups.get(name, ()) for name in nodes]
    if any(paths):
        left, top, right, bottom = frame
        room = Room(top, bottom, left, right) if downwards else Room(left, right, top, bottom)
        outermost = nest(paths, list(zip(graph.source.tolist(), graph.target.tolist(), strict=True)), graph.topological)
        place = np.array([edge.index for edge in named], np.int64)
        nested = Nested(outermost, graph, place, depth, breadth, gaps, room, were, band)
        centres = nested.centres()
        bounds = nested.bounds()
        frames = tuple(
            Frame(box.path, _rect(where, downwards), tuple(sorted(_members(box, nodes), key=program.__getitem__)))
            for box, where in nested.frames()
        )
        routes = Routes(named, nested, downwards)
    else:
        level = arrange(graph, depth, breadth, gaps, previous=were, band=band)
        centres = list(zip(level.along.tolist(), level.across.tolist(), strict=True))
        bounds = level.begin, level.end, level.low, level.high
        frames = ()
        routes = Routes(named, level.tracks, downwards)
    points = [(side, along) for along, side in centres] if downwards else centres
    return Layout(dict(zip(nodes, points, strict=True)), routes, _rect(bounds, downwards), frames)


def _rect(bounds: tuple[float, float, float, float], downwards: bool) -> Rect:
    begin, end, low, high = bounds
    return (low, begin, high, end) if downwards else (begin, low, end, high)


def _members(box: Box, nodes: Sequence[str]) -> list[str]:
    """All nodes in a box, also those of the boxes inside."""
    return [*(nodes[v] for v in box.nodes), *(name for inner in box.boxes for name in _members(inner, nodes))]
