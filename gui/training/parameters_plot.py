"""ParametersPlot: numbers of the parameters, of their gradients, or the norm of all gradients, turn by turn."""

from __future__ import annotations

import html
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.parameters import History, Parameter
from gui.base import fonts
from gui.base.drawn import Drawn, Floats
from gui.base.quiet_plot import colour_plot, quiet_plot, set_range
from gui.base.theme import Theme, faded

MOST_LINES = 12
"""Lines that can still be told apart; of more parameters the first are shown."""
DASHES = ("──", "╌╌", "┈┈", "─·")
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
LEAST_PX = 12.0
"""An arrow is never shorter: the direction of a small step can still be seen."""


class Quantity(StrEnum):
    """What is drawn."""

    VALUES = "Values"
    GRADIENTS = "Gradients"
    NORM = "Norm"


@dataclass(frozen=True, slots=True)
class Line:
    """One number over the run: ``history``'s ``column``; of values also the gradient that moves it."""

    name: str
    history: History
    column: int
    grads: History | None = None


class ParametersPlot(QWidget):
    """A line per number, faint as a whole and clear as far as the cursor. ``asked`` tells of a click at an event.

    At the cursor an arrow on each value is its update: minus the learning rate times the gradient.
    """

    asked = Signal(int)
    resized = Signal()
    """Lengths in pixels are others now: arrows are to be drawn again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self._begins: Sequence[int] = ()
        self._read: dict[tuple[int, int, int], tuple[Floats, Floats]] = {}
        """Of each history, column and length what is drawn: turns and numbers."""
        self._plot: Any = None
        self._drawn: Any = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.legend = QLabel()
        self.legend.setFont(fonts.mono(11))
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self._box.addWidget(self.legend)
        self.setAccessibleName("Parameters over the run")

    def show_lines(
        self,
        lines: list[Line],
        gradients: bool,
        begins: Sequence[int],
        rate: float | None,
        place: int,
        theme: Theme,
    ) -> None:
        """``begins`` are the events with which turns begin, ``place`` is how many have happened at the cursor."""
        if self._plot is None:
            self._plot = quiet_plot(left=46, bottom=True)
            self._plot.setFixedHeight(150)
            self._plot.scene().sigMouseClicked.connect(self._clicked)
            self._plot.getPlotItem().vb.sigResized.connect(lambda _: self.resized.emit())
            self._drawn = Drawn(self._plot)
            self._box.insertWidget(0, self._plot)
        colour_plot(self._plot, theme)
        if begins is not self._begins or lines != self.lines:
            self._read.clear()
        self.lines, self._begins = lines, begins
        curves = [self._curve(line) for line in lines]
        self._frame(curves)
        now = []
        for i, (line, (x, y)) in enumerate(zip(lines, curves, strict=True)):
            colour = (theme.gradient if gradients else theme.leaf) if i < len(STYLES) else theme.dim
            style = STYLES[i % len(STYLES)]
            count = bisect_left(line.history.places, place)
            self._drawn.curve(f"whole {i}", x, y, faded(colour, 0.25), 1.2, style)
            self._drawn.curve(f"walked {i}", x[:count], y[:count], colour, 1.8, style, z=1)
            if count:
                dash = f'<span style="color: {colour.name()}">{DASHES[i % len(DASHES)]}</span>'
                now.append(f"{dash} {html.escape(line.name)} {_said(float(y[count - 1]))}")
                self._update(f"update {i}", line, rate, place, theme)
        self._drawn.sweep()
        self.legend.setText("<br>".join(now))

    def _curve(self, line: Line) -> tuple[Floats, Floats]:
        key = id(line.history), line.column, len(line.history.places)
        if key not in self._read:
            y = np.array([row[line.column] for row in line.history.values], np.float64)
            self._read[key] = self._turns(line.history.places), y
        return self._read[key]

    def _turns(self, places: Sequence[int]) -> Floats:
        """Events as turns of the loop, with fractions; what lies before the loop is its beginning."""
        begins = np.asarray(self._begins, np.float64)
        at = np.asarray(places, np.float64)
        if len(begins) < 2:
            return np.arange(len(at), dtype=np.float64)
        length = (begins[-1] - begins[0]) / (len(begins) - 1)
        last = len(begins) - 1 + np.clip((at - begins[-1]) / length, 0.0, 1.0)
        return np.where(at > begins[-1], last, np.interp(at, begins, np.arange(len(begins), dtype=np.float64)))

    def _frame(self, curves: Sequence[tuple[Floats, Floats]]) -> None:
        finite = [y[np.isfinite(y)] for _, y in curves]
        y = np.concatenate(finite) if finite else np.empty(0)
        x = max((float(x[-1]) for x, _ in curves if len(x)), default=1.0)
        low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        set_range(self._plot, -0.02 * x, max(x, 1e-6) * 1.02, low - room, high + room)

    def _update(self, name: str, line: Line, rate: float | None, place: int, theme: Theme) -> None:
        """What the last gradient makes of the value that it was computed at: the step to come, or just made."""
        import pyqtgraph as pg

        if line.grads is None or rate is None:
            return
        last = bisect_left(line.grads.places, place) - 1
        while last >= 0 and math.isnan(line.grads.values[last][line.column]):
            last -= 1
        if last < 0:
            return
        by = -rate * line.grads.values[last][line.column]
        point = max(0, bisect_left(line.history.places, line.grads.places[last]) - 1)
        x, y = (float(v[point]) for v in self._curve(line))
        box = self._plot.getPlotItem().vb
        low, high = box.viewRange()[1]
        px = box.height() / (high - low)
        if not math.isfinite(by) or not by or not math.isfinite(y) or px <= 0:
            return
        end = y + by * max(1.0, LEAST_PX / (abs(by) * px))
        draw = self._drawn
        draw.curve(name, np.array([x, x]), np.array([y, end]), theme.gradient, 2.0, z=3)
        head = f"{name} head"
        made = draw[head] if head in draw else draw.item(head, pg.ArrowItem(headLen=8, tipAngle=45, pen=None), 3)
        made.setStyle(angle=90 if by > 0 else -90, brush=theme.gradient)
        made.setPos(x, end)
        draw.keep(head)

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._plot is not None and self.lines:
            turn = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos()).x()
            places = self.lines[0].history.places
            x, _ = self._curve(self.lines[0])
            self.asked.emit(places[int(np.argmin(np.abs(x - turn)))])


def lines_of(parameters: list[Parameter], quantity: Quantity, norm: History) -> list[Line]:
    """What is drawn of each quantity."""
    if quantity is Quantity.NORM:
        return [Line("norm of all gradients", norm, 0)]
    found = []
    for parameter in parameters:
        whole = parameter.elements == ("norm",)
        for column, element in enumerate(parameter.elements):
            word = f"|{parameter.name}|" if whole else parameter.name + element
            if quantity is Quantity.GRADIENTS:
                found.append(Line(word + ".grad", parameter.grads, column))
            else:
                found.append(Line(word, parameter.values, column, None if whole else parameter.grads))
    return found[:MOST_LINES]


def _said(value: float) -> str:
    return "None" if math.isnan(value) else number(value)
