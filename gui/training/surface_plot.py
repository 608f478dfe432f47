"""SurfacePlot: the loss over two numbers of the parameters, with the way walked so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QTransform
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.series.surface import Area
from engine.series.task import Floats
from gui.base.drawn import Drawn
from gui.base.quiet_plot import colour_plot, quiet_plot, set_range
from gui.base.theme import Theme, faded, mix

LEVELS = 9
"""Contour lines."""
DOTTED = 150
"""Up to so many steps behind, each is a dot."""
FINER = 6
"""A band of colour is drawn so much finer than the grid."""
ARROW = 0.18
"""Length of an arrow that only has a direction, as a part of the area's width."""
LEAST_PX = 14.0
"""An arrow is never shorter: where steps are small their direction can still be seen."""


@dataclass(frozen=True, slots=True)
class Arrows:
    """What happens at a point: minus the gradient (times the rate, if ``scaled``), and the step that was made of it."""

    start: tuple[float, float]
    descent: tuple[float, float]
    scaled: bool
    step: tuple[float, float] | None

    @property
    def alike(self) -> bool:
        """Whether the step is minus the rate times the gradient, and nothing else."""
        if self.step is None or not self.scaled:
            return False
        size = math.hypot(*self.descent)
        return math.hypot(self.step[0] - self.descent[0], self.step[1] - self.descent[1]) <= 0.02 * size


class SurfacePlot(QWidget):
    """Contours, darker where the loss is higher; they lie closer where it is small.

    ``tried`` tells of a point that was pressed or dragged to: what if the descent began there?
    """

    tried = Signal(float, float)
    resized = Signal()
    """Lengths in pixels are others now: arrows are to be drawn again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot: Any = None
        self._drawn: Any = None
        self._dressed: tuple[str, ...] = ()
        """Axis names and theme that the plot has."""
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.setFixedHeight(230)
        self.setAccessibleName("Loss surface")

    def prepare(self, names: tuple[str, str], theme: Theme) -> None:
        if self._plot is None:
            self._plot = quiet_plot(left=62, bottom=True)
            self._plot.viewport().installEventFilter(self)
            self._plot.getPlotItem().vb.sigResized.connect(lambda _: self.resized.emit())
            self._drawn = Drawn(self._plot)
            self._box.addWidget(self._plot)
        if self._dressed == (*names, theme.name):
            return
        self._dressed = (*names, theme.name)
        colour_plot(self._plot, theme)
        item = self._plot.getPlotItem()
        item.setLabel("bottom", _short(names[0], 24), color=theme.dim.name())
        item.setLabel("left", _short(names[1], 16), color=theme.dim.name())

    def clear_surface(self) -> None:
        """The loss is another function now."""
        self._drawn.sweep("surface")

    def show_area(self, area: Area) -> None:
        """What the axes show. A surface that was drawn stays where it is."""
        set_range(self._plot, area.left, area.right, area.low, area.high)

    def show_surface(self, losses: Floats, area: Area, theme: Theme) -> None:
        """``losses`` is (rows, columns), from the lowest row; rows that are not computed yet are nan."""
        import pyqtgraph as pg

        draw = self._drawn
        levels = contour_levels(losses)
        fine = finer(losses)
        rect = QRectF(area.left, area.low, area.right - area.left, area.high - area.low)
        # A number of the grid is in the middle of its pixel.
        half = rect.width() / (fine.shape[1] - 1) / 2, rect.height() / (fine.shape[0] - 1) / 2
        draw.image("surface", _shaded(fine, levels, theme), rect.adjusted(-half[0], -half[1], half[0], half[1]))
        if np.isfinite(losses).all():
            for i, level in enumerate(levels):
                line = pg.IsocurveItem(data=losses.T, level=level, pen=pg.mkPen(faded(theme.forward, 0.45), width=1))
                line.setTransform(_onto(losses, rect))
                draw.item(f"surface line {i}", line, -9)
        draw.sweep("surface")

    def show_way(self, way: Floats, walked: int, arrows: Arrows | None, area: Area, theme: Theme) -> None:
        """``way`` is (N, 2), of which ``walked`` points lie behind; ``arrows`` are those of the step at hand."""
        draw = self._drawn
        draw.curve("way whole", way[:, 0], way[:, 1], faded(theme.leaf, 0.35), 1.2, z=4)
        behind = way[:walked]
        draw.curve("way walked", behind[:, 0], behind[:, 1], theme.leaf, 2, z=5)
        few = behind if len(behind) <= DOTTED else behind[:0]
        few = few[np.isfinite(few).all(1)]
        draw.dots("way steps", few[:, 0], few[:, 1], theme.leaf, theme.leaf, 3.5, z=5)
        here = behind[-1:][np.isfinite(behind[-1:]).all(1)]
        draw.dots("way here", here[:, 0], here[:, 1], theme.leaf, theme.panel, 11, z=7)
        if arrows is not None:
            if not arrows.alike and arrows.step is not None and any(arrows.step):
                self._arrow("way step", arrows.start, arrows.step, area, theme.accumulated, 2.4, 6.2)
            if any(arrows.descent):
                descent = arrows.descent if arrows.scaled else _sized(arrows.descent, area)
                self._arrow("way descent", arrows.start, descent, area, theme.gradient, 2.0, 6.1)
        draw.sweep("way")

    def _arrow(
        self,
        name: str,
        start: tuple[float, float],
        by: tuple[float, float],
        area: Area,
        colour: QColor,
        width: float,
        z: float,
    ) -> None:
        import pyqtgraph as pg

        box = self._plot.getPlotItem().vb
        across = max(1.0, box.width()) / (area.right - area.left)
        up = max(1.0, box.height()) / (area.high - area.low)
        length = math.hypot(by[0] * across, by[1] * up)
        if not math.isfinite(length) or length == 0:
            return
        longer = max(1.0, LEAST_PX / length)
        end = start[0] + by[0] * longer, start[1] + by[1] * longer
        draw = self._drawn
        draw.curve(name, np.array([start[0], end[0]]), np.array([start[1], end[1]]), colour, width, z=z)
        head = f"{name} head"
        item = draw[head] if head in draw else draw.item(head, pg.ArrowItem(headLen=9, tipAngle=40, pen=None), z)
        item.setStyle(angle=math.degrees(math.atan2(by[1] * up, -by[0] * across)), brush=colour)
        item.setPos(*end)
        draw.keep(head)

    def show_what_if(self, way: Floats, theme: Theme) -> None:
        """The way from another start; none for an empty one."""
        if len(way):
            draw = self._drawn
            draw.curve("if way", way[:, 0], way[:, 1], theme.accumulated, 1.8, Qt.PenStyle.DashLine, z=6)
            draw.dots("if start", way[:1, 0], way[:1, 1], theme.accumulated, theme.panel, 11, z=6)
        self._drawn.sweep("if")

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


def _short(name: str, most: int) -> str:
    """A name's end, which tells it from others."""
    name = name.removeprefix("model.")
    return name if len(name) <= most else "…" + name[1 - most :]


def _sized(direction: tuple[float, float], area: Area) -> tuple[float, float]:
    """A direction as an arrow of fixed length on the screen."""
    width, height = area.right - area.left, area.high - area.low
    long = math.hypot(direction[0] / width, direction[1] / height)
    return direction[0] / long * ARROW, direction[1] / long * ARROW


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
