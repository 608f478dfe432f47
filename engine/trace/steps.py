"""Cutting a stream of events into the steps that a viewer shows one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.trace import events as ev
from engine.trace.events import AnyEvent, Span
from engine.trace.fold import Fold, on


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
"""Events that are shown with the step after them, unless they make one."""
_JOINING = frozenset((ev.Printed, ev.GradAssigned, ev.Created, ev.Edited))
"""Events that make a step and may be part of the one before."""


class StepCutter(Fold):
    """Feed it events in order; ``steps`` are the steps so far. The last one may still grow."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self.stops: list[int] = []
        """Where each ends. The record of the last one says so when it is asked for: most events make it grow."""
        self._main: AnyEvent | None = None
        self._loops: list[tuple[Span | None, int]] = []
        self._turn: tuple[int, ...] = ()
        """The index in each of them."""
        self._runs: list[int] = []
        """The passes under way, outermost first."""
        self._passing: set[int] = set()
        """Tensors made while a pass ran: those of its hooks."""
        self._leaves: set[int] = set()
        self._grads: set[int] = set()

    @property
    def steps(self) -> list[Step]:
        if self._steps and self._steps[-1].stop != self.stops[-1]:
            self._steps[-1] = replace(self._steps[-1], stop=self.stops[-1])
        return self._steps

    def feed_all(self, place: int, events: Iterable[AnyEvent]) -> None:
        """Take in events, the first of which has the number ``place``."""
        on, phase_of, stops = self._on.get, _PHASES.get, self.stops
        for event in events:
            kind = type(event)
            of = phase_of(kind)
            phase = None if of is None else of(self, event)
            if phase is None:
                if stops and stops[-1] == place and (kind not in _PREPARES or self._belongs(event)):
                    stops[-1] = place + 1
            elif kind in _JOINING and self._joins(event, phase):
                stops[-1] = place + 1
            else:
                self._begin(place, event, phase)
            take = on(kind)
            if take is not None:
                take(self, place, event)
            place += 1

    def _begin(self, place: int, event: AnyEvent, phase: Phase) -> None:
        turn, start, group = self._turn, 0, 0
        run = self._runs[-1] if self._runs else None
        if self._steps:
            last = self.steps[-1]
            start = last.stop
            same = last.phase is phase and last.run == run and last.turn == turn
            group = last.group if same else last.group + 1
        self._steps.append(Step(start, place + 1, place, phase, event.span, turn, run, group))
        self.stops.append(place + 1)
        self._main = event

    def _belongs(self, event: AnyEvent) -> bool:
        """Whether what is usually shown with the next step is about the last one."""
        main = self._main
        match event:
            case ev.Entered():
                # Names may be bound in a function's call that belong to the step before.
                return event.kind == "function"
            case ev.HookRan():
                return isinstance(main, ev.NodeRan) and main.node == event.node
            case ev.Taken():
                made, span = None if main is None else main.span, event.span
                return made is not None and span is not None and span.start <= made.start and made.stop <= span.stop
        return False

    def _joins(self, event: AnyEvent, phase: Phase) -> bool:
        """Whether an event that could make a step joins the one before it instead."""
        main = self._main
        if main is None or main.span != event.span:
            return False
        last = self._steps[-1]
        if last.phase is not phase or last.turn != self._turn:
            return False
        match event:
            case ev.Printed() | ev.GradAssigned():
                return type(main) is type(event)
            case ev.Created():
                return event.how == "Parameter"
            case ev.Edited():
                return phase is Phase.LEAVES
        return False

    # --- the phase of the step that an event makes; None if it only accompanies others ---------

    def _of_created(self, event: ev.Created) -> Phase | None:
        return None if event.how in ("", "grad") or self._runs else Phase.LEAVES

    def _of_applied(self, event: ev.Applied) -> Phase | None:
        if event.within is not None or self._runs:
            return None
        if event.link is not None or event.grad_mode:
            return Phase.FORWARD
        on_grad = any(o.tensor in self._grads for o in event.inputs if o.tensor is not None)
        return Phase.UPDATE if on_grad else Phase.FORWARD

    def _of_edited(self, event: ev.Edited) -> Phase | None:
        if event.tensor in self._passing:
            return None
        if event.link is not None:
            return Phase.FORWARD
        fills = event.op in INITIALISERS and event.tensor in self._leaves
        return Phase.LEAVES if fills and not self._runs and not self._grads else Phase.UPDATE

    def _of_assigned(self, event: ev.GradAssigned) -> Phase | None:
        return None if self._runs else Phase.UPDATE

    # --- the context in which later events are read --------------------------------------------

    @on(ev.Iterated)
    def _turn_begins(self, place: int, event: ev.Iterated) -> None:
        self._leave(event.span)
        self._loops.append((event.span, event.index))
        self._turn = tuple(index for _, index in self._loops)

    @on(ev.LoopEnded)
    def _loop_ends(self, place: int, event: ev.LoopEnded) -> None:
        self._leave(event.span)
        self._turn = tuple(index for _, index in self._loops)

    def _leave(self, loop: Span | None) -> None:
        spans = [span for span, _ in self._loops]
        if loop in spans:
            del self._loops[spans.index(loop) :]

    @on(ev.BackwardBegan)
    def _pass_begins(self, place: int, event: ev.BackwardBegan) -> None:
        self._runs.append(event.run)

    @on(ev.BackwardEnded)
    def _pass_ends(self, place: int, event: ev.BackwardEnded) -> None:
        self._runs = [run for run in self._runs if run != event.run]
        if not self._runs:
            self._passing.clear()

    @on(ev.Created)
    def _created(self, place: int, event: ev.Created) -> None:
        self._leaves.add(event.tensor)
        if self._runs:
            self._passing.add(event.tensor)

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        if self._runs:
            self._passing.update(o.tensor for o in event.outputs)

    @on(ev.GradWritten)
    def _written(self, place: int, event: ev.GradWritten) -> None:
        self._grads.add(event.grad)


_PHASES: dict[type, Callable[[StepCutter, Any], Phase | None]] = {
    ev.Created: StepCutter._of_created,
    ev.Applied: StepCutter._of_applied,
    ev.Edited: StepCutter._of_edited,
    ev.NodeRan: lambda cutter, event: Phase.BACKWARD,
    ev.GradAssigned: StepCutter._of_assigned,
    ev.Printed: lambda cutter, event: Phase.OUTPUT,
    ev.Plotted: lambda cutter, event: Phase.OUTPUT,
    ev.Failed: lambda cutter, event: Phase.ERROR,
}
"""Events that may make a step."""
