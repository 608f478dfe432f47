"""SurfaceSection: two numbers of the parameters, the loss over them, and the way walked: here and from elsewhere."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.descent import descend, rate_of
from engine.series.parameters import Parameter
from engine.series.surface import Area, Number, rows
from engine.series.task import Floats, LossGraph
from gui.base import fonts
from gui.session import Session
from gui.training.labels import section, small
from gui.training.surface_plot import SurfacePlot

SLICE_S = 0.008
"""How long a surface is computed at a stretch."""
GRID = 31
"""Points of a surface along each side."""
TRIED = 150
"""Steps of a way from another start."""
ASK = "Press anywhere: what if it began there?"


@dataclass(frozen=True, slots=True)
class Axis:
    """One number of one parameter."""

    name: str
    parameter: Parameter
    element: int

    @property
    def number(self) -> Number:
        return self.parameter.tensor, self.element


def axes_of(parameters: list[Parameter]) -> list[Axis]:
    """The numbers that can span a surface: those of parameters that are followed one by one."""
    followed = (p for p in parameters if p.elements != ("norm",))
    return [Axis(p.name + element, p, k) for p in followed for k, element in enumerate(p.elements)]


def way_of(first: Axis, second: Axis) -> tuple[list[int], Floats]:
    """After which events both numbers had moved, and their values then, (N, 2)."""
    one, other = first.parameter.values, second.parameter.values
    places = [max(a, b) for a, b in zip(one.places, other.places, strict=False)]
    points = [(a[first.element], b[second.element]) for a, b in zip(one.values, other.values, strict=False)]
    return places, np.array(points, np.float64).reshape(-1, 2)


class SurfaceSection(QWidget):
    """Shown where a run has two numbers or more. ``chosen`` tells that others are to be shown."""

    chosen = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._graph: LossGraph | None = None
        self._axes: list[Axis] = []
        self._of: object = None
        """What the surface depends on."""
        self.losses: Floats = np.zeros((0, 0))
        self.area = Area(0.0, 0.0, 1.0, 1.0)
        self._rows: Iterator[Floats | None] = iter(())
        self._done = 0
        self.across, self.up = QComboBox(), QComboBox()
        for choice, word in ((self.across, "across"), (self.up, "up")):
            choice.setAccessibleName(f"Number {word}")
            choice.setFont(fonts.mono(11))
            choice.activated.connect(self._choose)
        self.plot = SurfacePlot()
        self.plot.tried.connect(self._try)
        self.said = small()
        self.said.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for widget in (section("Loss surface"), self.across, self.up, self.plot, self.said):
            box.addWidget(widget)
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._compute)

    @property
    def computing(self) -> bool:
        return self._slices.isActive()

    def forget(self) -> None:
        """The surface is to be made anew."""
        self._of = None

    def show_run(self, graph: LossGraph | None, began: int, parameters: list[Parameter], place: int) -> None:
        """``graph`` is what the pass that began at event ``began`` started from; ``place`` is that of the cursor."""
        self._graph, self._axes = graph, axes_of(parameters)
        there = graph is not None and len(self._axes) > 1
        self.setVisible(there)
        if graph is None or not there:
            self._slices.stop()
            return
        self._offer()
        first, second = self._pair()
        places, way = way_of(first, second)
        others = len(self._axes) > 2 or any(p.elements == ("norm",) for p in parameters)
        # With more numbers than two the surface is that of the others as they are now.
        run = self._session
        of = (id(run.trace), first.number, second.number, began if others else len(way) and run.running)
        if of != self._of:
            self._of = of
            self._begin(graph, first, second, way)
        one, other = first.parameter.grads.at(place), second.parameter.grads.at(place)
        gradient = None if one is None or other is None else (one[first.element], other[second.element])
        behind = bisect_left(places, place)
        self.plot.prepare((first.name, second.name), run.theme)
        self.plot.show_way(way, behind, gradient, self.area, run.theme)

    def _offer(self) -> None:
        names = [axis.name for axis in self._axes]
        for choice, usual in ((self.across, 0), (self.up, 1)):
            choice.setVisible(len(names) > 2)
            if [choice.itemText(i) for i in range(choice.count())] != names:
                choice.clear()
                choice.addItems(names)
                choice.setCurrentIndex(usual)

    def _pair(self) -> tuple[Axis, Axis]:
        return self._axes[self.across.currentIndex()], self._axes[self.up.currentIndex()]

    @Slot()
    def _choose(self) -> None:
        self.forget()
        self.chosen.emit()

    # --- the surface ------------------------------------------------------------------------

    def _begin(self, graph: LossGraph, first: Axis, second: Axis, way: Floats) -> None:
        self.area = Area.around(way)
        self.losses = np.full((GRID, GRID), np.nan)
        self._done = 0
        state = self._session.moment.state
        self._rows = rows(graph, state, first.number, second.number, self.area, GRID)
        self.plot.show_what_if(np.empty((0, 2)), self._session.theme)
        self.said.setText(ASK)
        self._slices.start()

    @Slot()
    def _compute(self) -> None:
        """Go on with the surface for a moment."""
        until = perf_counter() + SLICE_S
        while perf_counter() < until:
            row = next(self._rows, None)
            if row is None:
                self._slices.stop()
                if np.isfinite(self.losses).any():
                    self.plot.show_surface(self.losses, self.area, self._session.theme)
                return
            self.losses[self._done] = row
            self._done += 1

    # --- another start ----------------------------------------------------------------------

    @Slot(float, float)
    def _try(self, x: float, y: float) -> None:
        """The way that plain gradient descent would take from a point of the surface."""
        if self._graph is None or len(self._axes) < 2:
            return
        first, second = self._pair()
        _, way = way_of(first, second)
        columns = [[row[a.element] for row in a.parameter.grads.values] for a in (first, second)]
        written = [g for g in zip(*columns, strict=False) if all(map(math.isfinite, g))]
        rate = rate_of(way, np.array(written, np.float64).reshape(-1, 2))
        if rate is None:
            self.said.setText("No step of this run went against its gradient: there is no rate to go by.")
            return
        state = self._session.moment.state
        steps = min(len(way) - 1, TRIED)
        other = descend(self._graph, state, first.number, second.number, (x, y), rate, steps)
        self.plot.show_what_if(other, self._session.theme)
        end = ", ".join(number(v) for v in other[-1])
        start = f"({number(x)}, {number(y)})"
        self.said.setText(f"From {start}, {len(other) - 1} plain steps with rate {number(rate)} lead to ({end}).")
