"""ParametersPlot: numbers of the parameters, or of their gradients, over the run."""

from __future__ import annotations

import html
import math
from bisect import bisect_left
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.parameters import History, Parameter
from engine.series.task import Floats
from gui.base import fonts
from gui.base.quiet_plot import colour_plot, quiet_plot
from gui.base.theme import Theme, faded

MOST_LINES = 12
"""Lines that can still be told apart; of more parameters the first are shown."""
DASHES = ("──", "╌╌", "┈┈", "─·")
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class Line:
    """One number over the run, drawn twice: faint as a whole, and as far as the cursor."""

    def __init__(self, name: str, history: History, column: int, plot: Any) -> None:
        self.name = name
        self.history = history
        self.column = column
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self.whole = plot.plot(connect="finite")
        self.walked = plot.plot(connect="finite")
        for curve in (self.whole, self.walked):
            curve.setDownsampling(auto=True, method="peak")

    def colour(self, colour: Any, style: Qt.PenStyle) -> None:
        import pyqtgraph as pg

        self.whole.setPen(pg.mkPen(faded(colour, 0.25), width=1.2, style=style))
        self.walked.setPen(pg.mkPen(colour, width=1.8, style=style))

    def draw(self, place: int) -> float | None:
        """Draw it as far as an event; its value there."""
        places = self.history.places
        if len(places) != len(self._x):
            self._x = np.array(places, np.float64)
            self._y = np.array([row[self.column] for row in self.history.values], np.float64)
            self.whole.setData(self._x, self._y)
        count = bisect_left(places, place)
        self.walked.setData(self._x[:count], self._y[:count])
        return float(self._y[count - 1]) if count else None


class ParametersPlot(QWidget):
    """A line per number. ``asked`` tells of a click at an event."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self._of: object = None
        """What the lines are of."""
        self._plot: Any = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.legend = QLabel()
        self.legend.setFont(fonts.mono(11))
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self._box.addWidget(self.legend)
        self.setAccessibleName("Parameters over the run")

    def show_lines(self, parameters: list[Parameter], gradients: bool, norm: History, place: int, theme: Theme) -> None:
        """``place`` is how many events have happened at the cursor."""
        if self._plot is None:
            self._plot = quiet_plot(left=46)
            self._plot.setFixedHeight(120)
            self._plot.scene().sigMouseClicked.connect(self._clicked)
            self._box.insertWidget(0, self._plot)
        wanted = lines_of(parameters, gradients, norm)
        of = ([(name, id(history), column) for name, history, column in wanted], theme.name)
        if of != self._of:
            self._of = of
            self._plot.clear()
            colour_plot(self._plot, theme)
            self.lines = [Line(*each, self._plot) for each in wanted]
            for i, line in enumerate(self.lines):
                colour = (theme.gradient if gradients else theme.leaf) if i < len(STYLES) else theme.dim
                line.colour(colour, STYLES[i % len(STYLES)])
        now = []
        for i, line in enumerate(self.lines):
            value = line.draw(place)
            if value is not None:
                dash = f'<span style="color: {line.walked.opts["pen"].color().name()}">{DASHES[i % len(DASHES)]}</span>'
                now.append(f"{dash} {html.escape(line.name)} {_said(value)}")
        self.legend.setText("<br>".join(now))

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._plot is not None:
            where = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos())
            self.asked.emit(max(0, round(where.x())))


def lines_of(parameters: list[Parameter], gradients: bool, norm: History) -> list[tuple[str, History, int]]:
    """Name, history and column of each line."""
    if gradients and sum(len(p.elements) for p in parameters) > len(STYLES):
        return [("norm of all gradients", norm, 0)]
    found = []
    for parameter in parameters:
        history = parameter.grads if gradients else parameter.values
        for column, element in enumerate(parameter.elements):
            word = f"|{parameter.name}|" if element == "norm" else parameter.name + element
            found.append((word + ".grad" if gradients else word, history, column))
    return found[:MOST_LINES]


def _said(value: float) -> str:
    return "None" if math.isnan(value) else number(value)
