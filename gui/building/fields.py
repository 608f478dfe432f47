"""CardField: a small field over a card, in which its value or its name is written anew."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from gui.base import fonts
from gui.base.change import Change
from gui.canvas.view import CanvasView

LEAST = 84
"""Pixels that it is wide at least."""


class CardField(QLineEdit):
    """Enter takes what was written, Esc leaves it; so does a click elsewhere."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view.viewport())
        self._view = view
        self._take: Callable[[str], bool] | None = None
        self._preview: Callable[[str], None] | None = None
        self._box = QRectF()
        self.setFrame(False)
        self.setObjectName("card_field")
        self.hide()
        self.installEventFilter(self)
        view.zoomed.connect(self._place)
        view.horizontalScrollBar().valueChanged.connect(self._place)
        view.verticalScrollBar().valueChanged.connect(self._place)
        view.session.changed.connect(self._on_change)
        self.textEdited.connect(self._edited)

    def ask(
        self, box: QRectF, text: str, says: str, take: Callable[[str], bool], preview: Callable[[str], None]
    ) -> None:
        """Open over a part of the scene with a text to be changed; ``says`` is what it is for.

        ``take`` gets what was written, and tells whether it could be used: else the field stays.
        ``preview`` gets it while it is being written, and ``""`` at the end.
        """
        self._box = box
        self._take = take
        self._preview = preview
        self.setAccessibleName(says)
        self.setToolTip(f"{says}: Enter takes it, Esc leaves it as it was")
        theme = self._view.session.theme
        self.setStyleSheet(
            f"QLineEdit#card_field {{ background: {theme.card.name()}; color: {theme.text.name()};"
            f" border: 1.5px solid {theme.forward.name()}; border-radius: 4px; padding: 0 4px; }}"
        )
        self.setText(text)
        self.selectAll()
        self._place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._place()
        if self._preview is not None:
            self._preview(text.strip())

    @Slot()
    def _place(self) -> None:
        if self._box.isNull():
            return
        view = self._view
        seen: QRect = view.mapFromScene(self._box).boundingRect()
        pixels = round(14 * max(0.8, min(2.0, view.zoom)))
        font: QFont = fonts.mono(pixels)
        self.setFont(font)
        height = max(seen.height(), pixels + 10)
        wide = max(LEAST, seen.width(), self.fontMetrics().horizontalAdvance(self.text()) + 24)
        left = max(4, min(seen.left(), view.viewport().width() - wide - 4))
        self.setGeometry(left, seen.center().y() - height // 2, min(wide, view.viewport().width() - 8), height)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        # The card may have moved, or be gone.
        if self.isVisible() and change & (Change.TRACE | Change.DOCUMENT | Change.VIEW):
            self.leave()

    def leave(self) -> None:
        """Close without taking anything."""
        if self.isVisible():
            preview, self._take, self._preview = self._preview, None, None
            if preview is not None:
                preview("")
            self.hide()
            self._view.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.leave()
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                take = self._take
                if take is None or take(self.text().strip()):
                    self.leave()
                return True
        return super().eventFilter(watched, event)
