"""Marks: the guilty statements of the advice on display, underlined, with their numbers and words beside the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextBlock, QTextCursor

from gui.base import fonts

if TYPE_CHECKING:
    from gui.editor.text import ProgramText

GAP = 10.0
"""Between a line's end and its first mark."""
EDGE = 6.0
"""Between the last mark and the edge."""


class Marks:
    """What the program's text paints over itself."""

    def __init__(self, text: ProgramText) -> None:
        self._text = text
        self.lines: dict[int, list[tuple[int, str]]] = {}
        """By line: the numbers and words of the causes that begin there."""
        self._cursors: list[QTextCursor] = []

    def update(self) -> None:
        """Take the advice on display, if it is about this very text."""
        t = self._text
        advisor = t.session.advisor
        advice = advisor.marked
        self.lines, self._cursors = {}, []
        if advice is None or advisor.marked_text != t.toPlainText():
            return
        for i, cause in enumerate(advice.causes, 1):
            cursor = t.cursor_for(cause.span)
            self._cursors.append(cursor)
            line = t.document().findBlock(cursor.selectionStart()).blockNumber() + 1
            self.lines.setdefault(line, []).append((i, cause.word))

    def tip(self, line: int) -> str:
        """The words of a line's marks."""
        return "\n".join(f"{number}  {word}" for number, word in self.lines.get(line, ()))

    @property
    def colour(self) -> QColor:
        advice, theme = self._text.session.advisor.marked, self._text.session.theme
        return theme.error if advice is not None and advice.error else theme.dim

    def fits(self, line: int) -> bool:
        """Whether the numbers of a line's marks have room behind its text; else the gutter shows them."""
        place = self._end_of(self._text.document().findBlockByNumber(line - 1))
        needed = GAP + len(self.lines.get(line, ())) * (self._size() + 3) + EDGE
        return place is not None and place.right() + needed <= self._text.viewport().width()

    def _size(self) -> float:
        return max(14.0, 0.82 * self._text.fontMetrics().height())

    def paint(self, p: QPainter) -> None:
        """Underlines, then badges at the ends of the lines; a word stands beside its badge where it fits whole."""
        t = self._text
        if not self._cursors:
            return
        p.setPen(QPen(self.colour, 1.6))
        for cursor in self._cursors:
            for rect in t.rects(cursor):
                p.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, marks in self.lines.items():
            place = self._end_of(t.document().findBlockByNumber(line - 1))
            if place is not None and self.fits(line):
                self._line(p, place, marks)

    def _line(self, p: QPainter, place: QRectF, marks: list[tuple[int, str]]) -> None:
        size = self._size()
        words = fonts.ui(max(11, round(0.62 * place.height())))
        right = self._text.viewport().width() - EDGE
        x, middle = place.right() + GAP, place.center().y()
        for i, (number, word) in enumerate(marks):
            self.badge(p, QRectF(x, middle - size / 2, size, size), number)
            x += size + 3
            p.setFont(words)
            width = p.fontMetrics().horizontalAdvance(word)
            if x + 2 + width + (len(marks) - i - 1) * (size + 3) <= right:
                p.setPen(self.colour)
                p.drawText(QPointF(x + 2, middle + 0.36 * words.pixelSize()), word)
                x += width + 12

    def badge(self, p: QPainter, place: QRectF, number: int) -> None:
        """A cause's number in a circle."""
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(self.colour)
        p.drawEllipse(place)
        p.setFont(fonts.ui(round(0.68 * place.height()), fonts.SEMIBOLD))
        p.setPen(self._text.session.theme.on_accent)
        p.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))

    def _end_of(self, block: QTextBlock) -> QRectF | None:
        """The last visual line of a block, as wide as its text, in the viewport."""
        t = self._text
        layout = block.layout()
        if not block.isVisible() or not layout.lineCount():
            return None
        line = layout.lineAt(layout.lineCount() - 1)
        origin = t.blockBoundingGeometry(block).translated(t.contentOffset()).topLeft()
        rect = QRectF(origin.x() + line.x(), origin.y() + line.y(), line.naturalTextWidth(), line.height())
        seen = t.viewport().rect()
        return rect if rect.bottom() >= 0 and rect.top() <= seen.height() else None
