"""Tabs as in the mock: words in a row, the chosen one dark."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget


class Tabs(QWidget):
    """A head of words over a stack of pages."""

    changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.idClicked.connect(self.show_page)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(14, 6, 10, 2)
        self.head.setSpacing(6)
        self.head.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(self.head)
        box.addWidget(self.stack, 1)

    def add(self, word: str, page: QWidget) -> int:
        number = self.stack.addWidget(page)
        button = QPushButton(word)
        button.setProperty("role", "tab")
        button.setCheckable(True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._group.addButton(button, number)
        self.head.insertWidget(self.head.count() - 1, button)
        if number == 0:
            button.setChecked(True)
        return number

    def show_page(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        button = self._group.button(number)
        if button is not None:
            button.setChecked(True)
        self.changed.emit(number)

    def set_shown(self, number: int, shown: bool) -> None:
        """Whether a page can be chosen at all."""
        button = self._group.button(number)
        if button is not None:
            button.setVisible(shown)
            if not shown and self.page == number:
                self.show_page(0)

    @property
    def page(self) -> int:
        return self.stack.currentIndex()
