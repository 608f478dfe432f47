"""Legend: what the colours and shapes of the picture mean, those of negative gradients only where there are some."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.base import fonts
from gui.canvas.picture import Picture
from gui.session import Session

ITEMS = (
    ("leaf", "leaf"),
    ("forward", "forward value"),
    ("gradient", "gradient"),
    ("hollow", "negative"),
    ("accumulated", "accumulated"),
    ("untracked", "not tracked"),
)
BESIDE, AFTER = 18, 11
"""From the begin of a mark to its word; from a word to the next mark."""
MOST = 200
"""Edges up to which negative gradients are looked for: of more, lines are too fine to be hollow."""


class Legend(QWidget):
    """Marks with their words, in a row."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._picture: Picture | None = None
        self._found = self._negative = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(fonts.ui(12))
        self.setAccessibleName("Legend")

    def follow(self, picture: Picture, room: int) -> None:
        """Take what is to be explained from a picture, and as much as there is room for, in px."""
        if picture is not self._picture:
            self._picture, self._found = picture, _has_negative(picture)
        self._negative = self._found
        if self._wide() > room:
            self._negative = False
        self.setFixedSize(self._wide(), 22)
        self.update()

    @property
    def words(self) -> list[str]:
        """What is explained."""
        return [text for _, text in self._items()]

    def _items(self) -> list[tuple[str, str]]:
        return [item for item in ITEMS if item[0] != "hollow" or self._negative]

    def _wide(self) -> int:
        metrics = self.fontMetrics()
        return sum(metrics.horizontalAdvance(text) + BESIDE + AFTER for _, text in self._items()) - AFTER + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._session.theme
        x = 0
        for name, text in self._items():
            if name == "hollow":
                p.setPen(QPen(theme.gradient, 1.4))
                p.setBrush(theme.canvas)
                p.drawRoundedRect(QRectF(x + 0.7, 8.2, 12.6, 5.6), 2.8, 2.8)
            else:
                p.setPen(Qt.PenStyle.NoPen)
                p.setBrush(getattr(theme, name))
                p.drawRoundedRect(QRectF(x, 7.5, 14, 7), 3.5, 3.5)
            p.setPen(theme.dim)
            p.drawText(x + BESIDE, 15, text)
            x += self.fontMetrics().horizontalAdvance(text) + BESIDE + AFTER
        p.end()


def _has_negative(picture: Picture) -> bool:
    """Whether the gradient on some edge is negative, so that its line is hollow."""
    if len(picture.stage.edges) > MOST:
        return False
    flows = [edge.flow for edge in picture.busy] + [picture.flow_at(i) for i in np.flatnonzero(picture.passed).tolist()]
    return any(flow is not None and flow.negative for flow in flows)
