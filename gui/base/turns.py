"""Turns: while a run grows, one panel after the other takes it in, each in a turn of the event loop of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from gui.base.change import Change


class Turns(QObject):
    """Panels whose work takes more than a moment put it off here, so that together they do not hold the window."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[Callable[[Change], None], Change] = {}
        self._rests = False
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next)

    def later(self, follow: Callable[[Change], None], change: Change) -> bool:
        """Whether ``follow`` will be called with the change in a turn of its own: where a run has only grown."""
        if Change.GREW not in change:
            return False
        self._waiting[follow] = self._waiting.get(follow, Change(0)) | change & ~Change.GREW
        self._timer.start()
        return True

    def forget(self) -> None:
        """All panels are told of something that is more than what they wait for."""
        self._waiting.clear()

    @Slot()
    def _next(self) -> None:
        # Every other turn belongs to the painting of what the last one changed.
        self._rests = not self._rests
        if not self._waiting:
            self._timer.stop()
        elif self._rests:
            follow = next(iter(self._waiting))
            follow(self._waiting.pop(follow))
