"""LedgerView: what arrives at a tensor, line by line, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain.page import Ledger
from gui.base import fonts
from gui.base.theme import Theme

ROW = 31


class LedgerView(QWidget):
    """A small table: past lines plain, the present one in orange, the total in violet."""

    def __init__(self, ledger: Ledger, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ledger = ledger
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setAccessibleDescription("; ".join(f"{r.label} {r.amount}" for r in ledger.rows))
        self.setToolTip("\n".join(f"{r.label}: {r.amount}" for r in ledger.rows))

    def sizeHint(self) -> QSize:
        return QSize(200, ROW * len(self._ledger.rows) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(box, 9, 9)
        p.setClipPath(shape)
        words, amounts = fonts.ui(13), fonts.mono(13)
        for i, row in enumerate(self._ledger.rows):
            rect = QRectF(0, i * ROW + 1, self.width(), ROW)
            colour = {"now": t.gradient, "total": t.accumulated}.get(row.kind, t.text)
            back = {"now": t.gradient_soft, "total": t.accumulated_soft}.get(row.kind, t.panel)
            p.fillRect(rect, back)
            if i:
                p.setPen(QPen(t.hairline, 1))
                p.drawLine(rect.topLeft(), rect.topRight())
            bold = row.kind in ("now", "total")
            words.setWeight(fonts.SEMIBOLD if bold else fonts.ui().weight())
            inner = rect.adjusted(13, 0, -13, 0)
            amount = QFontMetricsF(amounts).elidedText(row.amount, Qt.TextElideMode.ElideMiddle, inner.width() * 0.62)
            wide = QFontMetricsF(amounts).horizontalAdvance(amount)
            p.setFont(amounts)
            p.setPen(colour)
            p.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, amount)
            p.setFont(words)
            p.setPen(colour if bold else t.dim)
            label = QFontMetricsF(words).elidedText(row.label, Qt.TextElideMode.ElideRight, inner.width() - wide - 10)
            p.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
        p.setClipping(False)
        p.setPen(QPen(t.hairline, 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(box, 9, 9)
        p.end()
