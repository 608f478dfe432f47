"""The layered graph: every edge cut into segments between neighbouring layers.

Where an edge passes a layer, a dummy keeps a lane free for it. All long edges of one source share one
trunk of dummies, so a leaf that a hundred steps use is drawn as one line with a hundred branches. Only
further edges between the same two nodes (``x * x``) have trunks of their own: they must not coincide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.indexed import Indexed

_LIST = 8
"""So many leaves at most in a first layer are read as a list."""


@dataclass(frozen=True, slots=True)
class Layered:
    """Vertices are the nodes, 0 to ``nodes`` - 1, then the dummies, trunk by trunk and along each trunk."""

    nodes: int
    layers: int
    layer: Ints
    """Per vertex. Every component has layers of its own, those of earlier components first."""
    origin: Ints
    """Per vertex: the node itself, or the node that the dummy's trunk starts from."""
    upper: Ints
    """Per segment: the vertex it leaves. First one segment into each dummy, then the last of each edge."""
    lower: Ints
    """Per segment: the vertex it enters, one layer on."""
    slot: Ints
    """Per segment: its place among the arguments of a node; 0 at a dummy."""
    exit: Ints
    """Per segment: where it leaves, if it leaves a box with exits in an order; else 0."""
    leave: Floats
    """Per segment: at what distance from the middle of its upper end it leaves, in px; NaN where it is free."""
    enter: Floats
    """The same for the lower end."""
    shift: Floats
    """Per segment: how far across the flow its lower end is from the upper one when it is straight."""
    trunk: Ints
    """Per edge: the first dummy of its trunk, or -1 if it spans one layer only."""
    heads: Ints
    """The leaves in first layers so short that they are read as a list, sorted by component and source order."""

    @property
    def vertices(self) -> int:
        return len(self.layer)

    @property
    def dummies(self) -> int:
        return len(self.layer) - self.nodes


def add_dummies(
    graph: Indexed, rank: list[int], component: list[int], fixed: tuple[Floats, Floats] | None = None
) -> Layered:
    """Cut the edges into segments, for nodes at ``rank`` (from 0 in every component).

    ``fixed`` has for each edge at what distance from the middle of its source it leaves and from that of its
    target it arrives, NaN where it is free.
    """
    n = graph.count
    layer, layers, heads = _stack(np.array(rank, np.int64), np.array(component, np.int64))
    source, target = graph.source, graph.target
    span = layer[target] - layer[source]
    long = np.flatnonzero(span > 1)
    trunk = np.full(len(source), -1, np.int64)
    tail = source.copy()
    last_exit = graph.exit.copy()
    leave, enter = fixed or (np.full(len(source), np.nan), np.full(len(source), np.nan))
    last_leave = leave.copy()
    if len(long):
        # A trunk is a source, an exit and a copy number; it is as long as its longest edge.
        key = (source[long] * (graph.exit.max() + 1) + graph.exit[long]) * (graph.copy.max() + 1) + graph.copy[long]
        _, which, member = np.unique(key, return_index=True, return_inverse=True)
        example = long[which]
        length = np.zeros(len(example), np.int64)
        np.maximum.at(length, member, span[long] - 1)
        first = n + np.cumsum(length) - length
        trunk[long] = first[member]
        tail[long] = trunk[long] + span[long] - 2
        last_exit[long] = 0
        last_leave[long] = np.nan
        origin = np.repeat(source[example], length)
        step = np.arange(len(origin)) - np.repeat(first - n, length)
        before = np.where(step == 0, origin, n + np.arange(len(origin)) - 1)
        dummy_layer = layer[origin] + step + 1
        dummy_exit = np.where(step == 0, np.repeat(graph.exit[example], length), 0)
        dummy_leave = np.where(step == 0, np.repeat(leave[example], length), np.nan)
    else:
        origin = before = dummy_layer = dummy_exit = np.zeros(0, np.int64)
        dummy_leave = np.zeros(0)
    count = len(origin)
    leaves = np.concatenate((dummy_leave, last_leave))
    enters = np.concatenate((np.full(count, np.nan), enter))
    return Layered(
        nodes=n,
        layers=layers,
        layer=np.concatenate((layer, dummy_layer)),
        origin=np.concatenate((np.arange(n), origin)),
        upper=np.concatenate((before, tail)),
        lower=np.concatenate((n + np.arange(count), target)),
        slot=np.concatenate((np.zeros(count, np.int64), graph.slot)),
        exit=np.concatenate((dummy_exit, last_exit)),
        leave=leaves,
        enter=enters,
        shift=np.nan_to_num(leaves) - np.nan_to_num(enters),
        trunk=trunk,
        heads=heads,
    )


def _stack(rank: Ints, component: Ints) -> tuple[Ints, int, Ints]:
    """Layers that no two components share, how many there are, and the heads."""
    if not len(rank):
        return rank, 0, rank
    tall = np.zeros(int(component.max()) + 1, np.int64)
    np.maximum.at(tall, component, rank + 1)
    base = np.cumsum(tall) - tall
    first = np.flatnonzero(rank == 0)
    short = np.bincount(component[first]) <= _LIST
    heads = first[short[component[first]]]
    return base[component] + rank, int(tall.sum()), heads[np.argsort(component[heads], kind="stable")]


def edges_through(layered: Layered) -> Ints:
    """Per segment: how many edges it is a part of."""
    n, dummies = layered.nodes, layered.dummies
    through = np.ones(len(layered.upper), np.int64)
    if dummies:
        # Summed along each trunk, from its end: dummies are numbered along the trunks.
        leaving = np.bincount(layered.upper[dummies:], minlength=layered.vertices)[n:]
        behind = np.cumsum(leaving[::-1])[::-1]
        first = np.flatnonzero(layered.upper[:dummies] < n)
        number = np.cumsum(layered.upper[:dummies] < n) - 1
        after = np.append(behind[first[1:]], 0)
        through[:dummies] = behind - after[number]
    return through
