"""QuietAxis: an axis that paints its numbers afresh. Imported with the first plot: pyqtgraph takes long to load."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QStaticText


class QuietAxis(pg.AxisItem):  # type: ignore[misc]
    """What it shows is worked out when that changes, as pyqtgraph does; but it is painted, not played back.

    pyqtgraph keeps an axis as a QPicture, whose texts and fonts are read anew at each repaint: many times as long.
    """

    picture: Any

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._lines: list[tuple[QRectF, QColor]] = []
        self._words: list[tuple[QPointF, QStaticText]] = []

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        font: QFont = self.style["tickFont"]
        p.setFont(font)
        if self.picture is None:
            specs = self.generateDrawSpecs(p)
            _, ticks, texts = specs if specs is not None else (None, [], [])
            self._lines = [(_thin(a, b), pen.color()) for pen, a, b in ticks]
            self._words = [_placed(rect, text, font) for rect, _, text in texts]
            self.picture = True
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # A filled rectangle is much faster than a line that is seen through.
        for rect, colour in self._lines:
            p.fillRect(rect, colour)
        p.setPen(self.textPen())
        for point, word in self._words:
            p.drawStaticText(point, word)


def _thin(a: Any, b: Any) -> QRectF:
    """A line along an axis as a rectangle of one pixel's width."""
    x, y = min(a.x(), b.x()), min(a.y(), b.y())
    return QRectF(round(x), round(y), max(1.0, abs(a.x() - b.x())), max(1.0, abs(a.y() - b.y())))


def _placed(rect: QRectF, text: str, font: QFont) -> tuple[QPointF, QStaticText]:
    """A number in the middle of its place."""
    word = QStaticText(text)
    word.prepare(font=font)
    size = word.size()
    return QPointF(rect.center().x() - size.width() / 2, rect.center().y() - size.height() / 2), word
