"""Motion: the item of the canvas that paints what moves in the step at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.base.crash import reported
from gui.canvas import painting
from gui.canvas.placed import union

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Motion(QGraphicsItem):
    """What moves in the step at hand."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__()
        self._view = view
        self._rect = QRectF()
        self._parts: list[QRectF] = []

    def boundingRect(self) -> QRectF:
        return self._rect

    def place(self, parts: list[QRectF]) -> None:
        """Stand where the step at hand moves something; what moved before is painted over."""
        self.go_on()
        self._parts = parts
        rect = union(parts)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.go_on()

    def go_on(self) -> None:
        """The step is further on its way."""
        for part in self._parts:
            self.update(part)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        v = self._view
        if v.session.paths.found is not None:
            return
        with reported():
            painting.paint_moving(painter, v.picture, v.session.theme, v.zoom, v.session.progress)
