"""Pump: long reading in slices, so that the window is never held."""

from __future__ import annotations

from collections.abc import Callable

from gui.base.rounds import Rounds

SLICE = 0.004
"""Seconds that reading may hold the window at a time."""


class Pump:
    """Calls ``read(seconds)`` again and again until it says that there is no more, then ``done``."""

    def __init__(self, read: Callable[[float], bool], rounds: Rounds, done: Callable[[], None] = lambda: None) -> None:
        self._read = read
        self._done = done
        self._rounds = rounds
        self.busy = False
        """Whether there is more to read."""

    def go_on(self) -> None:
        """Read a slice now, and the rest, if there is one, soon."""
        if self._piece():
            self._rounds.add(self._piece)
        else:
            self._rounds.remove(self._piece)

    def stop(self) -> None:
        """Read no more for now."""
        self.busy = False
        self._rounds.remove(self._piece)

    def _piece(self) -> bool:
        self.busy = self._read(SLICE)
        if not self.busy:
            self._done()
        return self.busy
