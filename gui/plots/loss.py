"""LossPanel: the loss turn by turn, growing with the cursor; a click or drag goes to that turn."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.edit.differences import settings_apart, what_differs
from engine.explain.numbers import number
from engine.series import LossSeries
from engine.trace.trace import Trace
from gui.base import fonts
from gui.base.change import Change
from gui.plots.curves import CurvePlot, EarlierRun
from gui.session import Session

EARLIER = 5
"""Runs that stay behind the present one."""
DASHES = ("──", "╌╌", "┈┈", "─·")
DRAG = 1.5
"""Seconds between two runs of a number that is being moved, at most."""


class LossPanel(QWidget):
    """Shown when the program trains. ``moved`` asks for a cursor, ``appeared`` tells whether there is a curve."""

    moved = Signal(int)
    appeared = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.series: tuple[LossSeries, ...] = ()
        self.earlier: list[EarlierRun] = []
        self._of: Trace | None = None
        """The run whose curves are shown."""
        self._changed = ""
        """What the present text has changed about that of the last of them."""
        self._since = 0.0
        self.title = QLabel("Loss")
        self.title.setFont(fonts.ui(13, fonts.SEMIBOLD))
        self.said = QLabel()
        self.said.setFont(fonts.ui(12))
        self.said.setProperty("role", "dim")
        self.log = self._toggle("log", "Logarithmic axis", "loss_log")
        self.smooth = self._toggle("smooth", "Smoothed curve", "loss_smooth")
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 8, 0)
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.said, 1)
        head.addWidget(self.log)
        head.addWidget(self.smooth)
        self.plot = CurvePlot()
        self.plot.asked.connect(self.go_to)
        self.plot.pointed.connect(self._point)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 6)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self.plot, 1)
        self.setAccessibleName("Loss curve")
        session.changed.connect(self._on_change)
        session.readings.changed.connect(self._have_read)

    def _toggle(self, word: str, said: str, setting: str) -> QPushButton:
        button = QPushButton(word)
        button.setProperty("role", "tab")
        button.setCheckable(True)
        button.setChecked(self._session.settings.panel(setting, False))
        button.setToolTip(said)
        button.setAccessibleName(said)
        button.toggled.connect(lambda on: self._session.settings.put_panel(setting, on))
        button.toggled.connect(self._redraw)
        return button

    def prepare(self) -> None:
        """Load what the first curve will need."""
        self.plot.prepare()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        s = self._session
        if Change.DOCUMENT in change and s.fresh_document:
            self.earlier.clear()
            self.series = ()
        if self.series and Change.THEME in change:
            self._redraw()
        elif self.series and Change.CURSOR in change and Change.TRACE not in change:
            self._follow()

    @Slot()
    def _have_read(self) -> None:
        self._session.turns.apart(self._take_readings)

    def _take_readings(self) -> bool:
        """Make room for the first loss, then draw what has been read."""
        readings = self._session.readings
        if self._of is not None and self._of is not readings.trace:
            self._keep(self._of)
        self._of = readings.trace
        first = not self.series
        self.series = readings.losses
        self.appeared.emit(bool(self.series))
        if self.series:
            self.title.setText(self._names())
            if first:
                return True
            self._redraw()
        return False

    def _names(self) -> str:
        """What is drawn: of several losses each with its line."""
        if len(self.series) == 1:
            name = self.series[0].name
            return name[:1].upper() + name[1:]
        return "  ".join(f"{s.name} {DASHES[i % len(DASHES)]}" for i, s in enumerate(self.series))

    def _keep(self, old: Trace) -> None:
        """Let the curve of the run that was shown stay behind; of those of one drag only the first."""
        s = self._session
        time = monotonic()
        moving = s.live and time - self._since < DRAG
        self._since = time
        if self.series and not moving and old.source != s.trace.source:
            self.earlier.append(EarlierRun(old.source, tuple(p.value for p in self.series[0].points)))
            del self.earlier[:-EARLIER]
        now = s.trace.source
        self._changed = what_differs(self.earlier[-1].source, now) if self.earlier else ""
        self.earlier = [replace(run, label=settings_apart(now, run.source)) for run in self.earlier]

    @Slot()
    def _redraw(self) -> None:
        if self.series:
            s = self._session
            log, smooth = self.log.isChecked(), self.smooth.isChecked()
            self.plot.show_series(self.series, self.earlier, s.theme, log, smooth)
            self._follow()

    def _follow(self) -> None:
        text = self.plot.show_cursor(self._session.cursor)
        self.said.setText(self._changed)
        self.setAccessibleDescription(f"{text}, {self._changed}" if self._changed else text)

    @Slot(object)
    def _point(self, turn: float | None) -> None:
        """Exact numbers under the pointer, in the head."""
        if turn is None or not self.series:
            self.said.setText(self._changed)
            return
        main = self.series[0]
        point = min(main.points, key=lambda p: abs(p.turn - turn))
        words = [f"{s.name} {number(s.points[point.turn].value)}" for s in self.series if point.turn < len(s.points)]
        words += [
            f"before {number(run.values[point.turn])}" for run in self.earlier[-1:] if point.turn < len(run.values)
        ]
        self.said.setText(f"{main.label(point.turn)} · {' · '.join(words)}")

    @Slot(float)
    def go_to(self, turn: float) -> None:
        """Ask for the step of the turn that is nearest."""
        if self.series:
            nearest = min(self.series[0].points, key=lambda p: abs(p.turn - turn))
            self.moved.emit(nearest.cursor)
