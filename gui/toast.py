"""Toast: a line at the bottom of the window that goes away by itself."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

from gui.base import fonts
from gui.base.theme import Theme

TOAST_MS = 6000
MOST = 720
"""Pixels that it is wide at most."""
MARGIN = 24
"""Between it and the bottom of the window."""


class Toast(QLabel):
    """Lies over ``window``, in its middle."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setFont(fonts.ui(13))
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)

    def tell(self, text: str, error: bool, theme: Theme) -> None:
        back, fore = (theme.error_soft, theme.error) if error else (theme.text, theme.panel)
        self.setStyleSheet(f"background: {back.name()}; color: {fore.name()}; border-radius: 9px; padding: 9px 16px;")
        self.setText(text)
        most = max(240, min(MOST, self._window.width() - 80))
        # A label that wraps would rather be narrow and high.
        wide = min(most, self.fontMetrics().horizontalAdvance(text) + 40)
        self.setFixedWidth(wide)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._timer.start(TOAST_MS)

    def place(self) -> None:
        """Follow the size of the window."""
        window = self._window
        self.move((window.width() - self.width()) // 2, window.height() - self.height() - MARGIN)
