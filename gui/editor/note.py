"""NoteCard: a quiet note on a mistake that no error tells; one line until it is unfolded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.base.advice_body import AdviceBody
from gui.base.change import Change
from gui.base.icons import icon
from gui.editor.problem import ScrollCard
from gui.session import Session


class Fold(QPushButton):
    """The note's title, shortened to the room that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fold")
        self.setAccessibleName("Note")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(90)
        self._title = ""

    def set_title(self, title: str) -> None:
        self._title = title
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        room = self.width() - self.iconSize().width() - 20
        self.setText(self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room))


class NoteCard(ScrollCard):
    """The note on display, from the step on at which its mistake happens."""

    wanted = Signal(object)
    """The span of a cause that is to be shown."""
    stepped = Signal(int)
    """The step at which the mistake happens is to be shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("note", parent)
        self._session = session
        advisor = session.advisor
        self.fold = Fold()
        self.fold.setAccessibleName("Note")
        self.fold.clicked.connect(advisor.toggle)
        self.other = QPushButton()
        self.other.setToolTip("The next note")
        self.other.setAccessibleName("The next note")
        self.other.clicked.connect(advisor.next)
        self.away = QPushButton()
        self.away.setToolTip("Do not show this note again")
        self.away.setAccessibleName("Do not show this note again")
        self.away.clicked.connect(advisor.dismiss)
        self.step = QPushButton()
        self.step.setObjectName("step")
        self.step.setAccessibleName("Go to the step at which it happens")
        self.step.clicked.connect(self._step)
        self.body = AdviceBody()
        self.body.wanted.connect(self.wanted)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.fold, 1)
        head.addWidget(self.other)
        head.addWidget(self.away)
        self.box.setContentsMargins(6, 4, 6, 4)
        self.box.addLayout(head)
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(8, 0, 8, 6)
        column.setSpacing(2)
        column.addWidget(self.step, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.body)
        self.box.addWidget(self._inner)
        self.box.addStretch(1)
        session.changed.connect(self._on_change)
        self.hide()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            t = self._session.theme
            self.setStyleSheet(
                f"QFrame#note, QWidget#inside {{ background: {t.window.name()}; }}"
                f" QFrame#note {{ border-left: 3px solid {t.dim.name()}; border-top: 1px solid {t.hairline.name()}; }}"
                f" QFrame#note QPushButton {{ font-size: 12px; padding: 4px 6px; color: {t.dim.name()}; }}"
                f" QFrame#note QPushButton#fold {{ text-align: left; color: {t.text.name()}; }}"
                f" QFrame#note QPushButton#step {{ color: {t.forward.name()}; }}"
                f" QFrame#note QPushButton:hover {{ background: {t.panel.name()}; }}"
            )
            self.away.setIcon(icon("x", t.dim))
        if change & (
            Change.ADVICE | Change.CURSOR | Change.TRACE | Change.DOCUMENT | Change.THEME | Change.RUNNING | Change.MODE
        ):
            self._write()

    def _write(self) -> None:
        s = self._session
        advisor, note = s.advisor, s.advisor.note
        if note is None or s.presenting:
            self.hide()
            return
        t, notes = s.theme, advisor.notes
        line = 0 if note.span is None else s.trace.source.count("\n", 0, note.span.start) + 1
        self.fold.set_title(f"Line {line} · {note.title}" if line else note.title)
        self.fold.setIcon(icon("chevron-down" if advisor.opened else "chevron-right", t.dim))
        self.fold.setChecked(advisor.opened)
        self.fold.setAccessibleName(f"Note. {note.title}")
        self.fold.setToolTip("Fold the note" if advisor.opened else note.why)
        self.other.setText(f"{notes.index(note) + 1} of {len(notes)}")
        self.other.setVisible(len(notes) > 1)
        self._inner.setVisible(advisor.opened)
        if advisor.opened:
            self.body.write(note, s.trace.source, t, t.dim)
        cursor = s.trace.cursor_of(note.event)
        self.step.setText(f"Go to step {cursor}, where it happens")
        self.step.setVisible(cursor != s.cursor)
        self.setAccessibleName(f"Note. {note.title}. {note.why}")
        self.show()
        self.fit()

    @Slot()
    def _step(self) -> None:
        note = self._session.advisor.note
        if note is not None:
            self.stepped.emit(self._session.trace.cursor_of(note.event))
