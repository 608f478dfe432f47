"""Rows of palettes: a title with what stands at its right, a line of help below, headings between."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.base import fonts
from gui.base.theme import Theme, faded
from gui.palette.entries import Entry

ENTRY = Qt.ItemDataRole.UserRole
SIDE, GAP = 10, 16
"""Beside a row's text, and between its title and what stands at the right."""
HALF = 0.55
"""Share of a row that what stands at the right may take."""


class RowPainter(QStyledItemDelegate):
    """Paints entries, and headings, which are items without one. ``pixels`` is the size of a title."""

    def __init__(self, theme: Theme, pixels: float, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.title = fonts.ui(pixels)
        self.aside = fonts.mono(pixels - 1)
        self.detail = fonts.ui(pixels - 1)
        self.heading = fonts.ui(pixels - 1, fonts.SEMIBOLD)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        entry = index.data(ENTRY)
        if not isinstance(entry, Entry):
            return QSize(0, _height(self.heading) + 12)
        high = _height(self.title) + 10
        return QSize(0, high + _height(self.detail) + 1 if entry.detail else high)

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        t, entry = self._theme, index.data(ENTRY)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        text = rect.adjusted(SIDE, 5, -SIDE, -5)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not isinstance(entry, Entry):
            p.setFont(self.heading)
            p.setPen(t.dim)
            p.drawText(text.adjusted(0, 4, 0, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))
            p.restore()
            return
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(state & QStyle.StateFlag.State_Selected)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(t.forward_soft if selected else faded(t.forward_soft, 0.4))
            p.drawRoundedRect(rect, 6, 6)
        line = QRect(text.left(), text.top(), text.width(), _height(self.title))
        room = line.width()
        if entry.aside:
            shown = _cut(self.aside, entry.aside, round(HALF * room))
            p.setFont(self.aside)
            p.setPen(t.dim)
            p.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
            room -= QFontMetrics(self.aside).horizontalAdvance(shown) + GAP
        p.setFont(self.title)
        p.setPen(t.text)
        p.drawText(line, Qt.AlignmentFlag.AlignVCenter, _cut(self.title, entry.title, room))
        if entry.detail:
            below = QRect(text.left(), line.bottom() + 2, text.width(), _height(self.detail))
            p.setFont(self.detail)
            p.setPen(t.dim)
            p.drawText(below, Qt.AlignmentFlag.AlignVCenter, _cut(self.detail, entry.detail, below.width()))
        p.restore()


def item_of(entry: Entry) -> QListWidgetItem:
    """An item for an entry; its text is what a screen reader says."""
    item = QListWidgetItem("    ".join(part for part in (entry.title, entry.aside, entry.detail) if part))
    item.setData(ENTRY, entry)
    return item


def heading(title: str) -> QListWidgetItem:
    """An item that cannot be chosen."""
    item = QListWidgetItem(title)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _height(font: QFont) -> int:
    return QFontMetrics(font).height()


def _cut(font: QFont, text: str, room: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
