"""Counting crossings pair by pair: in graphs that are not wide all pairs of segments are looked at in a few passes.

Which segments lead between the same two layers does not depend on the order, so the pairs are made once. A pair
crosses, by the rules of ``crossing``, when its ends are in opposite orders above and below.
"""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Bools, Ints
from engine.layout.crossing import CROSSING, MISPLACED
from engine.layout.dummies import Layered

_WIDE = 40
"""Pairs for each segment up to which this is faster than sorting."""


class Pairs:
    """Each pair of segments between two layers once: ``a`` and ``b``."""

    __slots__ = ("_a", "_b", "_exits", "_layered", "_slots")

    def __init__(self, layered: Layered) -> None:
        gap = layered.layer[layered.upper]
        order = np.argsort(gap, kind="stable")
        behind = np.searchsorted(gap[order], gap[order], side="right") - np.arange(1, len(order) + 1)
        first = np.repeat(np.arange(len(order)), behind)
        nth = np.arange(len(first)) - np.repeat(np.cumsum(behind) - behind, behind)
        self._a: Ints = order[first]
        self._b: Ints = order[first + 1 + nth]
        self._layered = layered
        self._slots = int(layered.slot.max(initial=0)) + 1
        self._exits = int(layered.exit.max(initial=0)) + 1

    def _opposite(self, place: Ints) -> tuple[Bools, Bools]:
        """Per pair: whether it crosses at a node or elsewhere, and whether it crosses elsewhere."""
        layered, a, b = self._layered, self._a, self._b
        leave = place[layered.upper] * self._exits + layered.exit
        end = place[layered.lower]
        arrive = end * self._slots + layered.slot
        above = leave[a] - leave[b]
        return above * (arrive[a] - arrive[b]) < 0, above * (end[a] - end[b]) < 0

    def cost(self, place: Ints) -> tuple[int, list[int]]:
        """The same as ``crossing_cost``."""
        every, apart = self._opposite(place)
        count = int(np.count_nonzero(every))
        if not count:
            return 0, []
        above = set(self._layered.layer[self._layered.upper[self._a[every]]].tolist())
        cost = (CROSSING - MISPLACED) * int(np.count_nonzero(apart)) + MISPLACED * count
        return cost, sorted(above | {number + 1 for number in above})

    def bundled_cost(self, place: Ints, through: Ints) -> int:
        """The same as ``crossing.bundled_cost``."""
        every, apart = self._opposite(place)
        weight = through[self._a] * through[self._b]
        return int((CROSSING - MISPLACED) * weight[apart].sum() + MISPLACED * weight[every].sum())


def few_pairs(layered: Layered) -> bool:
    """Whether a graph is so narrow that ``Pairs`` are the faster way."""
    wide = np.bincount(layered.layer[layered.upper]) if len(layered.upper) else np.zeros(1, np.int64)
    return int((wide * (wide - 1)).sum()) <= 2 * _WIDE * len(layered.upper)
