"""Gutter: line numbers, and marks for the line of the step and for errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.base import fonts

if TYPE_CHECKING:
    from gui.editor.text import ProgramText

BAR = 3
"""Width of the bar at the current line."""


class Gutter(QWidget):
    """Painted beside the text; a click on a number selects the line."""

    def __init__(self, text: ProgramText) -> None:
        super().__init__(text)
        self._text = text

    def sizeHint(self) -> QSize:
        return QSize(self.wanted_width(), 0)

    def wanted_width(self) -> int:
        digits = max(2, len(str(self._text.blockCount())))
        return 22 + digits * self._text.fontMetrics().horizontalAdvance("9")

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._text
        theme = t.session.theme
        p = QPainter(self)
        p.fillRect(event.rect(), theme.panel)
        size = max(9, t.font().pixelSize() - 2)
        p.setFont(fonts.mono(size))
        block = t.firstVisibleBlock()
        top = t.blockBoundingGeometry(block).translated(t.contentOffset()).top()
        height = t.fontMetrics().height()
        while block.isValid() and top <= event.rect().bottom():
            bottom = top + t.blockBoundingRect(block).height()
            if block.isVisible() and bottom >= event.rect().top():
                number = block.blockNumber() + 1
                if number in t.error_lines:
                    p.fillRect(0, round(top), self.width(), round(bottom - top), theme.error_soft)
                    p.fillRect(0, round(top), BAR, round(bottom - top), theme.error)
                elif number in t.step_lines:
                    p.fillRect(0, round(top), self.width(), round(bottom - top), theme.line)
                    p.fillRect(0, round(top), BAR, round(bottom - top), theme.gradient)
                guilty = t.causes.lines.get(number)
                if guilty and number not in t.error_lines:
                    p.fillRect(0, round(top), BAR, round(bottom - top), t.causes.colour)
                current = number == t.textCursor().blockNumber() + 1 and t.hasFocus()
                p.setPen(theme.error if number in t.error_lines else theme.text if current else theme.faint)
                if guilty and not t.causes.fits(number):
                    self._badge(p, round(top), height, guilty[0][0])
                else:
                    p.drawText(
                        QRect(0, round(top), self.width() - 12, height),
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                        str(number),
                    )
            top = bottom
            block = block.next()
        p.end()

    def _badge(self, p: QPainter, top: int, height: int, number: int) -> None:
        """The number of a cause whose line is too full for it, in place of the line's own."""
        size = min(16, height)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._text.causes.badge(p, QRectF(self.width() - 10 - size, top + (height - size) / 2, size, size), number)
        p.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cursor = self._text.cursorForPosition(event.position().toPoint())
        cursor.movePosition(cursor.MoveOperation.StartOfBlock)
        cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
        self._text.setTextCursor(cursor)
        self._text.setFocus()
