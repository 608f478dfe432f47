"""Front: the window's frame, painted at once while the panels are being made."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.base import fonts
from gui.base.theme import Theme

HEADER = 52
LEFT, RIGHT, BOTTOM = 362, 292, 148
"""Sizes of the panels at the first start."""


class Front(QWidget):
    """Panels as plain areas, where they will be. ``painted`` follows each painting."""

    painted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._theme
        w, h = self.width(), self.height()
        p = QPainter(self)
        p.fillRect(self.rect(), t.panel)
        p.fillRect(QRect(LEFT, HEADER, w - LEFT - RIGHT, h - HEADER - BOTTOM), t.canvas)
        p.setPen(t.hairline)
        p.drawLine(0, HEADER, w, HEADER)
        p.drawLine(0, h - BOTTOM, w, h - BOTTOM)
        for x in (LEFT, w - RIGHT):
            p.drawLine(x, HEADER, x, h - BOTTOM)
        p.setFont(fonts.ui(16, fonts.SEMIBOLD))
        p.setPen(t.text)
        p.drawText(16, 32, "chain")
        p.setPen(t.gradient)
        p.drawText(16 + p.fontMetrics().horizontalAdvance("chain"), 32, "rule")
        p.end()
        self.painted.emit()
