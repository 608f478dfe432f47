"""FindBar: search in the program, with the number of hits, from the keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from gui.editor.text import ProgramText


class FindBar(QWidget):
    """Ctrl+F: Enter and Shift+Enter go through the hits, Esc closes."""

    def __init__(self, text: ProgramText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in the program")
        self.field.setAccessibleName("Find in the program")
        self.count = QLabel("")
        self.count.setProperty("role", "dim")
        close = QPushButton("Close")
        close.clicked.connect(self.leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 6)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        row.addWidget(close)
        self.field.textChanged.connect(self._changed)
        self.hide()

    @Slot()
    def enter(self) -> None:
        selected = self._text.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._changed()

    @Slot()
    def leave(self) -> None:
        self.hide()
        self._text.setFocus()

    @Slot()
    def _changed(self) -> None:
        wanted = self.field.text()
        hits = self._text.toPlainText().lower().count(wanted.lower()) if wanted else 0
        self.count.setText("" if not wanted else f"{hits} found" if hits else "nothing found")
        if wanted and hits:
            cursor = self._text.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._text.setTextCursor(cursor)
            self.go(False)

    def go(self, backward: bool) -> None:
        """To the next hit, from the other end after the last one."""
        wanted = self.field.text()
        if not wanted:
            return
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        if not self._text.find(wanted, flags):
            cursor = self._text.textCursor()
            end = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
            cursor.movePosition(end)
            self._text.setTextCursor(cursor)
            self._text.find(wanted, flags)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)
