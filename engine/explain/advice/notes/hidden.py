"""Edits through ``.data``: no version counts them, and backward computes with the wrong numbers."""

from __future__ import annotations

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.trace import events as ev


class HiddenEdit(Watcher):
    """A node that runs with a saved tensor which was edited through ``.data`` since it was saved."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._data: set[int] = set()
        """Tensors that ``.data`` gave, and views of them."""
        self._edited: dict[int, int] = {}
        """Tensor -> the last edit that its version does not know of."""

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.Applied: self._applied,
            ev.Edited: self._changed,
            ev.NodeRan: self._ran,
            ev.Died: self._died,
        }

    def _applied(self, place: int, event: ev.Applied) -> None:
        if event.link is not None:
            return
        if event.op == "data":
            self._data.add(event.outputs[0].tensor)
        elif self._data and event.outputs[0].shares in self._data:
            self._data.update(o.tensor for o in event.outputs)

    def _changed(self, place: int, event: ev.Edited) -> None:
        if event.op == "data=":
            self._edited[event.tensor] = place
        elif event.tensor in self._data:
            for other, _, _ in event.also:
                if other not in self._data:
                    self._edited[other] = place

    def _died(self, place: int, event: ev.Died) -> None:
        self._data.difference_update(event.tensors)
        for tensor in event.tensors:
            self._edited.pop(tensor, None)

    def _ran(self, place: int, event: ev.NodeRan) -> None:
        if not self._edited or not event.sent:
            return
        for key in self.facts.scenes.of_node(event.node):
            entity = self.facts.scenes.entities[key]
            made = self.facts.trace.events[entity.made]
            if isinstance(made, (ev.Applied, ev.Edited)) and made.link is not None:
                for saved in made.link.saved:
                    tensor = saved.tensor if saved.tensor is not None else entity.tensor
                    edit = self._edited.get(tensor) if tensor is not None else None
                    if tensor is not None and edit is not None and edit > entity.made and saved.number is None:
                        self._tell(place, tensor, edit, entity.made, made.link.grad_fn)
                        return

    def _tell(self, place: int, tensor: int, edit: int, made: int, grad_fn: str) -> None:
        past = self.facts.past(place)
        name = past.name(tensor)
        edited = past.trace.events[edit].span
        statement = past.source.statement(edited)
        span = edited if statement is None else past.source.span(statement)
        saved = past.trace.events[made].span
        causes = []
        if saved is not None:
            causes.append(Cause("saved here", saved, past.keys(tensor)))
        if span is not None:
            causes.append(Cause("edited here, uncounted", span, past.keys(tensor)))
        self.tell(
            Advice(
                "hidden-edit",
                "Edited behind autograd's back",
                f"{grad_fn} saved {name}; {past.source.of(span)} {past.line(span)} then changed its numbers through "
                f".data, which no version counts. This backward() computed with {past.value(tensor)}: the gradient is "
                "not that of the forward pass, and no error says so.",
                "Edit it under torch.no_grad(), which counts the edit, and after backward() has run.",
                "",
                past.trace.events[place].span,
                tuple(causes),
                event=place,
            )
        )
