"""SurfaceSection: two numbers of the parameters, the loss over them, and the way walked: here and from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from time import perf_counter

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from engine.edit.controls import learning_rate
from engine.explain.numbers import number
from engine.series.descent import descend, rate_of
from engine.series.parameters import Parameter
from engine.series.surface import Area, Number, function_of, rows
from engine.series.task import Floats, LossGraph
from engine.series.way import Axis, Way, axes_of, axis_named, usual_pair, way_of
from gui.base import fonts
from gui.session import Session
from gui.training.labels import section, small
from gui.training.surface_plot import Arrows, SurfacePlot

SLICE_S = 0.008
"""How long a surface is computed at a stretch."""
QUIET_MS = 120
"""After so long without another surface to be computed, one is."""
GRID = 31
"""Points of a surface along each side."""
TRIED = 150
"""Steps of a way from another start."""
ASK = "Press anywhere: what if it began there?"
SMALL_PART = 0.3
"""A way that takes less than this part of the area's width and height gets an area of its own."""


class SurfaceSection(QWidget):
    """Shown where a run has two numbers or more. ``chosen`` asks to be shown again, perhaps with other numbers."""

    chosen = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._graph: LossGraph | None = None
        self._parameters: list[Parameter] = []
        self._pair: tuple[Axis, Axis] | None = None
        self._way = Way()
        self._way_of: object = None
        """What the way was read from."""
        self._of: Hashable = None
        """What the surface depends on."""
        self.losses: Floats = np.zeros((0, 0))
        self.area = Area(0.0, 0.0, 1.0, 1.0)
        self._rows: Iterator[Floats | None] = iter(())
        self._done = 0
        self.across, self.up = QComboBox(), QComboBox()
        for choice, word in ((self.across, "across"), (self.up, "up")):
            choice.setAccessibleName(f"Number {word}")
            choice.setFont(fonts.mono(11))
            choice.setEditable(True)
            choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            choice.setToolTip("Choose a number of the parameters, or write one: model.0.weight[3, 1]")
            choice.setMinimumContentsLength(8)
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.activated.connect(self._choose)
            line = choice.lineEdit()
            assert line is not None
            line.editingFinished.connect(self._choose)
        self.plot = SurfacePlot()
        self.plot.tried.connect(self._try)
        self.plot.resized.connect(self.chosen)
        self.said = small()
        self.said.setWordWrap(True)
        self.step = small()
        self.step.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for widget in (section("Loss surface"), self.across, self.up, self.plot, self.step, self.said):
            box.addWidget(widget)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._start)

    @property
    def computing(self) -> bool:
        return self._compute in self._session.rounds or self._quiet.isActive()

    def forget(self) -> None:
        """The surface is to be made anew."""
        self._of = None

    def show_run(self, graph: LossGraph | None, parameters: list[Parameter], place: int) -> None:
        """``graph`` is what the last pass started from; ``place`` is that of the cursor."""
        s = self._session
        self._graph, self._parameters = graph, parameters
        there = graph is not None and sum(p.size for p in parameters) > 1
        self.setVisible(there)
        if graph is None or not there:
            self._session.rounds.remove(self._compute)
            self._quiet.stop()
            return
        self._offer()
        if self._pair is None:
            return
        first, second = self._pair
        numbers = self._numbers()
        way = self._walk(first, second)
        self.plot.prepare((first.name, second.name), s.theme)
        function = None if numbers is None else function_of(graph, s.moment.state, *numbers)
        of = (first.name, second.name, function, s.theme.name)
        self._follow_area(way, of)
        arrows = self._arrows(way, place)
        self.plot.show_way(way.points, way.reached(place), arrows, self.area, s.theme)
        self._say(arrows)

    def _walk(self, first: Axis, second: Axis) -> Way:
        """The way of the run that is shown; read once."""
        counts = [(len(a.parameter.values.places), len(a.parameter.grads.places)) for a in (first, second)]
        of = (id(self._session.trace), first.name, second.name, counts)
        if of != self._way_of:
            self._way_of = of
            self._way = way_of(self._session.trace, first, second)
        return self._way

    def _numbers(self) -> tuple[Number, Number] | None:
        """The two as the loss at hand has them; None if it does not depend on both."""
        if self._graph is None or self._pair is None:
            return None
        first, second = (axis.number_in(self._graph) for axis in self._pair)
        return None if first is None or second is None else (first, second)

    def _arrows(self, way: Way, place: int) -> Arrows | None:
        found = way.gradient(place)
        if found is None:
            return None
        point, gradient = found
        start = way.points[point]
        if not (np.isfinite(start).all() and all(map(math.isfinite, gradient))):
            return None
        step = None
        if point + 1 < len(way.points):
            moved = way.points[point + 1] - start
            step = (float(moved[0]), float(moved[1])) if np.isfinite(moved).all() else None
        rate = learning_rate(self._session.trace.source)
        descent = tuple(-g * (1.0 if rate is None else rate) for g in gradient)
        return Arrows((float(start[0]), float(start[1])), (descent[0], descent[1]), rate is not None, step)

    def _say(self, arrows: Arrows | None) -> None:
        """The step at hand in numbers; arrows have the same colours."""
        if arrows is None:
            self.step.setText("")
            return
        t = self._session.theme
        descent = f'<span style="color: {t.gradient.name()}">−lr × grad</span>'
        if arrows.alike:
            text = f"Step = {descent} = {_pair_text(arrows.descent)}"
        elif arrows.step is not None:
            step = f'<span style="color: {t.accumulated.name()}">Step</span> {_pair_text(arrows.step)}'
            text = f"{step}; {descent} is {_pair_text(arrows.descent)}" if arrows.scaled else step
        else:
            text = f"{descent} = {_pair_text(arrows.descent)}" if arrows.scaled else ""
        self.step.setText(text)

    # --- which numbers ----------------------------------------------------------------------

    def _offer(self) -> None:
        axes = axes_of(self._parameters)
        names = [axis.name for axis in axes]
        if [self.across.itemText(i) for i in range(self.across.count())] != names:
            pair = usual_pair(self._session.trace, self._parameters)
            for choice, axis in zip((self.across, self.up), pair or (None, None), strict=True):
                choice.clear()
                choice.addItems(names)
                choice.setVisible(len(names) > 2)
                choice.setEditText(axis.name if axis is not None else "")
        first, second = (axis_named(self._parameters, choice.currentText()) for choice in (self.across, self.up))
        self._pair = (first, second) if first is not None and second is not None else None

    @Slot()
    def _choose(self) -> None:
        unknown = [
            c.currentText() for c in (self.across, self.up) if axis_named(self._parameters, c.currentText()) is None
        ]
        if unknown:
            self.said.setText(f"There is no number {unknown[0]} among the parameters.")
            return
        self.chosen.emit()

    # --- the surface ------------------------------------------------------------------------

    def _follow_area(self, way: Way, of: Hashable) -> None:
        """Let the area hold the way, and compute the surface if it is another one, or of another area."""
        area = Area.around(way.points)
        same = self._of is not None and of == self._of
        if same and self.area.holds(area) and not self.area.dwarfs(area, SMALL_PART):
            return
        if self._session.running and same and self.area.holds(area):
            return
        self.area = area
        self.plot.show_area(area)
        if not same:
            self.plot.clear_surface()
            self.plot.show_what_if(np.empty((0, 2)), self._session.theme)
            self.said.setText(ASK)
        first = self._of is None
        self._of = of
        self._session.rounds.remove(self._compute)
        self._quiet.start(0 if first else QUIET_MS)

    @Slot()
    def _start(self) -> None:
        numbers = self._numbers()
        if self._graph is None or numbers is None:
            return
        self.losses = np.full((GRID, GRID), np.nan)
        self._done = 0
        self._rows = rows(self._graph, self._session.moment.state, *numbers, self.area, GRID)
        self._session.rounds.add(self._compute)

    def _compute(self) -> bool:
        """Go on with the surface for a moment; whether there is more of it."""
        until = perf_counter() + SLICE_S
        while perf_counter() < until:
            row = next(self._rows, None)
            if row is None:
                if np.isfinite(self.losses).any():
                    self.plot.show_surface(self.losses, self.area, self._session.theme)
                return False
            self.losses[self._done] = row
            self._done += 1
        return True

    # --- another start ----------------------------------------------------------------------

    @Slot(float, float)
    def _try(self, x: float, y: float) -> None:
        """The way that plain gradient descent would take from a point of the surface."""
        numbers = self._numbers()
        if self._graph is None or numbers is None:
            return
        rate = learning_rate(self._session.trace.source)
        if rate is None:
            grads = self._way.grads
            rate = rate_of(self._way.points, grads[np.isfinite(grads).all(1)])
        if rate is None:
            self.said.setText("No step of this run went against its gradient: there is no rate to go by.")
            return
        steps = min(len(self._way.points) - 1, TRIED)
        state = self._session.moment.state
        other = descend(self._graph, state, *numbers, (x, y), rate, steps)
        self.plot.show_what_if(other, self._session.theme)
        end = ", ".join(number(v) for v in other[-1])
        start = f"({number(x)}, {number(y)})"
        self.said.setText(f"From {start}, {len(other) - 1} plain steps with rate {number(rate)} lead to ({end}).")


def _pair_text(pair: tuple[float, float]) -> str:
    return f"({number(pair[0])}, {number(pair[1])})"
