"""The trap of (N, 1) minus (N): broadcasting makes N × N differences, and the loss is another one."""

from __future__ import annotations

import ast
import re

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.explain.advice.past import Past
from engine.graph.scenes import OP
from engine.trace import events as ev

SIZES = re.compile(
    r"Using a target size \(torch\.Size\(\[([\d, ]*)\]\)\) that is different to the input size "
    r"\(torch\.Size\(\[([\d, ]*)\]\)\)"
)
SQUARES = frozenset(("pow", "square", "abs", "mul", "smooth_l1_loss", "huber_loss"))
"""What makes an error of a difference."""
MEANS = frozenset(("mean", "sum"))
SHAPED = frozenset(
    (
        "unsqueeze",
        "view",
        "reshape",
        "getitem",
        "index",
        "expand",
        "select",
        "slice",
        "transpose",
        "t",
        "permute",
        "squeeze",
    )
)
"""Ops that give a tensor its shape on purpose."""


class Broadcast(Watcher):
    """A difference of a tracked (N, 1) and an untracked (N), or the other way round, that a loss is made of."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._from: dict[int, int] = {}
        """Tensor -> the event of the suspicious difference that it is made of."""
        self._means: dict[int, int] = {}

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.Applied: self._applied,
            ev.BackwardBegan: self._backward,
            ev.Warned: self._warned,
            ev.Died: self._died,
        }

    def _died(self, place: int, event: ev.Died) -> None:
        if self._from or self._means:
            for tensor in event.tensors:
                self._from.pop(tensor, None)
                self._means.pop(tensor, None)

    def _applied(self, place: int, event: ev.Applied) -> None:
        if event.link is None:
            return
        if event.op in ("sub", "rsub") and len(event.inputs) == 2:
            value = event.outputs[0].value
            if len(value.shape) == 2 and value.shape[0] == value.shape[1] > 1 and self._is_trap(place, event):
                self._from[event.outputs[0].tensor] = place
            return
        if not self._from and not self._means:
            return
        for operand in event.inputs:
            origin = self._from.get(operand.tensor) if operand.tensor is not None else None
            if origin is not None and event.op in SQUARES:
                self._from[event.outputs[0].tensor] = origin
            elif origin is not None and event.op in MEANS and event.outputs[0].value.size == 1:
                self._means[event.outputs[0].tensor] = origin

    def _is_trap(self, place: int, event: ev.Applied) -> bool:
        shapes, tracked, shaped = [], [], []
        for operand in event.inputs:
            if operand.tensor is None:
                return False
            entity = self.facts.entity(operand.tensor, place)
            value = self._value(operand.tensor, place)
            if entity is None or value is None:
                return False
            shapes.append(value)
            tracked.append(entity.tracked)
            shaped.append(entity.kind == OP and entity.op in SHAPED)
        n = event.outputs[0].value.shape[0]
        return sorted(shapes) == [(n,), (n, 1)] and tracked[0] != tracked[1] and not shaped[tracked.index(True)]

    def _value(self, tensor: int, place: int) -> tuple[int, ...] | None:
        event = self.facts.event_of(tensor, place)
        match event:
            case ev.Created() | ev.Edited():
                return event.value.shape
            case ev.Applied():
                return next((o.value.shape for o in event.outputs if o.tensor == tensor), None)
        return None

    def _backward(self, place: int, event: ev.BackwardBegan) -> None:
        for root in event.outputs:
            if root in self._means:
                self._tell(self._means[root])
                return

    def _tell(self, place: int) -> None:
        past = self.facts.past(place)
        event = past.trace.events[place]
        if not isinstance(event, ev.Applied) or event.span is None:
            return
        a, b = (o.tensor for o in event.inputs)
        assert a is not None
        assert b is not None
        n = event.outputs[0].value.shape[0]
        node = past.source.expression(event.span)
        names = past.name(a), past.name(b)
        column = 0 if len(self._value(a, place) or ()) == 2 else 1
        code = ""
        if isinstance(node, ast.BinOp):
            names = past.source.of(node.left), past.source.of(node.right)
            operand = (node.left, node.right)[column]
            code = past.source.changed(
                event.span, (past.source.outer(operand), f"{past.source.bracketed(operand)}.squeeze(1)")
            )
        self.tell(
            Advice(
                "broadcast-trap",
                f"{n}×1 and {n} became {n}×{n}",
                f"{names[0]} has shape {past.shape(a)}, {names[1]} has {past.shape(b)}: broadcasting pairs each "
                f"element of the one with every element of the other. The loss is made of {n * n} differences.",
                "Give both the same shape.",
                code,
                event.span,
                (Cause(f"{n * n} differences here", event.span, past.keys(event.outputs[0].tensor, a, b)),),
                event=place,
            )
        )

    # --- torch's own warning ----------------------------------------------------------------

    def _warned(self, place: int, event: ev.Warned) -> None:
        found = SIZES.match(event.message)
        if found is None:
            return
        past = self.facts.past(place)
        target, given = (tuple(int(n) for n in found[i].split(",") if n.strip()) for i in (1, 2))
        if not all(a == b or 1 in (a, b) for a, b in zip(reversed(target), reversed(given), strict=False)):
            return  # an error follows
        call = past.source.call(event.span)
        names = _arguments(past, call)
        code = ""
        if call is not None and len(call.args) == 2 and len(given) == len(target) + 1 and given[-1] == 1:
            first = call.args[0]
            squeezed = f"{past.source.bracketed(first)}.squeeze({len(given) - 1})"
            code = past.source.changed(event.span, (past.source.outer(first), squeezed))
        n, m = given or (1,), target or (1,)
        self.tell(
            Advice(
                "broadcast-trap",
                "Two shapes in one loss",
                f"{names[0]} has shape {_text(given)}, {names[1]} has {_text(target)}: broadcasting pairs each element "
                "of the one with every element of the other, and the loss is an average over all the pairs.",
                "Give both the same shape.",
                code,
                event.span,
                () if event.span is None else (Cause(f"{_text(n)} meets {_text(m)} here", event.span),),
                message=f"{event.category}: {event.message}",
                event=place,
            )
        )


def _arguments(past: Past, call: ast.Call | None) -> tuple[str, str]:
    if call is not None and len(call.args) >= 2:
        names = past.source.of(call.args[0]), past.source.of(call.args[1])
        if all(len(n) <= 30 for n in names):
            return names
    return "the input", "the target"


def _text(shape: tuple[int, ...]) -> str:
    return f"[{'×'.join(map(str, shape))}]"
