"""How good a drawing is: crossings, length, overlaps, edges through nodes. All exact, by comparing what is near."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]

_AT_ONCE = 4_000_000
"""Pairs that are compared in one go."""
_SLACK = 0.5
"""px that boxes may reach into each other, and four times as much that a line may into a box."""


@dataclass(frozen=True)
class Quality:
    """``crossings`` counts pairs of edges without a node in common, once for each time that they cross."""

    crossings: int
    length: float
    overlaps: int
    through: int


def quality(
    positions: Mapping[int, Point],
    sizes: Mapping[int, tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    routes: Mapping[int, Sequence[Point]],
) -> Quality:
    """Measure centres of nodes, and polylines by the number of their edge."""
    pieces, owner = [], []
    for number in range(len(edges)):
        line = routes[number]
        for a, b in itertools.pairwise(line):
            if a != b:
                pieces.append((*a, *b))
                owner.append(number)
    lines, of = np.array(pieces, float).reshape(-1, 4), np.array(owner, int)
    ends = np.array(edges, int).reshape(-1, 2)
    center = np.array([positions[node] for node in sorted(positions)], float).reshape(-1, 2)
    half = np.array([sizes[node] for node in sorted(positions)], float).reshape(-1, 2) / 2.0
    return Quality(
        _crossings(lines, ends[of]),
        float(np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]).sum()),
        _overlaps(center, half),
        _through(lines, ends[of], center, half),
    )


def _near(
    low: np.ndarray, high: np.ndarray, others: np.ndarray, at: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of an interval and one of ``others``, sorted, that lies in it, in portions; ``at`` has their numbers."""
    begin, end = np.searchsorted(others, low), np.searchsorted(others, high, side="right")
    count = np.maximum(end - begin, 0)
    first, total = 0, np.cumsum(count)
    while first < len(count):
        behind = max(first + 1, int(np.searchsorted(total, _AT_ONCE + (total[first - 1] if first else 0))))
        rows = np.arange(first, min(behind, len(count)))
        first = behind
        i = np.repeat(rows, count[rows])
        offset = np.arange(len(i)) - np.repeat(np.cumsum(count[rows]) - count[rows], count[rows])
        yield i, at[np.repeat(begin[rows], count[rows]) + offset]


def _crossings(lines: np.ndarray, ends: np.ndarray) -> int:
    low = np.minimum(lines[:, :2], lines[:, 2:])
    high = np.maximum(lines[:, :2], lines[:, 2:])
    total = 0
    order = np.argsort(low[:, 1], kind="stable")
    for i, j in _near(low[order, 1], high[order, 1] - 1e-9, low[order, 1], order):
        i, j = order[i], j
        mine = (low[i, 1] < low[j, 1]) | ((low[i, 1] == low[j, 1]) & (i < j))
        i, j = i[mine], j[mine]
        beside = (low[i, 0] <= high[j, 0]) & (low[j, 0] <= high[i, 0])
        i, j = i[beside], j[beside]
        apart = (ends[i][:, :, None] != ends[j][:, None, :]).all((1, 2))
        p, q = lines[i[apart]], lines[j[apart]]
        total += int(
            ((_side(p, q[:, :2]) * _side(p, q[:, 2:]) < 0) & (_side(q, p[:, :2]) * _side(q, p[:, 2:]) < 0)).sum()
        )
    return total


def _side(line: np.ndarray, point: np.ndarray) -> np.ndarray:
    return (line[:, 2] - line[:, 0]) * (point[:, 1] - line[:, 1]) - (line[:, 3] - line[:, 1]) * (
        point[:, 0] - line[:, 0]
    )


def _overlaps(center: np.ndarray, half: np.ndarray) -> int:
    left, right = center[:, 0] - half[:, 0] + _SLACK, center[:, 0] + half[:, 0] - _SLACK
    order = np.argsort(left, kind="stable")
    total = 0
    for i, j in _near(left[order], right[order], left[order], order):
        i = order[i]
        mine = (left[i] < left[j]) | ((left[i] == left[j]) & (i < j))
        i, j = i[mine], j[mine]
        total += int((np.abs(center[i, 1] - center[j, 1]) < half[i, 1] + half[j, 1] - _SLACK).sum())
    return total


def _through(lines: np.ndarray, ends: np.ndarray, center: np.ndarray, half: np.ndarray) -> int:
    """Pairs of a piece of a line and a node, not one of its ends, whose box it enters."""
    box = half - 4.0 * _SLACK
    order = np.argsort(center[:, 0], kind="stable")
    low = np.minimum(lines[:, 0], lines[:, 2]) - box[:, 0].max(initial=0.0)
    high = np.maximum(lines[:, 0], lines[:, 2]) + box[:, 0].max(initial=0.0)
    total = 0
    for i, j in _near(low, high, center[order, 0], order):
        top, bottom = np.minimum(lines[i, 1], lines[i, 3]), np.maximum(lines[i, 1], lines[i, 3])
        beside = (
            (bottom > center[j, 1] - box[j, 1])
            & (top < center[j, 1] + box[j, 1])
            & (j != ends[i, 0])
            & (j != ends[i, 1])
        )
        i, j = i[beside], j[beside]
        step, to = lines[i, 2:] - lines[i, :2], center[j] - lines[i, :2]
        hit = (
            np.abs(step[:, 0] * to[:, 1] - step[:, 1] * to[:, 0])
            <= np.abs(step[:, 0]) * box[j, 1] + np.abs(step[:, 1]) * box[j, 0]
        )
        hit &= np.maximum(lines[i, 0], lines[i, 2]) > center[j, 0] - box[j, 0]
        hit &= np.minimum(lines[i, 0], lines[i, 2]) < center[j, 0] + box[j, 0]
        total += int(hit.sum())
    return total
