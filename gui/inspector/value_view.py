"""ValueView: one value whole: as torch prints it, or as heat map, histogram and table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.printing import data_text
from engine.trace.values import Value
from gui.base import fonts
from gui.base.heat_map import heat_map
from gui.inspector.histogram import Histogram
from gui.inspector.value_table import ValueTable
from gui.session import Session

FEW = 12
"""Up to so many elements a tensor is printed, from there on it has a table."""


class HeatMap(QWidget):
    """A value as squares, with its scale below."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._value: Value | None = None
        self._tall = 22
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Value) -> None:
        rows = 1 if len(value.shape) < 2 else min(16, value.size // max(1, value.shape[-1]))
        self._value, self._tall = value, min(190, max(22, 14 * rows))
        low, high = value.extremes()
        self.setAccessibleName(f"Heat map from {number(low)} to {number(high)}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, self._tall + 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._value is None:
            return
        t = self._session.theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        heat_map(p, QRectF(0.5, 0.5, self.width() - 1, self._tall), self._value, t)
        low, high = self._value.extremes()
        top = max(abs(low), abs(high))
        scale = Value.of(np.linspace(-1.0, 1.0, 41))
        heat_map(p, QRectF(0.5, self._tall + 6, self.width() - 1, 7), scale, t)
        p.setFont(fonts.mono(11))
        p.setPen(t.dim)
        line = QRectF(0, self._tall + 17, self.width(), 16)
        p.drawText(line, Qt.AlignmentFlag.AlignLeft, number(-top))
        p.drawText(line, Qt.AlignmentFlag.AlignHCenter, "0")
        p.drawText(line, Qt.AlignmentFlag.AlignRight, number(top))
        p.end()


class ValueView(QWidget):
    """Made once; ``show_value`` puts another value into it."""

    def __init__(self, session: Session, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.printed = QLabel()
        self.printed.setFont(fonts.mono(12))
        self.printed.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.printed.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.printed.setAccessibleName(name)
        self.map = HeatMap(session)
        self.histogram = Histogram(session)
        self.table = ValueTable(session, name)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        for widget in (self.printed, self.map, self.histogram, self.table):
            box.addWidget(widget)

    def show_value(self, value: Value | None) -> None:
        """A value; None where there is no gradient."""
        array = None if value is None else value.array
        many = array is not None and array.size > 1
        words = ""
        if value is None:
            words = "None"
        elif array is None:
            low, high = value.extremes()
            words = f"Too large to keep: {list(value.shape)},\nfrom {number(low)} to {number(high)}."
        elif array.size <= FEW:
            words = data_text(array, [])
        t = self._session.theme
        colour = t.faint if value is None else t.text
        self.printed.setStyleSheet(f"color: {colour.name()}; font-family: 'JetBrains Mono'; font-size: 12px;")
        self.printed.setText(words)
        self.printed.setVisible(bool(words))
        self.map.setVisible(many)
        self.histogram.setVisible(array is not None and array.size > FEW)
        self.table.setVisible(array is not None and array.size > FEW)
        if value is not None and array is not None and many:
            self.map.show_value(value)
            if array.size > FEW:
                self.histogram.show_value(value)
                self.table.show_value(value)
