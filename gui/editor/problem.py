"""ProblemCard: what went wrong, in full, and what to do; below the program."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from gui.base import fonts
from gui.base.change import Change
from gui.session import Session

TITLES = {
    "syntax": "This is not Python yet",
    "refused": "Not available here",
    "budget": "Stopped",
    "internal": "A fault of Chainrule",
}
NAMELESS = frozenset(("Stopped", "Refused"))
"""Failures that are no exceptions of Python's or torch's."""


class ProblemCard(QFrame):
    """torch's or Python's own message, then ours. A click goes to the line."""

    clicked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("problem")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.title = QLabel()
        self.title.setFont(fonts.ui(12, fonts.SEMIBOLD))
        self.message = QLabel()
        self.message.setFont(fonts.mono(12))
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = QLabel()
        self.hint.setProperty("role", "dim")
        self.hint.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 10)
        box.setSpacing(4)
        for label in (self.title, self.message, self.hint):
            box.addWidget(label)
        session.changed.connect(self._on_change)
        self.hide()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            t = self._session.theme
            self.setStyleSheet(
                f"QFrame#problem {{ background: {t.error_soft.name()}; border-left: 3px solid {t.error.name()}; }}"
                f" QFrame#problem QLabel {{ color: {t.text.name()}; }}"
            )
            self.title.setStyleSheet(f"color: {t.error.name()};")
        if change & (Change.RUNNING | Change.TRACE | Change.DOCUMENT):
            self._write()

    def _write(self) -> None:
        failure = self._session.problem
        if failure is None or self._session.running:
            self.setVisible(failure is not None and self.isVisible())
            return
        where = f"Line {failure.line}" if failure.line else ""
        title = TITLES.get(failure.kind, failure.type)
        self.title.setText(f"{where} · {title}" if where else title)
        name = "" if failure.type in NAMELESS else f"{failure.type}: "
        self.message.setText(_short(f"{name}{failure.message}"))
        self.message.setToolTip(f"{name}{failure.message}")
        self.hint.setText(failure.hint)
        self.hint.setVisible(bool(failure.hint))
        self.setAccessibleName(f"{title}. {failure.message}")
        self.show()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


def _short(text: str) -> str:
    return text if len(text) <= 700 else text[:699] + "…"
