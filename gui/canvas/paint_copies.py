"""Painting copies and sums: strands where one element becomes several, or several become one."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from engine.explain.copies import Copies
from engine.layout import Route
from gui.base.theme import Theme
from gui.canvas import measure
from gui.canvas.paint_cards import _text

SPREAD = 6.0
"""Between two strands."""
MOST = 5
"""Strands that are drawn; more elements are told by the label."""
HEIGHT = 16.0


def strands(route: Route, copies: Copies, points: int = 24) -> list[QPolygonF]:
    """One line at the end with fewer elements, several at the other."""
    times = max(2, min(MOST, copies.many // copies.few))
    out = []
    for i in range(times):
        off = (i - (times - 1) / 2) * SPREAD
        line = QPolygonF()
        for k in range(points + 1):
            t = k / points
            (x, y), angle = route.at(t)
            wide = _smooth(t if copies.stretched else 1.0 - t)
            # The strands end together at the port: they part in the middle of the way.
            part = off * wide * _smooth(2.0 * (1.0 - t if copies.stretched else t))
            line.append(QPointF(x - math.sin(angle) * part, y + math.cos(angle) * part))
        out.append(line)
    return out


def _smooth(t: float) -> float:
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


def paint_strands(p: QPainter, route: Route, copies: Copies) -> None:
    """The edge as strands, in the pen that is set."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    for line in strands(route, copies):
        p.drawPolyline(line)


def paint_label(p: QPainter, at: QPointF, text: str, colour: QColor, theme: Theme) -> None:
    """How many become how many."""
    wide = measure.width(text, "sum") + 10
    box = QRectF(at.x() - wide / 2, at.y() - HEIGHT / 2, wide, HEIGHT)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme.canvas)
    p.drawRoundedRect(box, 5, 5)
    _text(p, box.left() + 5, at.y(), text, "sum", colour)
