"""Moving blocks apart until they keep their distances, as little as possible.

Minimises the sum of weight * (x - wanted)^2 under x[right] - x[left] >= distance, by merging blocks that
press against each other into rigid clusters (T. Dwyer, K. Marriott, P. J. Stuckey: Fast node overlap
removal, 2005, without the splitting of clusters).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import TypeAlias

import numpy as np

from engine.layout.arrays import Floats, Ints

_CLOSE = 1e-9

_Bound: TypeAlias = tuple[float, int, int, float]
"""Minus the coordinate that the cluster must reach; the block on the left, the block inside, the distance."""


class Distances:
    """The constraints between blocks: ``right`` keeps at least ``distance`` from ``left``, in px."""

    __slots__ = ("distance", "left", "order", "right", "sources")

    def __init__(self, blocks: int, left: Ints, right: Ints, distance: Floats) -> None:
        order = np.lexsort((-distance, right, left))
        left, right, distance = left[order], right[order], distance[order]
        new = np.ones(len(left), np.bool_)
        new[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
        self.left, self.right, self.distance = left[new], right[new], distance[new]
        self.sources: list[list[tuple[int, float]]] = [[] for _ in range(blocks)]
        """Per block: those to the left of it, and how far off they have to stay."""
        targets: list[list[int]] = [[] for _ in range(blocks)]
        for a, b, d in zip(self.left.tolist(), self.right.tolist(), self.distance.tolist(), strict=True):
            self.sources[b].append((a, d))
            targets[a].append(b)
        waiting = [len(sources) for sources in self.sources]
        self.order = [b for b, count in enumerate(waiting) if count == 0]
        """The blocks from left to right: each after all that are to the left of it."""
        for a in self.order:
            for b in targets[a]:
                waiting[b] -= 1
                if waiting[b] == 0:
                    self.order.append(b)


def separate(wanted: Floats, weight: Floats, distances: Distances) -> Floats:
    """Coordinates near ``wanted`` that keep the distances."""
    if (wanted[distances.right] - wanted[distances.left] >= distances.distance).all():
        return wanted
    return _Clusters(wanted, weight, distances).settle()


class _Clusters:
    """Blocks that move together: a block is at its cluster's coordinate plus its own offset."""

    __slots__ = ("at", "bounds", "cluster", "distances", "members", "offset", "weight")

    def __init__(self, wanted: Floats, weight: Floats, distances: Distances) -> None:
        self.distances = distances
        self.at: list[float] = wanted.tolist()
        self.weight: list[float] = weight.tolist()
        self.offset = [0.0] * len(self.at)
        self.cluster = list(range(len(self.at)))
        self.members: list[list[int]] = [[b] for b in self.cluster]
        # Heaps, made when a cluster first needs one. What they hold was true when it was put in and may be
        # too high later: clusters that are done only ever move left.
        self.bounds: list[list[_Bound] | None] = [None] * len(self.at)

    def settle(self) -> Floats:
        at, offset, cluster, sources = self.at, self.offset, self.cluster, self.distances.sources
        for b in self.distances.order:
            here = at[b] + _CLOSE
            for a, d in sources[b]:
                if at[cluster[a]] + offset[a] + d > here:
                    self._push_left(b)
                    break
        return np.array([at[c] + o for c, o in zip(cluster, offset, strict=True)])

    def _push_left(self, c: int) -> None:
        """Merge the cluster with those on its left until it is right of what is left of it."""
        at, offset, cluster = self.at, self.offset, self.cluster
        bounds = self._heap(c)
        while bounds:
            limit, a, inside, d = bounds[0]
            left = cluster[a]
            if left == c:
                heappop(bounds)
                continue
            now = offset[inside] - (at[left] + offset[a] + d)
            if now - limit > _CLOSE:
                heapreplace(bounds, (now, a, inside, d))
                continue
            if -now <= at[c] + _CLOSE:
                break
            c = self._merge(left, c, offset[a] + d - offset[inside])
            bounds = self._heap(c)

    def _heap(self, c: int) -> list[_Bound]:
        """The bounds of a cluster; one that has none yet is a single block at offset 0."""
        found = self.bounds[c]
        if found is None:
            at, offset, cluster = self.at, self.offset, self.cluster
            found = [(-(at[cluster[a]] + offset[a] + d), a, c, d) for a, d in self.distances.sources[c]]
            heapify(found)
            self.bounds[c] = found
        return found

    def _merge(self, left: int, right: int, shift: float) -> int:
        """Join two clusters, the right one at ``shift`` from the left one; the larger keeps its number."""
        keep, gone = left, right
        if len(self.members[left]) < len(self.members[right]):
            keep, gone, shift = right, left, -shift
        many, few = self._heap(keep), self._heap(gone)
        at, weight, cluster, offset = self.at, self.weight, self.cluster, self.offset
        total = weight[keep] + weight[gone]
        at[keep] = (weight[keep] * at[keep] + weight[gone] * (at[gone] - shift)) / total
        weight[keep] = total
        for b in self.members[gone]:
            cluster[b] = keep
            offset[b] += shift
        self.members[keep] += self.members[gone]
        for limit, a, inside, d in few:
            heappush(many, (limit + shift, a, inside, d))
        self.members[gone] = []
        self.bounds[gone] = []
        return keep
