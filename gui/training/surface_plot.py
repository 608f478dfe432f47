"""SurfacePlot: the loss over two numbers of the parameters, with the way walked so far."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QTransform
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.series.surface import Area
from engine.series.task import Floats
from gui.base.quiet_plot import colour_plot, quiet_plot
from gui.base.theme import Theme, faded, mix

LEVELS = 9
"""Contour lines."""
FINER = 6
"""A band of colour is drawn so much finer than the grid."""
ARROW = 0.18
"""Length of the gradient's arrow, as a part of the area's width."""


class SurfacePlot(QWidget):
    """Contours, darker where the loss is higher; they lie closer where it is small. The arrow is minus the gradient.

    ``tried`` tells of a point that was pressed or dragged to: what if the descent began there?
    """

    tried = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot: Any = None
        self._surface: list[Any] = []
        self._way: list[Any] = []
        self._what_if: list[Any] = []
        self._dressed: tuple[str, ...] = ()
        """Axis names and theme that the plot has."""
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.setFixedHeight(210)
        self.setAccessibleName("Loss surface")

    def prepare(self, names: tuple[str, str], theme: Theme) -> None:
        if self._plot is None:
            self._plot = quiet_plot(left=62, bottom=True)
            self._plot.viewport().installEventFilter(self)
            self._box.addWidget(self._plot)
        if self._dressed == (*names, theme.name):
            return
        self._dressed = (*names, theme.name)
        colour_plot(self._plot, theme)
        item = self._plot.getPlotItem()
        item.setLabel("bottom", names[0], color=theme.dim.name())
        item.setLabel("left", names[1], color=theme.dim.name())

    def show_surface(self, losses: Floats, area: Area, theme: Theme) -> None:
        """``losses`` is (rows, columns), from the lowest row; rows that are not computed yet are nan."""
        import pyqtgraph as pg

        self._drop(self._surface)
        levels = contour_levels(losses)
        fine = finer(losses)
        image = pg.ImageItem(_shaded(fine, levels, theme), axisOrder="row-major", autoLevels=False, levels=(0, 255))
        rect = QRectF(area.left, area.low, area.right - area.left, area.high - area.low)
        # A number of the grid is in the middle of its pixel.
        half = rect.width() / (fine.shape[1] - 1) / 2, rect.height() / (fine.shape[0] - 1) / 2
        image.setRect(rect.adjusted(-half[0], -half[1], half[0], half[1]))
        image.setZValue(-10)
        self._plot.addItem(image)
        self._surface.append(image)
        if np.isfinite(losses).all():
            for level in levels:
                line = pg.IsocurveItem(data=losses.T, level=level, pen=pg.mkPen(faded(theme.forward, 0.45), width=1))
                line.setTransform(_onto(losses, rect))
                line.setZValue(-9)
                self._plot.addItem(line)
                self._surface.append(line)
        self._plot.setXRange(area.left, area.right, padding=0)
        self._plot.setYRange(area.low, area.high, padding=0)

    def show_way(
        self, way: Floats, walked: int, gradient: tuple[float, float] | None, area: Area, theme: Theme
    ) -> None:
        """``way`` is (N, 2), of which ``walked`` points lie behind; ``gradient`` that at the last of them."""
        import pyqtgraph as pg

        self._drop(self._way)
        self._add(pg.PlotDataItem(way[:, 0], way[:, 1], pen=pg.mkPen(faded(theme.leaf, 0.35), width=1.2)))
        behind = way[:walked]
        if not len(behind):
            return
        steps = pg.PlotDataItem(behind[:, 0], behind[:, 1], pen=pg.mkPen(theme.leaf, width=2))
        if len(behind) <= 150:
            steps.setSymbol("o")
            steps.setSymbolSize(4)
            steps.setSymbolBrush(theme.leaf)
            steps.setSymbolPen(None)
        self._add(steps)
        x, y = behind[-1]
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        self._add(pg.ScatterPlotItem(x=[x], y=[y], size=11, brush=theme.leaf, pen=pg.mkPen(theme.panel, width=1.5)))
        if gradient is not None and all(map(math.isfinite, gradient)) and any(gradient):
            width, height = area.right - area.left, area.high - area.low
            long = math.hypot(gradient[0] / width, gradient[1] / height)
            end = x - gradient[0] / long * ARROW, y - gradient[1] / long * ARROW
            pen = pg.mkPen(theme.gradient, width=2.2)
            self._add(pg.PlotDataItem([x, end[0]], [y, end[1]], pen=pen))
            angle = math.degrees(
                math.atan2((end[1] - y) / height * self.height(), -(end[0] - x) / width * self.width())
            )
            head = pg.ArrowItem(angle=angle, headLen=9, tipAngle=40, brush=theme.gradient, pen=None)
            head.setPos(*end)
            self._add(head)

    def show_what_if(self, way: Floats, theme: Theme) -> None:
        """The way from another start; none for an empty one."""
        import pyqtgraph as pg

        self._drop(self._what_if)
        if not len(way):
            return
        pen = pg.mkPen(theme.accumulated, width=1.8, style=Qt.PenStyle.DashLine)
        line = pg.PlotDataItem(way[:, 0], way[:, 1], pen=pen)
        dot = pg.ScatterPlotItem(
            x=way[:1, 0], y=way[:1, 1], size=11, brush=theme.accumulated, pen=pg.mkPen(theme.panel, width=1.5)
        )
        for item in (line, dot):
            item.setZValue(6)
            self._plot.addItem(item)
            self._what_if.append(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            left = Qt.MouseButton.LeftButton
            pressed = event.type() == QEvent.Type.MouseButtonPress and event.button() == left
            dragged = event.type() == QEvent.Type.MouseMove and bool(event.buttons() & left)
            if pressed or dragged:
                at = self._plot.getPlotItem().vb.mapSceneToView(self._plot.mapToScene(event.position().toPoint()))
                self.tried.emit(at.x(), at.y())
                return True
        return super().eventFilter(watched, event)

    def _add(self, item: Any) -> None:
        item.setZValue(5)
        self._plot.addItem(item)
        self._way.append(item)

    def _drop(self, items: list[Any]) -> None:
        for item in items:
            self._plot.removeItem(item)
        items.clear()


def finer(losses: Floats) -> Floats:
    """The grid with ``FINER`` - 1 numbers between each two of it, in proportion."""
    out = losses
    for axis in (0, 1):
        count = out.shape[axis]
        at = np.linspace(0, count - 1, (count - 1) * FINER + 1)
        below = np.minimum(at.astype(int), count - 2)
        part = np.expand_dims(at - below, 1 - axis)
        out = np.take(out, below, axis) * (1 - part) + np.take(out, below + 1, axis) * part
    return out


def contour_levels(losses: Floats) -> list[float]:
    """Levels that lie closer together near the lowest loss: equal steps of the square root."""
    good = losses[np.isfinite(losses)]
    if len(good) < 2 or good.min() == good.max():
        return []
    low, high = float(good.min()), float(np.quantile(good, 0.98))
    return [low + (high - low) * (i / (LEVELS + 1)) ** 2 for i in range(1, LEVELS + 1)]


def _shaded(losses: Floats, levels: list[float], theme: Theme) -> Any:
    """Bands between the levels."""
    out = np.zeros((*losses.shape, 4), np.ubyte)
    high = mix(theme.panel, theme.forward, 0.38)
    band = np.searchsorted(levels, np.nan_to_num(losses, nan=np.inf)) / max(1, len(levels))
    good = np.isfinite(losses)
    for channel, (a, b) in enumerate(
        zip(
            (theme.panel.red(), theme.panel.green(), theme.panel.blue()),
            (high.red(), high.green(), high.blue()),
            strict=True,
        )
    ):
        out[..., channel] = (a + (b - a) * band).astype(np.ubyte)
    out[..., 3] = np.where(good, 255, 0)
    return out


def _onto(losses: Floats, rect: QRectF) -> Any:
    """From places in the grid, whose first point is the middle of a pixel, to the area."""
    rows, columns = losses.shape
    transform = QTransform()
    transform.translate(rect.left(), rect.top())
    transform.scale(rect.width() / (columns - 1), rect.height() / (rows - 1))
    return transform
