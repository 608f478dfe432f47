"""``.grad`` of a result: torch warns, and gives None."""

from __future__ import annotations

import ast

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Handler, Watcher
from engine.trace import events as ev

MESSAGE = "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed."


class NonLeafGrad(Watcher):
    """Explains torch's warning with the program's own names."""

    def handlers(self) -> dict[type, Handler]:
        return {ev.Warned: self._warned}

    def _warned(self, place: int, event: ev.Warned) -> None:
        if not event.message.startswith(MESSAGE):
            return
        past = self.facts.past(place)
        node = past.source.expression(event.span)
        tensor = past.tensor_of(node.value) if isinstance(node, ast.Attribute) else None
        entity = None if tensor is None else past.entity(tensor)
        if tensor is None or entity is None or not isinstance(node, ast.Attribute):
            return
        name = past.source.of(node.value)
        text = past.source.of(entity.span)
        self.tell(
            Advice(
                "non-leaf-grad",
                f"{name}.grad is None",
                f"{name} is no leaf: {text} {past.line(entity.span)} computed it. Its gradient passes through on the "
                "way to the leaves and is not kept.",
                "Ask for it before backward():",
                f"{name}.retain_grad()",
                event.span,
                () if entity.span is None else (Cause("computed here", entity.span, (entity.key,)),),
                message=f"{event.category}: {event.message}",
                event=place,
            )
        )
