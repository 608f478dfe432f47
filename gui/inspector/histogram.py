"""Histogram: how a tensor's numbers are spread, and how many are no numbers at all."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain.numbers import number
from engine.trace.values import Value
from gui.base import fonts
from gui.session import Session

BINS = 24
TALL = 56
SAMPLE = 200_000
"""Elements that are counted; of more, as many spread evenly."""


class Histogram(QWidget):
    """Bars from the smallest to the largest number, orange below zero."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._counts = np.zeros(0, np.int64)
        self._edges = np.zeros(0)
        self._odd = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Value) -> None:
        array = value.array
        assert array is not None
        flat = array.reshape(-1)[:: max(1, array.size // SAMPLE)].astype(np.float64)
        finite = flat[np.isfinite(flat)]
        self._counts, self._edges = np.histogram(finite, BINS) if finite.size else (np.zeros(0, np.int64), np.zeros(0))
        nans, infs = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
        self._odd = ", ".join(f"{n} {word}" for n, word in ((nans, "nan"), (infs, "inf")) if n)
        if finite.size:
            words = f"mean {number(float(finite.mean()))}, standard deviation {number(float(finite.std()))}"
        else:
            words = "no finite number"
        self.setAccessibleName("Histogram")
        self.setAccessibleDescription(", ".join(p for p in (words, self._odd) if p))
        self.setToolTip(self.accessibleDescription())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, TALL + 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._session.theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = int(self._counts.max()) if self._counts.size else 0
        wide = self.width() / BINS
        p.setPen(Qt.PenStyle.NoPen)
        for i, count in enumerate(self._counts.tolist()):
            tall = max(1.5, TALL * count / top) if count else 0.0
            below = (self._edges[i] + self._edges[i + 1]) / 2 < 0
            p.setBrush(t.gradient if below else t.forward)
            p.drawRoundedRect(QRectF(i * wide + 0.75, TALL - tall, wide - 1.5, tall), 1.5, 1.5)
        p.setPen(t.hairline)
        p.drawLine(0, TALL, self.width(), TALL)
        p.setFont(fonts.mono(11))
        p.setPen(t.error if self._odd else t.dim)
        line = QRectF(0, TALL + 3, self.width(), 16)
        middle = Qt.AlignmentFlag.AlignHCenter
        p.drawText(line, middle, self._odd or f"most in one bar: {top}")
        if self._edges.size:
            p.setPen(t.dim)
            p.drawText(line, Qt.AlignmentFlag.AlignLeft, number(float(self._edges[0])))
            p.drawText(line, Qt.AlignmentFlag.AlignRight, number(float(self._edges[-1])))
        p.end()
