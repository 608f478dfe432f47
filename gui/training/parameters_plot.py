"""ParametersPlot: numbers of the parameters, or of their gradients, over the run."""

from __future__ import annotations

import html
import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.parameters import History, Parameter
from gui.base import fonts
from gui.base.quiet_plot import colour_plot, quiet_plot
from gui.base.theme import Theme, faded

MOST_LINES = 12
"""Lines that can still be told apart; of more parameters the first are shown."""
DASHES = ("──", "╌╌", "┈┈", "─·")
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class ParametersPlot(QWidget):
    """A line per number, as far as the cursor; what comes later is faint. ``asked`` tells of a click at an event."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[tuple[str, History, int]] = []
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
        self.lines = lines_of(parameters, gradients, norm)
        if self._plot is None:
            self._plot = quiet_plot(left=46)
            self._plot.scene().sigMouseClicked.connect(self._clicked)
            self._plot.setFixedHeight(120)
            self._box.insertWidget(0, self._plot)
        import pyqtgraph as pg

        self._plot.clear()
        colour_plot(self._plot, theme)
        now = []
        for i, (name, history, column) in enumerate(self.lines):
            values = [row[column] for row in history.values]
            count = sum(1 for p in history.places if p < place)
            colour = (theme.gradient if gradients else theme.leaf) if i < len(STYLES) else theme.dim
            style = STYLES[i % len(STYLES)]
            ahead = pg.mkPen(faded(colour, 0.25), width=1.2, style=style)
            self._plot.plot(history.places, values, connect="finite", pen=ahead)
            pen = pg.mkPen(colour, width=1.8, style=style)
            self._plot.plot(history.places[:count], values[:count], connect="finite", pen=pen)
            if count:
                words = f"{html.escape(name)} {_said(values[count - 1])}"
                now.append(f'<span style="color: {colour.name()}">{DASHES[i % len(DASHES)]}</span> {words}')
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
