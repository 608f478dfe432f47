"""From names to a layout: the graph is checked, its levels are arranged, and names are put to the result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.layout.boxes import Nested, Room
from engine.layout.indexed import index
from engine.layout.level import Gaps, arrange
from engine.layout.nest import Box, nest
from engine.layout.route import Routes
from engine.layout.shapes import Direction, Edge, Frame, Groups, Layout, Rect, Sizes

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
) -> Layout:
    """Place the nodes of a computation graph in layers and route its edges.

    ``nodes`` is in source order, which breaks all ties. Everything is in scene px; the first component's
    first layer begins at 0, and so does its first lane. The nodes of one of the ``groups`` stand together
    and get a frame with ``frame`` px around them (left, top, right, bottom); to collapse a group, give one
    node in place of its nodes. Raises ValueError for a graph that is not one: see ``indexed.index``.
    """
    if direction not in ("right", "down"):
        raise ValueError(f"direction is {direction!r}; it must be 'right' or 'down'")
    downwards = direction == "down"
    graph = index(nodes, edges, sizes)
    if not nodes:
        return Layout({}, {}, (0.0, 0.0, 0.0, 0.0))
    size = np.array([sizes[name] for name in nodes], np.float64)
    depth, breadth = (size[:, 1], size[:, 0]) if downwards else (size[:, 0], size[:, 1])
    gaps = Gaps(layer_gap, node_gap)
    named = [edges[i] for i in graph.given.tolist()]
    paths = [groups.get(name, ()) for name in nodes] if groups else []
    if any(paths):
        left, top, right, bottom = frame
        room = Room(top, bottom, left, right) if downwards else Room(left, right, top, bottom)
        outermost = nest(paths, list(zip(graph.source.tolist(), graph.target.tolist(), strict=True)), graph.topological)
        place = np.array([edge.index for edge in named], np.int64)
        nested = Nested(outermost, graph, place, depth, breadth, gaps, room)
        centres = nested.centres()
        bounds = nested.bounds()
        frames = tuple(
            Frame(box.path, _rect(where, downwards), tuple(nodes[v] for v in _members(box)))
            for box, where in nested.frames()
        )
        routes = Routes(named, nested, downwards)
    else:
        level = arrange(graph, depth, breadth, gaps)
        centres = list(zip(level.along.tolist(), level.across.tolist(), strict=True))
        bounds = level.begin, level.end, level.low, level.high
        frames = ()
        routes = Routes(named, level.tracks, downwards)
    points = [(across, along) for along, across in centres] if downwards else centres
    return Layout(dict(zip(nodes, points, strict=True)), routes, _rect(bounds, downwards), frames)


def _rect(bounds: tuple[float, float, float, float], downwards: bool) -> Rect:
    begin, end, low, high = bounds
    return (low, begin, high, end) if downwards else (begin, low, end, high)


def _members(box: Box) -> list[int]:
    """All nodes in a box, also those of the boxes inside, in source order."""
    return sorted([*box.nodes, *(v for inner in box.boxes for v in _members(inner))])
