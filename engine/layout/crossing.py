"""Counting crossings.

Two segments between the same two layers cross when their ends are in opposite orders. That is the
number of inversions in the lower ends once the segments are sorted by their upper ends (W. Barth,
M. Juenger, P. Mutzel: Simple and efficient bilayer cross counting, 2002). Segments enter a node at its
ports, in argument order, so two operands drawn in the wrong order cross as well. They count a little
less: right before a node the eye follows two lines more easily than far from it. Segments leave a node
in the order of where they go, so there they never cross; only boxes have exits in an order of their own.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from engine.layout.arrays import Ints
from engine.layout.dummies import Layered

CROSSING = 4
"""The cost of two edges that cross anywhere but at a node they share."""
MISPLACED = 3
"""The cost of two operands that stand in the opposite order to the arguments: they cross at the node."""
UNSORTED = 2
"""The cost of two leaves of a short first column in the opposite order to the program."""

_SHORT = 4096
"""Up to here a sorted list counts faster than arrays do."""


def crossing_cost(layered: Layered, place: Ints) -> tuple[int, list[int]]:
    """The cost of the crossings, and the layers on either side of them.

    ``place`` numbers all vertices layer by layer, in order.
    """
    port, order = arrivals(layered, place)
    arriving = port[order]
    every = inversions(arriving)
    if not every:
        return 0, []
    crossings = inversions(place[layered.lower][order])
    above = layered.layer[layered.upper[order[1:]]][arriving[1:] < arriving[:-1]]
    touched: list[int] = np.unique(np.concatenate((above, above + 1))).tolist()
    return crossings * CROSSING + (every - crossings) * MISPLACED, touched


def crossings_at_all(layered: Layered, place: Ints) -> int:
    """How many pairs of segments cross anywhere, at nodes or not."""
    port, order = arrivals(layered, place)
    return inversions(port[order])


def bundled_cost(layered: Layered, place: Ints, through: Ints) -> int:
    """The same cost when every segment counts as often as there are edges ``through`` it."""
    port, order = arrivals(layered, place)
    arriving, ends, weight = port[order], place[layered.lower][order], through[order]
    every = _weighted_inversions(arriving, weight)
    crossings = _weighted_inversions(ends, weight)
    return crossings * CROSSING + (every - crossings) * MISPLACED


def unsorted_cost(layered: Layered, place: Ints) -> int:
    """The cost of first columns that are not in source order."""
    return UNSORTED * inversions(np.argsort(place[layered.heads])) if len(layered.heads) else 0


def arrivals(layered: Layered, place: Ints) -> tuple[Ints, Ints]:
    """Per segment its number in the order of arrival, and the segments in the order of departure."""
    arriving = np.lexsort((layered.slot, place[layered.lower]))
    port = np.empty(len(arriving), np.int64)
    port[arriving] = np.arange(len(arriving))
    return port, np.lexsort((port, layered.exit, place[layered.upper]))


def inversions(values: Ints) -> int:
    """How many pairs of ``values`` (not negative) stand in falling order."""
    if len(values) > _SHORT:
        return _inversions_by_bits(values)
    total = 0
    seen: list[int] = []
    for value in values.tolist():
        if seen and value < seen[-1]:
            at = bisect_right(seen, value)
            total += len(seen) - at
            seen.insert(at, value)
        else:
            seen.append(value)
    return total


def _inversions_by_bits(values: Ints) -> int:
    """The same in one pass of array operations for each bit.

    Values are sorted by their leading bits, one bit more at a time. A pair whose first different bit is
    the current one is in the same group before this pass, and is inverted if its 1 comes before its 0.
    """
    total = 0
    here = np.arange(len(values))
    for bit in reversed(range(int(values.max()).bit_length())):
        prefix = values >> (bit + 1)
        starts = np.ones(len(values), np.bool_)
        starts[1:] = prefix[1:] != prefix[:-1]
        begin = np.maximum.accumulate(np.where(starts, here, 0))
        one = (values >> bit) & 1
        ones = np.cumsum(one) - one
        ones -= ones[begin]
        zero = one == 0
        total += int(ones[zero].sum())
        number = np.cumsum(starts) - 1
        zeros = np.bincount(number, weights=zero).astype(np.int64)[number]
        goal = begin + np.where(zero, here - begin - ones, zeros + ones)
        moved = np.empty_like(values)
        moved[goal] = values
        values = moved
    return total


def _weighted_inversions(values: Ints, weight: Ints) -> int:
    """The sum of the products of weights over all pairs in falling order."""
    total = 0
    # What stands in falling order is near: lines cross within one gap between layers.
    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    reach = int(np.abs(np.arange(len(values)) - rank).max(initial=0))
    for step in range(1, min(2 * reach, len(values))):
        falls = values[step:] < values[:-step]
        total += int((weight[step:] * weight[:-step] * falls).sum())
    return total
