"""StopField: a condition at which the run is to stop; Enter goes there."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from gui.base import fonts


class StopField(QWidget):
    """``entered`` asks for the next place at which the condition holds; :meth:`say` tells what came of it."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setFont(fonts.mono(12))
        self.field.setPlaceholderText("Stop when…")
        self.field.setAccessibleName("Stop when")
        self.field.setToolTip("loss < 0.1, grad is nan, epoch == 20, converged. Playing stops there, too.")
        self.field.setClearButtonEnabled(True)
        self.field.returnPressed.connect(self._enter)
        self.field.textChanged.connect(self._changed)
        self.choice = QPushButton()
        self.choice.setProperty("role", "more")
        self.choice.setAccessibleName("Conditions to stop at")
        self.choice.setToolTip("Conditions to stop at")
        self.choice.setFixedWidth(28)
        self._menu = QMenu(self.choice)
        self.choice.setMenu(self._menu)
        self.next = QPushButton("Go")
        self.next.setProperty("role", "outlined")
        self.next.setAccessibleName("Go to where it holds next")
        self.next.clicked.connect(self._enter)
        self.said = QLabel()
        self.said.setFont(fonts.ui(12))
        self.said.setProperty("role", "dim")
        self.said.setWordWrap(True)
        self.said.hide()
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.choice)
        row.addWidget(self.next)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 2)
        box.setSpacing(3)
        box.addLayout(row)
        box.addWidget(self.said)

    def offer(self, conditions: list[str]) -> None:
        """What the menu proposes; choosing goes there."""
        if [action.text() for action in self._menu.actions()] != conditions:
            self._menu.clear()
            for text in conditions:
                self._menu.addAction(text, partial(self._take, text))

    def _take(self, text: str) -> None:
        self.field.setText(text)
        self._enter()

    def _enter(self) -> None:
        self.entered.emit(self.field.text())

    def _changed(self, text: str) -> None:
        self.say("")
        if not text.strip():
            self.entered.emit("")

    def say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
