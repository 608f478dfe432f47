"""ProgramText: the editable text, with the step's line and expression marked, and errors underlined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLine,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QToolTip, QWidget

from engine.edit import TextEdit, literals
from engine.edit.literals import Literal
from engine.program import notebook
from engine.trace.events import Span
from gui.base import fonts
from gui.base.change import Change
from gui.editor import aids, hover, writing
from gui.editor.chosen import Chosen
from gui.editor.completer import Completer
from gui.editor.ghost import Ghost
from gui.editor.gutter import Gutter
from gui.editor.highlight import Highlighter, from_utf16, numbers, utf16
from gui.editor.marks import Marks
from gui.editor.number_drag import NumberDrag
from gui.session import Session

SIZE, SIZE_PRESENTING = 13, 24


class ProgramText(QPlainTextEdit):
    """The one place where the program is edited. Its undo stack is the app's.

    ``noted`` tells in a sentence what was done to a pasted text.
    """

    noted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.step_lines: set[int] = set()
        self.error_lines: set[int] = set()
        self._error_span: Span | None = None
        self._setting = False
        self._live = False
        self._drag: tuple[NumberDrag, int] | None = None
        """The number that is being dragged, and from where."""
        self._marks: list[QTextCursor] = []
        self._literals: list[tuple[int, int]] = []
        self.causes = Marks(self)
        self.ghost = Ghost(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(False)
        self.setMouseTracking(True)
        self.setAccessibleName("Program")
        self.setPlaceholderText("Write PyTorch here, or choose a lesson.")
        self.set_size(SIZE)
        self.highlighter = Highlighter(self.document(), session.theme)
        self.gutter = Gutter(self)
        self.completer = Completer(self)
        self.chosen = Chosen(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_gutter)
        self.textChanged.connect(self._on_text)
        self.cursorPositionChanged.connect(self.gutter.update)
        session.changed.connect(self._on_change)
        self._make_room()

    def set_size(self, pixels: int) -> None:
        font = fonts.mono(pixels)
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" "))

    def needed_height(self) -> int:
        """The height at which the whole program is seen, in px."""
        lines = self.document().size().height()
        return math.ceil(lines * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin())

    # --- session ----------------------------------------------------------------------------

    @Slot()
    def _on_text(self) -> None:
        text = self.toPlainText()
        self._literals = [(a, b) for a, b in numbers(text) if literals.is_draggable(text[a:b])]
        if not self._setting:
            self.session.edit(text, self._live)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self.session.turns.later(self._on_change, change):
            return
        if Change.DOCUMENT in change and Change.SOURCE in change and self.toPlainText() != self.session.source:
            self.load(self.session.source)
        if Change.THEME in change:
            self.highlighter.set_theme(self.session.theme)
            self.gutter.update()
        if Change.MODE in change:
            self.set_size(SIZE_PRESENTING if self.session.presenting else SIZE)
            self._make_room()
        if change & (Change.CURSOR | Change.TRACE | Change.SOURCE | Change.RUNNING | Change.THEME | Change.ADVICE):
            self._mark()
        elif Change.SELECTION in change:
            self._mark()
            place = self.chosen.first()
            if place is not None:
                self._show(place)

    def load(self, text: str) -> None:
        """Another document: its undo history begins here."""
        self._setting = True
        self.setPlainText(text)
        self._setting = False
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def replace_all(self, text: str) -> None:
        """Another text in the same document; it can be undone."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def write(self, edits: Sequence[TextEdit], joins: bool = False) -> None:
        """Edits by hand, but not by key: the program runs with them at once. ``joins``: undone with those before."""
        self._live = True
        writing.write(self, edits, joins)
        self._live = False

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasted and dropped text: what notebooks and sessions add to Python is taken out. One step to undo."""
        if not source.hasText():
            return
        cleaned = notebook.clean(source.text())
        self.textCursor().insertText(cleaned.text)
        self.ensureCursorVisible()
        if cleaned.note:
            self.noted.emit(cleaned.note)

    def cursor_for(self, span: Span) -> QTextCursor:
        """A text cursor that selects a span (in characters; Qt counts UTF-16 units)."""
        text = self.toPlainText()
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16(text[: span.start]))
        cursor.setPosition(utf16(text[: span.stop]), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # --- marks ------------------------------------------------------------------------------

    def _mark(self) -> None:
        """Show where the step at hand is, and what went wrong where."""
        s = self.session
        selections: list[QTextEdit.ExtraSelection] = []
        self.step_lines, self.error_lines = set(), set()
        step = s.trace.step(s.cursor)
        same_text = s.trace.source == self.toPlainText()
        self._marks = []
        if step is not None and step.span is not None and same_text:
            cursor = self.cursor_for(step.span)
            lines = self._lines_of(cursor)
            self.step_lines = lines
            selections += [self._line(n, s.theme.line) for n in sorted(lines)]
            self._marks = [cursor]
        self._error_span = None
        failure = s.problem
        if failure is not None and not s.running and failure.span is not None:
            span = Span(min(failure.span.start, len(s.source)), min(failure.span.stop, len(s.source)))
            cursor = self.cursor_for(span)
            self.error_lines = self._lines_of(cursor)
            self._error_span = span
            fmt = QTextCharFormat()
            fmt.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            fmt.setUnderlineColor(s.theme.error)
            selections += [self._line(n, s.theme.error_soft) for n in sorted(self.error_lines)]
            selections.append(_selection(cursor, fmt))
        self.causes.update()
        self.setExtraSelections(selections + self.chosen.marks())
        self.gutter.update()
        self.viewport().update()
        if self._marks and not self.hasFocus():
            self._show(self._marks[0])

    def _lines_of(self, cursor: QTextCursor) -> set[int]:
        first = self.document().findBlock(cursor.selectionStart()).blockNumber() + 1
        last = self.document().findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1)).blockNumber() + 1
        return set(range(first, last + 1))

    def _line(self, number: int, colour: QColor) -> QTextEdit.ExtraSelection:
        cursor = QTextCursor(self.document().findBlockByNumber(number - 1))
        fmt = QTextCharFormat()
        fmt.setBackground(colour)
        fmt.setProperty(QTextFormat.Property.FullWidthSelection, True)
        return _selection(cursor, fmt)

    def _show(self, mark: QTextCursor) -> None:
        """Scroll so that the step's line can be seen, without moving the text cursor."""
        block = self.document().findBlock(mark.selectionStart())
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        if rect.top() < 0 or rect.bottom() > self.viewport().height():
            bar = self.verticalScrollBar()
            bar.setValue(
                max(0, block.firstLineNumber() - self.viewport().height() // (3 * self.fontMetrics().height()))
            )

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        p = QPainter(self.viewport())
        for mark in self._marks:
            p.setPen(QPen(self.session.theme.gradient, 1.6))
            for rect in self.rects(mark):
                p.drawLine(rect.left(), rect.bottom() - 1, rect.right(), rect.bottom() - 1)
        self.causes.paint(p)
        p.setPen(QPen(self.session.theme.literal, 1, Qt.PenStyle.DotLine))
        for rect in self._literal_rects():
            p.drawLine(rect.left(), rect.bottom() - 2, rect.right(), rect.bottom() - 2)
        self.ghost.paint(p)
        p.end()

    def rects(self, mark: QTextCursor) -> list[QRect]:
        """Where a stretch of text stands in the viewport, line by line."""
        out = []
        block: QTextBlock = self.document().findBlock(mark.selectionStart())
        while block.isValid() and block.position() < mark.selectionEnd():
            layout = block.layout()
            origin = self.blockBoundingGeometry(block).translated(self.contentOffset()).topLeft()
            for i in range(layout.lineCount()):
                line = layout.lineAt(i)
                begin = max(mark.selectionStart() - block.position(), line.textStart())
                end = min(mark.selectionEnd() - block.position(), line.textStart() + line.textLength())
                if begin < end:
                    x1, x2 = _x(line, begin), _x(line, end)
                    y = origin.y() + line.y() + line.height()
                    out.append(
                        QRect(round(origin.x() + x1), round(y - line.height()), round(x2 - x1), round(line.height()))
                    )
            block = block.next()
        return out

    def _literal_rects(self) -> list[QRect]:
        """The number literals in sight."""
        if not self._literals or len(self._literals) > 400:
            return []
        first = self.firstVisibleBlock().position()
        last = self.cursorForPosition(QPoint(self.viewport().width(), self.viewport().height())).position()
        text = self.toPlainText()
        out = []
        for start, stop in self._literals:
            if first - 40 <= start <= last + 40:
                out += self.rects(
                    self.cursor_for(Span(start, stop)) if not text.isascii() else self._plain(start, stop)
                )
        return out

    def _plain(self, start: int, stop: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # --- gutter -----------------------------------------------------------------------------

    @Slot()
    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter.wanted_width(), 0, 4, 0)

    @Slot(QRect, int)
    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self.gutter.scroll(0, dy)
        else:
            self.gutter.update(0, rect.y(), self.gutter.width(), rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._marks and not self.hasFocus():
            self._show(self._marks[0])
        r = self.contentsRect()
        self.gutter.setGeometry(QRect(r.left(), r.top(), self.gutter.wanted_width(), r.height()))

    # --- keys -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completer.takes(event):
            return
        self._type(event)
        self.completer.follow(event)

    def _type(self, event: QKeyEvent) -> None:
        key, mods = event.key(), event.modifiers()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not mods & Qt.KeyboardModifier.ControlModifier:
            aids.new_line(self)
        elif key == Qt.Key.Key_Tab and not mods:
            aids.indent(self, 1)
        elif key == Qt.Key.Key_Backtab:
            aids.indent(self, -1)
        elif key == Qt.Key.Key_Slash and mods & Qt.KeyboardModifier.ControlModifier:
            aids.comment(self)
        elif key == Qt.Key.Key_Period and mods & Qt.KeyboardModifier.ControlModifier:
            self.completer.offer(explicit=True)
        elif key == Qt.Key.Key_Backspace and not mods and aids.unindent_by_backspace(self):
            pass
        else:
            super().keyPressEvent(event)

    # --- dragging numbers -------------------------------------------------------------------

    def literal_at(self, point: QPoint) -> Literal | None:
        """The number literal under a point of the viewport."""
        text = self.toPlainText()
        cursor = self.cursorForPosition(point)
        if not self.cursorRect(cursor).adjusted(-12, 0, 12, 0).contains(point):
            return None
        position = from_utf16(text, cursor.position())
        for start, stop in self._literals:
            if start <= position <= stop:
                return Literal(start, stop, text[start:stop])
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._drag = None
        if event.button() == Qt.MouseButton.LeftButton and not event.modifiers():
            literal = self.literal_at(point)
            if literal is not None:
                self._drag = (NumberDrag(self, literal), point.x())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._drag is None or not event.buttons():
            over = not event.buttons() and self.literal_at(point) is not None
            self.viewport().setCursor(Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.IBeamCursor)
            super().mouseMoveEvent(event)
            return
        drag, x = self._drag
        drag.to(point.x() - x)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        super().mouseReleaseEvent(event)

    # --- help -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self.completer.isVisible():
            # Esc closes the list before it cancels a run.
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().event(event)

    def _tell(self, event: QHelpEvent) -> None:
        """What is under the pointer: an error, the value of a name at the step, a name of torch's."""
        point = self.viewport().mapFromGlobal(event.globalPos())
        cursor = self.cursorForPosition(point)
        failure = self.session.problem
        if failure is not None and cursor.blockNumber() + 1 in self.error_lines:
            text = f"{failure.type}: {failure.message}"
            text = f"{text}\n\n{failure.hint}" if failure.hint else text
        elif self.cursorRect(cursor).adjusted(-14, 0, 14, 0).contains(point):
            source = self.toPlainText()
            text = hover.tip(self.session, source, from_utf16(source, cursor.position()))
        else:
            text = self.causes.tip(cursor.blockNumber() + 1)
        QToolTip.showText(event.globalPos(), text, self)

    def tip(self, heading: str, text: str) -> None:
        """A line of help below the text cursor."""
        below = self.cursorRect().bottomLeft() + self.viewport().pos() + QPoint(0, 4)
        QToolTip.showText(self.mapToGlobal(below), f"{heading}\n{text}" if text else heading, self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.completer.hide()
        self.gutter.update()


def _selection(cursor: QTextCursor, fmt: QTextCharFormat) -> QTextEdit.ExtraSelection:
    out = QTextEdit.ExtraSelection()
    out.cursor = cursor
    out.format = fmt
    return out


def _x(line: QTextLine, position: int) -> float:
    """Where a position in a line stands; PySide gives the x and the position that was meant."""
    found: Any = line.cursorToX(position)
    return float(found[0])
