"""Orders to start from: each gives every vertex a key to sort its layer by."""

from __future__ import annotations

import numpy as np

from engine.layout.dummies import Ints, Layered, group


def source_order(layered: Layered) -> Ints:
    """The order of the program; a dummy counts as the node its trunk starts from."""
    return layered.origin


def from_leaves(layered: Layered) -> Ints:
    """Depth first from the leaves in source order, towards users: keeps what follows from a leaf together."""
    order = np.lexsort((layered.lower, layered.upper))
    after, begin = group(layered.upper[order], layered.lower[order], layered.vertices)
    return _depth_first(after, begin, layered.lower)


def from_results(layered: Layered) -> Ints:
    """Depth first from the results towards operands, in argument order: lays a tree without crossings."""
    order = np.lexsort((layered.slot, layered.lower))
    before, begin = group(layered.lower[order], layered.upper[order], layered.vertices)
    return _depth_first(before, begin, layered.upper)


def _depth_first(neighbours: Ints, begin: Ints, reached: Ints) -> Ints:
    """Numbers in the order of a first visit, from every vertex that no segment reaches."""
    count = len(begin) - 1
    roots = np.ones(count, np.bool_)
    roots[reached] = False
    nexts, starts = neighbours.tolist(), begin.tolist()
    number = [-1] * count
    visited = 0
    stack: list[int] = np.flatnonzero(roots)[::-1].tolist()
    while stack:
        v = stack.pop()
        if number[v] < 0:
            number[v] = visited
            visited += 1
            stack += [w for w in reversed(nexts[starts[v] : starts[v + 1]]) if number[w] < 0]
    return np.array(number, np.int64)
