"""Cutting a stream of events into the steps that a viewer shows one at a time."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.trace import events as ev
from engine.trace.events import AnyEvent, Span


class Phase(StrEnum):
    """What a step is part of; each has its colour on the timeline."""

    LEAVES = "leaves"
    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"
    OUTPUT = "output"
    ERROR = "error"


class Step(msgspec.Struct, frozen=True, gc=False):
    """What the viewer shows at once: events ``start`` to ``stop`` (exclusive).

    ``main`` is the event that makes it a step. ``turn`` is the index in each loop around it, outermost first;
    ``run`` the backward pass. Steps of one ``group`` stand together on the timeline.
    """

    start: int
    stop: int
    main: int
    phase: Phase
    span: Span | None
    turn: tuple[int, ...]
    run: int | None
    group: int


INITIALISERS = ("uniform_", "normal_", "fill_", "zero_", "random_", "bernoulli_")

_AROUND = (ev.Edited, ev.GradAssigned, ev.HookRan, ev.Taken)
"""Of these only what hooks do in a backward pass, and numbers that leave the graph, make no step of their own."""
_PREPARES = frozenset((ev.BackwardBegan, ev.Accumulator, ev.Entered, ev.Iterated, ev.Applied, ev.Created, *_AROUND))

_MAKES = frozenset((ev.Created, ev.Applied, ev.Edited, ev.NodeRan, ev.GradAssigned, ev.Printed, ev.Plotted, ev.Failed))
"""Events that may make a step."""
_FRAMES = frozenset(
    (ev.Iterated, ev.LoopEnded, ev.BackwardBegan, ev.BackwardEnded, ev.Created, ev.Applied, ev.GradWritten)
)
"""Events that are the context of later ones."""


def _prepares(event: AnyEvent) -> bool:
    """Whether an event that makes no step of its own is shown with the step after it.

    A function that begins is not: names may be bound in it that belong to the step before.
    """
    return type(event) in _PREPARES and not (isinstance(event, ev.Entered) and event.kind == "function")


class StepCutter:
    """Feed it events in order; ``steps`` are the steps so far. The last one may still grow."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.stops: list[int] = []
        self._main: AnyEvent | None = None
        self._loops: list[tuple[Span | None, int]] = []
        self._runs: list[int] = []
        """The passes under way, outermost first."""
        self._passing: set[int] = set()
        """Tensors made while a pass ran: those of its hooks."""
        self._leaves: set[int] = set()
        self._grads: set[int] = set()

    def feed(self, place: int, event: AnyEvent) -> None:
        kind = type(event)
        phase = self._phase(event) if kind in _MAKES else None
        if phase is None:
            nothing_prepared = bool(self.steps) and self.steps[-1].stop == place
            if nothing_prepared and (self._belongs(event) or not _prepares(event)):
                self._grow(place + 1)
        elif self._joins(event, phase):
            self._grow(place + 1)
        else:
            self._begin(place, event, phase)
        if kind in _FRAMES:
            self._follow(event)

    def _begin(self, place: int, event: AnyEvent, phase: Phase) -> None:
        last = self.steps[-1] if self.steps else None
        turn = tuple(index for _, index in self._loops)
        run = self._runs[-1] if self._runs else None
        group = 0
        if last is not None:
            same = (last.turn, last.phase, last.run) == (turn, phase, run)
            group = last.group if same else last.group + 1
        start = last.stop if last is not None else 0
        self.steps.append(Step(start, place + 1, place, phase, event.span, turn, run, group))
        self.stops.append(place + 1)
        self._main = event

    def _grow(self, stop: int) -> None:
        s = self.steps[-1]
        self.steps[-1] = Step(s.start, stop, s.main, s.phase, s.span, s.turn, s.run, s.group)
        self.stops[-1] = stop

    def _belongs(self, event: AnyEvent) -> bool:
        """Whether what is usually shown with the next step is about the last one."""
        main = self._main
        match event:
            case ev.HookRan():
                return isinstance(main, ev.NodeRan) and main.node == event.node
            case ev.Taken():
                made, span = None if main is None else main.span, event.span
                return made is not None and span is not None and span.start <= made.start and made.stop <= span.stop
        return False

    def _phase(self, event: AnyEvent) -> Phase | None:
        """The phase of the step that this event makes; None if it only accompanies others."""
        match event:
            case ev.Created():
                return None if event.how in ("", "grad") or self._runs else Phase.LEAVES
            case ev.Applied():
                if event.within is not None or self._runs:
                    return None
                on_grad = any(o.tensor in self._grads for o in event.inputs if o.tensor is not None)
                by_hand = event.link is None and not event.grad_mode and on_grad
                return Phase.UPDATE if by_hand else Phase.FORWARD
            case ev.Edited():
                if event.tensor in self._passing:
                    return None
                if event.link is not None:
                    return Phase.FORWARD
                fills = event.op in INITIALISERS and event.tensor in self._leaves
                return Phase.LEAVES if fills and not self._runs and not self._grads else Phase.UPDATE
            case ev.NodeRan():
                return Phase.BACKWARD
            case ev.GradAssigned():
                return None if self._runs else Phase.UPDATE
            case ev.Printed() | ev.Plotted():
                return Phase.OUTPUT
            case ev.Failed():
                return Phase.ERROR
        return None

    def _joins(self, event: AnyEvent, phase: Phase) -> bool:
        """Whether an event that could make a step joins the one before it instead."""
        main = self._main
        if main is None or main.span != event.span or self.steps[-1].phase is not phase:
            return False
        if self.steps[-1].turn != tuple(index for _, index in self._loops):
            return False
        match event:
            case ev.Printed() | ev.GradAssigned():
                return type(main) is type(event)
            case ev.Created():
                return event.how == "Parameter"
            case ev.Edited():
                return phase is Phase.LEAVES
        return False

    def _follow(self, event: AnyEvent) -> None:
        """Keep the context in which later events are read."""
        match event:
            case ev.Iterated():
                spans = [span for span, _ in self._loops]
                if event.span in spans:
                    del self._loops[spans.index(event.span) :]
                self._loops.append((event.span, event.index))
            case ev.LoopEnded():
                spans = [span for span, _ in self._loops]
                if event.span in spans:
                    del self._loops[spans.index(event.span) :]
            case ev.BackwardBegan():
                self._runs.append(event.run)
            case ev.BackwardEnded():
                self._runs = [run for run in self._runs if run != event.run]
                if not self._runs:
                    self._passing.clear()
            case ev.Created():
                self._leaves.add(event.tensor)
                if self._runs:
                    self._passing.add(event.tensor)
            case ev.Applied() if self._runs:
                self._passing.update(o.tensor for o in event.outputs)
            case ev.GradWritten():
                self._grads.add(event.grad)
