"""Edits of the program's text that come from elsewhere than the keyboard: dragged numbers, sliders, gestures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from engine.edit import TextEdit
from gui.editor.highlight import utf16


def write(editor: QPlainTextEdit, edits: Sequence[TextEdit], joins: bool) -> None:
    """Make the edits, which do not overlap; one step to undo, that of the last call if it ``joins`` it."""
    text = editor.toPlainText()
    cursor = QTextCursor(editor.document())
    if joins:
        cursor.joinPreviousEditBlock()
    else:
        cursor.beginEditBlock()
    # From the end, so that the places of those before stay right.
    for edit in sorted(edits, key=lambda e: (-e.span.start, -e.span.stop)):
        cursor.setPosition(utf16(text[: edit.span.start]))
        cursor.setPosition(utf16(text[: edit.span.stop]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(edit.text)
    cursor.endEditBlock()
