"""Player: moves the cursor, step by step and smoothly. One number, the progress of a step, drives all motion."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEasingCurve, QObject, QTimer, QVariantAnimation, Slot

from engine.trace.steps import Phase, Step
from gui.base.change import Change
from gui.session import Pace, Session

STEP_MS = 450
"""How long a step takes to arrive, at speed 1."""
PAUSES = {Pace.STEP: 350, Pace.TURN: 1000, Pace.FULL: 16}
"""How long it then stands, while playing, in ms."""
FRAME_MS, FULL_MS = 16.0, 10_000.0
"""At full speed a picture is shown so often, and a long run is over after some ten seconds."""
TURN_STEPS = 10
"""About so many steps has a turn; only how far a long run leaps depends on it."""

CHIPS = {
    "forward": (Phase.LEAVES, Phase.FORWARD),
    "backward": (Phase.BACKWARD,),
    "update": (Phase.UPDATE,),
}
"""The three phases that have a chip, and what belongs to them."""


class Player(QObject):
    """Play, pause, step, jump. Nothing but the session's cursor and progress is changed."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._tween = QVariantAnimation(self)
        self._tween.setStartValue(0.0)
        self._tween.setEndValue(1.0)
        self._tween.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._tween.valueChanged.connect(self._moved)
        self._tween.finished.connect(self._arrived)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._next)
        session.changed.connect(self._on_change)

    @property
    def tween(self) -> QVariantAnimation:
        """The running animation; tests set its time."""
        return self._tween

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.SOURCE in change and self._session.playing:
            self.pause()

    # --- moving -----------------------------------------------------------------------------

    @Slot()
    def step(self) -> None:
        """One step forward; a step that is still on its way arrives first."""
        if self._finish():
            return
        self._one_step()

    def _go_on(self) -> None:
        """Play on, by what is taken at a time."""
        s = self._session
        if s.pace is Pace.STEP or s.cursor >= len(s.trace):
            self._one_step()
            return
        turns = 1 if s.pace is Pace.TURN else max(1, round(len(s.trace) * FRAME_MS / FULL_MS / TURN_STEPS))
        cursor = s.cursor
        for _ in range(turns):
            cursor = end_of_turn(s.trace.steps, cursor)
        s.move(min([cursor, *(stop for stop in s.stops if s.cursor < stop < cursor)]))
        self._arrived()

    def _one_step(self) -> None:
        s = self._session
        if s.cursor >= len(s.trace):
            self.pause()
            return
        if s.animate:
            s.move(s.cursor + 1, 0.0)
            self._tween.setDuration(max(1, round(STEP_MS / s.speed)))
            self._tween.start()
        else:
            s.move(s.cursor + 1)
            self._arrived()

    def _finish(self) -> bool:
        """Let a step that is on its way arrive at once; whether there was one."""
        if self._tween.state() != QVariantAnimation.State.Running:
            return False
        self._tween.stop()
        self._session.advance(1.0)
        return True

    @Slot()
    def back(self) -> None:
        """One step back, at once."""
        self.pause()
        self._tween.stop()
        s = self._session
        s.move(s.cursor - 1)

    def jump(self, cursor: int) -> None:
        """To any step, at once."""
        self._tween.stop()
        self._session.move(cursor)

    @Slot()
    def first(self) -> None:
        self.pause()
        self.jump(0)

    @Slot()
    def last(self) -> None:
        self.pause()
        self.jump(len(self._session.trace))

    def phase(self, direction: int) -> None:
        """To the beginning of the next or previous stretch of steps."""
        self.pause()
        steps = self._session.trace.steps
        cursor = self._session.cursor
        if direction > 0:
            if 0 < cursor < len(steps) and steps[cursor].group == steps[cursor - 1].group:
                cursor = _end_of_group(steps, cursor)
            self.jump(_end_of_group(steps, cursor + 1) if cursor < len(steps) else cursor)
        elif cursor:
            group = steps[cursor - 1].group
            while cursor and steps[cursor - 1].group == group:
                cursor -= 1
            self.jump(cursor)

    def to_phase(self, chip: str) -> None:
        """To the end of the next stretch of that phase, from the start again after the last."""
        self.pause()
        s = self._session
        wanted = CHIPS[chip]
        steps = s.trace.steps
        order = [*range(s.cursor, len(steps)), *range(s.cursor)]
        for i in order:
            if steps[i].phase in wanted:
                self.jump(i + 1)
                return

    # --- playing ----------------------------------------------------------------------------

    @Slot()
    def toggle(self) -> None:
        if self._session.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        s = self._session
        if not len(s.trace):
            return
        if s.cursor >= len(s.trace):
            self.jump(0)
        s.set_playing(True)
        if not self._finish():
            self._go_on()
        else:
            self._arrived()

    def pause(self) -> None:
        self._pause.stop()
        self._session.set_playing(False)

    @Slot(object)
    def _moved(self, value: float) -> None:
        if self._tween.state() != QVariantAnimation.State.Stopped:
            self._session.advance(float(value))

    @Slot()
    def _arrived(self) -> None:
        self._session.advance(1.0)
        if self._session.playing:
            if self._session.cursor >= len(self._session.trace) or self._session.cursor in self._session.stops:
                self.pause()
            else:
                self._pause.start(max(1, round(PAUSES[self._session.pace] / self._session.speed)))

    @Slot()
    def _next(self) -> None:
        if self._session.playing:
            self._go_on()


def end_of_turn(steps: Sequence[Step], cursor: int) -> int:
    """The last cursor of the turn of a loop, or of the stretch outside of loops, that the next step is in."""
    if cursor >= len(steps):
        return len(steps)
    turn = steps[cursor].turn
    while cursor < len(steps) and steps[cursor].turn == turn:
        cursor += 1
    return cursor


def _end_of_group(steps: Sequence[Step], cursor: int) -> int:
    """The last cursor of the stretch of steps that the step at this cursor belongs to."""
    group = steps[cursor - 1].group
    while cursor < len(steps) and steps[cursor].group == group:
        cursor += 1
    return cursor
