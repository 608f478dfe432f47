"""The order of the vertices in each layer, with few crossings and otherwise as in the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.layout.crossing import crossing_cost, inversions, unsorted_cost
from engine.layout.dummies import Ints, Layered
from engine.layout.initial import from_leaves, from_results, source_order
from engine.layout.sweep import Neighbours, Order

_STARTS = (source_order, from_leaves, from_results)


@dataclass(frozen=True, slots=True)
class _Effort:
    """How hard to search in graphs of up to ``vertices`` vertices."""

    vertices: int
    shuffles: int
    """From how many shuffled orders, besides."""
    starts: int
    """From how many of the starts; those with the fewest crossings."""
    mirrored: bool
    """From their mirror images and in both directions too: what a small graph can afford."""
    sweeps: int
    passes: int


_EFFORTS = (
    _Effort(60, 6, 3, True, 8, 8),
    _Effort(150, 0, 3, True, 8, 8),
    _Effort(1_500, 0, 3, False, 5, 4),
    _Effort(6_000, 0, 3, False, 3, 4),
    _Effort(40_000, 0, 1, False, 3, 2),
    _Effort(2**62, 0, 1, False, 2, 1),
)


def order_layers(layered: Layered) -> Ints:
    """Per vertex its place, counting through all layers, each in its order.

    Layers are sorted by the mean place of their neighbours, down and up in turn (K. Sugiyama, S. Tagawa,
    M. Toda: Methods for visual understanding of hierarchical system structures, 1981), and after every
    sweep neighbours change places while that helps. The cheapest order met is kept; among equals, the
    one that is nearest to the order of the program.
    """
    effort = next(effort for effort in _EFFORTS if layered.vertices <= effort.vertices)
    neighbours = Neighbours(layered)
    best: tuple[int, int] | None = None
    found = _by_key(layered, layered.origin)
    met: set[tuple[bytes, bool]] = set()
    for place, downwards in _starts(layered, effort):
        for crossings, improved in _improve(neighbours, place, effort, downwards, met):
            cost = crossings + unsorted_cost(layered, improved)
            if best is None or cost <= best[0]:
                rating = cost, _disorder(layered, improved)
                if best is None or rating < best:
                    best, found = rating, improved
        if crossings == 0:
            break
    return _restore_source_order(neighbours, found, effort)


def _starts(layered: Layered, effort: _Effort) -> Iterator[tuple[Ints, bool]]:
    """Orders to start from, and whether to sweep downwards first."""
    keys = [start(layered) for start in _STARTS]
    if effort.mirrored:
        for sign in (1, -1):
            for key in keys:
                place = _by_key(layered, sign * key)
                yield place, True
                yield place, False
    else:
        places = [_by_key(layered, key) for key in keys]
        places.sort(key=lambda place: crossing_cost(layered, place)[0])
        for place in places[: effort.starts]:
            yield place, True
    shuffle = np.random.default_rng(0)
    for _ in range(effort.shuffles):
        yield _by_key(layered, shuffle.permutation(layered.vertices)), True


def _by_key(layered: Layered, key: Ints) -> Ints:
    sequence = np.lexsort((key, layered.layer))
    place = np.empty(len(sequence), np.int64)
    place[sequence] = np.arange(len(sequence))
    return place


def _improve(
    neighbours: Neighbours, place: Ints, effort: _Effort, downwards: bool, met: set[tuple[bytes, bool]]
) -> Iterator[tuple[int, Ints]]:
    """The orders after each of some sweeps, with the cost of their crossings.

    Stops at an order without crossings, or that was ``met`` before.
    """
    order = Order(neighbours, place)
    for _ in range(effort.sweeps):
        crossings, place = _exchange(order, effort.passes)
        yield crossings, place
        here = place.tobytes(), downwards
        if crossings == 0 or here in met:
            break
        met.add(here)
        if downwards:
            order.sweep_down()
        else:
            order.sweep_up()
        downwards = not downwards


def _exchange(order: Order, passes: int) -> tuple[int, Ints]:
    """Exchange neighbours in the layers where something crosses; the cost of what still does, and the order."""
    layered = order.neighbours.layered
    place = order.place()
    cost, crossed = crossing_cost(layered, place)
    for _ in range(2):
        # A sum and not any(): every layer has its turn.
        if not sum(order.exchange(number, passes, keep_source_order=False) for number in crossed):
            break
        place = order.place()
        cost, crossed = crossing_cost(layered, place)
    return cost, place


def _restore_source_order(neighbours: Neighbours, place: Ints, effort: _Effort) -> Ints:
    """Put neighbouring nodes into the order of the program wherever that costs nothing."""
    order = Order(neighbours, place)
    numbers = [number for number, layer in enumerate(order.layers) if len(layer) > 1]
    for _ in range(effort.passes):
        moved = False
        for number in numbers:
            moved |= order.exchange(number, effort.passes, keep_source_order=True)
        if not moved:
            break
    return order.place()


def _disorder(layered: Layered, place: Ints) -> int:
    """How many pairs of nodes in one layer stand against the order of the program."""
    n = layered.nodes
    nodes = np.argsort(place[:n], kind="stable")
    return inversions(layered.layer[nodes] * n + nodes)
