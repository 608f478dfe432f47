"""Routes: across the flow only in the gaps between layers, straight along it wherever a node might be.

In a gap every edge is the same S, stretched to its ends: two of them cross just if their ends are in
opposite orders, and all meet the layers' borders at right angles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from engine.layout.arrays import Floats
from engine.layout.dummies import Layered
from engine.layout.path import Point, Route, Segment, straight
from engine.layout.port import Ports


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the layers and nodes are along the flow, in px: their upstream and downstream borders."""

    layer_begin: Floats
    layer_end: Floats
    node_begin: Floats
    node_end: Floats


@dataclass(frozen=True, slots=True)
class Way:
    """Where an edge leaves, bends and arrives, as (along, across) in px.

    A bend is the gap between layers in which it lies, from and to, and the lanes from and to which it leads.
    """

    start: Point
    bends: list[tuple[float, float, float, float]]
    finish: Point

    def moved(self, along: float, across: float) -> Way:
        """The same somewhere else."""
        return Way(
            (self.start[0] + along, self.start[1] + across),
            [(a + along, b + along, c + across, d + across) for a, b, c, d in self.bends],
            (self.finish[0] + along, self.finish[1] + across),
        )

    def route(self, downwards: bool) -> Route:
        """The way as a smooth path; along the flow is y if ``downwards``, else x."""
        start = here = self.start[::-1] if downwards else self.start
        segments: list[Segment] = []
        for begin, end, leave, enter in self.bends:
            middle = (begin + end) / 2.0
            if downwards:
                before, curve = (leave, begin), ((leave, middle), (enter, middle), (enter, end))
            else:
                before, curve = (begin, leave), ((middle, leave), (middle, enter), (end, enter))
            if before != here:
                segments.append(straight(here, before))
            segments.append(curve)
            here = curve[2]
        finish = self.finish[::-1] if downwards else self.finish
        if here != finish or not segments:
            segments.append(straight(here, finish))
        return Route(start, tuple(segments))


class Ways(Protocol):
    """The ways of all edges of a layout."""

    def way(self, edge: int) -> Way: ...

    def polylines(self, chords: int, downwards: bool) -> list[list[Point]]: ...


class Tracks:
    """The ways of all edges of one level: bends in the gaps that they cross, straight stretches in between."""

    def __init__(self, layered: Layered, ports: Ports, columns: Columns) -> None:
        n, dummies = layered.nodes, layered.dummies
        upper, lower, trunk = layered.upper[dummies:], layered.lower[dummies:], layered.trunk
        long = trunk >= 0
        self._ports = ports
        self._bent = ports.leave != ports.enter
        gap = layered.layer[layered.upper]
        self._begin, self._end = columns.layer_end[gap], columns.layer_begin[gap + 1]
        self._last = np.arange(dummies, len(layered.upper))
        # Bends of trunks come first, in the order of the dummies, so that those of one edge are a slice.
        self._bends = np.flatnonzero(self._bent[:dummies])
        self._from = np.searchsorted(self._bends, np.where(long, trunk - n, 0))
        self._to = np.where(long, np.searchsorted(self._bends, upper - n, side="right"), self._from)
        first = np.where(long, trunk - n, self._last)
        self._start = (columns.node_end[layered.upper[first]], ports.leave[first])
        self._finish = (columns.node_begin[lower], ports.enter[dummies:])

    @cached_property
    def _ends(self) -> list[tuple[Point, Point, int, int, bool]]:
        """Per edge: where it starts and ends, which of the trunks' bends it takes, whether it bends at its end."""
        points = [list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in (self._start, self._finish)]
        bent: list[bool] = self._bent[self._last].tolist()
        return list(zip(*points, self._from.tolist(), self._to.tolist(), bent, strict=True))

    @cached_property
    def _curves(self) -> list[tuple[float, float, float, float]]:
        """Per segment: where its gap begins and ends, and the lanes from which and to which it leads."""
        columns = (self._begin, self._end, self._ports.leave, self._ports.enter)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def way(self, edge: int) -> Way:
        start, finish, first, behind, bent = self._ends[edge]
        bends = [self._curves[bend] for bend in self._bends[first:behind].tolist()]
        if bent:
            bends.append(self._curves[int(self._last[edge])])
        return Way(start, bends, finish)

    def polylines(self, chords: int, downwards: bool) -> list[list[Point]]:
        """The ways with ``chords`` for each bend, and one for each straight stretch."""
        bent = self._bent[self._last]
        used = np.concatenate((self._bends, self._last[bent]))
        t = np.linspace(0.0, 1.0, chords + 1)
        across = t * t * (3.0 - 2.0 * t)
        along = 1.5 * t * (1.0 - t) + t**3
        leave, begin = self._ports.leave[used, None], self._begin[used, None]
        side = leave + (self._ports.enter[used, None] - leave) * across
        way = begin + (self._end[used, None] - begin) * along
        points = _points(way.ravel(), side.ravel(), downwards)
        last = (len(self._bends) + np.cumsum(bent) - bent) * (chords + 1)
        parts = (
            _points(*self._start, downwards),
            ((chords + 1) * self._from).tolist(),
            ((chords + 1) * self._to).tolist(),
            last.tolist(),
            (last + (chords + 1) * bent).tolist(),
            _points(*self._finish, downwards),
        )
        return [[start, *points[a:b], *points[c:d], finish] for start, a, b, c, d, finish in zip(*parts, strict=True)]


def _points(along: Floats, across: Floats, downwards: bool) -> list[Point]:
    x, y = (across, along) if downwards else (along, across)
    return list(zip(x.tolist(), y.tolist(), strict=True))


class Routes(Mapping[tuple[str, str, int], Route]):
    """Routes by (source, target, index), each made when it is first asked for."""

    def __init__(self, names: Sequence[tuple[str, str, int]], ways: Ways, downwards: bool) -> None:
        self._number = dict(zip(names, range(len(names)), strict=True))
        self._made: dict[int, Route] = {}
        self._ways = ways
        self._downwards = downwards

    def named(self, names: Sequence[tuple[str, str, int]]) -> Routes:
        """The same routes with other names, in the same order."""
        return Routes(names, self._ways, self._downwards)

    def polylines(self, chords: int) -> dict[tuple[str, str, int], list[Point]]:
        """All as lines."""
        return dict(zip(self._number, self._ways.polylines(chords, self._downwards), strict=True))

    def __getitem__(self, name: tuple[str, str, int]) -> Route:
        number = self._number[name]
        found = self._made.get(number)
        if found is None:
            found = self._made[number] = self._ways.way(number).route(self._downwards)
        return found

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        return iter(self._number)

    def __len__(self) -> int:
        return len(self._number)

    def __repr__(self) -> str:
        return repr(dict(self))


def polylines(routes: Mapping[tuple[str, str, int], Route], chords: int) -> dict[tuple[str, str, int], list[Point]]:
    """All routes as lines, with ``chords`` for each bend and one for each straight stretch.

    Much faster than one by one when the routes come from a layout as they are.
    """
    if isinstance(routes, Routes):
        return routes.polylines(chords)
    return {name: route.polyline(chords) for name, route in routes.items()}
