"""Changes: which events made a tensor what it is, and which of them wrote its ``.grad``."""

from __future__ import annotations

from array import array

from engine.trace import events as ev
from engine.trace.fold import Fold, on


class Changes(Fold):
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

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        for out in event.outputs:
            self._values[out.tensor] = array("q", (place,))

    @on(ev.Created)
    def _created(self, place: int, event: ev.Created) -> None:
        self._values[event.tensor] = array("q", (place,))

    @on(ev.Edited)
    def _edited(self, place: int, event: ev.Edited) -> None:
        for tensor in (event.tensor, *(other for other, _, _ in event.also)):
            self._values.setdefault(tensor, array("q")).append(place)
            if tensor in self._owner:
                self._grads[self._owner[tensor]].append(place)

    @on(ev.GradWritten, ev.GradAssigned)
    def _grad_given(self, place: int, event: ev.GradWritten | ev.GradAssigned) -> None:
        self._grads.setdefault(event.tensor, array("q")).append(place)
        if event.grad is not None:
            self._owner[event.grad] = event.tensor
