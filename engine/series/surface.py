"""The loss as a surface over two numbers among the parameters, all others as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.series.task import Floats, LossGraph, evaluate
from engine.trace.state import State

Number = tuple[int, int]
"""One number of a parameter: the tensor, and which of its elements."""


@dataclass(frozen=True, slots=True)
class Area:
    """Left, low, right, high: the values of the first number across, of the second upwards."""

    left: float
    low: float
    right: float
    high: float

    @classmethod
    def around(cls, path: Floats, room: float = 0.35) -> Area:
        """What holds a path of points (N, 2), with room around it; square enough to be read."""
        good = path[np.isfinite(path).all(1)]
        if not len(good):
            return cls(-1.0, -1.0, 1.0, 1.0)
        low, high = good.min(0), good.max(0)
        extent = np.maximum(high - low, max(float((high - low).max()) * 0.25, 1e-3))
        middle = (low + high) / 2.0
        half = extent * (0.5 + room)
        return cls(*(float(v) for v in (*(middle - half), *(middle + half))))


def rows(
    graph: LossGraph, state: State, first: Number, second: Number, area: Area, points: int
) -> Iterator[Floats | None]:
    """The losses, row by row from the lowest value of ``second``; each row is (points,). None where it fails.

    Row by row, so that whoever draws it may do something else in between.
    """
    bases = {}
    for tensor in {first[0], second[0]}:
        info = state.tensors.get(tensor)
        if info is None or info.value.array is None:
            yield None
            return
        bases[tensor] = info.value.array
    across = np.linspace(area.left, area.right, points)
    for up in np.linspace(area.low, area.high, points):
        row = np.empty(points)
        for i, along in enumerate(across):
            given = {tensor: base.copy() for tensor, base in bases.items()}
            given[first[0]].reshape(-1)[first[1]] = along
            given[second[0]].reshape(-1)[second[1]] = up
            loss = evaluate(graph.ops, state, graph.loss, given)
            if loss is None or loss.size != 1:
                yield None
                return
            row[i] = loss.item()
        yield row
