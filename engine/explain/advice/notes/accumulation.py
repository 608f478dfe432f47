"""Gradients that add up over calls, because nothing empties them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.explain.advice.past import Past
from engine.explain.numbers import inline
from engine.trace import events as ev
from engine.trace.events import Span


@dataclass(slots=True)
class _Grad:
    """What has come into one leaf's ``.grad`` since it was last emptied."""

    writes: list[tuple[int, int]] = field(default_factory=list)
    """(event, event with which its pass began)."""
    used: int | None = None
    """The update that has used it."""
    stale: int | None = None
    """The write that added to what had been used."""


class Accumulation(Watcher):
    """Two cases: a step that uses gradients of the step before; and calls whose gradients nobody ever empties."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._grads: dict[int, _Grad] = {}
        self._ever_emptied = False
        self._ever_used = False
        self._twice: tuple[int, int, int] | None = None
        """(leaf, first write, second write) of the first gradient that two like calls wrote."""

    def handlers(self) -> dict[type, Handler]:
        return {ev.GradWritten: self._written, ev.GradAssigned: self._assigned, ev.Edited: self._edited}

    def _assigned(self, place: int, event: ev.GradAssigned) -> None:
        self._emptied(event.tensor)

    def _emptied(self, leaf: int) -> None:
        self._grads.pop(leaf, None)
        self._ever_emptied = True

    def _written(self, place: int, event: ev.GradWritten) -> None:
        grad = self._grads.setdefault(event.tensor, _Grad())
        if event.old is None:
            grad.writes, grad.used, grad.stale = [], None, None
        elif grad.used is not None and grad.stale is None:
            grad.stale = place
        elif grad.writes and self._twice is None and self._alike(grad.writes[-1][1]):
            self._twice = (event.tensor, grad.writes[-1][0], place)
        del grad.writes[:-1]
        grad.writes.append((place, self.facts.began))

    def _alike(self, began: int) -> bool:
        """Whether the pass under way and an earlier one are the same call, or calls of the same text."""
        before = self.facts.trace.events[began].span
        now = self.facts.run.span if self.facts.run is not None else None
        if before is None or now is None:
            return False
        source = self.facts.source
        return before == now or source.of(before) == source.of(now)

    def _edited(self, place: int, event: ev.Edited) -> None:
        owner = self.facts.updates.leaf_of.get(self.facts.updates.leaf(event.tensor))
        if owner is not None:
            self._emptied(owner)
            return
        leaf = self.facts.updates.moved(event)
        if leaf is None:
            return
        self._ever_used = True
        grad = self._grads.get(leaf)
        if grad is None or not grad.writes:
            return
        if grad.stale is not None and grad.used is not None:
            self._tell_stale(place, leaf, grad.stale)
        else:
            grad.used = place

    # --- telling ----------------------------------------------------------------------------

    def _tell_stale(self, place: int, leaf: int, stale: int) -> None:
        past = self.facts.past(place)
        event = past.trace.events[stale]
        if not isinstance(event, ev.GradWritten) or event.old is None:
            return
        name = past.name(leaf)
        old, new, whole = inline(event.old), inline(event.incoming), inline(event.new)
        update = past.trace.events[place].span
        causes = []
        if event.span is not None:
            causes.append(Cause("adds to the old gradient", event.span, past.keys(leaf)))
        if update is not None:
            causes.append(Cause("moves by the sum", update, past.keys(leaf)))
        numbers = (
            f"When this backward() came, {name}.grad still held {old} from the step before; it added {new}, and the "
            f"next step moved {name} by the sum, {whole}."
            if event.new.size <= 3
            else f"When this backward() came, {name}.grad still held the gradient of the step before; the new one was "
            f"added to it, and the next step moved {name} by the sum."
        )
        self.tell(
            Advice(
                "accumulation",
                "Gradients add up",
                numbers,
                "Empty the gradients once a turn, before backward().",
                self._emptying(past, update, name),
                event.span,
                tuple(causes),
                event=stale,
            )
        )

    def _emptying(self, past: Past, update: Span | None, name: str) -> str:
        """``optimizer.zero_grad()``, or what does the same for a leaf."""
        call = past.source.call(update)
        if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr == "step":
            return f"{past.source.of(call.func.value)}.zero_grad()"
        return f"{name}.grad = None"

    def end(self, place: int) -> None:
        if self._twice is None or self._ever_emptied or self._ever_used:
            return
        leaf, first, second = self._twice
        past = self.facts.past(second)
        event = past.trace.events[second]
        before = past.trace.events[first]
        if not isinstance(event, ev.GradWritten) or not isinstance(before, ev.GradWritten) or event.old is None:
            return
        name = past.name(leaf)
        causes = [
            Cause(word, e.span, past.keys(leaf))
            for word, e in (("first write", before), ("adds to it", event))
            if e.span is not None
        ]
        if before.span == event.span:
            causes = causes[1:]
        amounts = (
            f"{name}.grad held {inline(event.old)} from the call before. This call added {inline(event.incoming)}: "
            f"{inline(event.old)} + {inline(event.incoming)} = {inline(event.new)}."
            if event.new.size <= 3
            else f"{name}.grad held the gradient of the call before, and this call added its own to it."
        )
        self.tell(
            Advice(
                "accumulation",
                "Gradients add up",
                f"{amounts} backward() always adds.",
                "If each call is to give its own gradient, empty it in between.",
                f"{name}.grad = None",
                event.span,
                tuple(causes),
                event=second,
            )
        )
