"""ShownPaths: whether the paths from the root to the selected card are shown, and which of them is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.explain.moment import Moment
from engine.explain.paths import Paths, Way, factor, paths_to
from gui.base.change import Change

if TYPE_CHECKING:
    from gui.session import Session


class ShownPaths:
    """A switch of the view. The paths follow from the moment and the selection; they are worked out once for each."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.on = False
        self.chosen: int | None = None
        """The listed path that is looked at."""
        self._for: tuple[Moment, str | None] | None = None
        self._found: Paths | None = None
        self._factors: dict[Way, str] = {}

    @property
    def found(self) -> Paths | None:
        """The paths to the selected card; None if they are not shown, or there are none."""
        s = self._session
        if not self.on or s.selection is None:
            return None
        moment = s.moment
        if self._for is None or self._for[0] is not moment or self._for[1] != s.selection:
            self._for = moment, s.selection
            self._found = paths_to(moment, s.selection)
            self._factors = {}
            self.chosen = None
        return self._found

    def factor(self, way: Way) -> str:
        """The local derivative on an edge of them."""
        if way not in self._factors:
            self._factors[way] = factor(self._session.moment, *way)
        return self._factors[way]

    def show(self, on: bool) -> None:
        if on != self.on:
            self.on = on
            self.chosen = None
            self._session.notify(Change.SELECTION)

    def choose(self, number: int | None) -> None:
        """Look at one of the listed paths, or at all."""
        if number != self.chosen:
            self.chosen = number
            self._session.notify(Change.SELECTION)
