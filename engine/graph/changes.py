"""Changes: which events made a tensor what it is, and which of them wrote its ``.grad``."""

from __future__ import annotations

from array import array

from engine.trace import events as ev
from engine.trace.events import AnyEvent

_WRITES = frozenset((ev.Applied, ev.Created, ev.Edited, ev.GradWritten, ev.GradAssigned))


class Changes:
    """Follows a trace. Per tensor, the numbers of the events, in order."""

    def __init__(self) -> None:
        self._values: dict[int, array[int]] = {}
        self._grads: dict[int, array[int]] = {}
        self._owner: dict[int, int] = {}

    def of_value(self, tensor: int) -> array[int]:
        """The events that made or edited the tensor."""
        return self._values.get(tensor) or array("q")

    def of_grad(self, tensor: int) -> array[int]:
        """The events that wrote, replaced, edited or took away its ``.grad``."""
        return self._grads.get(tensor) or array("q")

    def feed(self, place: int, event: AnyEvent) -> None:
        """Take in event number ``place``."""
        if type(event) not in _WRITES:
            return
        match event:
            case ev.Applied():
                for out in event.outputs:
                    self._values[out.tensor] = array("q", (place,))
            case ev.Created():
                self._values[event.tensor] = array("q", (place,))
            case ev.Edited():
                for tensor in (event.tensor, *(other for other, _, _ in event.also)):
                    self._values.setdefault(tensor, array("q")).append(place)
                    if tensor in self._owner:
                        self._grads[self._owner[tensor]].append(place)
            case ev.GradWritten():
                self._wrote(place, event.tensor, event.grad)
            case ev.GradAssigned():
                self._wrote(place, event.tensor, event.grad)

    def _wrote(self, place: int, tensor: int, grad: int | None) -> None:
        self._grads.setdefault(tensor, array("q")).append(place)
        if grad is not None:
            self._owner[grad] = tensor
