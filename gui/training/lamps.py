"""Lamps: the four parts of a turn, lit as the cursor passes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.series.turns import Lamp, Part
from gui.base import fonts
from gui.base.theme import Theme, faded

COLOURS = {
    Part.ZERO_GRAD: "dim",
    Part.FORWARD: "forward",
    Part.BACKWARD: "gradient",
    Part.STEP: "accumulated",
}
SIGNS = {"done": "✓", "wrong": "!"}
STATES = {"off": "not yet", "now": "now", "done": "done", "wrong": "wrong"}


class Lamps(QWidget):
    """A row of four. A word and a sign say what the colour says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lamps: tuple[Lamp, ...] = ()
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Parts of the turn")

    def sizeHint(self) -> QSize:
        return QSize(200, 50)

    def show_lamps(self, lamps: tuple[Lamp, ...], theme: Theme) -> None:
        self.lamps = lamps
        self._theme = theme
        said = ", ".join(f"{lamp.part.value}: {STATES[lamp.state]}" for lamp in lamps)
        self.setAccessibleDescription(said)
        self.setToolTip("\n".join(dict.fromkeys(lamp.note for lamp in lamps if lamp.note)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._theme
        if t is None:
            return
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() / max(1, len(self.lamps))
        for i, lamp in enumerate(self.lamps):
            centre = QPointF(width * (i + 0.5), 15.0)
            colour = t.error if lamp.state == "wrong" else getattr(t, COLOURS[lamp.part])
            if i:
                p.setPen(QPen(t.hairline, 1.5))
                p.drawLine(QPointF(centre.x() - width + 14, 15.0), QPointF(centre.x() - 14, 15.0))
            if lamp.state == "now":
                p.setPen(Qt.PenStyle.NoPen)
                p.setBrush(faded(colour, 0.22))
                p.drawEllipse(centre, 13.0, 13.0)
            lit = lamp.state in ("now", "wrong")
            p.setPen(QPen(t.faint if lamp.state == "off" else colour, 1.6))
            p.setBrush(colour if lit else t.panel)
            p.drawEllipse(centre, 8.5, 8.5)
            sign = SIGNS.get(lamp.state, "")
            if sign:
                p.setFont(fonts.ui(11, fonts.SEMIBOLD))
                p.setPen(t.on_accent if lit else colour)
                p.drawText(QRectF(centre.x() - 9, centre.y() - 9, 18, 18), Qt.AlignmentFlag.AlignCenter, sign)
            p.setFont(fonts.mono(11))
            p.setPen(colour if lit else t.faint if lamp.state == "off" else t.dim)
            p.drawText(QRectF(width * i, 30, width, 18), Qt.AlignmentFlag.AlignCenter, lamp.part.value)
        p.end()
