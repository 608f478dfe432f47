"""Parameters and their gradients over a run: what backward() writes to and steps change."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np

from engine.graph.scenes import Scenes
from engine.series.following import Follower
from engine.trace import events as ev
from engine.trace.events import AnyEvent
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
    name: str
    shape: tuple[int, ...]
    elements: tuple[str, ...]
    values: History
    grads: History
    """As each backward() left it; nan after it was cleared to None."""

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
        self._before: dict[int, History] = {}
        """Values of leaves to which nothing has been written yet."""
        self._owners: dict[int, int] = {}
        self.norm = History()
        """The norm of all gradients together, after each backward pass."""
        self._squares: dict[int, float] = {}
        self._depth = 0

    def read(self) -> list[Parameter]:
        """The parameters so far, in the order in which they were made."""
        self.follow()
        for parameter in self._found.values():
            parameter.name = self._name(parameter.tensor)
        return [self._found[tensor] for tensor in sorted(self._found)]

    def _feed(self, place: int, event: AnyEvent) -> None:
        match event:
            case ev.Created() if event.requires_grad:
                history = self._before[event.tensor] = History()
                history.add(place, summary(event.value))
            case ev.Flagged() if event.requires_grad and event.leaf and event.tensor not in self._before:
                info = self.trace.state_after(place).tensors.get(event.tensor)
                if info is not None:
                    history = self._before[event.tensor] = History()
                    history.add(place, summary(info.value))
            case ev.Edited():
                known = self._before.get(event.tensor)
                if known is not None and event.link is None:
                    known.add(place, summary(event.value))
                owner = self._owners.get(event.tensor)
                if owner is not None:
                    self._found[owner].grads.add(place, summary(event.value))
                for tensor, _, value in event.also:
                    if (shared := self._before.get(tensor)) is not None:
                        shared.add(place, summary(value))
            case ev.BackwardBegan():
                self._depth += 1
            case ev.GradWritten():
                self._written(place, event)
            case ev.GradAssigned() if event.tensor in self._found:
                parameter = self._found[event.tensor]
                if event.grad is None:
                    parameter.grads.add(place, (math.nan,) * len(parameter.elements))
                    self._squares.pop(event.tensor, None)
                else:
                    self._owners[event.grad] = event.tensor
            case ev.BackwardEnded():
                self._depth -= 1
                if not self._depth and self._squares:
                    self.norm.add(place, (math.sqrt(sum(self._squares.values())),))
            case ev.Died():
                for tensor in event.tensors:
                    if tensor not in self._found:
                        self._before.pop(tensor, None)
                    self._owners.pop(tensor, None)

    def _written(self, place: int, event: ev.GradWritten) -> None:
        parameter = self._found.get(event.tensor)
        if parameter is None:
            values = self._before.setdefault(event.tensor, History())
            # How a layer initialised it is of no interest: it begins with the value that is first trained.
            del values.places[:-1], values.values[:-1]
            shape = event.new.shape
            parameter = Parameter(event.tensor, "", shape, element_names(shape), values, History())
            self._found[event.tensor] = parameter
        self._owners[event.grad] = event.tensor
        parameter.grads.add(place, summary(event.new))
        array = event.new.array
        if array is not None:
            with np.errstate(all="ignore"):
                self._squares[event.tensor] = float(np.sum(np.square(array, dtype=np.float64)))

    def _name(self, tensor: int) -> str:
        key = self._scenes.of_tensor(tensor, self._scenes.count)
        names = self._scenes.entities[key].names if key is not None else []
        return names[-1][1] if names else "parameter"


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
    return (math.nan,) * value.size if array is None else tuple(float(x) for x in array.ravel())
