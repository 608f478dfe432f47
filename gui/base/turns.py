"""Turns: when panels take in what has changed, so that together they do not hold the window.

While a run grows, one panel after the other takes it in, each in a turn of the event loop of its own. While a number is
moved and each run is followed by the next, panels beside the picture rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from gui.base.change import Change
from gui.base.rounds import Work

if TYPE_CHECKING:
    from gui.session import Session

REST_MS = 200
"""How long panels beside the picture rest at most while a number is moved."""
RESTING = Change.SOURCE | Change.DOCUMENT | Change.RUNNING | Change.TRACE | Change.CURSOR
"""What comes with every move of a number."""


class Turns(QObject):
    """Panels whose work takes more than a moment put it off here."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: dict[Callable[[Change], None], Change] = {}
        self._resting: dict[Callable[[Change], None], Change] = {}
        self._awake = False
        """Whether one that rested is being told."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._wake)

    def later(self, follow: Callable[[Change], None], change: Change, aside: bool = False) -> bool:
        """Whether ``follow`` will be called with the change in a turn of its own: where a run has only grown.

        A panel ``aside`` of the picture is also called later where a number is moved and the picture has yet to follow.
        """
        if Change.GREW in change:
            self._waiting[follow] = self._waiting.get(follow, Change(0)) | change & ~Change.GREW
            self._session.rounds.add(self._next)
            return True
        moving = self._session.live and self._session.stale and not self._awake
        if aside and moving and not change & ~RESTING:
            self._resting[follow] = self._resting.get(follow, Change(0)) | change
            if not self._rest.isActive():
                self._rest.start()
            return True
        rested = self._resting.pop(follow, Change(0)) & ~change
        if rested:
            self._tell(follow, rested)
        return False

    def apart(self, work: Work) -> None:
        """Do something now; while a run goes on, in rounds of its own."""
        if self._session.running:
            self._session.rounds.add(work)
            return
        self._session.rounds.remove(work)
        while work():
            pass

    def forget(self) -> None:
        """All panels are told of something that is more than what they wait for."""
        self._waiting.clear()

    def close(self) -> None:
        """Nobody is told any more."""
        self._waiting.clear()
        self._resting.clear()
        self._rest.stop()

    def _next(self) -> bool:
        if self._waiting:
            follow = next(iter(self._waiting))
            follow(self._waiting.pop(follow))
        return bool(self._waiting)

    @Slot()
    def _wake(self) -> None:
        resting, self._resting = self._resting, {}
        for follow, change in resting.items():
            self._tell(follow, change)

    def _tell(self, follow: Callable[[Change], None], change: Change) -> None:
        """Tell one that rested, whether or not the number is still being moved."""
        self._awake = True
        try:
            follow(change)
        finally:
            self._awake = False
