"""What a layout must keep, measured on the layout alone and not on what the passes say they did.

Along is the direction of the flow, across the other one.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from engine.layout import Layout, Route, lay_out
from tests.layout.graphs import Graph

NEAR = 1e-6


def drawn(graph: Graph, **options: object) -> Layout:
    return lay_out(graph.nodes, graph.edges, graph.sizes, **options)  # type: ignore[arg-type]


def along(point: tuple[float, float], direction: str) -> float:
    return point[0] if direction == "right" else point[1]


def across(point: tuple[float, float], direction: str) -> float:
    return point[1] if direction == "right" else point[0]


def box(layout: Layout, graph: Graph, name: str) -> tuple[float, float, float, float]:
    (x, y), (w, h) = layout.positions[name], graph.sizes[name]
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def overlapping(layout: Layout, graph: Graph, gap: float) -> list[tuple[str, str]]:
    """Pairs of nodes that are nearer than ``gap`` both ways."""
    boxes = {name: box(layout, graph, name) for name in graph.nodes}
    return [
        (a, b)
        for (a, p), (b, q) in itertools.combinations(boxes.items(), 2)
        if max(p[0], q[0]) - min(p[2], q[2]) < gap - NEAR and max(p[1], q[1]) - min(p[3], q[3]) < gap - NEAR
    ]


def pierced(layout: Layout, graph: Graph) -> list[tuple[tuple[str, str, int], str]]:
    """Edges with a node that the control polygon's bounding box of one of their segments enters.

    The curve lies inside that box, so none of these means that no edge passes through a node. A route
    touches its own two ends, but must not enter them either.
    """
    found = []
    for key, route in layout.routes.items():
        start = route.start
        for segment in route.segments:
            xs, ys = zip(start, *segment, strict=True)
            for name in graph.nodes:
                left, top, right, bottom = box(layout, graph, name)
                if (
                    max(xs) > left + NEAR
                    and min(xs) < right - NEAR
                    and max(ys) > top + NEAR
                    and min(ys) < bottom - NEAR
                ):
                    found.append((key, name))
            start = segment[2]
    return found


def kinks(route: Route, direction: str) -> list[float]:
    """The angles, in radians, between the flow and the path at the ends of its segments."""
    flow = 0.0 if direction == "right" else math.pi / 2
    found, start = [], route.start
    for first, second, end in route.segments:
        for p, q in ((start, first), (second, end)):
            off = math.atan2(q[1] - p[1], q[0] - p[0]) - flow
            if abs(off) > NEAR:
                found.append(off)
        start = end
    return found


def crossings(layout: Layout, share_ends: bool = False) -> int:
    """Pairs of edges that cross, by intersecting polylines; with ``share_ends`` also edges that share a node."""
    total = 0
    lines = {key: np.array(route.sample(12)) for key, route in layout.routes.items()}
    for (a, p), (b, q) in itertools.combinations(lines.items(), 2):
        if share_ends or not {a[0], a[1]} & {b[0], b[1]}:
            total += _intersect(p, q)
    return total


def _intersect(p: np.ndarray, q: np.ndarray) -> bool:
    a, b, c, d = p[:-1, None], p[1:, None], q[None, :-1], q[None, 1:]

    def side(o: np.ndarray, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        return (s - o)[..., 0] * (t - o)[..., 1] - (s - o)[..., 1] * (t - o)[..., 0]

    return bool(((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)).any())


def columns(layout: Layout, graph: Graph, direction: str = "right") -> list[list[str]]:
    """The nodes of each layer from first to last across the flow, layer by layer (one component)."""
    found: dict[float, list[str]] = {}
    for name in graph.nodes:
        found.setdefault(round(along(layout.positions[name], direction), 3), []).append(name)
    return [sorted(found[at], key=lambda name: across(layout.positions[name], direction)) for at in sorted(found)]
