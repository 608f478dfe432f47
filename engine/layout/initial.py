"""Orders to start from: each gives every vertex a key to sort its layer by."""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Ints, slices
from engine.layout.dummies import Layered


def source_order(layered: Layered) -> Ints:
    """The order of the program; a dummy counts as the node its trunk starts from."""
    return layered.origin


def from_leaves(layered: Layered) -> Ints:
    """Depth first from the leaves in source order, towards users: keeps what follows from a leaf together."""
    order = np.lexsort((layered.lower, layered.upper))
    return _depth_first(layered.upper[order], layered.lower[order], layered.vertices)


def from_results(layered: Layered) -> Ints:
    """Depth first from the results towards operands, in argument order: lays a tree without crossings."""
    order = np.lexsort((layered.slot, layered.lower))
    return _depth_first(layered.lower[order], layered.upper[order], layered.vertices)


def from_results_short_first(layered: Layered) -> Ints:
    """The same, but first to the operands in early layers: what a side line feeds stays on its side."""
    order = np.lexsort((layered.slot, layered.layer[layered.origin[layered.upper]], layered.lower))
    return _depth_first(layered.lower[order], layered.upper[order], layered.vertices)


def _depth_first(begin: Ints, end: Ints, count: int) -> Ints:
    """Numbers in the order of a first visit, from every vertex at which no segment ends; sorted by ``begin``."""
    roots = np.ones(count, np.bool_)
    roots[end] = False
    nexts = slices(end, np.searchsorted(begin, np.arange(count + 1)))
    number = [-1] * count
    visited = 0
    stack: list[int] = np.flatnonzero(roots)[::-1].tolist()
    while stack:
        v = stack.pop()
        if number[v] < 0:
            number[v] = visited
            visited += 1
            after = nexts[v]
            if len(after) == 1:
                stack.append(after[0])
            elif after:
                stack += after[::-1]
    return np.array(number, np.int64)
