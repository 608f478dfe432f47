"""Following a trace that may still grow: each event is looked at once, a slice of time at a stretch."""

from __future__ import annotations

import time

from engine.trace.fold import Fold
from engine.trace.trace import Trace

AT_ONCE = 128
"""Events between two looks at the clock."""


class Follower(Fold):
    """Feeds itself a trace's events in order."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._next = 0

    def follow(self, seconds: float | None = None) -> bool:
        """Look at what is new, for so long at most; whether there is more to look at."""
        limit = None if seconds is None else time.perf_counter() + seconds
        events = self.trace.events
        while self._next < len(events):
            part = events[self._next : self._next + AT_ONCE]
            self.feed_all(self._next, part)
            self._next += len(part)
            if limit is not None and time.perf_counter() > limit:
                return self._next < len(events)
        return False
