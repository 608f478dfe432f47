"""Moving single vertices across the flow, one layer or every second layer at a time."""

from __future__ import annotations

import numpy as np

from engine.layout.dummies import Floats, Ints, Layered
from engine.layout.isotonic import isotonic, isotonic_each

_STRIDE = 1.7
"""Over-relaxation: a vertex goes farther than it wants to, which settles sooner."""
_LOOSE = 1e-6
"""The weight of a vertex without edges."""


class Lanes:
    """Per vertex a coordinate across the flow, ``x`` in px, that keeps the distances within each layer.

    ``sequence`` has the vertices layer by layer; ``apart`` is the least distance of each from the next;
    ``weight`` says how much each segment wants to be straight.
    """

    def __init__(self, layered: Layered, sequence: Ints, apart: Floats, weight: Floats) -> None:
        self._layered = layered
        self._sequence = sequence
        self._weight = weight
        layer = layered.layer[sequence]
        self._cuts = np.searchsorted(layer, np.arange(layered.layers + 1))
        same = layer[1:] == layer[:-1]
        ends = np.concatenate(([0.0], np.cumsum(np.where(same, apart, 0.0))))
        # Where each vertex is when its layer is packed from 0.
        self._packed = np.empty(layered.vertices)
        self._packed[sequence] = ends - ends[self._cuts[layer]]
        self.x = self._packed.copy()
        self._halves = [self._half(parity) for parity in (0, 1)]

    def _half(self, parity: int) -> tuple[Ints, Ints, Floats, Ints, Ints]:
        """Of every second layer: each segment's end there, other end and weight, the vertices, their layers."""
        layered = self._layered
        ends = np.concatenate((layered.upper, layered.lower))
        others = np.concatenate((layered.lower, layered.upper))
        mine = (layered.layer[ends] & 1) == parity
        vertices = self._sequence[(layered.layer[self._sequence] & 1) == parity]
        weight = np.concatenate((self._weight, self._weight))[mine]
        return ends[mine], others[mine], weight, vertices, layered.layer[vertices]

    def settle(self, rounds: int, softness: float) -> None:
        """Move every second layer, then the others, to where their edges are shortest while the rest stays.

        Short means the sum of squares in the first quarter of the rounds; later, roughly the sum of the
        lengths beyond ``softness`` px and of the squares below (iteratively reweighted least squares).
        """
        x, packed = self.x, self._packed
        for number in range(2 * rounds):
            ends, others, weight, vertices, layer = self._halves[number & 1]
            pull = x[others] - x[ends]
            if number >= rounds // 2:
                weight = weight / np.sqrt(pull * pull + softness * softness)
            total = np.bincount(ends, weight, len(x))[vertices]
            force = np.bincount(ends, weight * pull, len(x))[vertices]
            wanted = x[vertices] + _STRIDE * force / np.maximum(total, _LOOSE)
            x[vertices] = packed[vertices] + isotonic_each(wanted - packed[vertices], np.maximum(total, _LOOSE), layer)

    def spread(self) -> None:
        """A first guess: the widest layer packed, and the others in turn as near to it as they can be."""
        layered = self._layered
        uppers: list[list[tuple[int, float]]] = [[] for _ in range(layered.vertices)]
        lowers: list[list[tuple[int, float]]] = [[] for _ in range(layered.vertices)]
        # Squared: a long line must not drift aside a little in every layer.
        weight = self._weight * self._weight
        for u, v, w in zip(layered.upper.tolist(), layered.lower.tolist(), weight.tolist(), strict=True):
            uppers[v].append((u, w))
            lowers[u].append((v, w))
        widest = int(layered.layer[self._packed.argmax()])
        x: list[float] = self.x.tolist()
        vertices, packed, cuts = self._sequence.tolist(), self._packed.tolist(), self._cuts.tolist()
        for numbers, near in ((range(widest + 1, layered.layers), uppers), (range(widest - 1, -1, -1), lowers)):
            for number in numbers:
                _follow(x, vertices[cuts[number] : cuts[number + 1]], near, packed)
        self.x = np.array(x)


def _follow(x: list[float], layer: list[int], near: list[list[tuple[int, float]]], packed: list[float]) -> None:
    """Put a layer where one of its neighbours wants it; what has no neighbour there goes beside the last."""
    wanted: list[float] = []
    weights: list[float] = []
    known = False
    for v in layer:
        if near[v]:
            total = sum([w for _, w in near[v]])
            goal = sum([x[u] * w for u, w in near[v]]) / total - packed[v]
            if not known:
                known = True
                wanted = [goal] * len(wanted)
            wanted.append(goal)
            weights.append(total)
        else:
            wanted.append(wanted[-1] if wanted else 0.0)
            weights.append(_LOOSE)
    fitted = isotonic(wanted, weights) if len(layer) > 1 else wanted
    for v, at in zip(layer, fitted, strict=True):
        x[v] = packed[v] + at
