"""Routes: across the flow only in the gaps between layers, straight along it wherever a node might be.

In a gap every edge is the same S, stretched to its ends: two of them cross just if their ends are in
opposite orders, and all meet the layers' borders at right angles.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.layout.dummies import Floats, Layered
from engine.layout.path import Point, Route, Segment, straight
from engine.layout.port import Ports


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the layers and nodes are along the flow, in px: their upstream and downstream borders."""

    layer_begin: Floats
    layer_end: Floats
    node_begin: Floats
    node_end: Floats


@dataclass(slots=True)
class _Line:
    """A route in the making: its finished segments, and a straight stretch that may go on."""

    segments: list[Segment]
    begin: float
    across: float


def make_routes(layered: Layered, ports: Ports, columns: Columns, downwards: bool) -> list[Route]:
    """The route of each edge; along the flow is y if ``downwards``, else x."""
    pen = _Pen(columns.layer_begin.tolist(), columns.layer_end.tolist(), downwards)
    nodes, dummies = layered.nodes, layered.dummies
    upper, lower, layer = layered.upper.tolist(), layered.lower.tolist(), layered.layer.tolist()
    leave, enter = ports.leave.tolist(), ports.enter.tolist()
    node_begin, node_end = columns.node_begin.tolist(), columns.node_end.tolist()

    # For each dummy its trunk so far: how many segments are finished there, and where the straight one began.
    reached: list[tuple[int, float]] = []
    trunks: dict[int, _Line] = {}
    line = _Line([], 0.0, 0.0)
    for dummy in range(dummies):
        u = upper[dummy]
        if u < nodes:
            line = trunks[nodes + dummy] = _Line([], node_end[u], leave[dummy])
        pen.cross(line, layer[u], enter[dummy])
        reached.append((len(line.segments), line.begin))

    routes = []
    for edge, first in enumerate(layered.trunk.tolist()):
        u, v = upper[dummies + edge], lower[dummies + edge]
        if first < 0:
            start = pen.at(node_end[u], leave[dummies + edge])
            line = _Line([], node_end[u], leave[dummies + edge])
        else:
            source = upper[first - nodes]
            start = pen.at(node_end[source], leave[first - nodes])
            finished, begin = reached[u - nodes]
            line = _Line(trunks[first].segments[:finished], begin, leave[dummies + edge])
        pen.cross(line, layer[u], enter[dummies + edge])
        pen.run(line, node_begin[v])
        routes.append(Route(start, tuple(line.segments)))
    return routes


class _Pen:
    """Draws lines in coordinates along and across the flow."""

    __slots__ = ("_begin", "_down", "_end")

    def __init__(self, layer_begin: list[float], layer_end: list[float], downwards: bool) -> None:
        self._begin = layer_begin
        self._end = layer_end
        self._down = downwards

    def at(self, along: float, across: float) -> Point:
        return (across, along) if self._down else (along, across)

    def run(self, line: _Line, end: float) -> None:
        """Finish the straight stretch at ``end``."""
        if end != line.begin:
            line.segments.append(straight(self.at(line.begin, line.across), self.at(end, line.across)))
            line.begin = end

    def cross(self, line: _Line, layer: int, across: float) -> None:
        """Go on from ``layer`` into the next, at ``across`` there."""
        if across == line.across:
            return
        begin, end = self._end[layer], self._begin[layer + 1]
        self.run(line, begin)
        middle = (begin + end) / 2.0
        line.segments.append((self.at(middle, line.across), self.at(middle, across), self.at(end, across)))
        line.begin, line.across = end, across
