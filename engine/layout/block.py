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

from engine.layout.dummies import Bools, Floats, Ints, Layered
from engine.layout.indexed import Indexed
from engine.layout.rank import longest_from

_TRUNK, _SPINE, _PLAIN, _SIDE = 4.0, 2.0, 1.0, 0.25
"""How much a segment wants to be straight: inside a trunk, along the main line, else, from a mere leaf."""


@dataclass(frozen=True, slots=True)
class Links:
    """The segments that should be straight, and how much each segment wants to be."""

    straight: Ints
    weight: Floats


def find_links(graph: Indexed, layered: Layered) -> Links:
    """The segments inside trunks, and those of the edges that lie on the lines of the graph."""
    n, dummies = layered.nodes, layered.dummies
    weight = weightiness(graph)
    layer: list[int] = layered.layer[:n].tolist()
    operand = main_operands(graph, layer, weight)
    straight = np.zeros(len(layered.upper), np.bool_)
    # A trunk goes on as its source begins it if nothing else leaves there: one bend, near the target, is enough.
    leaving = np.bincount(layered.upper, minlength=layered.vertices)
    straight[:dummies] = (layered.upper[:dummies] >= n) | (leaving[layered.upper[:dummies]] == 1)
    heavy = np.array(weight, np.int64)
    last = np.arange(dummies, len(layered.upper))
    mine = np.array(graph.source, np.int64) == np.array(operand, np.int64)[layered.lower[last]]
    mine &= np.array(graph.copy, np.int64) == 0
    straight[last[mine]] = True
    first = layered.trunk[mine]
    straight[first[first >= 0] - n] = True

    wish = np.where(straight, _SPINE, _PLAIN)
    wish[:dummies][layered.upper[:dummies] >= n] = _TRUNK
    # A leaf with one user stands beside the line that this user is on, and does not pull it aside.
    alone = np.array([len(users) == 1 for users in graph.users], np.bool_)
    side = ~straight & (layered.lower < n) & ((heavy == 0) & alone)[layered.origin[layered.upper]]
    wish[side & (heavy[layered.origin[layered.lower]] > 1)] = _SIDE
    return Links(np.flatnonzero(straight), wish)


def weightiness(graph: Indexed) -> list[int]:
    """Per node: the ops with several operands on the heaviest path that ends there.

    ``w.t()`` weighs as little as ``w``: the line of a linear layer is the one the data take.
    """
    weight = [0] * graph.count
    for v in graph.topological:
        sources = graph.operands[v]
        if sources:
            heaviest = max([weight[u] for u in sources])
            weight[v] = heaviest + 1 if heaviest or len(set(sources)) > 1 else 0
    return weight


def main_operands(graph: Indexed, layer: list[int], weight: list[int]) -> list[int]:
    """Per node the operand it continues in one line, or -1.

    Of the operands whose main user it is, the one with the longest line behind it; none if two are
    equal: then it stands between them. Where all operands are made from one leaf each, only an op that is
    alone in the layer before counts.
    """
    user = _main_users(graph, layer)
    line = [1] * graph.count
    chosen = [-1] * graph.count
    for v in graph.topological:
        operands = list(dict.fromkeys(graph.operands[v]))
        followed = [u for u in operands if user[u] == v and weight[u] > 0]
        if not any(weight[u] for u in operands):
            near = operands if len(operands) == 1 else [u for u in operands if layer[u] == layer[v] - 1]
            followed = [u for u in near if user[u] == v and (graph.operands[u] or len(operands) == 1)]
            followed = followed if len(near) == 1 else []
        if followed:
            longest = max([line[u] for u in followed])
            best = [u for u in followed if line[u] == longest]
            if len(best) == 1:
                chosen[v] = best[0]
                if weight[v]:
                    line[v] = longest + layer[v] - layer[best[0]]
    return chosen


def _main_users(graph: Indexed, layer: list[int]) -> list[int]:
    """Per node the user that its line leads to, or -1 if two are equal.

    A user in the next layer before one that the trunk leads to, then the one farthest from the end. A
    trunk leads to its last user.
    """
    height = longest_from(graph)
    chosen = [-1] * graph.count
    for u, users in enumerate(graph.users):
        near = [v for v in users if layer[v] == layer[u] + 1]
        if near:
            highest = max([height[v] for v in near])
            best = [v for v in near if height[v] == highest]
        else:
            farthest = max([layer[v] for v in users], default=0)
            best = [v for v in users if layer[v] == farthest]
        if len(best) == 1:
            chosen[u] = best[0]
    return chosen


def assign_blocks(layered: Layered, place: Ints, links: Ints) -> Ints:
    """Per vertex the number of its block, when the ends of ``links`` share one wherever that is possible."""
    links = links[np.argsort(place[layered.upper[links]], kind="stable")]
    links = links[_uncrossed(layered, place, links)]
    first = np.arange(layered.vertices)
    first[layered.lower[links]] = layered.upper[links]
    while True:
        further = first[first]
        if np.array_equal(further, first):
            break
        first = further
    _, block = np.unique(first, return_inverse=True)
    return block.astype(np.int64)


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
