"""CurvePlot: losses over the turns, as far as the cursor; with earlier runs behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series import LossSeries
from gui.base import fonts
from gui.base.quiet_plot import colour_plot, quiet_plot
from gui.base.theme import Theme, faded

SMOOTHING = 0.9
"""How much of its past a smoothed curve keeps from turn to turn."""
DIVERGES = 1e3
"""A loss that has grown so many times over its first value is shown on a logarithmic axis."""
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run before this one: its text and its first loss."""

    source: str
    values: tuple[float, ...]


class CurvePlot(QWidget):
    """``asked`` tells of a turn that was clicked or dragged to, ``pointed`` of the one under the pointer or None."""

    asked = Signal(float)
    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: Any = None
        self.curves: list[Any] = []
        self.label: Any = None
        self.logarithmic = False
        self._series: tuple[LossSeries, ...] = ()
        self._values: list[Floats] = []
        self._theme: Theme | None = None
        self._dot: Any = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)

    def prepare(self) -> None:
        """Make the plot, if there is none yet."""
        if self.plot is None:
            self.plot = quiet_plot()
            self.plot.viewport().setMouseTracking(True)
            self.plot.viewport().installEventFilter(self)
            self._box.addWidget(self.plot)

    # --- drawing ----------------------------------------------------------------------------

    def show_series(
        self, series: tuple[LossSeries, ...], earlier: Sequence[EarlierRun], theme: Theme, log: bool, smooth: bool
    ) -> None:
        """Curves and axes of whole runs; :meth:`show_cursor` says how far they have come."""
        import pyqtgraph as pg

        self.prepare()
        self._series, self._theme = series, theme
        values = [np.array([p.value for p in s.points], np.float64) for s in series]
        self.logarithmic = log or any(map(diverges, values))
        self._values = [self._scaled(v) for v in values]
        self.plot.clear()
        colour_plot(self.plot, theme)
        # Only the axis: the numbers are put on it here.
        self.plot.getPlotItem().getAxis("left").setLogMode(self.logarithmic)
        for age, run in enumerate(reversed(earlier)):
            pen = pg.mkPen(faded(theme.dim, 0.5 - 0.08 * age), width=1)
            line = self._scaled(np.array(run.values, np.float64))
            self.plot.addItem(_curve(np.arange(len(line), dtype=np.float64), line, pen))
        self.curves = []
        for i, line in enumerate(self._values):
            style = STYLES[i % len(STYLES)]
            turns = np.arange(len(line), dtype=np.float64)
            shown = smoothed(line) if smooth else line
            if smooth:
                self.plot.addItem(_curve(turns, line, pg.mkPen(faded(theme.forward, 0.16), width=1)))
            self.plot.addItem(_curve(turns, shown, pg.mkPen(faded(theme.forward, 0.25), width=1.5, style=style)))
            curve = _curve(turns[:0], shown[:0], pg.mkPen(theme.forward, width=2, style=style))
            curve.whole = shown
            self.plot.addItem(curve)
            self.curves.append(curve)
        self._lost(values, theme)
        self._dot = pg.ScatterPlotItem(size=11, pxMode=True, brush=theme.gradient, pen=pg.mkPen(theme.panel, width=1.5))
        self.label = pg.TextItem(anchor=(0, 1), color=theme.dim)
        self.label.setFont(fonts.ui(12))
        self.plot.addItem(self._dot, ignoreBounds=True)
        self.plot.addItem(self.label, ignoreBounds=True)
        self._frame([*self._values, *(self._scaled(np.array(run.values)) for run in earlier)])

    def show_cursor(self, cursor: int) -> str:
        """Draw the curves as far as the cursor; what stands there, in words."""
        for series, curve in zip(self._series, self.curves, strict=True):
            count = series.reached(cursor)
            curve.setData(np.arange(count, dtype=np.float64), curve.whole[:count])
        if not self._series:
            return ""
        main = self._series[0]
        point = main.at(cursor)
        if point is None:
            self._dot.setData([])
            self.label.setText("")
            return ""
        text = f"{main.loop} {point.turn} · {number(point.value)}"
        self.label.setText(text)
        at = float(self._values[0][point.turn])
        if math.isfinite(at):
            self._dot.setData([point.turn], [at])
            self.label.setAnchor((1 if point.turn > 0.6 * max(1, len(main.points) - 1) else 0, 1))
            self.label.setPos(point.turn, at)
        else:
            self._dot.setData([])
        return text

    def _lost(self, values: Sequence[Floats], theme: Theme) -> None:
        """Where a loss stops being a number."""
        import pyqtgraph as pg

        gone = [int(np.argmin(np.isfinite(v))) for v in values if not np.isfinite(v).all()]
        if not gone:
            return
        first = min(gone)
        word = "nan" if any(len(v) > first and math.isnan(v[first]) for v in values) else "inf"
        pen = pg.mkPen(theme.error, width=1.2, style=Qt.PenStyle.DashLine)
        options = {"color": theme.error, "position": 0.9, "movable": False}
        self.plot.addItem(
            pg.InfiniteLine(first, pen=pen, label=f"{word} from {first}", labelOpts=options), ignoreBounds=True
        )

    def _scaled(self, values: Floats) -> Floats:
        """As they stand on the axis; nan where they cannot."""
        out: Floats = np.where(np.isfinite(values), values, np.nan)
        if not self.logarithmic:
            return out
        with np.errstate(all="ignore"):
            return np.where(out > 0, np.log10(out), np.nan)

    def _frame(self, lines: Sequence[Floats]) -> None:
        """Axes for whole curves, so that they do not jump while these grow."""
        finite = np.concatenate([line[np.isfinite(line)] for line in lines]) if lines else np.empty(0)
        last = max((len(line) for line in lines), default=1) - 1
        self.plot.setXRange(-0.02 * max(1, last), max(1, last) * 1.02, padding=0)
        if not len(finite):
            return
        low, high = float(finite.min()), float(finite.max())
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        self.plot.setYRange(low - room, high + room * 2.4, padding=0)

    # --- the pointer ------------------------------------------------------------------------

    def turn_at(self, point: QPointF) -> float:
        """The turn under a point of the plot's viewport."""
        where = self.plot.getPlotItem().vb.mapSceneToView(self.plot.mapToScene(point.toPoint()))
        return float(where.x())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            left = Qt.MouseButton.LeftButton
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == left:
                self.asked.emit(self.turn_at(event.position()))
                return True
            if event.type() == QEvent.Type.MouseMove:
                if event.buttons() & left:
                    self.asked.emit(self.turn_at(event.position()))
                self.pointed.emit(self.turn_at(event.position()))
        elif event.type() == QEvent.Type.Leave:
            self.pointed.emit(None)
        return super().eventFilter(watched, event)


def diverges(values: Floats) -> bool:
    """Whether a loss has left the range in which a linear axis shows anything else."""
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and bool((finite > 0).all()) and bool(finite.max() > DIVERGES * finite[0])


def smoothed(values: Floats) -> Floats:
    """The exponential moving average, corrected for its beginning; nan stays nan."""
    out = np.full_like(values, np.nan)
    sum_ = weight = 0.0
    for i, value in enumerate(values.tolist()):
        if math.isfinite(value):
            sum_ = SMOOTHING * sum_ + (1 - SMOOTHING) * value
            weight = SMOOTHING * weight + (1 - SMOOTHING)
            out[i] = sum_ / weight
    return out


def _curve(x: Floats, y: Floats, pen: Any) -> Any:
    import pyqtgraph as pg

    curve = pg.PlotDataItem(x, y, pen=pen, connect="finite")
    curve.setDownsampling(auto=True, method="peak")
    return curve
