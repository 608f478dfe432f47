"""Fade: the last picture, going away over the next one where a switch changes what the cards say."""

from __future__ import annotations

from PySide6.QtCore import Qt, QVariantAnimation, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

FADE_MS = 220


class Fade(QWidget):
    """Lies over a widget while it fades, and lets clicks through."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self._last = QPixmap()
        self.hide()
        self._way = QVariantAnimation(self)
        self._way.setStartValue(1.0)
        self._way.setEndValue(0.0)
        self._way.setDuration(FADE_MS)
        self._way.valueChanged.connect(self._on_way)
        self._way.finished.connect(self.hide)

    def begin(self) -> None:
        """Keep what is seen now; call it before the next picture is painted."""
        self.hide()
        self._last = self._over.grab()
        self.setGeometry(self._over.rect())
        self.show()
        self._way.start()

    @Slot(object)
    def _on_way(self, _: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setOpacity(float(self._way.currentValue()))
        p.drawPixmap(0, 0, self._last)
        p.end()
