"""Ghost: what a gesture that is under way would do to the text, shown over it."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextBlock, QTextCursor

from engine.edit import Proposal
from gui.base.theme import faded, mix

if TYPE_CHECKING:
    from gui.editor.text import ProgramText

MOST = 8
"""New lines that are shown; of more, how many there are."""
CONTEXT = 40
"""Lines before and after a change among which it is looked for."""


class Ghost:
    """A proposal drawn over the program: lines that would go struck out, lines that would come in a strip below."""

    def __init__(self, text: ProgramText) -> None:
        self._text = text
        self.lines: list[tuple[int, int, list[str]]] = []
        """Per change: its first line and the one after its last, from 0, and what would stand there."""

    def show(self, proposal: Proposal | None) -> None:
        """Show a proposal, or nothing."""
        lines = [] if proposal is None else changed_lines(self._text.toPlainText(), proposal)
        if lines == self.lines:
            return
        self.lines = lines
        if lines:
            self._bring_into_sight(lines[0][0])
        self._text.viewport().update()

    def _bring_into_sight(self, line: int) -> None:
        text = self._text
        block = text.document().findBlockByNumber(min(line, text.blockCount() - 1))
        y = text.blockBoundingGeometry(block).translated(text.contentOffset()).bottom()
        if not 0 <= y <= text.viewport().height() - 40:
            bar = text.verticalScrollBar()
            bar.setValue(
                max(0, block.firstLineNumber() - text.viewport().height() // (3 * text.fontMetrics().height()))
            )

    def paint(self, p: QPainter) -> None:
        """Over the text, in the viewport."""
        for first, stop, new in self.lines:
            self._strike(p, first, stop)
            self._strip(p, first, stop, new)

    def _block(self, number: int) -> QTextBlock:
        return self._text.document().findBlockByNumber(number)

    def _strike(self, p: QPainter, first: int, stop: int) -> None:
        text, theme = self._text, self._text.session.theme
        for number in range(first, stop):
            block = self._block(number)
            if not block.isValid() or not block.text().strip():
                continue
            box = text.blockBoundingGeometry(block).translated(text.contentOffset())
            p.fillRect(QRectF(0, box.top(), text.viewport().width(), box.height()), faded(theme.error, 0.1))
            words = block.text()
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + len(words) - len(words.lstrip()))
            cursor.setPosition(block.position() + len(words), QTextCursor.MoveMode.KeepAnchor)
            p.setPen(QPen(theme.error, 1.2))
            for row in text.rects(cursor):
                middle = row.top() + row.height() * 0.55
                p.drawLine(QPointF(row.left(), middle), QPointF(row.right(), middle))

    def _strip(self, p: QPainter, first: int, stop: int, new: list[str]) -> None:
        if not new:
            return
        text, theme = self._text, self._text.session.theme
        shown = new if len(new) <= MOST else [*new[: MOST - 1], f"… {len(new) - MOST + 1} more lines"]
        height = text.fontMetrics().height()
        box = QRectF(0, self._top(first, stop), text.viewport().width(), height * len(shown) + 4)
        if box.bottom() > text.viewport().height():
            # At the end of the view it stands above the line's end rather than out of sight.
            box.moveBottom(text.viewport().height() - 1)
        p.fillRect(box, mix(theme.panel, theme.leaf, 0.1))
        p.fillRect(QRectF(0, box.top(), 3, box.height()), theme.leaf)
        p.setPen(QPen(faded(theme.leaf, 0.5), 1))
        p.drawLine(box.topLeft(), box.topRight())
        p.drawLine(box.bottomLeft(), box.bottomRight())
        p.setFont(text.font())
        p.setPen(theme.leaf)
        left = text.contentOffset().x() + text.document().documentMargin()
        for i, line in enumerate(shown):
            row = QRectF(left, box.top() + 2 + i * height, box.width() - left, height)
            p.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, line)

    def _top(self, first: int, stop: int) -> float:
        """Below the lines that would go, or below the line after which new ones would come."""
        last = max(first, stop) - 1
        if last < 0:
            return 0.0
        box = self._text.blockBoundingGeometry(self._block(last)).translated(self._text.contentOffset())
        return box.bottom()


def changed_lines(source: str, proposal: Proposal) -> list[tuple[int, int, list[str]]]:
    """The lines that a proposal changes: ``(first, stop, new lines)``, from 0, in the order of the text."""
    old, new = source.split("\n"), proposal.apply(source).split("\n")
    head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - head
    tail = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=len(middle_old) > CONTEXT)
    return [(head + i, head + j, middle_new[k:m]) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]
