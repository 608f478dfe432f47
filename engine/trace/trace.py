"""Trace: the source and the events of one run. A cursor is a number of steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from engine.trace import events as ev
from engine.trace.checkpoints import Checkpoints
from engine.trace.events import AnyEvent
from engine.trace.kept import Events
from engine.trace.state import State
from engine.trace.steps import Step, StepCutter

_NOTED = frozenset((ev.Printed, ev.Warned, ev.Plotted, ev.Iterated, ev.Failed, ev.Finished))


class Trace:
    """Append-only. ``len(trace)`` is the number of steps, and the largest cursor."""

    def __init__(self, source: str, events: Iterable[AnyEvent] = ()) -> None:
        self.source = source
        self.events = Events()
        self._cutter = StepCutter()
        self._checkpoints = Checkpoints(self.events)
        self.failure: ev.Failed | None = None
        """What ended the program, if it did not run to its end."""
        self.finished = False
        self.outputs: list[int] = []
        """The numbers of the events that printed or warned."""
        self.figures: list[int] = []
        """The numbers of the events that showed a figure."""
        self.first_turn: int | None = None
        """The number of the event with which the first loop begins."""
        self.extend(events)

    def extend(self, events: Iterable[AnyEvent]) -> None:
        """Take in what happened next."""
        part, place = list(events), len(self.events)
        self._cutter.feed_all(place, part)
        for number, event in enumerate(part, place):
            if type(event) in _NOTED:
                self._note(number, event)
        self.events.extend(part)
        self._checkpoints.follow(part)

    def seal(self, data: bytes, count: int) -> None:
        """The last ``count`` events were a message; they can be kept as the message is."""
        self.events.seal(data, count)

    def _note(self, place: int, event: AnyEvent) -> None:
        match event:
            case ev.Printed() | ev.Warned():
                self.outputs.append(place)
            case ev.Plotted():
                self.figures.append(place)
            case ev.Iterated() if self.first_turn is None:
                self.first_turn = place
            case ev.Failed():
                self.failure = event
                self.finished = True
            case ev.Finished():
                self.finished = True

    @property
    def steps(self) -> list[Step]:
        return self._cutter.steps

    def __len__(self) -> int:
        return len(self._cutter.stops)

    def stop(self, cursor: int) -> int:
        """How many events have happened when ``cursor`` steps have been made."""
        if cursor <= 0:
            return 0
        if cursor >= len(self):
            return len(self.events)
        return self._cutter.stops[cursor - 1]

    def cursor_of(self, event: int) -> int:
        """The cursor whose step shows event number ``event``."""
        return min(bisect_right(self._cutter.stops, event) + 1, len(self))

    def step(self, cursor: int) -> Step | None:
        """The step that leads to ``cursor``; None at the start."""
        return self.steps[cursor - 1] if 0 < cursor <= len(self) else None

    def step_events(self, cursor: int) -> list[AnyEvent]:
        """The events of the step that leads to ``cursor``."""
        step = self.step(cursor)
        return [] if step is None else self.events[step.start : step.stop]

    def state_after(self, events: int) -> State:
        """Everything that can be known after the first ``events`` events. Treat it as read-only."""
        return self._checkpoints.at(events)

    def state_at(self, cursor: int) -> State:
        """Everything that can be known when ``cursor`` steps have been made. Treat it as read-only."""
        return self._checkpoints.at(self.stop(cursor))
