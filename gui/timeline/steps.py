"""Steps: the timeline's steps for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from engine.explain.captions import caption
from engine.explain.moment import Moment
from gui.session import Session
from gui.timeline.blocks import Arrangement


class Steps:
    """All steps of the run, also those that share a block; number 0 is the first."""

    def __init__(self, session: Session, strip: QWidget, arrangement: Callable[[], Arrangement], margin: int) -> None:
        self._session = session
        self._strip = strip
        self._arrangement = arrangement
        self._margin = margin

    def count(self) -> int:
        return len(self._session.trace)

    def name(self, number: int) -> str:
        s = self._session
        step = s.trace.steps[number]
        said = caption(Moment.at(s.trace, s.scenes, number + 1)).plain()
        return f"step {number + 1} of {len(s.trace)}, {step.phase.value}: {said}"

    def rect(self, number: int) -> QRect:
        """The block that the step is in; nothing for what is not looked at."""
        block = self._arrangement().block_at(number + 1)
        if block is None:
            return QRect()
        return QRect(self._margin + int(block.x), 0, max(1, int(block.width)), self._strip.height())

    def selected(self, number: int) -> bool:
        return self._session.cursor == number + 1

    def at(self, point: QPoint) -> int:
        return self._arrangement().cursor_at(point.x() - self._margin) - 1 if self.count() else -1
