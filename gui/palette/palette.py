"""CommandPalette: type a few letters, Enter runs the command or opens the lesson."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.base import fonts


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that the palette can do. ``words`` are searched like the title, but not shown."""

    title: str
    aside: str
    run: Callable[[], object]
    words: str = ""
    asked: bool = False
    """Whether it is listed only once something was typed that fits."""


def matches(query: str, text: str) -> int | None:
    """How well a text fits: 0 is best, None not at all. Letters must come in order."""
    query, text = query.lower().strip(), text.lower()
    if not query:
        return 0
    if query in text:
        return text.index(query)
    place, cost = -1, 50
    for letter in query.replace(" ", ""):
        after = text.find(letter, place + 1)
        if after < 0:
            return None
        cost += after - place - 1
        place = after
    return cost


def _fits(query: str, entry: Entry) -> int | None:
    """How well an entry fits. What is asked for must stand in it as it was typed."""
    if not entry.asked:
        return matches(query, entry.title)
    if not query:
        return None
    text = f"{entry.title} {entry.aside} {entry.words}".lower()
    return text.index(query.lower()) if query.lower() in text else None


class CommandPalette(QDialog):
    """A field and a list, over the top of the window."""

    def __init__(self, entries: list[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._entries = entries
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("A command, a lesson, or a card: its name, op, line or value")
        self.field.setFont(fonts.ui(15))
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 10, 10, 10)
        box.setSpacing(8)
        box.addWidget(self.field)
        box.addWidget(self.list)
        self.field.textChanged.connect(self.narrow)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self.resize(min(560, parent.width() - 40), 380)
        self.move(parent.mapToGlobal(QPoint((parent.width() - self.width()) // 2, 64)))
        self.narrow("")

    @Slot(str)
    def narrow(self, query: str) -> None:
        """Show what fits, the best first."""
        found = [(m, i, e) for i, e in enumerate(self._entries) if (m := _fits(query.strip(), e)) is not None]
        found.sort(key=lambda f: f[:2])
        self.list.clear()
        for _, _, entry in found:
            text = f"{entry.title}    {entry.aside}" if entry.aside else entry.title
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)
        else:
            self.list.addItem("Nothing fits")
            self.list.item(0).setFlags(Qt.ItemFlag.NoItemFlags)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row = self.list.currentRow()
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem() is not None:
                    self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    @Slot(QListWidgetItem)
    def _run(self, item: QListWidgetItem) -> None:
        entry = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(entry, Entry):
            self.accept()
            entry.run()
