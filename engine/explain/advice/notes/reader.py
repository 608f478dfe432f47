"""NoteReader: reads a trace that may still grow; each event is looked at once."""

from __future__ import annotations

import time
from dataclasses import replace

from engine.explain.advice.model import Advice
from engine.explain.advice.notes.accumulation import Accumulation
from engine.explain.advice.notes.broadcast import Broadcast
from engine.explain.advice.notes.depth import Depth
from engine.explain.advice.notes.hidden import HiddenEdit
from engine.explain.advice.notes.infinite import Infinite
from engine.explain.advice.notes.island import Island
from engine.explain.advice.notes.kept import KeptGraphs
from engine.explain.advice.notes.lost_leaf import LostLeaf
from engine.explain.advice.notes.non_leaf import NonLeafGrad
from engine.explain.advice.notes.order import NeverStepped, ZeroedBeforeStep
from engine.explain.advice.notes.rate import StepsTooLarge
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.graph.scenes import Scenes
from engine.trace.trace import Trace

WATCHERS: tuple[type[Watcher], ...] = (
    Accumulation,
    Broadcast,
    Depth,
    HiddenEdit,
    Infinite,
    Island,
    KeptGraphs,
    LostLeaf,
    NeverStepped,
    NonLeafGrad,
    StepsTooLarge,
    ZeroedBeforeStep,
)
AT_ONCE = 256
"""Events between two looks at the clock."""


class NoteReader:
    """``notes`` are those found so far, by the event at which each mistake happens."""

    def __init__(self, trace: Trace, scenes: Scenes) -> None:
        self.trace = trace
        self.notes: list[Advice] = []
        self._scenes = scenes
        self._next = 0
        self._over = False
        self._facts = Facts(trace, scenes)
        self._watchers = [kind(self._facts) for kind in WATCHERS]
        self._table: dict[type, list[Handler]] = {}
        self._make_table()

    def _make_table(self) -> None:
        """Which handlers an event goes to; the facts come first."""
        self._table = {}
        tables = self._facts.handlers(), self._facts.updates.handlers(), *(w.handlers() for w in self._watchers)
        for table in tables:
            for kind, handler in table.items():
                self._table.setdefault(kind, []).append(handler)

    def read(self, seconds: float | None = None) -> bool:
        """Look at what is new, for so long at most; whether there is more to look at."""
        limit = None if seconds is None else time.perf_counter() + seconds
        events = self.trace.events
        # What the scenes have not taken in yet cannot be asked about.
        stop = min(len(events), self._scenes.count)
        while self._next < stop:
            for event in events[self._next : min(stop, self._next + AT_ONCE)]:
                for handler in self._table.get(type(event), ()):
                    handler(self._next, event)
                self._next += 1
            self._collect()
            if limit is not None and time.perf_counter() > limit:
                return self._next < stop or self._has_end()
        if self._has_end():
            self._over = True
            for watcher in self._watchers:
                watcher.end(self._next - 1)
            self._collect()
        return False

    def _has_end(self) -> bool:
        return self.trace.finished and self._next == len(self.trace.events) and not self._over

    def _collect(self) -> None:
        """Take the notes of those who found something; they need to look no further."""
        done = [w for w in self._watchers if w.found is not None]
        if not done:
            return
        source = self._facts.source
        for watcher in done:
            found = watcher.found
            assert found is not None
            causes = tuple(replace(c, span=source.head(c.span)) for c in found.causes)
            self.notes.append(replace(found, causes=causes))
        self.notes = without_consequences(sorted(self.notes, key=lambda note: note.event))
        self._watchers = [w for w in self._watchers if w.found is None]
        self._make_table()


CONSEQUENCES = {"lost-leaf": ("accumulation", "non-leaf-grad"), "island": ("non-leaf-grad",)}
"""What follows from a mistake is not told beside it."""


def without_consequences(found: list[Advice]) -> list[Advice]:
    """Advice without what other advice among it already explains."""
    kinds = {advice.kind for advice in found}
    hidden = {kind for cause, kinds_ in CONSEQUENCES.items() if cause in kinds for kind in kinds_}
    return [advice for advice in found if advice.kind not in hidden]


def notes(trace: Trace, scenes: Scenes) -> list[Advice]:
    """The notes on a whole trace."""
    reader = NoteReader(trace, scenes)
    reader.read()
    return reader.notes
