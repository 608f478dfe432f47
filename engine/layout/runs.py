"""Straight runs: vertices that are linked get one coordinate wherever there is room, and move together.

Every vertex may move half the way to what stands beside it, so all can move at once and keep their
distances. A run of vertices moves as far as each of its members may, to where its edges are short.
"""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.block import Blocks
from engine.layout.cut import common, cut
from engine.layout.dummies import Layered

_STRIDE = 0.7
"""What runs go of the way to where they want to be: neighbours that move at the same time would overshoot."""


class Runs:
    """Vertices at ``x`` that keep ``apart`` in ``sequence``; those of one run keep their distances."""

    def __init__(self, layered: Layered, sequence: Ints, apart: Floats, weight: Floats, x: Floats) -> None:
        layer = layered.layer[sequence]
        self._layered = layered
        self._sequence = sequence
        self._apart = np.where(layer[1:] == layer[:-1], apart, -np.inf)
        self._weight = weight
        self.x = x
        self.runs = Blocks(np.arange(layered.vertices), np.zeros(layered.vertices))

    def follow(self, softness: float, steps: int) -> None:
        """Move runs to where their edges are short: roughly the sum of lengths, of squares below ``softness``."""
        layered, run, x = self._layered, self.runs.number, self.x
        offset = self.runs.offset
        members = np.argsort(run, kind="stable")
        begin = np.flatnonzero(np.concatenate(([True], run[members[1:]] != run[members[:-1]])))
        count = len(begin)
        out = np.flatnonzero(run[layered.upper] != run[layered.lower])
        upper, lower, weight = layered.upper[out], layered.lower[out], self._weight[out]
        shift = layered.shift[out]
        ends = np.concatenate((run[upper], run[lower]))
        for _ in range(steps):
            low, high = self._room(x)
            least = np.maximum.reduceat((low - offset)[members], begin)
            most = np.minimum.reduceat((high - offset)[members], begin)
            pull = x[lower] - x[upper] - shift
            stiff = weight / np.sqrt(pull * pull + softness * softness)
            force = stiff * pull
            total = np.maximum(np.bincount(ends, np.concatenate((stiff, stiff)), count), 1e-9)
            force = np.bincount(ends, np.concatenate((force, -force)), count) / total
            at = (x - offset)[members[begin]] + _STRIDE * force
            x = np.minimum(np.maximum(at, least), most)[run] + offset
        self.x = x

    def _room(self, x: Floats) -> tuple[Floats, Floats]:
        """From where to where each vertex may move."""
        ordered = x[self._sequence]
        half = np.maximum((ordered[1:] - ordered[:-1] - self._apart) / 2.0, 0.0)
        low, high = np.full(len(x), -np.inf), np.full(len(x), np.inf)
        low[self._sequence[1:]] = ordered[1:] - half
        high[self._sequence[:-1]] = ordered[:-1] + half
        return low, high

    def join(self, blocks: Blocks, reach: Floats) -> None:
        """Make the blocks straight, as far along the flow as there is room.

        No vertex moves by more than its ``reach``, in px.
        """
        low, high = self._room(self.x)
        low = np.maximum(low, self.x - reach) - blocks.offset
        high = np.minimum(high, self.x + reach) - blocks.offset
        run = cut(blocks.number, self._layered.layer, low, high)
        least, most = common(run, low, high)
        mean = np.bincount(run, self.x - blocks.offset) / np.bincount(run)
        self.x = np.minimum(np.maximum(mean, least), most)[run] + blocks.offset
        self.runs = Blocks(run, blocks.offset)
