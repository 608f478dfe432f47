"""States at any event, without folding from the beginning each time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from engine.trace.events import AnyEvent
from engine.trace.state import State

SPACING = 1024
"""Events between two checkpoints."""
LIMIT = 512
"""Checkpoints kept; when there are more, every other one is dropped and the spacing doubles."""


class Checkpoints:
    """Copies of the fold at intervals. ``at(n)`` equals folding the first n events from an empty state."""

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self._events = events
        self._spacing = SPACING
        self._places: list[int] = [0]
        self._states: list[State] = [State()]
        self._head = State()
        """The fold of all events so far: it goes along while they arrive, so that no jump has to catch up."""
        self._folded = 0
        self._latest: tuple[int, State] | None = None

    def follow(self, events: Sequence[AnyEvent]) -> None:
        """Fold the next events."""
        taken = 0
        while taken < len(events):
            part = events[taken : taken + self._spacing - self._folded % self._spacing]
            self._head.feed_all(self._folded, part)
            self._folded += len(part)
            taken += len(part)
            if self._folded % self._spacing == 0:
                self._places.append(self._folded)
                self._states.append(self._head.copy())
                self._thin_out()

    def at(self, count: int) -> State:
        """The state after the first ``count`` events."""
        if self._latest is not None and self._latest[0] == count:
            return self._latest[1]
        i = bisect_right(self._places, count) - 1
        place, state = self._places[i], self._states[i]
        if self._latest is not None and place < self._latest[0] <= count:
            place, state = self._latest
        if count == self._folded:
            place, state = count, self._head
        state = state.copy()
        state.feed_all(place, self._events[place:count])
        self._latest = (count, state)
        return state

    def _thin_out(self) -> None:
        if len(self._places) > LIMIT:
            del self._places[1::2]
            del self._states[1::2]
            self._spacing *= 2
