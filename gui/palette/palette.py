"""Palettes: a field and a list. Type a few letters; Enter does what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.base import fonts
from gui.base.theme import Theme
from gui.palette.entries import Entry, best
from gui.palette.rows import ENTRY, RowPainter, heading, item_of

SIZE = (560, 420)
PIXELS = 13.0
"""Size of the type where nothing is presented."""
TOP, SIDE = 64, 20
"""Between it and the window's edges."""


def pixels_in(window: QWidget, presenting: bool) -> float:
    """The size of the type in a window: at least 1/45 of its height where it is projected."""
    return max(PIXELS, window.height() / 45) if presenting else PIXELS


class CommandPalette(QDialog):
    """Over the top of the window: what can be done, the best first.

    ``ask`` gives further entries for what was typed, which come first, or says why there are none; ``pixels`` is the
    size of the type.
    """

    hint = "A command, a lesson, an op, a formula, or a card"
    name = "Command palette"

    def __init__(
        self,
        entries: Sequence[Entry],
        parent: QWidget,
        theme: Theme,
        ask: Callable[[str], Sequence[Entry] | str] = lambda typed: (),
        pixels: float = PIXELS,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._entries = entries
        self._ask = ask
        self.setObjectName("palette")
        self.setAccessibleName(self.name)
        self.setStyleSheet(f"QDialog#palette {{ border: 1px solid {theme.hairline.name()}; }}")
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.hint)
        self.field.setAccessibleName(self.hint)
        self.field.setFont(fonts.ui(pixels + 2))
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setItemDelegate(RowPainter(theme, pixels, self.list))
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 10, 10, 10)
        box.setSpacing(8)
        box.addWidget(self.field)
        box.addWidget(self.list)
        self.field.textChanged.connect(self.narrow)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        scale = max(1.0, 0.8 * pixels / PIXELS)
        top = min(TOP, max(8, (parent.height() - round(SIZE[1] * scale)) // 2))
        self.resize(
            min(round(SIZE[0] * scale), parent.width() - 2 * SIDE),
            min(round(SIZE[1] * scale), parent.height() - top - SIDE),
        )
        self.move(parent.mapToGlobal(QPoint((parent.width() - self.width()) // 2, top)))
        self.narrow("")

    @Slot(str)
    def narrow(self, query: str) -> None:
        """Show what fits, under headings as long as nothing is typed."""
        told = self._ask(query.strip()) if query.strip() else ()
        asked = [] if isinstance(told, str) else told
        found = best(query, self._entries)
        first = [e for e in found if e.asked and not e.detail][:1] if asked else []
        self.list.clear()
        group = ""
        for entry in [*first, *asked, *(e for e in found if e not in first)]:
            if entry.group and entry.group != group and not query.strip():
                self.list.addItem(heading(entry.group))
                group = entry.group
            self.list.addItem(item_of(entry))
        if not self.list.count():
            self.list.addItem(heading(told if isinstance(told, str) else "Nothing fits"))
        self._go(0, 1)

    def _go(self, row: int, step: int) -> None:
        """Choose the nearest entry from a row on in a direction."""
        while 0 <= row < self.list.count():
            if isinstance(self.list.item(row).data(ENTRY), Entry):
                self.list.setCurrentRow(row)
                if all(self.list.item(r).data(ENTRY) is None for r in range(row)):
                    self.list.scrollToTop()
                return
            row += step

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row, page = self.list.currentRow(), max(1, self.list.height() // 50)
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: page, Qt.Key.Key_PageUp: -page}
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                wanted = max(0, min(self.list.count() - 1, row + step))
                self._go(wanted, 1 if step > 0 else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem() is not None:
                    self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    @Slot(QListWidgetItem)
    def _run(self, item: QListWidgetItem) -> None:
        entry = item.data(ENTRY)
        if isinstance(entry, Entry):
            self.accept()
            entry.run()


class AddPalette(CommandPalette):
    """What can be put on the canvas: leaves, numbers, formulas, and all ops under their headings."""

    hint = "An op, a number, or a formula such as (w + x) * (w + 1)"
    name = "Add"
