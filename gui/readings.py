"""Readings: what is read off a run's events as they come, once for all that show it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine.series import LossReader, LossSeries
from engine.series.parameters import History, Parameter, ParameterReader
from engine.series.turns import TurnReader
from gui.base.change import Change
from gui.base.pump import Pump

if TYPE_CHECKING:
    from gui.session import Session

TOLD_AFTER = 0.5
"""Seconds after which what has been read is told, where a run arrives faster than it can be read."""


class Readings(QObject):
    """Losses and turns of the loop of the run that is shown; parameters from when somebody wants them.

    ``changed`` tells that all there is has been read, or, of a run that takes long to read, more of its beginning.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._wants_parameters = False
        self._begin()
        self.losses: tuple[LossSeries, ...] = ()
        self._pump = Pump(self._read, session.rounds, self._have_read)
        session.changed.connect(self._on_change)

    def _begin(self) -> None:
        trace, scenes = self._session.trace, self._session.scenes
        self.parameters: list[Parameter] = []
        self.trace = trace
        """The run that is read."""
        self._told = time.monotonic()
        self.turns = TurnReader(trace)
        self._losses = LossReader(trace, scenes)
        self._parameters = ParameterReader(trace, scenes)

    @property
    def busy(self) -> bool:
        """Whether there is more to read."""
        return self._pump.busy

    @property
    def norm(self) -> History:
        """The norm of all gradients together."""
        return self._parameters.norm

    def want_parameters(self) -> None:
        """Read parameters, too: somebody looks at them."""
        if not self._wants_parameters:
            self._wants_parameters = True
            self._pump.go_on()

    def leave_parameters(self) -> None:
        """Nobody looks at parameters any more."""
        self._wants_parameters = False

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change):
            return
        if Change.TRACE in change:
            if self.trace is not self._session.trace:
                self._begin()
            self._pump.go_on()

    def _read(self, seconds: float) -> bool:
        readers = (self._losses, self.turns, *((self._parameters,) if self._wants_parameters else ()))
        more = [reader.follow(seconds / len(readers)) for reader in readers]
        if any(more) and time.monotonic() > self._told + TOLD_AFTER:
            self._have_read()
        return any(more)

    def _have_read(self) -> None:
        self.losses = self._losses.curves()
        if self._wants_parameters:
            self.parameters = self._parameters.found()
        self._told = time.monotonic()
        self.changed.emit()
