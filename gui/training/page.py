"""TrainingPage: what a loop does to its model. Everything follows from the trace and the cursor."""

from __future__ import annotations

import contextlib
import math

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.edit.controls import learning_rate
from engine.series.conditions import UnknownCondition, first, parse, risings
from engine.series.fit import fit_at
from engine.series.task import LossGraph, Task, loss_at, task_at, trained_part
from gui.base.change import Change
from gui.session import Session
from gui.training.controls_view import ControlsView
from gui.training.fit_plot import FitPlot, said
from gui.training.labels import section, small
from gui.training.lamps import Lamps
from gui.training.loss_line import LossLine
from gui.training.parameters_plot import ParametersPlot, Quantity, lines_of
from gui.training.point_drag import PointDrag, spans_of
from gui.training.stop_field import StopField
from gui.training.surface_section import SurfaceSection

PAUSE_MS = 40
"""While the cursor runs, the plots follow at this distance."""
TITLES = {"line": "Fit", "parity": "Prediction against target", "classes": "Decisions"}


class TrainingPage(QScrollArea):
    """Lamps, fit, loss surface, parameters.

    ``appeared`` tells whether the program trains; ``moved`` asks for a cursor.
    """

    moved = Signal(int)
    appeared = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._of = session.trace
        """The run that is shown."""
        self._fresh = False
        """Whether another program was opened since."""
        self._point: PointDrag | None = None
        self._condition = ""
        """What was last asked to stop at."""
        self._pass: tuple[int, LossGraph | None, Task | None] = (-1, None, None)
        """Where the last backward() began, what it started from and what it fits."""
        self._dirty = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Training")
        self._make()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._write_if_dirty)
        session.changed.connect(self._on_change)
        session.readings.changed.connect(self._have_read)

    def _make(self) -> None:
        page = QWidget()
        page.setProperty("role", "panel")
        box = QVBoxLayout(page)
        box.setContentsMargins(18, 12, 14, 18)
        box.setSpacing(4)
        self.lamps = Lamps()
        self.note = small()
        self.note.setWordWrap(True)
        self.controls = ControlsView(self._session)
        self.stop = StopField()
        self.stop.entered.connect(self._stop_at)
        self.fit_title = section("Fit")
        self.fit = FitPlot()
        self.fit.dragged.connect(self._drag_point)
        self.fit_said = small()
        self.surface = SurfaceSection(self._session)
        self.surface.chosen.connect(self._later)
        self.line = LossLine(self._session)
        self.parameters_title = section("Parameters")
        head = QHBoxLayout()
        head.setSpacing(0)
        self.parameters_title.setContentsMargins(0, 10, 0, 5)
        head.addWidget(self.parameters_title, 1, Qt.AlignmentFlag.AlignBottom)
        self.quantity = QButtonGroup(self)
        for quantity in Quantity:
            button = QPushButton(quantity.value)
            button.setCheckable(True)
            button.setChecked(quantity is Quantity.VALUES)
            button.setProperty("role", "tab")
            self.quantity.addButton(button)
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        self.quantity.buttonClicked.connect(self._later)
        self.parameters = ParametersPlot()
        self.parameters.asked.connect(self._asked)
        self.parameters.resized.connect(self._later)
        box.addWidget(self.lamps)
        box.addWidget(self.note)
        for widget in (self.controls, self.stop, self.fit_title, self.fit, self.fit_said, self.surface, self.line):
            box.addWidget(widget)
        box.addLayout(head)
        box.addWidget(self.parameters)
        box.addStretch(1)
        self.setWidget(page)

    # --- following --------------------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.DOCUMENT in change and self._session.fresh_document:
            self._fresh = True
            self.stop.say("")
        s = self._session
        if Change.PLAYING in change and not s.playing and self._condition and s.cursor in s.stops:
            self.stop.say(f"Stopped at {self._where(s.cursor)}: {parse(self._condition).said}.")
        if Change.THEME in change:
            self.surface.forget()
        if change & (Change.CURSOR | Change.THEME) and Change.TRACE not in change:
            self._later()

    @Slot()
    def _have_read(self) -> None:
        self._session.turns.apart(self._take_readings)

    def _take_readings(self) -> bool:
        """Show what has been read."""
        readings = self._session.readings
        if self._of is not readings.trace:
            self._of = readings.trace
            self._pass = (-1, None, None)
            if self._fresh:
                self._fresh = False
                self.fit.forget()
        self.appeared.emit(bool(readings.turns.turns))
        self._arm()
        if not self._session.running:
            self._offer_stops()
        self._later()
        return False

    def _later(self) -> None:
        """Draw at once if nothing was drawn just now, else in a moment."""
        self._dirty = True
        if not self._pause.isActive():
            self._write_if_dirty()

    def _write_if_dirty(self) -> None:
        if self._dirty and self.isVisible() and not self._session.readings.busy:
            self._dirty = False
            self.write()
            self._pause.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._session.readings.want_parameters()
        self._later()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self._condition:
            self._session.readings.leave_parameters()

    # --- drawing ----------------------------------------------------------------------------

    def write(self) -> None:
        """Draw everything for the cursor."""
        s, readings = self._session, self._session.readings
        if not readings.turns.turns:
            return
        place = s.trace.stop(s.cursor)
        lamps = readings.turns.lamps(s.cursor)
        self.lamps.show_lamps(lamps, s.theme)
        notes = list(dict.fromkeys(lamp.note for lamp in lamps if lamp.note))
        self.note.setText("\n".join(notes))
        self.note.setStyleSheet(f"color: {s.theme.error.name()};")
        self.note.setVisible(bool(notes))
        self._find_pass(place)
        self._write_fit()
        self.surface.show_run(self._pass[1], readings.parameters, place)
        self.line.show_run(self._pass[1], readings.parameters, place)
        chosen = self.quantity.checkedButton()
        assert chosen is not None
        quantity = Quantity(chosen.text())
        lines = lines_of(readings.parameters, quantity, readings.norm)
        gradients, rate = quantity is not Quantity.VALUES, learning_rate(s.trace.source)
        self.parameters.show_lines(lines, gradients, readings.turns.begins, rate, place, s.theme)

    def _find_pass(self, place: int) -> None:
        """The last backward() before the cursor; before the first one, that one."""
        began = self._session.readings.turns.backward_before(place)
        if began != self._pass[0]:
            trace, graph = self._session.trace, None
            if began >= 0:
                graph = loss_at(trace, began)
            reduced = None if graph is None else trained_part(graph, trace.state_after(began))
            self._pass = (began, reduced, None if graph is None else task_at(trace, began))

    def _write_fit(self) -> None:
        s = self._session
        task = self._pass[2]
        fit = None if task is None else fit_at(task, s.moment.state)
        for widget in (self.fit_title, self.fit, self.fit_said):
            widget.setVisible(fit is not None)
        if fit is not None:
            self.fit_title.setText(TITLES[fit.kind])
            self.fit.movable = task is not None and (self.fit.busy or spans_of(s, task) is not None)
            self.fit.show_fit(fit, s.theme)
            self.fit_said.setText(said(fit))

    @Slot(int, float, float, bool)
    def _drag_point(self, index: int, x: float, y: float, joins: bool) -> None:
        task, fit = self._pass[2], self.fit.fit
        if not joins:
            spans = None if task is None else spans_of(self._session, task)
            self._point = None if spans is None else PointDrag(spans[0][index], spans[1][index])
        if self._point is not None and fit is not None:
            extent = float(np.ptp(fit.x[:, 0])), float(np.ptp(fit.target))
            self.controls.edited.emit(self._point.move(x, y, extent), joins)

    # --- stopping ---------------------------------------------------------------------------

    def _next_stop(self, after: int) -> int | None:
        """Where the condition holds next; None if nowhere. Raises UnknownCondition."""
        s, readings = self._session, self._session.readings
        condition = parse(self._condition)
        return first(condition, s.trace, readings.losses, readings.parameters, readings.norm, after)

    def _arm(self) -> None:
        """Playing is to stop where the condition begins to hold."""
        s, readings = self._session, self._session.readings
        found: list[int] = []
        if self._condition:
            with contextlib.suppress(UnknownCondition):
                condition = parse(self._condition)
                found = risings(condition, s.trace, readings.losses, readings.parameters, readings.norm)
        s.stops = frozenset(found)

    def _offer_stops(self) -> None:
        """Conditions that are something to stop at here."""
        losses = self._session.readings.losses
        if losses:
            main = losses[0]
            begins = next((p.value for p in main.points if math.isfinite(p.value)), 0.2)
            half = f"{begins / 2:.2g}"
            middle = f"{main.loop} == {len(main.points) // 2 + main.start}"
            self.stop.offer(["converged", f"{main.name} < {half}", f"{main.name} is nan", "grad is nan", middle])

    def _where(self, cursor: int) -> str:
        """A cursor in the words of the loop: ``epoch 24``."""
        losses = self._session.readings.losses
        point = losses[0].at(cursor) if losses else None
        return f"step {cursor}" if point is None else losses[0].label(point.turn)

    def _not_found(self) -> str:
        s = self._session
        if s.running:
            return "It has not held so far; the run goes on."
        if parse(self._condition).name == "converged":
            return "The loss has not come to rest: let it train for longer, or with another rate."
        return "It never holds in this run."

    @Slot(str)
    def _stop_at(self, text: str) -> None:
        self._condition = text.strip()
        if not self._condition:
            self._arm()
            return
        try:
            cursor = self._next_stop(self._session.cursor)
            again = cursor is None
            if again:
                cursor = self._next_stop(-1)
        except UnknownCondition as error:
            self._condition = ""
            self.stop.say(str(error))
            return
        self._arm()
        if cursor is None:
            self.stop.say(self._not_found())
            return
        self.moved.emit(cursor)
        how = ", sought from the start" if again else ""
        self.stop.say(f"{parse(self._condition).said}: {self._where(cursor)}{how}")

    @Slot(int)
    def _asked(self, place: int) -> None:
        trace = self._session.trace
        self.moved.emit(trace.cursor_of(min(place, max(0, len(trace.events) - 1))))
