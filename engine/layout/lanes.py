"""Moving single vertices across the flow, one layer or every second layer at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Bools, Floats, Ints, group, slices
from engine.layout.dummies import Layered
from engine.layout.isotonic import isotonic, isotonic_each

_STRIDE = 1.7
"""Over-relaxation: a vertex goes farther than it wants to, which settles sooner."""
_LOOSE = 1e-6
"""The weight of a vertex without edges."""


@dataclass(frozen=True, slots=True)
class _Half:
    """Every second layer: its vertices, and the segments that end there."""

    vertices: Ints
    inside: Bools
    """Per vertex but the last: whether the next is in the same layer."""
    packed: Floats
    end: Ints
    """Per segment: which of the vertices it ends at."""
    mine: Ints
    other: Ints
    shift: Floats
    """Per segment: how far the vertex is from the other one when it is straight."""
    weight: Floats


class Lanes:
    """Per vertex a coordinate across the flow, ``x`` in px, that keeps the distances within each layer.

    ``sequence`` has the vertices layer by layer; ``apart`` is the least distance of each from the next.
    """

    def __init__(self, layered: Layered, sequence: Ints, apart: Floats) -> None:
        self._layered = layered
        self._sequence = sequence
        layer = layered.layer[sequence]
        self._cuts = np.searchsorted(layer, np.arange(layered.layers + 1))
        same = layer[1:] == layer[:-1]
        ends = np.concatenate(([0.0], np.cumsum(np.where(same, apart, 0.0))))
        # Where each vertex is when its layer is packed from 0.
        self._packed = np.empty(layered.vertices)
        self._packed[sequence] = ends - ends[self._cuts[layer]]
        self.x = self._packed.copy()

    def _half(self, parity: int, weight: Floats) -> _Half:
        layered = self._layered
        odd = (layered.layer & 1).astype(np.bool_)
        vertices = self._sequence[odd[self._sequence] == parity]
        number = np.zeros(layered.vertices, np.int64)
        number[vertices] = np.arange(len(vertices))
        # A segment leads from a layer of one parity to one of the other.
        from_here = odd[layered.upper] == parity
        mine = np.where(from_here, layered.upper, layered.lower)
        other = np.where(from_here, layered.lower, layered.upper)
        shift = np.where(from_here, -layered.shift, layered.shift)
        layer = layered.layer[vertices]
        return _Half(
            vertices, layer[1:] == layer[:-1], self._packed[vertices], number[mine], mine, other, shift, weight
        )

    def settle(self, weight: Floats, rounds: int, softness: float) -> None:
        """Move every second layer, then the others, to where their edges are shortest while the rest stays.

        ``weight`` is per segment. Short means the sum of squares in the first quarter of the rounds; later,
        roughly the sum of the lengths beyond ``softness`` px and of the squares below (iteratively
        reweighted least squares).
        """
        x, halves = self.x, (self._half(0, weight), self._half(1, weight))
        for number in range(2 * rounds):
            half = halves[number & 1]
            count = len(half.vertices)
            pull = x.take(half.other) + half.shift - x.take(half.mine)
            stiff = half.weight
            if number >= rounds // 2:
                stiff = stiff / np.sqrt(pull * pull + softness * softness)
            total = np.maximum(np.bincount(half.end, stiff, count), _LOOSE)
            wanted = x.take(half.vertices) + _STRIDE * np.bincount(half.end, stiff * pull, count) / total
            x[half.vertices] = half.packed + isotonic_each(wanted - half.packed, total, half.inside)

    def spread(self, weight: Floats) -> None:
        """A first guess: the widest layer packed, and the others in turn as near to it as they can be."""
        layered = self._layered
        widest = int(layered.layer[self._packed.argmax()])
        above = layered.layer[layered.upper] < widest
        near = np.where(above, layered.upper, layered.lower)
        far = np.where(above, layered.lower, layered.upper)
        grouped, begin = group(near, np.arange(len(near)), layered.vertices)
        joined = slices(far[grouped], begin)
        off: Floats = np.where(above, -layered.shift, layered.shift)
        shift = slices(off[grouped], begin) if off.any() else None
        # Squared: a long line must not drift aside a little in every layer.
        weights = slices((weight * weight)[grouped], begin)
        x: list[float] = self.x.tolist()
        vertices, packed, cuts = self._sequence.tolist(), self._packed.tolist(), self._cuts.tolist()
        for number in (*range(widest + 1, layered.layers), *range(widest - 1, -1, -1)):
            _follow(x, vertices[cuts[number] : cuts[number + 1]], joined, shift, weights, packed)
        self.x = np.array(x)


def _follow(
    x: list[float],
    layer: list[int],
    joined: list[list[int]],
    shift: list[list[float]] | None,
    weights: list[list[float]],
    packed: list[float],
) -> None:
    """Put a layer where one of its neighbours wants it; what has no neighbour there goes beside the last."""
    wanted: list[float] = []
    known = falls = False
    last = 0.0
    for v in layer:
        ends = joined[v]
        if ends:
            if len(ends) == 1:
                goal = x[ends[0]] - packed[v]
            else:
                goal = sum([x[u] * w for u, w in zip(ends, weights[v], strict=True)]) / sum(weights[v]) - packed[v]
            if shift:
                goal += sum([s * w for s, w in zip(shift[v], weights[v], strict=True)]) / sum(weights[v])
            if not known:
                known = True
                wanted = [goal] * len(wanted)
            elif goal < last:
                falls = True
            last = goal
        wanted.append(last)
    if falls:
        wanted = isotonic(wanted, [sum(weights[v]) or _LOOSE for v in layer])
    for v, at in zip(layer, wanted, strict=True):
        x[v] = packed[v] + at
