"""ProblemCard: what went wrong, in full, what caused it, and what to do; below the program."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.edit.bare import Bare, in_program
from engine.trace import events as ev
from gui.base import fonts
from gui.base.advice_body import AdviceBody, breakable
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
LEAST = 30
"""A card is never smaller."""
BAR = 3
"""Width of the bar at the left."""
SHARE = 0.62
"""How much of the column a card may take where the program needs the rest; beyond that it scrolls."""


class ScrollCard(QFrame):
    """A card as high as what it says, up to its share of the column that it stands in."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.inside = QWidget()
        self.inside.setObjectName("inside")
        self.box = QVBoxLayout(self.inside)
        self.box.setContentsMargins(14, 10, 14, 10)
        self.box.setSpacing(6)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.inside)
        self.inside.installEventFilter(self)
        self.beside: Callable[[], int] = lambda: sys.maxsize
        """The height that what else is in the column needs; what is left is free to be taken."""

    def event(self, event: QEvent) -> bool:
        column = self.parentWidget()
        if event.type() == QEvent.Type.ParentChange and column is not None:
            column.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The words know their height only when they have been given their fonts.
        if event.type() == (QEvent.Type.LayoutRequest if watched is self.inside else QEvent.Type.Resize):
            self.fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Take the height that the words need at this width."""
        column = self.parentWidget()
        width = self.width() - BAR
        if column is None or width < LEAST:
            return
        room = max(round(SHARE * column.height()), column.height() - self.beside())
        self.setFixedHeight(max(LEAST, min(self._needed(width), room)))
        # No layout does this: what it does at a resize is undone if that makes the card resize itself.
        self.area.setGeometry(BAR, 0, width, self.height())

    def _needed(self, width: int) -> int:
        if not self.box.hasHeightForWidth():
            return self.box.totalSizeHint().height()
        # Narrower than this it is scrolled sideways.
        least = self.box.totalMinimumSize().width()
        return self.box.totalHeightForWidth(max(width, least))


class ProblemCard(ScrollCard):
    """torch's or Python's own message, then ours. A click goes to the line, a click on a cause to the cause's."""

    clicked = Signal()
    wanted = Signal(object)
    """The span of a cause that is to be shown."""
    mended = Signal(object)
    """The bare expression at which the program ended, whose unknown names are to become leaves."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("problem", parent)
        self._session = session
        self._bare: Bare | None = None
        self._read: ev.Failed | None = None
        """The failure for which it was found."""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.title = QLabel()
        self.title.setFont(fonts.ui(12, fonts.SEMIBOLD))
        self.title.setWordWrap(True)
        self.message = QLabel()
        self.message.setFont(fonts.mono(12))
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = QLabel()
        self.hint.setProperty("role", "dim")
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        self.body = AdviceBody()
        self.body.wanted.connect(self.wanted)
        self.leaves = QPushButton("Make leaves…")
        self.leaves.setProperty("role", "outlined")
        self.leaves.setCursor(Qt.CursorShape.ArrowCursor)
        self.leaves.clicked.connect(self._mend)
        for widget in (self.title, self.message, self.hint, self.body):
            self.box.addWidget(widget)
        self.box.addWidget(self.leaves, 0, Qt.AlignmentFlag.AlignLeft)
        self.box.addStretch(1)
        session.changed.connect(self._on_change)
        self.hide()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            t = self._session.theme
            self.setStyleSheet(
                f"QFrame#problem, QWidget#inside {{ background: {t.error_soft.name()}; }}"
                f" QFrame#problem {{ border-left: 3px solid {t.error.name()}; }}"
                f" QFrame#problem QLabel {{ color: {t.text.name()}; }}"
            )
            self.title.setStyleSheet(f"color: {t.error.name()};")
        if change & (Change.RUNNING | Change.TRACE | Change.DOCUMENT | Change.THEME | Change.ADVICE):
            self._write()

    def _write(self) -> None:
        s = self._session
        failure, advice = s.problem, s.advisor.error
        if failure is None or s.running or s.advisor.opened:
            self.setVisible(failure is not None and s.running and self.isVisible())
            return
        where = f"Line {failure.line}" if failure.line else ""
        title = TITLES.get(failure.kind, failure.type) if advice is None else advice.title
        self.title.setText(f"{where} · {title}" if where else title)
        name = "" if failure.type in NAMELESS else f"{failure.type}: "
        self.message.setText(breakable(f"{name}{failure.message}"))
        self.hint.setText(failure.hint)
        self.hint.setVisible(bool(failure.hint) and advice is None)
        self._offer(failure)
        self.body.setVisible(advice is not None)
        if advice is None:
            self.body.clear()
        else:
            self.body.write(advice, s.source, s.theme, s.theme.error)
        self.setAccessibleName(f"{title}. {failure.message}")
        self.area.verticalScrollBar().setValue(0)
        self.show()
        self.fit()

    def _offer(self, failure: ev.Failed) -> None:
        """Offer to make leaves of a bare expression's unknown names."""
        if failure is not self._read:
            self._bare, self._read = in_program(self._session.source, failure), failure
        bare = self._bare
        self.leaves.setVisible(bare is not None)
        if bare is not None:
            names = bare.formula.unknown
            several = ", ".join(names[:-1]) + " and " + names[-1] + " leaves" if len(names) > 1 else ""
            one = f"{names[0]} a leaf" if names else ""
            self.leaves.setText(f"Make {several or one}…" if names else "Write it with torch's functions…")

    @Slot()
    def _mend(self) -> None:
        if self._bare is not None:
            self.mended.emit(self._bare)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()
