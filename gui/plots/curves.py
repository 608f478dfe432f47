"""CurvePlot: losses over the turns, as far as the cursor; with earlier runs behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series import LossSeries
from gui.base import fonts
from gui.base.drawn import Drawn, Floats
from gui.base.quiet_plot import colour_plot, quiet_plot, set_range
from gui.base.theme import Theme, faded

SMOOTHING = 0.9
"""How much of its past a smoothed curve keeps from turn to turn."""
DIVERGES = 1e3
"""A loss that has grown so many times over its first value is shown on a logarithmic axis."""
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
NAMED = 3
"""Earlier runs, the latest, that have their difference written beside them."""
NAMED_AT = (0.16, 0.34, 0.5)
"""Where, as a part of the axis: beside each other, since curves end alike more often than they begin alike."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run before this one: its text and its first loss; ``label`` is what its settings were, if others."""

    source: str
    values: tuple[float, ...]
    label: str = ""


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
        """The losses as they stand on the axis."""
        self._shown: list[Floats] = []
        """The same, smoothed if that is wanted."""
        self._theme: Theme | None = None
        self._drawn: Any = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)

    def prepare(self) -> None:
        """Make the plot, if there is none yet, with what every first curve needs."""
        if self.plot is None:
            self.plot = quiet_plot()
            self.plot.viewport().setMouseTracking(True)
            self.plot.viewport().installEventFilter(self)
            self._drawn = Drawn(self.plot)
            nothing, unseen = np.empty(0), QColor(0, 0, 0, 0)
            for name in ("whole 0", "reached 0"):
                self._drawn.curve(name, nothing, nothing, unseen, 1)
            self._drawn.dots("here", nothing, nothing, unseen, unseen, 1, z=4)
            self.label = self._word(unseen)
            self._box.addWidget(self.plot)

    # --- drawing ----------------------------------------------------------------------------

    def show_series(
        self, series: tuple[LossSeries, ...], earlier: Sequence[EarlierRun], theme: Theme, log: bool, smooth: bool
    ) -> None:
        """Curves and axes of whole runs; :meth:`show_cursor` says how far they have come."""
        self.prepare()
        self._series, self._theme = series, theme
        values = [np.array([p.value for p in s.points], np.float64) for s in series]
        logarithmic = log or any(map(diverges, values))
        colour_plot(self.plot, theme)
        if logarithmic != self.logarithmic:
            self.logarithmic = logarithmic
            # Only the axis: the numbers are put on it here.
            self.plot.getPlotItem().getAxis("left").setLogMode(logarithmic)
        self._values = [self._scaled(v) for v in values]
        before = [self._scaled(np.array(run.values, np.float64)) for run in earlier]
        self._frame([*self._values, *before])
        draw = self._drawn
        draw.begin()
        for age, line in enumerate(reversed(before)):
            draw.curve(f"earlier {age}", _turns(line), line, faded(theme.dim, 0.5 - 0.08 * age), 1, z=-3)
        self._shown = []
        self.curves = []
        for i, line in enumerate(self._values):
            style = STYLES[i % len(STYLES)]
            shown = smoothed(line) if smooth else line
            if smooth:
                draw.curve(f"as it is {i}", _turns(line), line, faded(theme.forward, 0.16), 1, z=-2)
            draw.curve(f"whole {i}", _turns(shown), shown, faded(theme.forward, 0.25), 1.5, style, z=-1)
            self._shown.append(shown)
            self.curves.append(draw.curve(f"reached {i}", shown[:0], shown[:0], theme.forward, 2, style))
        self._lost(values, theme)
        self._name_earlier(earlier, before, theme)
        self.label.setColor(theme.dim)
        draw.keep("here", "word")
        draw.sweep()

    def show_cursor(self, cursor: int) -> str:
        """Draw the curves as far as the cursor; what stands there, in words."""
        if not self._series or self._theme is None:
            return ""
        t = self._theme
        for i, (series, shown) in enumerate(zip(self._series, self._shown, strict=True)):
            count = series.reached(cursor)
            self._drawn.curve(
                f"reached {i}", _turns(shown[:count]), shown[:count], t.forward, 2, STYLES[i % len(STYLES)]
            )
        main = self._series[0]
        point = main.at(cursor)
        at = float(self._values[0][point.turn]) if point is not None else math.nan
        here = np.array([[point.turn, at]]) if point is not None and math.isfinite(at) else np.empty((0, 2))
        self._drawn.dots("here", here[:, 0], here[:, 1], t.gradient, t.panel, 11, z=4)
        if point is None:
            self.label.setText("")
            return ""
        text = f"{main.label(point.turn)} · {number(point.value)}"
        self.label.setText(text)
        if math.isfinite(at):
            self.label.setAnchor((1 if point.turn > 0.6 * max(1, len(main.points) - 1) else 0, 1))
            self.label.setPos(point.turn, at)
        return text

    def _word(self, colour: QColor, name: str = "word", size: int = 12) -> Any:
        import pyqtgraph as pg

        word = pg.TextItem(anchor=(0, 1), color=colour)
        word.setFont(fonts.ui(size))
        return self._drawn.item(name, word, 5)

    def _name_earlier(self, earlier: Sequence[EarlierRun], lines: Sequence[Floats], theme: Theme) -> None:
        """Beside the latest earlier runs: what their settings were."""
        last = max((len(line) for line in (*lines, *self._values)), default=1) - 1
        named = list(zip(earlier, lines, strict=True))[-NAMED:]
        for i, (run, line) in enumerate(reversed(named)):
            at = min(round(last * NAMED_AT[i]), len(line) - 1)
            if run.label and at >= 0 and math.isfinite(line[at]):
                name = f"name {i}"
                word = self._drawn[name] if name in self._drawn else self._word(theme.dim, name, 10)
                word.setColor(theme.dim)
                word.setText(run.label)
                word.setPos(at, float(line[at]))
                self._drawn.keep(name)

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
        self._drawn.item("lost", pg.InfiniteLine(first, pen=pen, label=f"{word} from {first}", labelOpts=options))

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
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        set_range(self.plot, -0.02 * max(1, last), max(1, last) * 1.02, low - room, high + room * 2.4)

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


def _turns(line: Floats) -> Floats:
    return np.arange(len(line), dtype=np.float64)
