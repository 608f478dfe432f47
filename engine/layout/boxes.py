"""Boxes within boxes: each is arranged like a graph of its own and then stands in its parent like a node.

A line into a box comes in at a gate, a node without extent in the first layer of what is inside, and a line
out of it leaves at an exit in the last one. Where these lie is where the parent's lines end. Lines of one
source share a gate, as they share a trunk outside. Boxes of the same form are arranged once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.indexed import Indexed, link
from engine.layout.level import Gaps, Level, arrange
from engine.layout.nest import Box
from engine.layout.path import Point
from engine.layout.route import Way
from engine.layout.steady import most_common

_NOTHING = 1e-5
"""px that nobody sees."""

Line: TypeAlias = tuple[int, int]
"""A source, and how many edges between the same two nodes come before: what may share a gate."""

_Unit: TypeAlias = tuple[str, int]
"""A node, a box, a gate or an exit, by number; those of gates and exits count up in their box."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a frame takes beyond its content, in px: before and after along the flow, and on either side."""

    before: float
    after: float
    low: float
    high: float


@dataclass(slots=True)
class _Stage:
    """A box on its way to being arranged. ``ends`` are the units between which the level's edges lead."""

    box: Box
    parent: int
    inner: list[int] = field(default_factory=list)
    """The numbers of the stages of the boxes in it."""
    gates: dict[Line, int] = field(default_factory=dict)
    exits: dict[Line, int] = field(default_factory=dict)
    ends: dict[tuple[_Unit, Line, _Unit, int], int] = field(default_factory=dict)
    """Each edge of the level with its number: from, which line, to, as which argument (0 at a box or an exit)."""
    units: list[_Unit] = field(default_factory=list)
    level: Level | None = None
    edge: Ints | None = None
    """Per edge, by the number in ``ends``: its place in the arranged level."""
    begin: float = 0.0
    low: float = 0.0
    depth: float = 0.0
    breadth: float = 0.0
    along: float = 0.0
    across: float = 0.0
    """How far the level is moved in the end."""
    was: float = np.nan
    """Where its middle was across the flow, if most of what is in it is not to move."""
    port: dict[tuple[str, Line], tuple[int, float]] = field(default_factory=dict)
    """Per gate or exit: its place among them, and its distance from the middle of the box."""


class Nested:
    """Everything placed: centres of nodes, frames of boxes, ways of edges, along and across the flow."""

    def __init__(
        self,
        outermost: Box,
        graph: Indexed,
        place: Ints,
        depth: Floats,
        breadth: Floats,
        gaps: Gaps,
        room: Room,
        previous: Floats | None = None,
        band: Ints | None = None,
    ) -> None:
        """``place`` is the argument index of each edge; ``previous`` and ``band`` as for ``arrange``.

        A box stands in the first band of those in it, and has none inside.
        """
        self._graph = graph
        self._size = depth, breadth
        self._previous = previous
        self._band = band
        self._stages = _staged(outermost)
        self._home = {v: number for number, stage in enumerate(self._stages) for v in stage.box.nodes}
        self._pieces = self._project(place.tolist())
        known: dict[object, Level] = {}
        for stage in reversed(self._stages):
            self._arrange(stage, gaps, room, known)
        self._settle()

    def _project(self, place: list[int]) -> list[list[tuple[int, int]]]:
        """Cut every edge into edges of levels; per edge: the stages that it passes, and which of their edges it is."""
        graph, stages = self._graph, self._stages
        pieces = []
        for u, v, copy, argument in zip(
            graph.source.tolist(), graph.target.tolist(), graph.copy.tolist(), place, strict=True
        ):
            line = u, copy
            out, into = self._up(u), self._up(v)
            while len(out) > 1 and len(into) > 1 and out[-2] == into[-2]:
                out.pop()
                into.pop()
            # Now the last of both is where they meet.
            mine: list[tuple[int, int]] = []
            here: _Unit = "node", u
            for number in out[:-1]:
                stage = stages[number]
                leave: _Unit = "exit", stage.exits.setdefault(line, len(stage.exits))
                mine.append((number, stage.ends.setdefault((here, line, leave, 0), len(stage.ends))))
                here = "box", number
            for number, inner in zip(reversed(into), [*reversed(into[:-1]), None], strict=True):
                stage = stages[number]
                goal: _Unit = ("node", v) if inner is None else ("box", inner)
                end = argument if inner is None else 0
                mine.append((number, stage.ends.setdefault((here, line, goal, end), len(stage.ends))))
                if inner is not None:
                    gates = stages[inner].gates
                    here = "gate", gates.setdefault(line, len(gates))
            pieces.append(mine)
        return pieces

    def _up(self, node: int) -> list[int]:
        """The stages that a node is in, from the innermost to the outermost."""
        chain = [self._home[node]]
        while self._stages[chain[-1]].parent >= 0:
            chain.append(self._stages[chain[-1]].parent)
        return chain

    def _arrange(self, stage: _Stage, gaps: Gaps, room: Room, known: dict[object, Level]) -> None:
        """Arrange what is in a box; the boxes in it have been arranged."""
        units = self._units(stage)
        number = {unit: i for i, unit in enumerate(units)}
        depth = np.array([self._extent(unit, 0) for unit in units])
        breadth = np.array([self._extent(unit, 1) for unit in units])
        columns: tuple[list[int], ...] = [], [], [], []
        leave, enter = [], []
        for a, line, b, argument in stage.ends:
            out = self._stages[a[1]].port["exit", line] if a[0] == "box" else (0, np.nan)
            into = self._stages[b[1]].port["gate", line] if b[0] == "box" else (argument, np.nan)
            for column, value in zip(columns, (number[a], number[b], into[0], out[0]), strict=True):
                column.append(value)
            leave.append(out[1])
            enter.append(into[1])
        source, target, place, leaves = (np.array(column, np.int64) for column in columns)
        graph = link(len(units), source, target, place, leaves)
        fixed = np.array(leave)[graph.given], np.array(enter)[graph.given]
        gates = [number["gate", i] for i in range(len(stage.gates))]
        exits = [number["exit", i] for i in range(len(stage.exits))]
        previous = None if self._previous is None else np.array([self._was(unit) for unit in units])
        if previous is not None and not np.isnan(previous).all():
            previous -= np.nanmin(previous)
        arrays = (depth, breadth, graph.source, graph.target, graph.exit, graph.slot, *fixed)
        before = b"" if previous is None else previous.round(2).tobytes()
        band = self._bands(units) if self._band is not None and stage.parent < 0 else None
        beside = b"" if band is None else band.tobytes()
        form = (len(gates), len(exits), *(array.tobytes() for array in arrays), before, beside)
        level = known.get(form)
        if level is None:
            level = known[form] = arrange(graph, depth, breadth, gaps, fixed, gates, exits, previous, band)
        stage.level, stage.units = level, units
        stage.edge = np.empty(len(graph.given), np.int64)
        stage.edge[graph.given] = np.arange(len(graph.given))
        self._frame(stage, level, depth, number, room)

    def _units(self, stage: _Stage) -> list[_Unit]:
        """In source order: a box where its first node is, the ends of lines where their sources are."""
        stages = self._stages
        keyed: list[tuple[tuple[int, int, int], _Unit]] = [((v, 0, 0), ("node", v)) for v in stage.box.nodes]
        keyed += [((_first(stages[number].box), 0, 0), ("box", number)) for number in stage.inner]
        for kind, ends, rank in (("gate", stage.gates, -1), ("exit", stage.exits, 1)):
            keyed += [((line[0], rank, line[1]), (kind, number)) for line, number in ends.items()]
        return [unit for _, unit in sorted(keyed)]

    def _extent(self, unit: _Unit, axis: int) -> float:
        kind, number = unit
        if kind == "node":
            return float(self._size[axis][number])
        if kind == "box":
            return self._stages[number].breadth if axis else self._stages[number].depth
        return 0.0

    def _bands(self, units: list[_Unit]) -> Ints:
        """Per unit of the outermost level its band."""
        assert self._band is not None
        found: dict[_Unit, int] = {}
        for v in range(self._graph.count):
            chain = self._up(v)
            unit: _Unit = ("node", v) if len(chain) == 1 else ("box", chain[-2])
            found[unit] = min(int(self._band[v]), found.get(unit, 2**31))
        return np.array([found[unit] for unit in units], np.int64)

    def _was(self, unit: _Unit) -> float:
        """Where a unit was before across the flow; NaN if it was not there."""
        assert self._previous is not None
        kind, number = unit
        if kind == "node":
            return float(self._previous[number])
        return self._stages[number].was if kind == "box" else np.nan

    def _frame(self, stage: _Stage, level: Level, depth: Floats, number: Mapping[_Unit, int], room: Room) -> None:
        """Measure the frame, and where on it lines come in and go out."""
        solid = depth > 0.0
        begin = float((level.along - depth / 2.0)[solid].min()) - room.before
        end = float((level.along + depth / 2.0)[solid].max()) + room.after
        if stage.gates:
            begin = min(begin, level.begin)
        if stage.exits:
            end = max(end, level.end)
        low, high = level.low - room.low, level.high + room.high
        stage.begin, stage.low = begin, low
        stage.depth, stage.breadth = end - begin, high - low
        middle = (low + high) / 2.0
        if self._previous is not None:
            were = np.array([self._was(unit) for unit in stage.units])
            were -= level.across - middle
            stage.was = most_common(were[~np.isnan(were)])
        for kind, ends in (("gate", stage.gates), ("exit", stage.exits)):
            lanes = {line: float(level.across[number[kind, i]]) for line, i in ends.items()}
            for place, line in enumerate(sorted(ends, key=lanes.__getitem__)):
                stage.port[kind, line] = place, lanes[line] - middle

    def _settle(self) -> None:
        """Move every level to where its box is."""
        for stage in self._stages:
            assert stage.level is not None
            for unit, along, across in zip(
                stage.units, stage.level.along.tolist(), stage.level.across.tolist(), strict=True
            ):
                if unit[0] == "box":
                    inner = self._stages[unit[1]]
                    inner.along = stage.along + along - inner.depth / 2.0 - inner.begin
                    inner.across = stage.across + across - inner.breadth / 2.0 - inner.low

    def centres(self) -> list[Point]:
        """Per node (along, across)."""
        found: dict[int, Point] = {}
        for stage in self._stages:
            assert stage.level is not None
            for (kind, number), along, across in zip(
                stage.units, stage.level.along.tolist(), stage.level.across.tolist(), strict=True
            ):
                if kind == "node":
                    found[number] = along + stage.along, across + stage.across
        return [found[v] for v in range(self._graph.count)]

    def frames(self) -> list[tuple[Box, tuple[float, float, float, float]]]:
        """Per box but the outermost: where it begins and ends along the flow, and across it."""
        found = []
        for stage in self._stages[1:]:
            begin, low = stage.along + stage.begin, stage.across + stage.low
            found.append((stage.box, (begin, begin + stage.depth, low, low + stage.breadth)))
        return found

    def bounds(self) -> tuple[float, float, float, float]:
        """Where everything begins and ends along the flow, and across it."""
        level = self._stages[0].level
        assert level is not None
        return level.begin, level.end, level.low, level.high

    def way(self, edge: int) -> Way:
        """The ways through all levels, one after the other."""
        parts = []
        for number, piece in self._pieces[edge]:
            stage = self._stages[number]
            assert stage.level is not None
            assert stage.edge is not None
            parts.append(stage.level.tracks.way(int(stage.edge[piece])).moved(stage.along, stage.across))
        lane = parts[0].start[1]
        bends = []
        for part in parts:
            for begin, end, _, enter in part.bends:
                # Where two ways meet their lanes are the same but for what rounding has left.
                if abs(enter - lane) > _NOTHING:
                    bends.append((begin, end, lane, enter))
                    lane = enter
        return Way(parts[0].start, bends, (parts[-1].finish[0], lane))

    def polylines(self, chords: int, downwards: bool) -> list[list[Point]]:
        return [self.way(edge).route(downwards).polyline(chords) for edge in range(len(self._pieces))]


def _staged(outermost: Box) -> list[_Stage]:
    """All boxes, outer ones first."""
    stages = [_Stage(outermost, -1)]
    for number, stage in enumerate(stages):
        stage.inner = list(range(len(stages), len(stages) + len(stage.box.boxes)))
        stages += [_Stage(box, number) for box in stage.box.boxes]
    return stages


def _first(box: Box) -> int:
    """The first node in a box."""
    return min([*box.nodes, *(_first(inner) for inner in box.boxes)])
