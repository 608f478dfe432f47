"""``w = w - lr * w.grad``: a new tensor takes the name of a parameter, which no longer gets a gradient."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.advice.edits import in_place_line
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.trace import events as ev
from engine.trace.events import Span

HARMLESS = frozenset(("detach", "data", "clone", "alias"))
"""Ops after which the new tensor may still be made a leaf."""


@dataclass(slots=True)
class _New:
    """A tensor that was computed from a leaf and its gradient."""

    tensor: int
    leaf: int
    tracked: bool
    span: Span | None
    bound: int | None = None
    """The event that gave it the leaf's name."""
    name: str = ""


class LostLeaf(Watcher):
    """Told when the new tensor is computed with as if it were the parameter."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._leaves: set[int] = set()
        self._new: dict[int, _New] = {}
        self._names: dict[tuple[str, str], int] = {}

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.Applied: self._applied,
            ev.Died: self._died,
            ev.GradWritten: self._written,
            ev.Bound: self._bound,
            ev.Flagged: self._flagged,
        }

    def _died(self, place: int, event: ev.Died) -> None:
        if self._new:
            for tensor in event.tensors:
                self._new.pop(tensor, None)

    def _written(self, place: int, event: ev.GradWritten) -> None:
        self._leaves.add(event.tensor)

    def _applied(self, place: int, event: ev.Applied) -> None:
        if self._new and event.grad_mode and event.within is None:
            for operand in event.inputs:
                made = self._new.get(operand.tensor) if operand.tensor is not None else None
                if made is not None and made.bound is not None:
                    if event.op not in HARMLESS:
                        self._tell(made)
                        return
                    del self._new[made.tensor]
        if not self._leaves or len(event.outputs) != 1:
            return
        tensors = [o.tensor for o in event.inputs if o.tensor is not None]
        for leaf in tensors:
            if leaf in self._leaves and any(self.facts.updates.derived.get(t) == leaf for t in tensors):
                out = event.outputs[0]
                self._new[out.tensor] = _New(out.tensor, leaf, out.requires_grad, event.span)

    def _bound(self, place: int, event: ev.Bound) -> None:
        for path, tensor in event.tensors:
            key = (event.scope, event.name + path)
            made = self._new.get(tensor)
            if made is not None and made.bound is None and self._names.get(key) == made.leaf:
                made.bound, made.name = place, event.name + path
            self._names[key] = tensor

    def _flagged(self, place: int, event: ev.Flagged) -> None:
        if event.requires_grad:
            self._new.pop(event.tensor, None)

    def _tell(self, made: _New) -> None:
        assert made.bound is not None
        past = self.facts.past(made.bound)
        statement = past.source.statement(made.span)
        text = past.source.of(statement) or past.source.of(made.span)
        name = made.name
        line = in_place_line(past.source, statement, name)
        entity = past.entity(made.tensor)
        why = (
            f"{text} {past.line(made.span)} computed a new tensor and gave it the name {name}. It is the result of "
            f"{'an op' if entity is None else entity.grad_fn}, no leaf: the next backward() will pass through it and "
            f"leave {name}.grad None."
            if made.tracked
            else f"{text} {past.line(made.span)} computed a new tensor and gave it the name {name}. Under no_grad it "
            f"does not require grad: what is computed from {name} from now on has no graph."
        )
        span = made.span if statement is None else past.source.span(statement)
        self.tell(
            Advice(
                "lost-leaf",
                f"{name} is no longer {'a leaf' if made.tracked else 'tracked'}",
                why,
                f"Move {name} in place, untracked, so that it stays the same leaf.",
                f"with torch.no_grad():\n    {line}" if line else "",
                span,
                () if span is None else (Cause(f"a new {name} since here", span, past.keys(made.tensor, made.leaf)),),
                event=made.bound,
            )
        )
