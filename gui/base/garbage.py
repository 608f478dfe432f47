"""Garbage: when Python looks for cycles that nothing refers to any more."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 200


class Garbage(QObject):
    """Has the window's own clock start the cycle collector, by the collector's own thresholds.

    By itself it starts in whichever thread makes the next object. Large graphs are laid out in a thread of their own,
    and what is let go of may be Qt's: timers and widgets may be destroyed only in the thread that made them.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()

    def close(self) -> None:
        """The collector starts by itself again."""
        self._clock.stop()
        gc.enable()

    @Slot()
    def _look(self) -> None:
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, limit) in enumerate(counts) if count > limit]
        if due:
            gc.collect(due[-1])
