"""All passes in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.layout.block import find_links
from engine.layout.components import components
from engine.layout.dummies import add_dummies
from engine.layout.indexed import index
from engine.layout.order import order_layers
from engine.layout.port import assign_ports
from engine.layout.position import assign_positions
from engine.layout.rank import assign_ranks, longest_to
from engine.layout.route import Routes, Tracks
from engine.layout.shapes import Direction, Edge, Layout, Sizes
from engine.layout.stack import place_layers, stack_components


def lay_out(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    sizes: Sizes,
    *,
    direction: Direction = "right",
    layer_gap: float = 72.0,
    node_gap: float = 28.0,
) -> Layout:
    """Place the nodes of a computation graph in layers and route its edges.

    ``nodes`` is in source order, which breaks all ties. Everything is in scene px; the first component's
    first layer begins at 0, and so does its first lane. Raises ValueError for a graph that is not one:
    see ``indexed.index``.
    """
    if direction not in ("right", "down"):
        raise ValueError(f"direction is {direction!r}; it must be 'right' or 'down'")
    downwards = direction == "down"
    graph = index(nodes, edges, sizes)
    if not nodes:
        return Layout({}, {}, (0.0, 0.0, 0.0, 0.0))
    size = np.array([sizes[name] for name in nodes], np.float64)
    depth, breadth = (size[:, 1], size[:, 0]) if downwards else (size[:, 0], size[:, 1])
    member = components(graph)
    component = np.array(member, np.int64)
    layered = add_dummies(graph, assign_ranks(graph, longest_to(graph)), member)
    place = order_layers(layered)
    x = assign_positions(layered, place, find_links(graph, layered), breadth, node_gap)
    x = stack_components(layered, component, x, breadth, 2.0 * node_gap)
    columns = place_layers(layered, component, depth, layer_gap)
    tracks = Tracks(layered, assign_ports(layered, place, x, breadth), columns, downwards)

    along = (columns.node_begin + columns.node_end) / 2.0
    across = x[: layered.nodes]
    # Lanes count: a trunk may be what is farthest out. Between the layers nothing is farther out than in them.
    low = float(min(x.min(), (across - breadth / 2.0).min()))
    high = float(max(x.max(), (across + breadth / 2.0).max()))
    begin, end = float(columns.layer_begin.min()), float(columns.layer_end.max())
    pairs = zip(across.tolist(), along.tolist(), strict=True)
    points = list(pairs) if downwards else [(at, off) for off, at in pairs]
    return Layout(
        positions=dict(zip(nodes, points, strict=True)),
        routes=Routes(graph.edges, tracks),
        bounds=(low, begin, high, end) if downwards else (begin, low, end, high),
    )
