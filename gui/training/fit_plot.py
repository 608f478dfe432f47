"""FitPlot: the data, and what the model makes of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.series.fit import Fit
from gui.base.quiet_plot import colour_plot, quiet_plot
from gui.base.theme import Theme, faded

RESIDUALS = 200
"""Up to so many data points, the distance of each from the line is drawn."""
GRASP = 12.0
"""px from a point at which it can be taken hold of."""
CLASSES = ("forward", "gradient", "leaf", "accumulated")
SYMBOLS = ("o", "s", "t1", "d")
"""A class has a colour and a shape."""


class FitPlot(QWidget):
    """One input: data and line. More: prediction against target. Two inputs and classes: the surface of decisions.

    ``dragged`` tells of a data point of one input that is moved: which, to where, and whether it was under way already.
    """

    dragged = Signal(int, float, float, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fit: Fit | None = None
        self._plot: Any = None
        self._range: tuple[float, float, float, float] | None = None
        self.movable = False
        """Whether the data stand in the text as numbers."""
        self._drag: int | None = None
        self._moved = False
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.setFixedHeight(190)
        self.setAccessibleName("Fit")

    def forget(self) -> None:
        """Another program: its axes are its own."""
        self._range = None

    def show_fit(self, fit: Fit, theme: Theme) -> None:
        self.fit = fit
        if self._plot is None:
            self._plot = quiet_plot(left=40, bottom=True)
            self._plot.viewport().setMouseTracking(True)
            self._plot.viewport().installEventFilter(self)
            self._box.addWidget(self._plot)
        self._plot.clear()
        colour_plot(self._plot, theme)
        if fit.kind == "parity":
            self._parity(fit, theme)
        elif fit.x.shape[1] == 1:
            self._line(fit, theme)
        else:
            self._classes(fit, theme)
        self.setAccessibleDescription(said(fit))

    # --- dragging ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a point is being moved."""
        return self._drag is not None

    def place_of(self, index: int) -> QPoint:
        """Where a data point of one input is, in the plot's viewport."""
        assert self.fit is not None
        box = self._plot.getPlotItem().vb
        at = box.mapViewToScene(QPointF(float(self.fit.x[index, 0]), float(self.fit.target[index])))
        return QPoint(self._plot.mapFromScene(at))

    def _point_at(self, where: QPoint) -> int | None:
        fit = self.fit
        if fit is None or not self.movable or fit.kind != "line" or len(fit.x) > RESIDUALS:
            return None
        near = [(float((self.place_of(i) - where).manhattanLength()), i) for i in range(len(fit.x))]
        distance, index = min(near, default=(math.inf, 0))
        return index if distance <= GRASP else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        where = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._drag, self._moved = self._point_at(where), False
            return True
        if event.type() == QEvent.Type.MouseMove:
            if self._drag is not None and event.buttons() & Qt.MouseButton.LeftButton:
                at = self._plot.getPlotItem().vb.mapSceneToView(self._plot.mapToScene(where))
                self.dragged.emit(self._drag, at.x(), at.y(), self._moved)
                self._moved = True
                return True
            over = self._point_at(where) is not None
            self._plot.viewport().setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._drag = None
        return super().eventFilter(watched, event)

    # --- drawing ----------------------------------------------------------------------------

    def _line(self, fit: Fit, theme: Theme) -> None:
        import pyqtgraph as pg

        x = fit.x[:, 0]
        if len(x) <= RESIDUALS and not fit.classes:
            pairs = np.empty((2 * len(x), 2))
            pairs[0::2, 0] = pairs[1::2, 0] = x
            pairs[0::2, 1], pairs[1::2, 1] = fit.target, fit.prediction
            pen = pg.mkPen(faded(theme.gradient, 0.55), width=1.2)
            self._plot.plot(pairs[:, 0], pairs[:, 1], connect="pairs", pen=pen)
        line = fit.line if fit.line is not None else np.stack([np.sort(x), fit.prediction[np.argsort(x)]], 1)
        good = np.isfinite(line).all(1)
        self._plot.plot(line[good, 0], line[good, 1], pen=pg.mkPen(theme.forward, width=2.2))
        self._plot.addItem(_dots(x, fit.target, theme.text, "o", theme))
        self._frame(line[:, 0], np.concatenate([fit.target, line[good, 1]]), fit.target)

    def _parity(self, fit: Fit, theme: Theme) -> None:
        import pyqtgraph as pg

        low, high = float(np.nanmin(fit.target)), float(np.nanmax(fit.target))
        self._plot.plot(
            [low, high], [low, high], pen=pg.mkPen(theme.faint, width=1.4, style=pg.QtCore.Qt.PenStyle.DashLine)
        )
        self._plot.addItem(_dots(fit.target, fit.prediction, theme.forward, "o", theme))
        self._frame(fit.target, np.concatenate([fit.target, fit.prediction]), fit.target)

    def _classes(self, fit: Fit, theme: Theme) -> None:
        import pyqtgraph as pg

        if fit.surface is not None:
            (left, low, right, high), said_ = fit.surface
            image = pg.ImageItem(
                _tinted(said_, fit.classes, theme), axisOrder="row-major", autoLevels=False, levels=(0, 255)
            )
            image.setRect(QRectF(left, low, right - left, high - low))
            self._plot.addItem(image)
        for number in range(max(2, fit.classes)):
            mine = fit.target.round() == number
            colour = getattr(theme, CLASSES[number % len(CLASSES)])
            symbol = SYMBOLS[number % len(SYMBOLS)]
            self._plot.addItem(_dots(fit.x[mine, 0], fit.x[mine, 1], colour, symbol, theme))
        self._frame(fit.x[:, 0], fit.x[:, 1], fit.x[:, 1])

    def _frame(self, x: Any, y: Any, data: Any) -> None:
        """Axes that hold the data and grow with the line, but do not follow it into divergence nor jump about."""
        if self._drag is not None and self._range is not None:
            return
        finite = y[np.isfinite(y)]
        good = data[np.isfinite(data)]
        if not len(finite) or not len(good):
            return
        extent = float(good.max() - good.min()) or 1.0
        low = max(float(finite.min()), float(good.min()) - extent)
        high = min(float(finite.max()), float(good.max()) + extent)
        left, right = float(np.nanmin(x)), float(np.nanmax(x))
        if self._range is not None:
            left, low = min(left, self._range[0]), min(low, self._range[1])
            right, high = max(right, self._range[2]), max(high, self._range[3])
        self._range = left, low, right, high
        self._plot.setXRange(left, right, padding=0.04)
        self._plot.setYRange(low, high, padding=0.08)


def _dots(x: Any, y: Any, colour: QColor, symbol: str, theme: Theme) -> Any:
    import pyqtgraph as pg

    size = 8 if len(x) <= 60 else 6
    return pg.ScatterPlotItem(x=x, y=y, size=size, symbol=symbol, pen=pg.mkPen(theme.panel, width=1), brush=colour)


def _tinted(said: Any, classes: int, theme: Theme) -> Any:
    """A surface as pixels: the colour of the class, fainter towards the boundary where it is a probability."""
    out = np.zeros((*said.shape, 4), np.ubyte)
    for number in range(max(2, classes)):
        colour = getattr(theme, CLASSES[number % len(CLASSES)])
        mine = said.round() == number
        if classes == 2:
            sure = np.abs(np.nan_to_num(said, nan=0.5) - 0.5) * 2
        else:
            sure = np.ones_like(said)
        rgb = np.array([colour.red(), colour.green(), colour.blue()])
        out[mine, :3] = rgb
        out[mine, 3] = (20 + 70 * sure[mine]).astype(np.ubyte)
    return out


def said(fit: Fit) -> str:
    """The fit in words."""
    if fit.classes:
        right = int((fit.prediction.round() == fit.target.round()).sum())
        return f"{right} of {len(fit.target)} in their class"
    with np.errstate(all="ignore"):
        residual = float(np.abs(fit.prediction - fit.target).mean())
    return f"mean distance {residual:.4g}" if np.isfinite(residual) else "the predictions are not finite"
