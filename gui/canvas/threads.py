"""Threads: the pieces of a stage's edges, each once, however many edges run along it.

The edges of one source share a trunk: where they lie on each other, one line stands for all.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gui.canvas.arrays import Floats, Mask, Numbers, meet
from gui.canvas.near import Near
from gui.canvas.wires import Wires

FEW = 300
"""Edges up to which a change is worked out for them alone."""
PICKED = 6
"""As many boxes in a row are looked at in the time of one that is picked from among all."""
SLANT = 1 / 800
"""A line that leaves its axis by no more is some pixel beside it at the other side of a window."""
GOLDEN = 0.6180339887498949
GRAIN = 16.0
"""Places are told apart to this part of a scene pixel."""


class Threads:
    """Pieces are rows of x1, y1, x2, y2 in scene pixels."""

    def __init__(self, wires: Wires, sources: Numbers) -> None:
        lines, owner = wires.pieces, wires.owner
        begin, end = lines[:, :2], lines[:, 2:]
        length = np.abs(end - begin).max(axis=1) if len(lines) else np.empty(0)
        straight = (begin == end).any(axis=1)
        # Straight pieces of one source that begin at one place, in one direction, lie on each other.
        goal = np.where(straight[:, None], np.sign(end - begin), end * GRAIN)
        group = _numbered(sources[owner], begin * GRAIN, goal, straight)
        order = np.lexsort((length, group))
        group, length = group[order], length[order]
        same = np.concatenate([[False], group[1:] == group[:-1]])
        before = np.concatenate([[0.0], length[:-1]]) * same
        kept = np.flatnonzero(length > before)
        pieces = lines[order[kept]]
        # What an edge has in common with a shorter one is drawn with that.
        part = (before[kept] / length[kept])[:, None]
        pieces[:, :2] += part * (pieces[:, 2:] - pieces[:, :2])
        boxes = np.hstack([np.minimum(pieces[:, :2], pieces[:, 2:]), np.maximum(pieces[:, :2], pieces[:, 2:])])
        self.pieces: Floats = pieces
        self._boxes: Floats = boxes
        self._near = Near(boxes)
        ways = np.abs(pieces[:, 2:] - pieces[:, :2])
        self.level: Mask = ways.min(axis=1) <= SLANT * ways.max(axis=1)
        """Per piece, whether it runs along one of the axes, as far as can be seen."""
        self.edge: Numbers = owner[order[kept]]
        """Per piece, the first of the edges that end with it."""
        self._members, self._group = owner[order], group
        self._place: Numbers = kept
        self._edges = len(sources)
        self._last: tuple[Numbers, Numbers] | None = None
        """The states of the edges and of the pieces that were asked for last: a step changes few of them."""
        self._by_rank: Numbers = np.argsort((np.arange(len(kept)) * GOLDEN) % 1.0)
        self.rank: Floats = np.empty(len(kept))
        self.rank[self._by_rank] = np.arange(len(kept)) / max(1, len(kept))
        """Per piece, between 0 and 1: where not all have room, those of low rank are drawn."""

    def states(self, of_edges: Numbers) -> Numbers:
        """Per piece, the largest of the small numbers of the edges that run along it."""
        last, self._last = self._last, None
        changed = None if last is None else np.flatnonzero(last[0] != of_edges)
        if last is None or changed is None or len(changed) > FEW:
            out = self._all_states(of_edges)
        else:
            out = self._with(last[1].copy(), of_edges, changed)
        self._last = of_edges, out
        return out

    def _with(self, states: Numbers, of_edges: Numbers, changed: Numbers) -> Numbers:
        """The states of another moment, put right where edges have changed since."""
        if not len(changed):
            return states
        touched = np.zeros(self._edges, np.bool_)
        touched[changed] = True
        for group in np.unique(self._group[touched[self._members]]).tolist():
            first, behind = np.searchsorted(self._group, (group, group + 1)).tolist()
            covered = np.maximum.accumulate(of_edges[self._members[first:behind]][::-1])[::-1]
            low, high = np.searchsorted(self._place, (first, behind)).tolist()
            states[low:high] = covered[self._place[low:high] - first]
        return states

    def _all_states(self, of_edges: Numbers) -> Numbers:
        largest = int(of_edges.max(initial=0)) + 1
        last = int(self._group[-1]) if len(self._group) else 0
        shift = largest * (last - self._group)
        covered = np.maximum.accumulate((of_edges[self._members] + shift)[::-1])[::-1] - shift
        out: Numbers = covered[self._place]
        return out

    def inside(self, rect: QRectF, share: float = 1.0) -> Numbers:
        """The pieces, or a share of them, that reach into a part of the scene."""
        if share < 0.2 and PICKED * share * len(self._by_rank) < self._near.most(rect):
            some = self._by_rank[: int(share * len(self._by_rank))]
            return some[meet(self._boxes[some], rect)]
        found = self._near.meeting(rect)
        return found if share == 1.0 else found[self.rank[found] < share]

    def clipped(self, pieces: Numbers, rect: QRectF) -> Floats:
        """How long what is seen of each piece is, along the axis on which it is longer."""
        least = np.array([rect.left(), rect.top()] * 2)
        most = np.array([rect.right(), rect.bottom()] * 2)
        seen = np.clip(self.pieces[pieces], least, most)
        out: Floats = np.maximum(np.abs(seen[:, 2] - seen[:, 0]), np.abs(seen[:, 3] - seen[:, 1]))
        return out


def _numbered(sources: Numbers, begin: Floats, goal: Floats, straight: Floats) -> Numbers:
    """A number for each kind of row. Rows are mixed into one integer: two kinds meet in it once in 2**40 or so."""
    mixed = sources.astype(np.uint64)
    for column in (begin[:, 0], begin[:, 1], goal[:, 0], goal[:, 1], straight):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
        mixed = mixed + np.rint(column).astype(np.int64).view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    out: Numbers = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
    return out
