"""Which vertices stand in one straight line along the flow.

A block is a run of vertices in consecutive layers that get the same coordinate: a stretch of a trunk, or
of a chain of nodes along the longest path. No two blocks cross, so there is always room for all of them
(U. Brandes, B. Koepf: Fast and simple horizontal coordinate assignment, 2001, align medians instead;
here a node follows its deepest operand, and stands in the middle when no operand is deepest).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Bools, Floats, Ints
from engine.layout.dummies import Layered, edges_through
from engine.layout.indexed import Indexed
from engine.layout.rank import longest_from

_FEW = 90
"""Vertices up to which lines are rather straight than short; less and less so in larger graphs."""
_LINE, _LEAF = 1.1, 0.95
_LINE_OF_FEW, _LEAF_OF_FEW = 2.0, 0.25
"""How much the length of a segment counts in a line and from a leaf beside one; others 1."""


@dataclass(frozen=True, slots=True)
class Links:
    """The segments that should be straight, and how much the length of each segment counts."""

    straight: Ints
    weight: Floats
    side: Ints
    """The segments from leaves that stand beside a line and do not pull it aside."""


def find_links(graph: Indexed, layered: Layered) -> Links:
    """The segments inside trunks, and those of the edges that lie on the lines of the graph."""
    n, dummies = layered.nodes, layered.dummies
    weight = weightiness(graph)
    operand = np.array(main_operands(graph, layered.layer[:n], weight), np.int64)
    straight = np.zeros(len(layered.upper), np.bool_)
    # A trunk goes on as its source begins it if nothing else leaves there: one bend, near the target, is enough.
    leaving = np.bincount(layered.upper, minlength=layered.vertices)
    straight[:dummies] = (layered.upper[:dummies] >= n) | (leaving[layered.upper[:dummies]] == 1)
    mine = (graph.source == operand[graph.target]) & graph.first
    straight[dummies:] = mine
    first = layered.trunk[mine]
    straight[first[first >= 0] - n] = True

    heavy = np.array(weight, np.int64)
    few = min(1.0, _FEW / max(layered.vertices, 1))
    wish = np.where(straight, _LINE + few * (_LINE_OF_FEW - _LINE), 1.0)
    alone = np.zeros(n, np.bool_)
    alone[graph.source] = np.bincount(graph.source[graph.first], minlength=n)[graph.source] == 1
    side = (heavy == 0) & alone
    side = ~straight[dummies:] & side[graph.source] & (heavy[graph.target] > 1) & (operand[graph.target] >= 0)
    wish[dummies:][side] = _LEAF + few * (_LEAF_OF_FEW - _LEAF)
    through = edges_through(layered).astype(np.float64)
    if few == 1.0:
        through = np.minimum(through, 2.0)
    return Links(np.flatnonzero(straight), wish * through, dummies + np.flatnonzero(side))


def weightiness(graph: Indexed) -> list[int]:
    """Per node: the ops with several operands on the heaviest path that ends there.

    ``w.t()`` weighs as little as ``w``: the line of a linear layer is the one the data take.
    """
    weight = [0] * graph.count
    operands = graph.operands
    for v in graph.topological:
        sources = operands[v]
        if sources:
            if len(sources) == 1:
                heaviest = weight[sources[0]]
                weight[v] = heaviest + 1 if heaviest else 0
            else:
                weight[v] = max([weight[u] for u in sources]) + 1
    return weight


def main_operands(graph: Indexed, layer: Ints, weight: list[int]) -> list[int]:
    """Per node the operand it continues in one line, or -1.

    Of the operands whose main user it is, the one with the longest line behind it; none if two are
    equal: then it stands between them. Where all operands are made from one leaf each, only an op that is
    alone in the layer before counts.
    """
    user, at = _main_users(graph, layer).tolist(), layer.tolist()
    line = [1] * graph.count
    chosen = [-1] * graph.count
    for v in graph.topological:
        operands = graph.operands[v]
        if not operands:
            continue
        best, longest, several = -1, 0, False
        for u in operands:
            if weight[u] and user[u] == v:
                if line[u] > longest:
                    best, longest, several = u, line[u], False
                elif line[u] == longest:
                    several = True
        if best < 0 and not any(weight[u] for u in operands):
            near = operands if len(operands) == 1 else [u for u in operands if at[u] == at[v] - 1]
            if len(near) == 1 and user[near[0]] == v and (graph.operands[near[0]] or len(operands) == 1):
                best, several = near[0], False
        if best >= 0 and not several:
            chosen[v] = best
            if weight[v]:
                line[v] = line[best] + at[v] - at[best]
    return chosen


def _main_users(graph: Indexed, layer: Ints) -> Ints:
    """Per node the user that its line leads to, or -1 if two are equal.

    A user in the next layer before one that the trunk leads to, then the one farthest from the end. A
    trunk leads to its last user.
    """
    source, target = graph.source[graph.first], graph.target[graph.first]
    height = np.array(longest_from(graph), np.int64)
    near = layer[target] == layer[source] + 1
    rating = np.where(near, graph.count + height[target], layer[target] - layer[source])
    best = np.zeros(graph.count, np.int64)
    np.maximum.at(best, source, rating)
    first = rating == best[source]
    user = np.full(graph.count, -1, np.int64)
    user[source[first]] = target[first]
    user[np.bincount(source[first], minlength=graph.count) > 1] = -1
    return user


@dataclass(frozen=True, slots=True)
class Blocks:
    """Per vertex the number of its block, and how far from the block's coordinate it is."""

    number: Ints
    offset: Floats


def assign_blocks(layered: Layered, place: Ints, links: Ints) -> Blocks:
    """Blocks in which the ends of ``links`` are straight below each other wherever that is possible."""
    links = links[np.argsort(place[layered.upper[links]], kind="stable")]
    links = links[_uncrossed(layered, place, links)]
    first = np.arange(layered.vertices)
    offset = np.zeros(layered.vertices)
    first[layered.lower[links]] = layered.upper[links]
    offset[layered.lower[links]] = layered.shift[links]
    while True:
        further = first[first]
        if np.array_equal(further, first):
            break
        offset = offset + offset[first]
        first = further
    number = np.cumsum(first == np.arange(len(first))) - 1
    return Blocks(np.asarray(number[first], np.int64), offset)


def _uncrossed(layered: Layered, place: Ints, links: Ints) -> Bools:
    """Which of the links stay when none may cross another; they are sorted by their upper ends."""
    keep = np.ones(len(links), np.bool_)
    goal = place[layered.lower[links]]
    falls = goal[1:] < goal[:-1]
    if not falls.any():
        return keep
    gap = layered.layer[layered.upper[links]]
    for number in np.unique(gap[1:][falls]).tolist():
        a, b = np.searchsorted(gap, (number, number + 1))
        inside = np.arange(a, b)
        keep[inside] = False
        # Trunks first: a bend in a long line is seen most.
        dummy = (layered.upper[links[inside]] >= layered.nodes) & (layered.lower[links[inside]] >= layered.nodes)
        ends: list[int] = []
        starts: list[int] = []
        for i in inside[np.argsort(~dummy, kind="stable")].tolist():
            at = bisect_left(starts, i)
            if at == bisect_left(ends, goal[i]):
                starts.insert(at, i)
                ends.insert(at, int(goal[i]))
                keep[i] = True
    return keep
