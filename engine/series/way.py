"""The way that two numbers among the parameters go: any two, also single elements of a large tensor."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.series.parameters import History, Parameter
from engine.series.surface import Number
from engine.series.task import Array, Floats, LossGraph
from engine.trace import events as ev
from engine.trace.trace import Trace

LISTED = 64
"""Elements of a large tensor that are offered; others can be named."""
MOST_POINTS = 4_000
"""Of a large tensor's element not more than so many values are looked up."""

_NAMED = re.compile(r"(?P<name>.+?)\s*\[(?P<index>[\d\s,]+)\]\s*")


@dataclass(frozen=True, slots=True)
class Axis:
    """One number of one parameter; ``element`` counts through the tensor, row by row."""

    name: str
    parameter: Parameter
    element: int

    def number_in(self, graph: LossGraph) -> Number | None:
        """It as a loss has it; None if the loss does not depend on its parameter."""
        used = {o.tensor for event in graph.ops for o in event.inputs}
        found = next((tensor for tensor in reversed(self.parameter.tensors) if tensor in used), None)
        return None if found is None else (found, self.element)


@dataclass(frozen=True, slots=True)
class Way:
    """Values (N, 2) of two numbers and the events after which both had moved; gradients (M, 2) likewise.

    A gradient that was cleared is nan.
    """

    places: list[int] = field(default_factory=list)
    points: Floats = field(default_factory=lambda: np.empty((0, 2)))
    grad_places: list[int] = field(default_factory=list)
    grads: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def reached(self, place: int) -> int:
        """How many points lie behind when ``place`` events have happened."""
        return bisect_left(self.places, place)

    def gradient(self, place: int) -> tuple[int, tuple[float, float]] | None:
        """The last gradient then, with the number of the point at which it was computed; None before the first."""
        last = bisect_left(self.grad_places, place) - 1
        while last >= 0 and np.isnan(self.grads[last]).any():
            last -= 1
        if last < 0:
            return None
        point = max(0, bisect_left(self.places, self.grad_places[last]) - 1)
        return point, (float(self.grads[last, 0]), float(self.grads[last, 1]))


def axes_of(parameters: Sequence[Parameter]) -> list[Axis]:
    """The numbers to choose from: all of small tensors, the first of large ones."""
    return [Axis(p.name + index_text(p, k), p, k) for p in parameters for k in range(min(p.size, LISTED))]


def axis_named(parameters: Sequence[Parameter], name: str) -> Axis | None:
    """The number that a text names: ``w``, ``model.0.weight[3, 1]``; None if there is none."""
    wanted = name.strip()
    for p in parameters:
        if p.size == 1 and wanted == p.name:
            return Axis(p.name, p, 0)
    found = _NAMED.fullmatch(wanted)
    if found is None:
        return None
    for p in parameters:
        if p.name == found["name"]:
            index = [int(part) for part in found["index"].split(",") if part.strip()]
            if len(index) == len(p.shape) and all(0 <= i < n for i, n in zip(index, p.shape, strict=True)):
                element = int(np.ravel_multi_index(index, p.shape))
                return Axis(p.name + index_text(p, element), p, element)
    return None


def index_text(parameter: Parameter, element: int) -> str:
    """``[3, 1]``; ``""`` for a tensor of one number."""
    if parameter.size == 1:
        return ""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(element, parameter.shape))}]"


def usual_pair(trace: Trace, parameters: Sequence[Parameter]) -> tuple[Axis, Axis] | None:
    """The two numbers that moved furthest over the run, in their order."""
    axes = axes_of(parameters)
    if len(axes) < 2:
        return None
    moved: list[tuple[float, int, int]] = []
    for number, p in enumerate(parameters):
        ends = [_value_at(trace, p, place) for place in p.values.places[:1] + p.values.places[-1:]]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            with np.errstate(all="ignore"):
                distance = np.nan_to_num(np.abs(ends[1] - ends[0]).ravel(), nan=0.0, posinf=0.0)
            moved += [(float(distance[k]), number, int(k)) for k in np.argsort(-distance, kind="stable")[:2]]
    best = sorted(moved, key=lambda m: -m[0])[:2]
    if len(best) < 2:
        return axes[0], axes[1]
    chosen = [(parameters[n], k) for _, n, k in sorted(best, key=lambda m: m[1:])]
    first, second = (Axis(p.name + index_text(p, k), p, k) for p, k in chosen)
    return first, second


def way_of(trace: Trace, first: Axis, second: Axis) -> Way:
    """Both numbers and their gradients over the run."""
    (places, points), (grad_places, grads) = (
        _together(*(_numbers(trace, axis, gradients) for axis in (first, second))) for gradients in (False, True)
    )
    return Way(places, points, grad_places, grads)


def walk_of(trace: Trace, axis: Axis) -> tuple[History, History]:
    """One number and its gradient over the run."""
    return _numbers(trace, axis, False), _numbers(trace, axis, True)


def _together(one: History, other: History) -> tuple[list[int], Floats]:
    count = min(len(one.places), len(other.places))
    places = [max(a, b) for a, b in zip(one.places[:count], other.places[:count], strict=True)]
    points = [(a[0], b[0]) for a, b in zip(one.values[:count], other.values[:count], strict=True)]
    return places, np.array(points, np.float64).reshape(-1, 2)


def _numbers(trace: Trace, axis: Axis, gradients: bool) -> History:
    parameter, element = axis.parameter, axis.element
    history = parameter.grads if gradients else parameter.values
    if parameter.elements != ("norm",):
        return History(history.places, [(row[element],) for row in history.values])
    places = history.places[:: max(1, -(-len(history.places) // MOST_POINTS))]
    out = History()
    for place in places:
        array = _gradient_at(trace, parameter, place) if gradients else _value_at(trace, parameter, place)
        out.add(place, (float("nan") if array is None else float(array.reshape(-1)[element]),))
    return out


def _value_at(trace: Trace, parameter: Parameter, place: int) -> Array | None:
    """What the event numbered ``place`` made the whole parameter."""
    event = trace.events[place]
    match event:
        case ev.Created() if event.tensor in parameter.tensors:
            return event.value.array
        case ev.Edited() if event.tensor in parameter.tensors:
            return event.value.array
        case ev.Edited():
            return next((value.array for tensor, _, value in event.also if tensor in parameter.tensors), None)
        case ev.Flagged():
            info = trace.state_after(place + 1).tensors.get(event.tensor)
            return None if info is None else info.value.array
    return None


def _gradient_at(trace: Trace, parameter: Parameter, place: int) -> Array | None:
    """What the event numbered ``place`` made the whole gradient; None where it was cleared."""
    event = trace.events[place]
    match event:
        case ev.GradWritten():
            return event.new.array
        case ev.Edited():
            return event.value.array
        case ev.BackwardEnded():
            state = trace.state_after(place + 1)
            for result in event.results:
                info = None if result is None else state.tensors.get(result)
                if info is not None and info.value.shape == parameter.shape:
                    return info.value.array
    return None
