"""Pump: long reading in slices, so that the window is never held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

SLICE = 0.004
"""Seconds that reading may hold the window at a time."""


class Pump(QObject):
    """Calls ``read(seconds)`` again and again until it says that there is no more, then ``done``."""

    def __init__(self, read: Callable[[float], bool], done: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._read = read
        self._done = done
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.go_on)

    @property
    def busy(self) -> bool:
        """Whether there is more to read."""
        return self._timer.isActive()

    @Slot()
    def go_on(self) -> None:
        """Read a slice now, and the rest, if there is one, soon."""
        if self._read(SLICE):
            self._timer.start()
        else:
            self._timer.stop()
            self._done()
