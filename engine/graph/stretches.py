"""Which calls and turns of loops each event of a run lies in."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import NamedTuple

from engine.trace import events as ev
from engine.trace.events import Span
from engine.trace.fold import Fold, on

MODULE, FUNCTION, OPTIMIZER, LOOP, TURN = "module", "function", "optimizer", "loop", "turn"
_CALLS = frozenset((MODULE, FUNCTION, OPTIMIZER))


class What(NamedTuple):
    """What a stretch is: its kind, and the label and the title of the event that began it (loops have their head)."""

    kind: str
    label: str = ""
    title: str = ""
    head: Span | None = None


class Stretches(Fold):
    """Follows a run. Stretches are numbered from 1 as they begin; 0 is the whole run.

    A long run has many: each takes some tens of bytes.
    """

    def __init__(self) -> None:
        self._kinds: dict[What, int] = {}
        self._whats: list[What] = []
        self._what = array("l", [self._known(What("run"))])
        self._outer = array("l", [0])
        self._number = array("l", [0])
        """Of a turn its index; of a loop how many turns it had, once it is over."""
        self._places = array("l")
        self._inside = array("l")
        """After the event at each of the places: the innermost stretch."""
        self._stack = [0]

    @on(ev.Entered)
    def _entered(self, place: int, event: ev.Entered) -> None:
        if event.kind in _CALLS:
            self._begin(What(event.kind, event.label, event.title))
            self._note(place)

    @on(ev.Left)
    def _left(self, place: int, event: ev.Left) -> None:
        if event.kind in _CALLS:
            self._leave(event.kind)
            self._note(place)

    @on(ev.Iterated)
    def _turn_begins(self, place: int, event: ev.Iterated) -> None:
        if self._loop(event.span) is None:
            self._begin(What(LOOP, head=event.span))
        while self.what(self._stack[-1]).head != event.span:
            self._stack.pop()
        self._begin(What(TURN), event.index)
        self._note(place)

    @on(ev.LoopEnded)
    def _loop_ends(self, place: int, event: ev.LoopEnded) -> None:
        depth = self._loop(event.span)
        if depth is not None:
            if depth + 1 < len(self._stack):
                self._number[self._stack[depth]] = self._number[self._stack[depth + 1]] + 1
            del self._stack[depth:]
            self._note(place)

    def _note(self, place: int) -> None:
        """Note where the innermost stretch is another one from now on."""
        if self._stack[-1] != (self._inside[-1] if self._inside else 0):
            self._places.append(place)
            self._inside.append(self._stack[-1])

    def at(self, place: int) -> int:
        """The innermost stretch in which event number ``place`` happened."""
        i = bisect_left(self._places, place)
        return self._inside[i - 1] if i else 0

    def what(self, stretch: int) -> What:
        return self._whats[self._what[stretch]]

    def outer(self, stretch: int) -> int:
        """The stretch around one."""
        return self._outer[stretch]

    def number(self, stretch: int) -> int:
        """The index of a turn; of a loop how many turns it had, 0 while it is not over."""
        return self._number[stretch]

    def calls(self, function: str) -> int:
        """How often a function of the program's own was called."""
        kinds = {i for i, what in enumerate(self._whats) if what.kind == FUNCTION and what.label == function}
        return sum(1 for kind in self._what if kind in kinds)

    def _known(self, what: What) -> int:
        if what not in self._kinds:
            self._kinds[what] = len(self._whats)
            self._whats.append(what)
        return self._kinds[what]

    def _begin(self, what: What, number: int = 0) -> None:
        self._what.append(self._known(what))
        self._outer.append(self._stack[-1])
        self._number.append(number)
        self._stack.append(len(self._what) - 1)

    def _leave(self, kind: str) -> None:
        """The innermost call of a kind is over, and with it whatever did not end in it."""
        for depth in range(len(self._stack) - 1, 0, -1):
            if self.what(self._stack[depth]).kind == kind:
                del self._stack[depth:]
                return

    def _loop(self, head: Span | None) -> int | None:
        """How deep on the stack a loop is, if it runs in the innermost call."""
        for depth in range(len(self._stack) - 1, 0, -1):
            what = self.what(self._stack[depth])
            if what.kind == LOOP and what.head == head:
                return depth
            if what.kind in _CALLS:
                return None
        return None
