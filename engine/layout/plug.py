"""The layout in the form that layout benchmarks take: nodes are numbers, routes are polylines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.layout.path import Point, Route
from engine.layout.pipeline import lay_out
from engine.layout.shapes import Edge


def layout(
    nodes: Sequence[int], edges: Sequence[tuple[int, int]], sizes: Mapping[int, tuple[float, float]]
) -> tuple[dict[int, Point], dict[int, list[Point]]]:
    """Centres by node and polylines by edge number, downwards, with dot's default gaps (36 and 18 px).

    The edges into a node are its arguments in the order in which they are listed. Every edge has its whole
    way from source to target, also where it shares a trunk with others.
    """
    arguments = dict.fromkeys(nodes, 0)
    listed = []
    for source, target in edges:
        listed.append(Edge(str(source), str(target), arguments[target]))
        arguments[target] += 1
    named = {str(node): size for node, size in sizes.items()}
    result = lay_out([str(node) for node in nodes], listed, named, direction="down", layer_gap=36.0, node_gap=18.0)
    routes = [result.routes[edge.source, edge.target, edge.index] for edge in listed]
    return {node: result.positions[str(node)] for node in nodes}, {i: _polyline(r) for i, r in enumerate(routes)}


def _polyline(route: Route) -> list[Point]:
    """The route with eight chords for each curve, and one for each straight stretch."""
    points = [route.start]
    for segment in route.segments:
        piece = Route(points[-1], (segment,))
        points += piece.sample(1 if piece.straight else 8)[1:]
    return points
