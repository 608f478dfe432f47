"""A layout that follows another one: what was there before stays where it was, as far as that costs little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.layout.arrays import Bools, Floats, Ints
from engine.layout.dummies import Layered
from engine.layout.isotonic import isotonic_each
from engine.layout.path import Point

_STILL = 0.5
"""px that a node may move without being called moved."""
_ROUNDS = 24
"""How often the moves of neighbours are averaged for what is new."""
_HOLD = 100.0
"""How much heavier a node is that was there before."""
_LONGER, _SLACK = 1.3, 4.0
"""How much longer lines may become across the flow for the sake of what stays: as a factor, and in gaps."""


def in_previous_order(nodes: Sequence[str], previous: Mapping[str, Point], downwards: bool) -> list[str]:
    """The nodes as they stood across the flow; one that is new comes behind the one before it in the program."""
    keys: list[float] = []
    for name in nodes:
        point = previous.get(name)
        here = point[0 if downwards else 1] if point is not None else keys[-1] if keys else -np.inf
        keys.append(here)
    return [nodes[i] for i in sorted(range(len(nodes)), key=keys.__getitem__)]


def hold(layered: Layered, place: Ints, x: Floats, wanted: Floats, apart: Floats, gap: float) -> Floats:
    """Move vertices to where they were before, in the order that they have now.

    ``wanted`` has where each node was, NaN for a new one; where all of it lies does not matter. ``apart`` is
    the least distance of each vertex, in order, to the next. If lines would become much longer, ``x`` stays.
    """
    known = np.zeros(layered.vertices, np.bool_)
    known[: layered.nodes] = ~np.isnan(wanted)
    if not known.any():
        return x
    move = np.zeros(layered.vertices)
    nodes = np.flatnonzero(known)
    move[nodes] = wanted[nodes] - x[nodes]
    move[nodes] -= most_common(move[nodes])
    if (np.abs(move[nodes]) < _STILL).all():
        return x
    goal = x + _spread(layered, move, known)
    sequence = np.argsort(place)
    packed = np.concatenate(([0.0], np.cumsum(apart)))
    weight = np.where(known, _HOLD, 1.0)[sequence]
    layer = layered.layer[sequence]
    held = np.empty_like(x)
    held[sequence] = isotonic_each(goal[sequence] - packed, weight, layer[1:] == layer[:-1]) + packed
    return held if _length(layered, held) <= _LONGER * _length(layered, x) + _SLACK * gap else x


def strayed(positions: Mapping[str, Point], previous: Mapping[str, Point], downwards: bool) -> int:
    """How many nodes are not where they were across the flow, but for a shift of the whole picture."""
    side = 0 if downwards else 1
    ways = np.array([point[side] - previous[name][side] for name, point in positions.items() if name in previous])
    return int((np.abs(ways - most_common(ways)) > 2.0 * _STILL).sum())


def most_common(values: Floats) -> float:
    """The value that most of them are within a pixel of, of several the one nearest to 0; NaN if there is none."""
    if not len(values):
        return float("nan")
    whole, count = np.unique(np.round(values), return_counts=True)
    best = whole[count == count.max()]
    at = float(best[np.abs(best).argmin()])
    return float(values[np.abs(values - at) <= 1.0].mean())


def _spread(layered: Layered, move: Floats, known: Bools) -> Floats:
    """What is new, and the lines, move as their neighbours do."""
    n = layered.vertices
    a, b = layered.upper, layered.lower
    degree = np.maximum(np.bincount(a, minlength=n) + np.bincount(b, minlength=n), 1)
    for _ in range(_ROUNDS):
        mean = (np.bincount(a, move[b], n) + np.bincount(b, move[a], n)) / degree
        move = np.where(known, move, mean)
    return move


def _length(layered: Layered, x: Floats) -> float:
    return float(np.abs(x[layered.lower] - x[layered.upper] - layered.shift).sum())
