"""LessonsPanel: all lessons, and what the one at hand is for; a click, or Enter, opens one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.base import fonts
from gui.base.change import Change
from gui.lessons.catalogue import Lesson, books
from gui.session import Session


class LessonsList(QListWidget):
    """Books and chapters as headings, lessons as entries."""

    chosen = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setAccessibleName("Lessons")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.fill()
        self.itemClicked.connect(self._open)

    def fill(self) -> None:
        self.clear()
        for book in books():
            self._heading(book.title, fonts.ui(13, fonts.SEMIBOLD))
            part = ""
            for lesson in book.lessons:
                divided = book.divided(lesson)
                if lesson.part != part and divided:
                    self._heading(lesson.part, fonts.ui(12, fonts.MEDIUM))
                part = lesson.part
                item = QListWidgetItem(lesson.title if not divided else f"    {lesson.title}")
                item.setFont(fonts.ui(13))
                item.setData(Qt.ItemDataRole.UserRole, lesson)
                item.setToolTip(lesson.about or lesson.full_title)
                self.addItem(item)

    def _heading(self, text: str, font: object) -> None:
        head = QListWidgetItem(text)
        head.setData(Qt.ItemDataRole.FontRole, font)
        head.setForeground(self._session.theme.dim)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        self.addItem(head)

    def mark(self) -> Lesson | None:
        """Show which lesson is open."""
        for i in range(self.count()):
            lesson = self.item(i).data(Qt.ItemDataRole.UserRole)
            if isinstance(lesson, Lesson) and lesson.full_title == self._session.title:
                self.setCurrentRow(i)
                return lesson
        self.clearSelection()
        return None

    @Slot(QListWidgetItem)
    def _open(self, item: QListWidgetItem) -> None:
        lesson = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(lesson, Lesson):
            self.chosen.emit(lesson)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._open(self.currentItem())
        else:
            super().keyPressEvent(event)


class LessonsPanel(QWidget):
    """The list, and under it a paragraph for who teaches the lesson that is open."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = LessonsList(session)
        self.about = QLabel()
        self.about.setFont(fonts.ui(13))
        self.about.setWordWrap(True)
        self.about.setContentsMargins(16, 10, 14, 12)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.list, 1)
        box.addWidget(self.about)
        self._mark()
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            self.list.fill()
        if change & (Change.DOCUMENT | Change.THEME):
            self._mark()

    def _mark(self) -> None:
        lesson = self.list.mark()
        self.about.setText(lesson.about if lesson is not None else "")
        self.about.setVisible(lesson is not None and bool(lesson.about))
