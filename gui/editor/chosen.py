"""Chosen: selecting in the program selects on the canvas; what is selected there is marked in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from engine.explain.places import keys_in, spans_of
from engine.trace.events import Span
from gui.editor.highlight import from_utf16

if TYPE_CHECKING:
    from gui.editor.text import ProgramText


class Chosen(QObject):
    """What the program's text and the canvas tell each other about selections."""

    def __init__(self, text: ProgramText) -> None:
        super().__init__(text)
        self._text = text
        self._sent: tuple[str, ...] = ()
        """What a selection in the text has selected."""
        text.selectionChanged.connect(self._on_selection)

    def _same_text(self) -> bool:
        return self._text.session.trace.source == self._text.toPlainText()

    @Slot()
    def _on_selection(self) -> None:
        text = self._text
        s = text.session
        if not text.hasFocus() or not self._same_text():
            return
        cursor = text.textCursor()
        if not cursor.hasSelection():
            if self._sent and s.selected == self._sent:
                s.select(None)
            self._sent = ()
            return
        plain = text.toPlainText()
        span = Span(from_utf16(plain, cursor.selectionStart()), from_utf16(plain, cursor.selectionEnd()))
        keys = keys_in(s.moment, span)
        if keys:
            s.select(keys[0], keys[1:])
            self._sent = s.selected

    def marks(self) -> list[QTextEdit.ExtraSelection]:
        """The places of the cards that are selected on the canvas."""
        s = self._text.session
        if not s.selected or s.selected == self._sent or not self._same_text():
            return []
        fmt = QTextCharFormat()
        fmt.setBackground(s.theme.selection)
        out = []
        for span in spans_of(s.moment, s.selected):
            mark = QTextEdit.ExtraSelection()
            mark.cursor = self._text.cursor_for(span)
            mark.format = fmt
            out.append(mark)
        return out

    def first(self) -> QTextCursor | None:
        """Where the inspected card was made, to be brought into sight."""
        s = self._text.session
        if s.selection is None or s.selected == self._sent or not self._same_text():
            return None
        spans = spans_of(s.moment, (s.selection,))
        return self._text.cursor_for(spans[0]) if spans else None
