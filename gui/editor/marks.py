"""Marks: the guilty statements of the advice on display, underlined, with their numbers and words beside the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextBlock, QTextCursor

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

    def paint(self, p: QPainter) -> None:
        """Underlines, then badges at the ends of the lines; a word stands beside its badge where it fits whole."""
        t = self._text
        advice = t.session.advisor.marked
        if advice is None or not self._cursors:
            return
        theme = t.session.theme
        colour = theme.error if advice.error else theme.dim
        p.setPen(QPen(colour, 1.6))
        for cursor in self._cursors:
            for rect in t._rects(cursor):
                p.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, marks in self.lines.items():
            place = self._end_of(t.document().findBlockByNumber(line - 1))
            if place is not None:
                self._badges(p, place, marks)

    def _badges(self, p: QPainter, place: QRectF, marks: list[tuple[int, str]]) -> None:
        t = self._text
        theme = t.session.theme
        advice = t.session.advisor.marked
        assert advice is not None
        colour = theme.error if advice.error else theme.dim
        size = max(14.0, min(place.height() - 2, 0.82 * place.height()))
        words = fonts.ui(max(11, round(0.62 * place.height())))
        right = t.viewport().width() - EDGE
        # Where a line is full, its marks stand over its end.
        x = min(place.right() + GAP, right - len(marks) * (size + 3) + 3)
        middle = place.center().y()
        for number, word in marks:
            badge = QRectF(x, middle - size / 2, size, size)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(colour)
            p.drawEllipse(badge)
            p.setFont(fonts.ui(round(0.68 * size), fonts.SEMIBOLD))
            p.setPen(theme.on_accent)
            p.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number))
            x += size + 5
            p.setFont(words)
            width = p.fontMetrics().horizontalAdvance(word)
            left = (len(marks) - 1) * (size + 3)
            if x + width + left <= right:
                p.setPen(colour)
                p.drawText(QPointF(x, middle + 0.36 * words.pixelSize()), word)
                x += width + 10

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
