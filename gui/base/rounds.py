"""Rounds: work that goes over many turns of the event loop, a piece in each, so that the window is never held.

Timers of no interval would all come in one turn, and their pieces add up.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

Work = Callable[[], bool]
"""Does a piece; whether there is more to do."""


class Rounds(QObject):
    """Those at work come one after the other."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: dict[Work, None] = {}
        self._rests = False
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next)

    def add(self, work: Work) -> None:
        """Let somebody work from now on; one who is at work already goes on."""
        self._work.setdefault(work)
        self._timer.start()

    def remove(self, work: Work) -> None:
        """Let somebody work no more."""
        self._work.pop(work, None)

    def close(self) -> None:
        """Nobody works any more."""
        self._work.clear()
        self._timer.stop()

    def __contains__(self, work: Work) -> bool:
        return work in self._work

    @Slot()
    def _next(self) -> None:
        # Every other turn belongs to the painting of what the last one changed.
        self._rests = not self._rests
        if not self._work:
            self._timer.stop()
        elif self._rests:
            work = next(iter(self._work))
            del self._work[work]
            if work():
                self._work[work] = None
