"""FitPlot: the data, and what the model makes of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.fit import Fit
from gui.base.drawn import Drawn
from gui.base.quiet_plot import colour_plot, quiet_plot, set_range
from gui.base.theme import Theme, faded

RESIDUALS = 200
"""Up to so many data points, the distance of each from the line is drawn."""
SPREAD_FROM = 8
"""Fewer points have no spread worth a line."""
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
        self._drawn: Any = None
        self._range: tuple[float, float, float, float] | None = None
        self.movable = False
        """Whether the data stand in the text as numbers."""
        self._names: tuple[str, ...] = ()
        """The axes' names, and the theme that they are in."""
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
            self._plot = quiet_plot(left=46, bottom=True)
            self._plot.viewport().setMouseTracking(True)
            self._plot.viewport().installEventFilter(self)
            self._drawn = Drawn(self._plot)
            self._box.addWidget(self._plot)
        colour_plot(self._plot, theme)
        self._name_axes(("target", "prediction") if fit.kind == "parity" else ("", ""), theme)
        if fit.kind == "parity":
            self._parity(fit, theme)
        elif fit.x.shape[1] == 1:
            self._line(fit, theme)
        else:
            self._classes(fit, theme)
        self._drawn.sweep()
        self.setAccessibleDescription(said(fit))

    def _name_axes(self, names: tuple[str, str], theme: Theme) -> None:
        if self._names != (*names, theme.name):
            self._names = (*names, theme.name)
            for axis, name in zip(("bottom", "left"), names, strict=True):
                self._plot.getPlotItem().getAxis(axis).showLabel(bool(name))
                self._plot.getPlotItem().setLabel(axis, name or None, color=theme.dim.name())

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
        x, draw = fit.x[:, 0], self._drawn
        line = fit.line if fit.line is not None else np.stack([np.sort(x), fit.prediction[np.argsort(x)]], 1)
        good = np.isfinite(line).all(1)
        line = line[good]
        self._frame(np.concatenate([x, line[:, 0]]), np.concatenate([fit.target, line[:, 1]]), fit.target)
        if not fit.classes:
            self._residuals(fit, line, theme)
        draw.curve("line", line[:, 0], line[:, 1], theme.forward, 2.2)
        self._dots("data", x, fit.target, theme.text, "o", theme)

    def _residuals(self, fit: Fit, line: Any, theme: Theme) -> None:
        """From each point to what is predicted for it; and how far they spread, on either side of the line."""
        x, draw = fit.x[:, 0], self._drawn
        if len(x) <= RESIDUALS:
            pairs = np.empty((2 * len(x), 2))
            pairs[0::2, 0] = pairs[1::2, 0] = x
            pairs[0::2, 1], pairs[1::2, 1] = fit.target, fit.prediction
            draw.curve("residuals", pairs[:, 0], pairs[:, 1], faded(theme.gradient, 0.55), 1.2, connect="pairs", z=-2)
        spread = fit.spread
        if len(x) >= SPREAD_FROM and math.isfinite(spread) and len(line):
            for name, side in (("above", 1), ("below", -1)):
                colour = faded(theme.gradient, 0.4)
                draw.curve(name, line[:, 0], line[:, 1] + side * spread, colour, 1, Qt.PenStyle.DashLine, z=-3)

    def _parity(self, fit: Fit, theme: Theme) -> None:
        low, high = float(np.nanmin(fit.target)), float(np.nanmax(fit.target))
        ends = np.array([low, high])
        self._frame(fit.target, np.concatenate([fit.target, fit.prediction]), fit.target)
        self._drawn.curve("diagonal", ends, ends, theme.faint, 1.4, Qt.PenStyle.DashLine)
        self._dots("data", fit.target, fit.prediction, theme.forward, "o", theme)

    def _classes(self, fit: Fit, theme: Theme) -> None:
        self._frame(fit.x[:, 0], fit.x[:, 1], fit.x[:, 1])
        if fit.surface is not None:
            (left, low, right, high), said_ = fit.surface
            pixels = _tinted(said_, fit.classes, theme)
            self._drawn.image("decisions", pixels, QRectF(left, low, right - left, high - low))
        for kind in range(max(2, fit.classes)):
            mine = fit.target.round() == kind
            colour = getattr(theme, CLASSES[kind % len(CLASSES)])
            symbol = SYMBOLS[kind % len(SYMBOLS)]
            self._dots(f"class {kind}", fit.x[mine, 0], fit.x[mine, 1], colour, symbol, theme)

    def _dots(self, name: str, x: Any, y: Any, colour: QColor, symbol: str, theme: Theme) -> None:
        self._drawn.dots(name, x, y, colour, theme.panel, 8 if len(x) <= 60 else 6, symbol, z=2)

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
        across, up = ((right - left) or 1.0) * 0.04, ((high - low) or 1.0) * 0.08
        set_range(self._plot, left - across, right + across, low - up, high + up)


def _tinted(said: Any, classes: int, theme: Theme) -> Any:
    """A surface as pixels: the colour of the class, fainter towards the boundary where it is a probability."""
    out = np.zeros((*said.shape, 4), np.ubyte)
    for kind in range(max(2, classes)):
        colour = getattr(theme, CLASSES[kind % len(CLASSES)])
        mine = said.round() == kind
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
    if not math.isfinite(fit.spread):
        return "The predictions are not finite."
    return f"Residuals: mean {number(float(fit.residuals.mean()))}, spread {number(fit.spread)}"
