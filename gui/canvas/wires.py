"""Wires: all edges of a stage as straight pieces in arrays, to be looked through and drawn at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
from PySide6.QtCore import QRectF

from gui.canvas.arrays import Floats, Mask, Numbers, meet
from gui.canvas.near import Near


class Wires:
    """Edges are numbered as those of the stage. Pieces are rows of x1, y1, x2, y2 in scene pixels."""

    def __init__(self, lines: Iterable[Sequence[tuple[float, float]]]) -> None:
        lines = list(lines)
        counts = np.array([len(line) for line in lines], np.int64)
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(lines)), np.float64, 2 * int(counts.sum()))
        points: Floats = flat.reshape(-1, 2)
        ends = np.cumsum(counts)
        inner = np.ones(len(points), np.bool_)
        inner[ends - 1] = False
        at = np.flatnonzero(inner)
        self.pieces: Floats = np.hstack([points[at], points[at + 1]])
        self.owner: Numbers = np.repeat(np.arange(len(lines)), counts - 1)
        """Per piece, its edge."""
        self.begin: Numbers = np.concatenate([[0], np.cumsum(counts - 1)])
        starts = ends - counts
        self.spans: Floats = np.empty((len(lines), 4))
        """Left, top, right and bottom of each edge."""
        if len(lines):
            self.spans[:, :2] = np.minimum.reduceat(points, starts)
            self.spans[:, 2:] = np.maximum.reduceat(points, starts)

    @cached_property
    def around(self) -> Near:
        """Which edges may reach into a part of the scene."""
        return Near(self.spans)

    def near(self, wanted: Mask, rect: QRectF) -> Numbers:
        """The edges that may reach into a part of the scene."""
        here = self.around.meeting(rect)
        found: Numbers = here[wanted[here]]
        return found

    def of(self, edges: Numbers) -> Numbers:
        """The pieces of edges."""
        first, count = self.begin[edges], self.begin[edges + 1] - self.begin[edges]
        total = int(count.sum())
        jumps = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
        out: Numbers = np.arange(total) + jumps
        return out

    def inside(self, edges: Numbers, rect: QRectF) -> Numbers:
        """The pieces of edges that reach into a part of the scene."""
        pieces = self.of(edges)
        a, b = self.pieces[pieces, :2], self.pieces[pieces, 2:]
        return pieces[meet(np.hstack([np.minimum(a, b), np.maximum(a, b)]), rect)]

    def passing(self, wanted: Mask, rect: QRectF) -> Numbers:
        """The edges that do reach into a part of the scene."""
        return np.unique(self.owner[self.inside(self.near(wanted, rect), rect)])

    def points_at(self, edges: Numbers, shares: Floats) -> Floats:
        """Per edge, the point after a share of its length."""
        lines = self.pieces[self.of(edges)]
        ways = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
        walked = np.concatenate([[0.0], np.cumsum(ways)])
        behind = np.cumsum(self.begin[edges + 1] - self.begin[edges])
        before = np.concatenate([[0], behind[:-1]]) if len(edges) else behind
        goal = walked[before] + shares * (walked[behind] - walked[before])
        on = np.clip(np.searchsorted(walked, goal, side="right") - 1, before, behind - 1)
        part = (goal - walked[on]) / np.maximum(ways[on], 1e-9)
        out: Floats = lines[on, :2] + part[:, None] * (lines[on, 2:] - lines[on, :2])
        return out
