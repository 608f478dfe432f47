"""The order of the vertices in each layer, with few crossings and otherwise as in the program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np

from engine.layout.arrays import Ints
from engine.layout.crossing import arrivals, bundled_cost, crossing_cost, crossings_at_all, inversions, unsorted_cost
from engine.layout.dummies import Layered, edges_through
from engine.layout.initial import from_leaves, from_results, from_results_short_first, source_order
from engine.layout.pairs import Pairs, few_pairs
from engine.layout.sweep import Neighbours, Order


@dataclass(frozen=True, slots=True)
class _Effort:
    """How hard to search."""

    vertices: int
    """In graphs of up to so many."""
    sweeps: int
    """After the first exchanges."""
    pairs: int
    """That an exchange looks at, for each vertex of its layer."""
    everywhere: bool = False
    """Sweeps from every start, also from mirror images and shuffled orders: what a small graph can afford."""


_EFFORTS = (
    _Effort(60, 7, 100, everywhere=True),
    _Effort(6_000, 1, 100),
    _Effort(40_000, 1, 4),
    _Effort(2**62, 1, 2),
)
_SEVERAL = 6_000
"""The vertices up to which several starts are improved."""
_CROWDED = 1.6
"""Crossings per vertex from which on one start has to do: there is no telling so many crossings from fewer."""
_CROWD = 300
"""The vertices from which on that holds."""
_SHUFFLES = 6


def order_layers(layered: Layered) -> Ints:
    """Per vertex its place, counting through all layers, each in its order.

    Neighbours change places while that helps; then layers are sorted by the mean place of their
    neighbours, down and up in turn (K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of
    hierarchical system structures, 1981), and exchanged again. The cheapest order met is kept; among
    equals, the one that is nearest to the order of the program.
    """
    effort = next(effort for effort in _EFFORTS if layered.vertices <= effort.vertices)
    search = _Search(layered, effort)
    if effort.everywhere:
        search.everywhere()
    elif search.quickly():
        return search.found
    return search.restored()


class _Search:
    """Looks for a cheap order from one start after the other."""

    def __init__(self, layered: Layered, effort: _Effort) -> None:
        self.layered = layered
        self.effort = effort
        self.best: tuple[int, int | None] | None = None
        """The lowest cost met and, where it had to be known, how far that order is from the program's."""
        self.found = by_key(layered, layered.origin)
        self.met: set[tuple[bytes, bool]] = set()
        self.through = edges_through(layered)
        self.bundled = bool((self.through > 1).any())

    @cached_property
    def neighbours(self) -> Neighbours:
        return Neighbours(self.layered)

    @cached_property
    def pairs(self) -> Pairs | None:
        return Pairs(self.layered) if few_pairs(self.layered) else None

    def everywhere(self) -> None:
        """From many starts, until nothing crosses."""
        layered = self.layered
        keys = [source_order(layered), from_leaves(layered), from_results(layered), from_results_short_first(layered)]
        starts = [(by_key(layered, sign * key), down) for sign in (1, -1) for key in keys for down in (True, False)]
        shuffle = np.random.default_rng(0)
        starts += [(by_key(layered, shuffle.permutation(layered.vertices)), True) for _ in range(_SHUFFLES)]
        for place, downwards in starts:
            if self._improve(place, downwards, self.effort.sweeps) == 0:
                break

    def quickly(self) -> bool:
        """Exchanges from a few starts, sweeps from the best; True if so much crosses that one start had to do."""
        layered = self.layered
        places = [by_key(layered, from_results(layered))]
        counts = [crossings_at_all(layered, places[0])]
        if counts[0] == 0:
            self.found = places[0]
            return False
        places.append(by_key(layered, from_leaves(layered)))
        counts.append(crossings_at_all(layered, places[1]))
        if min(counts) > _CROWDED * layered.vertices > _CROWDED * _CROWD:
            order = Order(self.neighbours, places[counts.index(min(counts))])
            for number in range(layered.layers):
                order.exchange(number, self.effort.pairs, True)
            self.found = order.place()
            return True
        places.append(by_key(layered, from_results_short_first(layered)))
        if layered.vertices > _SEVERAL:
            counts.append(crossings_at_all(layered, places[2]))
            places = [places[counts.index(min(counts))]]
        found = []
        for place in _each_once(places):
            if self._improve(place, True, 0) == 0:
                return False
            found.append(self.last)
        # From the two that came out best.
        found.sort(key=itemgetter(0))
        for _, place in found[:2]:
            self._improve(place, True, self.effort.sweeps, first=1)
        return False

    def _improve(self, place: Ints, downwards: bool, sweeps: int, first: int = 0) -> int:
        """Exchange and sweep from an order, ``first`` 1 if that has been exchanged; the last cost met."""
        order = Order(self.neighbours, place)
        cost = 0
        for sweep in range(first, sweeps + 1):
            if sweep:
                if downwards:
                    order.sweep_down()
                else:
                    order.sweep_up()
                downwards = not downwards
                place = order.place()
            here = place.tobytes(), downwards
            if sweep and here in self.met:
                continue
            self.met.add(here)
            cost, crossed = self._cost(place)
            # A sum and not any(): every layer has its turn.
            if sum([order.exchange(number, self.effort.pairs, False) for number in crossed]):
                place = order.place()
                cost, crossed = self._cost(place)
            self._offer(cost, place)
            if cost == 0:
                break
        return cost

    def _offer(self, cost: int, place: Ints) -> None:
        if cost and self.bundled:
            cost = self._bundled_cost(place)
        cost += unsorted_cost(self.layered, place)
        self.last = cost, place
        if self.best is None or cost < self.best[0]:
            self.best, self.found = (cost, None), place
        elif cost == self.best[0]:
            before = self.best[1]
            before = _disorder(self.layered, self.found) if before is None else before
            after = _disorder(self.layered, place)
            self.best = cost, min(before, after)
            self.found = place if after < before else self.found

    def _cost(self, place: Ints) -> tuple[int, list[int]]:
        return self.pairs.cost(place) if self.pairs else crossing_cost(self.layered, place)

    def _bundled_cost(self, place: Ints) -> int:
        if self.pairs:
            return self.pairs.bundled_cost(place, self.through)
        return bundled_cost(self.layered, place, self.through)

    def restored(self) -> Ints:
        """The best order with nodes in the order of the program wherever that costs nothing."""
        place = self.found
        for _ in range(4):
            numbers = np.unique(self.layered.layer[_loose(self.layered, place)]).tolist()
            if not numbers:
                break
            order = Order(self.neighbours, place)
            if not sum([order.exchange(number, self.effort.pairs, True) for number in numbers]):
                break
            place = order.place()
        return place


def _each_once(places: list[Ints]) -> list[Ints]:
    return list({place.tobytes(): place for place in places}.values())


def _loose(layered: Layered, place: Ints) -> Ints:
    """The nodes that stand directly before one made earlier, if the two could perhaps change places for nothing."""
    sequence = np.argsort(place)
    a: Ints = sequence[:-1]
    b: Ints = sequence[1:]
    pair = (a < layered.nodes) & (a > b) & (layered.layer[a] == layered.layer[b])
    a, b = a[pair], b[pair]
    if not len(a):
        return a
    port, _ = arrivals(layered, place)
    settled = np.ones(len(a), np.bool_)
    strict = np.zeros(len(a), np.bool_)
    for mine, other in ((layered.lower, place[layered.upper]), (layered.upper, port)):
        low, high = np.full(layered.vertices, 2**62), np.full(layered.vertices, -1)
        np.minimum.at(low, mine, other)
        np.maximum.at(high, mine, other)
        settled &= high[a] <= low[b]
        strict |= low[a] < high[b]
    return np.asarray(a[~(settled & strict)])


def by_key(layered: Layered, key: Ints) -> Ints:
    """Places when every layer is sorted by ``key``."""
    sequence = np.lexsort((key, layered.layer))
    place = np.empty(len(sequence), np.int64)
    place[sequence] = np.arange(len(sequence))
    return place


def _disorder(layered: Layered, place: Ints) -> int:
    """How many pairs of nodes in one layer stand against the order of the program."""
    n = layered.nodes
    nodes = np.argsort(place[:n], kind="stable")
    return inversions(layered.layer[nodes] * n + nodes)
