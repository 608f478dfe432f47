"""Parameters and their gradients over a run: what backward() writes to and steps change."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np

from engine.graph.scenes import Scenes
from engine.series.following import Follower
from engine.trace import events as ev
from engine.trace.fold import on
from engine.trace.trace import Trace
from engine.trace.values import Value

MOST_ELEMENTS = 8
"""A parameter of more elements is followed by its norm."""


@dataclass(slots=True)
class History:
    """One quantity over the run: after event ``places[i]`` it was ``values[i]``, one row of numbers."""

    places: list[int] = field(default_factory=list)
    values: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, place: int, value: tuple[float, ...]) -> None:
        self.places.append(place)
        self.values.append(value)

    def at(self, place: int) -> tuple[float, ...] | None:
        """The value when ``place`` events had happened; None before the first."""
        number = bisect_left(self.places, place) - 1
        return self.values[number] if number >= 0 else None


@dataclass(slots=True)
class Parameter:
    """``elements`` names what a row holds: ``[0, 1]`` and so on, ``""`` for a single number, ``norm`` of many."""

    tensor: int
    """The first of :attr:`tensors`."""
    name: str
    shape: tuple[int, ...]
    elements: tuple[str, ...]
    values: History
    grads: History
    """As each backward() left it; nan after it was cleared to None."""
    tensors: list[int] = field(default_factory=list)
    """More than one where steps make a new tensor, as ``w = w - lr * w.grad`` does."""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


class ParameterReader(Follower):
    """Reads them from a trace."""

    def __init__(self, trace: Trace, scenes: Scenes) -> None:
        super().__init__(trace)
        self._scenes = scenes
        self._found: dict[int, Parameter] = {}
        self._written_to: set[int] = set()
        self._before: dict[int, History] = {}
        """Values of leaves to which nothing has been written yet."""
        self._owners: dict[int, int] = {}
        """Tensors in ``.grad``, and whose."""
        self._first: dict[int, int] = {}
        """Tensors that are parameters, and the first one of each."""
        self._bound: dict[tuple[str, str], int] = {}
        self._replaces: dict[int, int] = {}
        """Tensors that took the name of a parameter, and its first tensor."""
        self._wanted: list[int] = []
        self._results: dict[int, Value] = {}
        self.norm = History()
        """The norm of all gradients together, after each backward pass."""
        self._squares: dict[int, float] = {}
        self._depth = 0

    def read(self) -> list[Parameter]:
        """The parameters in all that there is of the trace."""
        self.follow()
        return self.found()

    def found(self) -> list[Parameter]:
        """The parameters in what has been looked at, in the order in which they were made."""
        found = [self._found[tensor] for tensor in sorted(self._found) if self._is_parameter(self._found[tensor])]
        for parameter in found:
            parameter.name = self._name(parameter.tensor)
        return found

    def _is_parameter(self, parameter: Parameter) -> bool:
        """What autograd.grad was asked about may be an input; a parameter also moves."""
        return parameter.tensor in self._written_to or len(parameter.values.places) > 1

    @on(ev.Created)
    def _created(self, place: int, event: ev.Created) -> None:
        if event.how == "grad":
            self._results[event.tensor] = event.value
        elif event.requires_grad:
            history = self._before[event.tensor] = History()
            history.add(place, summary(event.value))

    @on(ev.Flagged)
    def _flagged(self, place: int, event: ev.Flagged) -> None:
        if event.requires_grad and event.leaf and event.tensor not in self._before:
            info = self.trace.state_after(place).tensors.get(event.tensor)
            if info is not None:
                history = self._before[event.tensor] = History()
                history.add(place, summary(info.value))

    @on(ev.Edited)
    def _edited(self, place: int, event: ev.Edited) -> None:
        known = self._before.get(event.tensor)
        if known is not None and event.link is None:
            now = summary(event.value)
            # ``w.data -= …`` assigns to w.data what has changed already.
            if event.op != "data=" or known.values[-1:] != [now]:
                known.add(place, now)
        owner = self._owners.get(event.tensor)
        if owner is not None and owner in self._first:
            self._found[self._first[owner]].grads.add(place, summary(event.value))
        for tensor, _, value in event.also:
            if (shared := self._before.get(tensor)) is not None:
                shared.add(place, summary(value))

    @on(ev.Bound)
    def _names(self, place: int, event: ev.Bound) -> None:
        if event.tensors and event.tensors[0][0] == "":
            self._binds((event.scope, event.name), event.tensors[0][1])

    @on(ev.BackwardBegan)
    def _backward_began(self, place: int, event: ev.BackwardBegan) -> None:
        self._depth += 1
        self._wanted = event.wanted or []

    @on(ev.GradAssigned)
    def _grad_assigned(self, place: int, event: ev.GradAssigned) -> None:
        if event.tensor not in self._first:
            return
        parameter = self._found[self._first[event.tensor]]
        if event.grad is None:
            parameter.grads.add(place, (math.nan,) * len(parameter.elements))
            self._squares.pop(parameter.tensor, None)
        else:
            self._owners[event.grad] = event.tensor

    @on(ev.BackwardEnded)
    def _backward_ended(self, place: int, event: ev.BackwardEnded) -> None:
        self._depth -= 1
        for tensor, result in zip(self._wanted, event.results, strict=False):
            gradient = self._results.get(-1 if result is None else result)
            if gradient is not None and tensor in self._before:
                self._has_gradient(self._parameter(tensor, gradient.shape), place, gradient)
        self._wanted = []
        self._results.clear()
        if not self._depth and self._squares:
            self.norm.add(place, (math.sqrt(sum(self._squares.values())),))

    @on(ev.Died)
    def _died(self, place: int, event: ev.Died) -> None:
        for tensor in event.tensors:
            if tensor not in self._first:
                self._before.pop(tensor, None)
            self._owners.pop(tensor, None)

    @on(ev.GradWritten)
    def _written(self, place: int, event: ev.GradWritten) -> None:
        parameter = self._parameter(event.tensor, event.new.shape)
        self._written_to.add(parameter.tensor)
        self._owners[event.grad] = event.tensor
        self._has_gradient(parameter, place, event.new)

    def _parameter(self, tensor: int, shape: tuple[int, ...]) -> Parameter:
        """The parameter that a tensor is; a new one, unless it took the place of another tensor."""
        if tensor in self._first:
            return self._found[self._first[tensor]]
        values = self._before.setdefault(tensor, History())
        # How a layer initialised it is of no interest: it begins with the value that is first trained.
        del values.places[:-1], values.values[:-1]
        first = self._replaces.get(tensor, tensor)
        parameter = self._found.get(first)
        if parameter is None or parameter.shape != shape:
            first = tensor
            parameter = self._found[first] = Parameter(tensor, "", shape, element_names(shape), values, History())
        else:
            parameter.values.places += values.places
            parameter.values.values += values.values
            self._before[tensor] = parameter.values
        parameter.tensors.append(tensor)
        self._first[tensor] = first
        return parameter

    def _has_gradient(self, parameter: Parameter, place: int, gradient: Value) -> None:
        row = summary(gradient)
        parameter.grads.add(place, row)
        if gradient.array is not None:
            self._squares[parameter.tensor] = sum(x * x for x in row)

    def _binds(self, name: tuple[str, str], tensor: int) -> None:
        """A name that a parameter had is given to another tensor: if that is trained, it goes on for it."""
        old = self._first.get(self._bound.get(name, -1))
        if old is not None and tensor not in self._first:
            self._replaces[tensor] = old
        self._bound[name] = tensor

    def _name(self, tensor: int) -> str:
        key = self._scenes.of_tensor(tensor, self._scenes.count)
        names = self._scenes.entities[key].names if key is not None else []
        # Loops over parameters give them other names later.
        return names[0][1] if names else "parameter"


def element_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    """What the numbers of :func:`summary` are called."""
    count = math.prod(shape)
    if count > MOST_ELEMENTS:
        return ("norm",)
    if count == 1:
        return ("",)
    return tuple(f"[{', '.join(map(str, index))}]" for index in np.ndindex(*shape))


def summary(value: Value) -> tuple[float, ...]:
    """A few elements as they are, the norm of many; nan where they were not kept."""
    array = value.array
    if value.size > MOST_ELEMENTS:
        with np.errstate(all="ignore"):
            return (math.nan if array is None else float(np.linalg.norm(array.astype(np.float64).ravel())),)
    return (math.nan,) * value.size if array is None else tuple(map(float, array.ravel().tolist()))
