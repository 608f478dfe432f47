"""Orders of vertices within their layers, and the two ways to improve one: sweeps and exchanges."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from typing import Any, TypeAlias

import numpy as np

from engine.layout.arrays import Ints, group, slices
from engine.layout.crossing import CROSSING, MISPLACED, UNSORTED
from engine.layout.dummies import Layered, edges_through

_Pull: TypeAlias = tuple[list[int] | list[float], list[float], list[int]]
"""Of one vertex, sorted: the places of its upper ends, the ports and the places of its lower ends."""

_BUNDLE = 2
"""As how many lines one that several edges share counts: what crosses it is worse, but not as many times."""


class Neighbours:
    """Who is joined to whom, as lists, for the passes that go vertex by vertex."""

    __slots__ = ("exits", "head", "layered", "lowers", "port_sum", "ports", "uppers")

    def __init__(self, layered: Layered) -> None:
        self.layered = layered
        count = layered.vertices
        counted = np.repeat(np.arange(len(layered.upper)), np.minimum(edges_through(layered), _BUNDLE))
        upper = layered.upper[counted]
        self.uppers: list[list[int]] = slices(*group(layered.lower[counted], upper, count))
        segments, begin = group(upper, counted, count)
        arguments = np.bincount(layered.lower, minlength=count)[layered.lower]
        port = (layered.slot + 0.5) / arguments
        self.lowers: list[list[int]] = slices(layered.lower[segments], begin)
        self.ports: list[list[float]] = slices(port[segments], begin)
        """For each lower end: where along that vertex the segment arrives, from 0 to 1."""
        self.port_sum: list[float] = np.bincount(upper, port[counted], count).tolist()
        self.head = set(layered.heads.tolist())
        self.exits: list[list[float]] | None = None
        """For each upper end: where along that vertex the segment leaves, from 0 to 1; None if nowhere in an order."""
        if layered.exit.any():
            most = np.zeros(count, np.int64)
            np.maximum.at(most, layered.upper, layered.exit)
            out = layered.exit / (most[layered.upper] + 1)
            self.exits = slices(*group(layered.lower[counted], out[counted], count))


class Order:
    """One order of every layer. ``loc`` is each vertex's place in its layer, from 0."""

    __slots__ = ("layers", "loc", "neighbours")

    def __init__(self, neighbours: Neighbours, place: Ints) -> None:
        layered = neighbours.layered
        sequence = np.argsort(place)
        begin = np.searchsorted(layered.layer[sequence], np.arange(layered.layers + 1))
        vertices, cuts = sequence.tolist(), begin.tolist()
        self.neighbours = neighbours
        self.layers: list[list[int]] = [vertices[a:b] for a, b in itertools.pairwise(cuts)]
        self.loc: list[int] = (place - begin[layered.layer]).tolist()

    def place(self) -> Ints:
        """The order as one number per vertex, counting through all layers."""
        sequence = np.array(list(itertools.chain.from_iterable(self.layers)), np.int64)
        place = np.empty(len(sequence), np.int64)
        place[sequence] = np.arange(len(sequence))
        return place

    def sweep_down(self) -> bool:
        """Sort each layer by the mean place of what leads to it, first layer to last; whether anything moved."""
        loc, uppers, exits = self.loc, self.neighbours.uppers, self.neighbours.exits
        moved = False
        for number in range(1, len(self.layers)):
            layer = self.layers[number]
            if len(layer) > 1:
                sums = [float(sum([loc[u] for u in uppers[v]])) for v in layer]
                if exits:
                    sums = [total + sum(exits[v]) for total, v in zip(sums, layer, strict=True)]
                means = [total / len(uppers[v]) if uppers[v] else -1.0 for total, v in zip(sums, layer, strict=True)]
                moved |= self._sort(number, means)
        return moved

    def sweep_up(self) -> bool:
        """Sort each layer by the mean port of where it leads, last layer to first; whether anything moved."""
        loc, lowers, ports = self.loc, self.neighbours.lowers, self.neighbours.port_sum
        moved = False
        for number in range(len(self.layers) - 2, -1, -1):
            layer = self.layers[number]
            if len(layer) > 1:
                means = [
                    (sum([loc[w] for w in lowers[v]]) + ports[v]) / len(lowers[v]) if lowers[v] else -1.0 for v in layer
                ]
                moved |= self._sort(number, means)
        return moved

    def _sort(self, number: int, means: list[float]) -> bool:
        """Order the layer by ``means``; vertices with a mean below 0 have no neighbours and keep their place."""
        layer = self.layers[number]
        if all(map(float.__le__, means, means[1:])) and means[0] >= 0.0:
            return False
        by_mean = sorted([i for i, mean in enumerate(means) if mean >= 0.0], key=means.__getitem__)
        if len(by_mean) < len(layer):
            movers = iter(by_mean)
            by_mean = [i if mean < 0.0 else next(movers) for i, mean in enumerate(means)]
        if all(i == j for j, i in enumerate(by_mean)):
            return False
        self.set_layer(number, [layer[i] for i in by_mean])
        return True

    def set_layer(self, number: int, layer: list[int]) -> None:
        """Put a layer into the given order."""
        self.layers[number] = layer
        loc = self.loc
        for i, v in enumerate(layer):
            loc[v] = i

    def exchange(self, number: int, most: int, keep_source_order: bool) -> bool:
        """Swap neighbours in one layer while that lowers the cost; whether anything moved.

        With ``keep_source_order`` also where the cost stays and two nodes come into the program's order.
        Looks at up to ``most`` pairs for each vertex.
        """
        layer = self.layers[number]
        last = len(layer) - 1
        if last < 1:
            return False
        pulls = self._pulls(layer)
        nodes = self.neighbours.layered.nodes
        unsorted = UNSORTED if layer[0] in self.neighbours.head else 0
        # Of each vertex and the next; None where it has to be found anew.
        gains: list[int | None] = [None] * last
        moved = False
        i, left = 0, most * (last + 1)
        while i < last and left:
            left -= 1
            a, b = layer[i], layer[i + 1]
            gain = gains[i]
            if gain is None:
                gain = _gain(pulls[i], pulls[i + 1])
                if unsorted:
                    gain += unsorted if a > b else -unsorted
                gains[i] = gain
            if gain > 0 or (gain == 0 and keep_source_order and nodes > a > b):
                layer[i], layer[i + 1] = b, a
                pulls[i], pulls[i + 1] = pulls[i + 1], pulls[i]
                moved = True
                gains[i] = -gain
                if i + 1 < last:
                    gains[i + 1] = None
                # What has come forward may go further.
                if i:
                    i -= 1
                    gains[i] = None
                else:
                    i = 1
            else:
                i += 1
        if moved:
            self.set_layer(number, layer)
        return moved

    def _pulls(self, layer: list[int]) -> list[_Pull]:
        loc, uppers, lowers, ports = self.loc, self.neighbours.uppers, self.neighbours.lowers, self.neighbours.ports
        exits = self.neighbours.exits
        pulls: list[_Pull] = []
        for v in layer:
            ends = uppers[v]
            above: list[int] | list[float]
            if len(ends) == 1:
                above = [loc[ends[0]]]
            else:
                above = [loc[u] for u in ends]
                above.sort()
            if exits:
                above = sorted([loc[u] + out for u, out in zip(ends, exits[v], strict=True)])
            ends = lowers[v]
            if len(ends) == 1:
                at = loc[ends[0]]
                pulls.append((above, [at + ports[v][0]], [at]))
            elif ends:
                below = [loc[w] for w in ends]
                arrive = [at + p for at, p in zip(below, ports[v], strict=True)]
                arrive.sort()
                below.sort()
                pulls.append((above, arrive, below))
            else:
                pulls.append((above, _NOWHERE, _NOWHERE))
        return pulls


_NOWHERE: list[Any] = []


def _gain(a: _Pull, b: _Pull) -> int:
    """How much the cost falls when ``a``, now directly before ``b``, comes after it."""
    gain = 0
    above, other = a[0], b[0]
    if above and other:
        if above[-1] < other[0]:
            gain = -CROSSING * len(above) * len(other)
        elif above[0] > other[-1]:
            gain = CROSSING * len(above) * len(other)
        else:
            gain = CROSSING * _balance(above, other)
    below, other = a[2], b[2]
    if below and other:
        if below[-1] < other[0]:
            gain -= CROSSING * len(below) * len(other)
        elif below[0] > other[-1]:
            gain += CROSSING * len(below) * len(other)
        else:
            gain += (CROSSING - MISPLACED) * _balance(below, other) + MISPLACED * _balance(a[1], b[1])
    return gain


def _balance(first: list[int] | list[float], second: list[int] | list[float]) -> int:
    """Pairs in falling order minus pairs in rising order, one of ``first`` and one of ``second`` (sorted)."""
    total = -len(first) * len(second)
    for x in first:
        total += bisect_left(second, x) + bisect_right(second, x)
    return total
