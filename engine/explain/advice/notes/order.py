"""The order of a training loop: zero_grad() between backward() and step(); a loop without step()."""

from __future__ import annotations

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.trace import events as ev
from engine.trace.events import Span


class ZeroedBeforeStep(Watcher):
    """Gradients that zero_grad() took away after backward() wrote them, and a step() that found none."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._written: dict[int, int] = {}
        """Leaf -> the event that wrote its gradient since the last step."""
        self._removed: dict[int, tuple[int, Span | None]] = {}
        """Leaf -> where zero_grad() took that away."""
        self._moved = False

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.GradWritten: self._wrote,
            ev.GradAssigned: self._assigned,
            ev.Edited: self._edited,
            ev.Entered: self._entered,
            ev.Left: self._left,
        }

    def _wrote(self, place: int, event: ev.GradWritten) -> None:
        self._written[event.tensor] = place
        self._removed.pop(event.tensor, None)

    def _assigned(self, place: int, event: ev.GradAssigned) -> None:
        frame = self.facts.inside("optimizer", "zero_grad")
        if event.grad is None and frame is not None and event.tensor in self._written:
            self._removed[event.tensor] = (place, event.span)
        self._written.pop(event.tensor, None)

    def _edited(self, place: int, event: ev.Edited) -> None:
        if event.link is None:
            self._moved = True

    def _entered(self, place: int, event: ev.Entered) -> None:
        if (event.kind, event.label) == ("optimizer", "step"):
            self._moved = False

    def _left(self, place: int, event: ev.Left) -> None:
        if (event.kind, event.label) != ("optimizer", "step"):
            return
        if not self._moved and self._removed and not self._written:
            self._tell(place)
        self._written.clear()
        self._removed.clear()

    def _tell(self, place: int) -> None:
        zeroed, span = next(iter(self._removed.values()))
        wrote = None
        past = self.facts.past(place)
        source = past.source
        step = next((e.span for _, e in past.events_back(place) if isinstance(e, ev.Entered)), None)
        # Another optimizer's zero_grad() says nothing about this step.
        if step is None or span is None or source.receiver(step) != source.receiver(span):
            return
        for at, event in past.events_back(zeroed):
            if isinstance(event, ev.BackwardBegan):
                wrote = at
                break
        leaves = list(self._removed)
        named = past.names_of(leaves)
        causes = [] if wrote is None else list(past.cause("writes the gradients", wrote))
        causes.append(Cause("takes them away again", span, past.keys(*leaves)))
        causes.append(Cause("finds None: nothing moves", step, past.keys(*leaves)))
        receiver = source.receiver(span)
        self.tell(
            Advice(
                "zeroed-before-step",
                "The gradients were gone before the step",
                f"{source.of(span)} {past.line(span)} stands between backward() and step(): it set the gradients of "
                f"{named} to None, and a step moves nothing whose gradient is None.",
                f"Call {receiver}.zero_grad() before backward().",
                "",
                span,
                tuple(causes),
                event=zeroed,
            )
        )


class NeverStepped(Watcher):
    """A loop that computes and empties gradients in each turn, but never moves anything."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._turns: set[int] = set()
        """Turns (by the event with which they began) in which zero_grad() emptied something."""
        self._zeroed: tuple[int, Span | None] | None = None
        self._written: set[int] = set()
        self._moved = False

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.GradWritten: self._wrote,
            ev.Entered: self._entered,
            ev.Edited: self._edited,
            ev.GradAssigned: self._assigned,
        }

    def _wrote(self, place: int, event: ev.GradWritten) -> None:
        self._written.add(event.tensor)

    def _entered(self, place: int, event: ev.Entered) -> None:
        if (event.kind, event.label) == ("optimizer", "step"):
            self._moved = True

    def _edited(self, place: int, event: ev.Edited) -> None:
        if event.tensor in self._written or any(t in self._written for t, _, _ in event.also):
            self._moved = True

    def _assigned(self, place: int, event: ev.GradAssigned) -> None:
        if self.facts.turns and event.grad is None and self.facts.inside("optimizer", "zero_grad"):
            self._turns.add(self.facts.turns[-1][2])
            self._zeroed = (place, event.span)

    def end(self, place: int) -> None:
        if self._moved or self._zeroed is None or len(self._turns) < 2 or self.facts.trace.failure is not None:
            return
        zeroed, span = self._zeroed
        past = self.facts.past(zeroed)
        receiver = past.source.receiver(span)
        named = past.names_of(sorted(self._written))
        if not receiver or f"{receiver}.step" in past.source.text:
            return
        causes = () if span is None else (Cause("empties them, unused", span, past.keys(*self._written)),)
        self.tell(
            Advice(
                "never-stepped",
                "backward() alone moves nothing",
                f"Each turn computed gradients and {past.source.of(span)} emptied them, but nothing moved {named}: "
                "the loss stays as it is.",
                "Step after backward():",
                f"{receiver}.step()",
                span,
                causes,
                event=zeroed,
            )
        )
