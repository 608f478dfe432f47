"""Hands: what may take hold of the canvas before it pans, selects and walks: the gestures that edit the program."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QMenu

from gui.canvas.placed import PlacedCard, PlacedEdge


class Hands:
    """Takes hold of nothing. Each method tells whether the event is dealt with."""

    def press(self, event: QMouseEvent) -> bool:
        return False

    def move(self, event: QMouseEvent) -> bool:
        return False

    def release(self, event: QMouseEvent) -> bool:
        return False

    def double_click(self, event: QMouseEvent) -> bool:
        return False

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is theirs at the moment."""
        return False

    def key(self, event: QKeyEvent) -> None:
        """A key that they want."""

    def paint(self, p: QPainter, zoom: float) -> None:
        """What a gesture that is under way shows, in the scene, over everything."""

    def fill(self, menu: QMenu, thing: PlacedCard | PlacedEdge | None, here: QPoint) -> None:
        """Put into a menu what can be done with a thing."""
