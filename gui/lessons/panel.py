"""LessonsPanel: the list of lessons; a click, or Enter, opens one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from gui.base import fonts
from gui.base.change import Change
from gui.lessons.catalogue import Lesson, lessons
from gui.session import Session


class LessonsPanel(QListWidget):
    """Chapters as headings, sections as entries."""

    chosen = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setAccessibleName("Lessons")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fill()
        self.itemClicked.connect(self._open)
        session.changed.connect(self._on_change)

    def _fill(self) -> None:
        self.clear()
        part = ""
        for lesson in lessons():
            alone = sum(other.part == lesson.part for other in lessons()) == 1
            if lesson.part != part and not alone:
                head = QListWidgetItem(lesson.part)
                head.setFont(fonts.ui(12, fonts.MEDIUM))
                head.setForeground(self._session.theme.dim)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self.addItem(head)
            part = lesson.part
            item = QListWidgetItem(lesson.title if alone else f"    {lesson.title}")
            item.setFont(fonts.ui(13))
            item.setData(Qt.ItemDataRole.UserRole, lesson)
            item.setToolTip(lesson.full_title)
            self.addItem(item)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            self._fill()
        if change & (Change.DOCUMENT | Change.THEME):
            self._mark()

    def _mark(self) -> None:
        for i in range(self.count()):
            lesson = self.item(i).data(Qt.ItemDataRole.UserRole)
            if isinstance(lesson, Lesson) and lesson.full_title == self._session.title:
                self.setCurrentRow(i)
                return
        self.clearSelection()

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
