"""The loss as a surface over two numbers among the parameters, all others as they are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.series.task import Floats, LossGraph, evaluate
from engine.trace.state import State

Number = tuple[int, int]
"""One number of a parameter: the tensor, and which of its elements."""


BEGINNING = 4
RUNS_OFF = 100.0
"""A point so many times as far from the start as the first few is left out of the area."""


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
        if len(good) > BEGINNING:
            # Of a way that runs off only the beginning can be seen beside the valley.
            away = np.abs(good - good[0]).max(1)
            good = good[away <= RUNS_OFF * max(float(away[:BEGINNING].max()), 1e-12)]
        if not len(good):
            return cls(-1.0, -1.0, 1.0, 1.0)
        low, high = good.min(0), good.max(0)
        extent = np.maximum(high - low, max(float((high - low).max()) * 0.25, 1e-3))
        middle = (low + high) / 2.0
        half = extent * (0.5 + room)
        return cls(*(float(v) for v in (*(middle - half), *(middle + half))))

    def holds(self, other: Area) -> bool:
        """Whether another area, without its room, lies in this one."""
        across, up = (other.right - other.left) * 0.15, (other.high - other.low) * 0.15
        return (
            self.left <= other.left + across
            and other.right - across <= self.right
            and self.low <= other.low + up
            and other.high - up <= self.high
        )

    def dwarfs(self, other: Area, part: float) -> bool:
        """Whether another area takes less than a part of this one's width and height."""
        return (other.right - other.left) < part * (self.right - self.left) and (other.high - other.low) < part * (
            self.high - self.low
        )


def function_of(graph: LossGraph, state: State, first: Number, second: Number) -> Hashable:
    """What the loss is a function of, besides two numbers: equal for runs whose surfaces are the same.

    Ops, constants and all other parameters count; the two numbers' own values do not.
    """
    made = {event.outputs[0].tensor: i for i, event in enumerate(graph.ops)}
    free: dict[int, list[int]] = {}
    for place, (tensor, element) in enumerate((first, second)):
        free.setdefault(tensor, []).append(element)
        made.setdefault(tensor, -1 - place)
    leaves: list[Hashable] = []
    known: set[int] = set()
    for tensor in [*free, *(o.tensor for event in graph.ops for o in event.inputs if o.tensor is not None)]:
        if tensor in known or made.get(tensor, -1) >= 0:
            continue
        known.add(tensor)
        info = state.tensors.get(tensor)
        array = None if info is None else info.value.array
        if array is None:
            return object()
        if tensor in free:
            array = array.copy()
            array.reshape(-1)[free[tensor]] = 0
        made.setdefault(tensor, -10 - len(leaves))
        leaves.append((made[tensor], tuple(free.get(tensor, ())), array.shape, array.dtype.str, hash(array.tobytes())))
    ops = tuple(
        (
            event.op,
            repr(event.params),
            tuple(repr(o.number) if o.tensor is None else made[o.tensor] for o in event.inputs),
        )
        for event in graph.ops
    )
    return ops, tuple(leaves)


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


def losses_over(graph: LossGraph, state: State, number: Number, values: Floats) -> Floats | None:
    """The losses, (N,), for N values of one number, all others as in ``state``; None where it fails."""
    info = state.tensors.get(number[0])
    if info is None or info.value.array is None:
        return None
    out = np.empty(len(values))
    for i, value in enumerate(values):
        given = info.value.array.copy()
        given.reshape(-1)[number[1]] = value
        loss = evaluate(graph.ops, state, graph.loss, {number[0]: given})
        if loss is None or loss.size != 1:
            return None
        out[i] = loss.item()
    return out
