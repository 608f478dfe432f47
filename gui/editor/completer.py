"""Completer: a list under the text cursor of what could be written there, with help on the one that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from engine.program.completion import Candidate, Completions, call_at, complete
from gui.base import fonts
from gui.base.change import Change
from gui.editor.highlight import from_utf16, utf16
from gui.editor.hover import tensor_names

if TYPE_CHECKING:
    from gui.editor.text import ProgramText

WIDTH, ROW, ROWS = 330, 24, 8
LETTERS = 2
"""Of a word that stands by itself, before the list offers itself; after a dot it comes at once."""
ROLE = Qt.ItemDataRole.UserRole


class _Row(QStyledItemDelegate):
    """Name, and its signature in a quieter colour."""

    def __init__(self, completer: Completer) -> None:
        super().__init__(completer)
        self._completer = completer

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(WIDTH - 24, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        t = self._completer.text.session.theme
        candidate: Candidate = index.data(ROLE)
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(rect, t.forward_soft)
        font = fonts.mono(12)
        painter.setFont(font)
        painter.setPen(t.forward if chosen else t.text)
        x = rect.left() + 10
        flags = Qt.AlignmentFlag.AlignVCenter
        name = QFontMetricsF(font).elidedText(candidate.name, Qt.TextElideMode.ElideRight, rect.width() - 20)
        painter.drawText(rect.adjusted(10, 0, -8, 0), flags, name)
        x += round(QFontMetricsF(font).horizontalAdvance(name)) + 4
        room = rect.right() - 10 - x
        if room > 30:
            rest = candidate.signature or candidate.kind
            painter.setPen(t.dim)
            painter.setFont(fonts.mono(11))
            shown = QFontMetricsF(fonts.mono(11)).elidedText(rest, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(x, rect.top(), room, rect.height()), flags, shown)
        painter.restore()


class Completer(QFrame):
    """The list itself. The focus stays in the text; Tab takes what is chosen, Enter too once it was chosen by key."""

    def __init__(self, text: ProgramText) -> None:
        super().__init__(text)
        self.text = text
        self._completions: Completions | None = None
        self._walked = False
        self.setObjectName("completer")
        self.list = QListWidget()
        self.list.setItemDelegate(_Row(self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Completions")
        self.list.currentRowChanged.connect(self._tell)
        self.list.itemClicked.connect(self._take_clicked)
        self.help = QLabel()
        self.help.setFont(fonts.ui(12))
        self.help.setWordWrap(True)
        self.help.setContentsMargins(10, 6, 10, 8)
        self.help.setTextFormat(Qt.TextFormat.PlainText)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 4, 1, 0)
        box.setSpacing(0)
        box.addWidget(self.list)
        box.addWidget(self.help)
        self.hide()
        text.session.changed.connect(self._on_change)
        text.cursorPositionChanged.connect(self._moved)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            t = self.text.session.theme
            self.setStyleSheet(
                f"QFrame#completer {{ background: {t.panel.name()}; border: 1px solid {t.hairline.name()};"
                f" border-radius: 8px; }} QListWidget {{ background: transparent; }}"
                f" QLabel {{ color: {t.dim.name()}; }}"
            )

    # --- opening and closing ----------------------------------------------------------------

    def offer(self, explicit: bool = False) -> None:
        """Show what could stand at the text cursor, or nothing."""
        source = self.text.toPlainText()
        position = from_utf16(source, self.text.textCursor().position())
        found = complete(source, position, tensor_names(self.text.session), explicit)
        typed = position - found.start
        enough = explicit or typed >= LETTERS or source[found.start - 1 : found.start] == "."
        if not found.candidates or not enough:
            self.hide()
            return
        if self.parentWidget() is not self.text.window():
            # Over the panels below, too: what stands above the text cursor and below it matters less.
            self.setParent(self.text.window())
        self._completions = found
        self._walked = False
        self.list.clear()
        for candidate in found.candidates:
            item = QListWidgetItem()
            item.setData(ROLE, candidate)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{candidate.name} {candidate.signature} {candidate.doc}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        """Under the word, or above it where there is no room below."""
        rows = min(ROWS, self.list.count())
        self.list.setFixedHeight(rows * ROW + 4)
        width = min(WIDTH, self.text.width() - 16)
        self.help.setFixedWidth(width - 2)
        self.setFixedWidth(width)
        self.adjustSize()
        assert self._completions is not None
        cursor = self.text.textCursor()
        cursor.setPosition(utf16(self.text.toPlainText()[: self._completions.start]))
        word = self.text.cursorRect(cursor)
        window = self.text.window()
        below = self.text.viewport().mapTo(window, word.bottomLeft())
        above = self.text.viewport().mapTo(window, word.topLeft())
        y = below.y() + 4
        if y + self.height() > window.height() - 8:
            y = above.y() - self.height() - 4
        self.move(max(4, min(below.x() - 8, window.width() - self.width() - 6)), max(4, y))

    @Slot(int)
    def _tell(self, row: int) -> None:
        item = self.list.item(row)
        if item is None:
            return
        candidate: Candidate = item.data(ROLE)
        words = f"{candidate.name}{candidate.signature}" if candidate.signature.startswith("(") else candidate.name
        self.help.setText(f"{words}\n{candidate.doc}" if candidate.doc else f"{words} · {candidate.kind}")
        if self.isVisible():
            self._place()

    @Slot()
    def _moved(self) -> None:
        """The text cursor left the word."""
        if not self.isVisible() or self._completions is None:
            return
        source = self.text.toPlainText()
        position = from_utf16(source, self.text.textCursor().position())
        start = self._completions.start
        if position < start or (not source[start:position].replace("_", "a").isalnum() and position != start):
            self.hide()

    # --- keys -------------------------------------------------------------------------------

    def takes(self, event: QKeyEvent) -> bool:
        """Deal with a key while the list is open; whether it was meant for the list."""
        if not self.isVisible():
            return False
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
            self._walked = True
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        if key == Qt.Key.Key_Tab or (key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._walked):
            self.take()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.hide()
        return False

    def follow(self, event: QKeyEvent) -> None:
        """A key has changed the text: offer anew."""
        typed = event.text()
        shortened = event.key() == Qt.Key.Key_Backspace and self.isVisible()
        if shortened or (typed and (typed.isalnum() or typed in "._")):
            self.offer()
        elif typed:
            self.hide()
            if typed in "(,":
                self._call_tip()

    def _call_tip(self) -> None:
        """Inside the brackets of a call of torch's: what it takes."""
        source = self.text.toPlainText()
        called = call_at(source, from_utf16(source, self.text.textCursor().position()), tensor_names(self.text.session))
        if called is not None and called.signature:
            self.text.tip(f"{called.name}{called.signature}", called.doc)

    def take(self) -> None:
        """Write what is chosen in the place of what was typed of it."""
        item = self.list.currentItem()
        if item is None or self._completions is None:
            return
        candidate: Candidate = item.data(ROLE)
        cursor = self.text.textCursor()
        end = cursor.position()
        cursor.setPosition(utf16(self.text.toPlainText()[: self._completions.start]))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.hide()
        cursor.insertText(candidate.name)

    @Slot(QListWidgetItem)
    def _take_clicked(self, item: QListWidgetItem) -> None:
        self.list.setCurrentItem(item)
        self.take()
