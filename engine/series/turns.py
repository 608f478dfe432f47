"""The turns of a training loop, and the four parts of each: clear gradients, forward, backward, step.

What is missing or in the wrong order is found by following what happens to ``.grad`` and to the parameters,
not by looking for calls: a loop that updates by hand is read as well as one with an optimizer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.series.following import Follower
from engine.trace import events as ev
from engine.trace.events import Span
from engine.trace.fold import on
from engine.trace.steps import INITIALISERS
from engine.trace.trace import Trace


class Part(StrEnum):
    """A part of a turn, in the order in which they belong."""

    ZERO_GRAD = "zero_grad"
    FORWARD = "forward"
    BACKWARD = "backward"
    STEP = "step"


LOOKED_BACK = 64
"""Turns before a moment in which a backward() is sought."""

ADDS_UP = "Gradients of earlier turns are still in .grad: backward() adds to them. Clear them in every turn."
CLEARED_TOO_EARLY = (
    "The gradients are cleared before the step uses them: clear them before backward() or after the step."
)
STALE = "The step uses gradients of an earlier turn: call backward() first."
NEVER_STEPS = "Nothing changes the parameters: call step() after backward()."


@dataclass(slots=True)
class Stretch:
    """A part of one turn: events ``begin`` to ``end`` (exclusive; it may still grow)."""

    part: Part
    begin: int
    end: int
    fault: str = ""
    """What is wrong with it, and what follows from that."""


@dataclass(slots=True)
class Turn:
    """One turn of the loop that trains, from event ``begin`` on."""

    begin: int
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lamp:
    """What a part is at a moment: ``off`` (not yet), ``now``, ``done``, or ``wrong``, which ``note`` explains."""

    part: Part
    state: str
    note: str = ""


class TurnReader(Follower):
    """Reads the turns from a trace."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.turns: list[Turn] = []
        """The turns of loops in which backward() was called, and those before them of the same loop."""
        self._begins: list[int] = []
        self._loops: list[tuple[Span | None, Turn]] = []
        """The loops around, outermost first, each with its turn; a loop inside a turn that trains has that turn."""
        self._training: set[Span | None] = set()
        self._pending: dict[Span | None, list[Turn]] = {}
        """Turns of loops of which it is not known yet whether they train."""
        self._owners: dict[int, int] = {}
        """Tensors in ``.grad``, and whose."""
        self._fresh: set[int] = set()
        """Parameters with gradients that no step has used."""
        self._used: set[int] = set()
        """Parameters whose gradients a step has used and nothing has cleared since."""
        self._tainted: dict[int, Stretch] = {}
        """Parameters to whose used gradients a pass has added, and that pass: wrong as soon as a step uses them."""
        self._bound: dict[tuple[str, str], int] = {}
        self._asked: set[int] = set()
        """Tensors that autograd.grad was asked about."""
        self._stepping: Stretch | None = None
        """The step of an optimizer that is under way; with a closure it has passes of its own."""
        self._cleared: Stretch | None = None
        """Where fresh gradients were cleared, if no backward() has followed."""
        self._passes = 0
        self._steps = 0

    def read(self) -> list[Turn]:
        """The turns so far."""
        self.follow()
        return self.turns

    @property
    def begins(self) -> Sequence[int]:
        """The events with which the turns begin."""
        return self._begins

    def lamps(self, cursor: int) -> tuple[Lamp, ...]:
        """The four parts of the turn that the step at the cursor is in; all off outside of turns."""
        place, step = self.trace.stop(cursor), self.trace.step(cursor)
        since = place if step is None else step.start
        number = bisect_right(self._begins, place - 1) - 1
        if number < 0 or not self.turns:
            return tuple(Lamp(part, "off") for part in Part)
        turn = self.turns[number]
        return tuple(self._lamp(turn, number, part, since, place) for part in Part)

    def backward_before(self, place: int) -> int:
        """The event with which the last backward() before an event began; the first one's if there is none; else -1."""
        last = bisect_right(self._begins, place)
        for turn in reversed(self.turns[max(0, last - LOOKED_BACK) : last]):
            for stretch in reversed(turn.stretches):
                if stretch.part is Part.BACKWARD and stretch.begin < place:
                    return stretch.begin
        passes = (s.begin for turn in self.turns[:LOOKED_BACK] for s in turn.stretches if s.part is Part.BACKWARD)
        return next(passes, -1)

    def faults(self) -> list[tuple[int, Stretch]]:
        """The first stretch of each kind of fault, with the number of its turn."""
        found: dict[str, tuple[int, Stretch]] = {}
        for number, turn in enumerate(self.turns):
            for stretch in turn.stretches:
                if stretch.fault:
                    found.setdefault(stretch.fault, (number, stretch))
        return list(found.values())

    def _lamp(self, turn: Turn, number: int, part: Part, since: int, place: int) -> Lamp:
        mine = [s for s in turn.stretches if s.part is part and s.begin < place]
        faults = [s.fault for s in mine if s.fault]
        if part is Part.ZERO_GRAD:
            # Missing is seen where backward() adds to what should have been cleared.
            faults += [s.fault for s in turn.stretches if s.fault == ADDS_UP and s.begin < place]
        elif part is Part.STEP and not mine and not self._steps and self._ended(number, place):
            faults.append(NEVER_STEPS)
        elif part is Part.BACKWARD:
            faults = [f for f in faults if f != ADDS_UP]
        if faults:
            return Lamp(part, "wrong", faults[0])
        if not mine:
            return Lamp(part, "off")
        return Lamp(part, "now" if mine[-1].end > since else "done")

    def _ended(self, number: int, place: int) -> bool:
        """Whether a turn is over at a place: the next one has begun, or the program has ended."""
        return number + 1 < len(self.turns) or (self.trace.finished and place >= len(self.trace.events) - 1)

    # --- following --------------------------------------------------------------------------

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        if event.within is None and event.link is not None and not self._passes:
            self._extend(Part.FORWARD, place)

    @on(ev.BackwardBegan)
    def _backward_began(self, place: int, event: ev.BackwardBegan) -> None:
        self._passes += 1
        self._trains()
        self._asked.update(event.wanted or ())
        if self._stepping is not None and self._stepping.fault == STALE:
            self._stepping.fault = ""
        self._extend(Part.BACKWARD, place, fresh=self._passes == 1)

    @on(ev.NodeRan)
    def _node_ran(self, place: int, event: ev.NodeRan) -> None:
        self._extend(Part.BACKWARD, place)

    @on(ev.BackwardEnded)
    def _backward_ended(self, place: int, event: ev.BackwardEnded) -> None:
        self._passes -= 1
        self._extend(Part.BACKWARD, place)

    @on(ev.GradAssigned)
    def _grad_assigned(self, place: int, event: ev.GradAssigned) -> None:
        if event.grad is None:
            self._clears(place, event.tensor)
        else:
            self._owners[event.grad] = event.tensor

    @on(ev.Edited)
    def _edited(self, place: int, event: ev.Edited) -> None:
        if event.link is not None or self._passes:
            return
        if event.tensor in self._owners:
            if event.op == "zero_":
                self._clears(place, self._owners[event.tensor])
        elif event.tensor in self._owners.values() and event.op not in INITIALISERS:
            self._moves(place, event.tensor)

    @on(ev.Entered)
    def _entered(self, place: int, event: ev.Entered) -> None:
        if event.kind == "optimizer":
            if event.label == "zero_grad":
                self._extend(Part.ZERO_GRAD, place)
            elif event.label == "step":
                self._stepping = self._steps_now(place)

    @on(ev.Left)
    def _left(self, place: int, event: ev.Left) -> None:
        if event.kind == "optimizer" and event.label == "step":
            self._stepping = None

    @on(ev.Bound)
    def _names(self, place: int, event: ev.Bound) -> None:
        if event.tensors and event.tensors[0][0] == "":
            self._binds(place, (event.scope, event.name), event.tensors[0][1])

    # --- loops ------------------------------------------------------------------------------

    @on(ev.Iterated)
    def _turn_begins(self, place: int, event: ev.Iterated) -> None:
        loop = event.span
        self._leave(loop)
        if loop not in self._training and any(outer in self._training for outer, _ in self._loops):
            self._loops.append((loop, self._loops[-1][1]))
            return
        turn = Turn(place)
        self._loops.append((loop, turn))
        if loop in self._training:
            self._add(turn)
        else:
            self._pending.setdefault(loop, []).append(turn)

    @on(ev.LoopEnded)
    def _loop_ends(self, place: int, event: ev.LoopEnded) -> None:
        loop = event.span
        self._leave(loop)
        # A loop that does not train itself, such as one that clears gradients one by one, is a part of the turn around.
        for turn in self._pending.pop(loop, ()):
            if self._loops:
                self._loops[-1][1].stretches += turn.stretches

    def _leave(self, loop: Span | None) -> None:
        for number, (other, _) in enumerate(self._loops):
            if other == loop:
                del self._loops[number:]
                return

    def _trains(self) -> None:
        """backward() is called: the loop whose turn it is is one that trains."""
        if not self._loops:
            return
        turn = self._loops[-1][1]
        loop = next(other for other, its in self._loops if its is turn)
        if loop not in self._training:
            self._training.add(loop)
            for earlier in self._pending.pop(loop, ()):
                self._add(earlier)

    def _add(self, turn: Turn) -> None:
        at = bisect_right(self._begins, turn.begin)
        self._begins.insert(at, turn.begin)
        self.turns.insert(at, turn)

    def _extend(self, part: Part, place: int, fresh: bool = False) -> Stretch | None:
        """Let the part that is under way go on, or begin it; None outside of loops."""
        if not self._loops:
            return None
        turn = self._loops[-1][1]
        last = turn.stretches[-1] if turn.stretches else None
        if last is None or last.part is not part or fresh:
            last = Stretch(part, place, place + 1)
            turn.stretches.append(last)
        last.end = place + 1
        return last

    # --- gradients and parameters -----------------------------------------------------------

    @on(ev.GradWritten)
    def _written(self, place: int, event: ev.GradWritten) -> None:
        stretch = self._extend(Part.BACKWARD, place)
        self._owners[event.grad] = event.tensor
        if stretch is not None and event.old is not None and event.tensor in self._used:
            self._tainted.setdefault(event.tensor, stretch)
        self._fresh.add(event.tensor)
        self._cleared = None

    def _clears(self, place: int, tensor: int) -> None:
        stretch = self._extend(Part.ZERO_GRAD, place)
        if tensor in self._fresh:
            self._fresh.discard(tensor)
            self._cleared = stretch
        self._used.discard(tensor)
        self._tainted.pop(tensor, None)

    def _steps_now(self, place: int) -> Stretch | None:
        stretch = self._extend(Part.STEP, place)
        self._steps += 1
        if stretch is None or self._fresh:
            return stretch
        if self._cleared is not None:
            self._cleared.fault = CLEARED_TOO_EARLY
        elif stretch.begin == place:
            stretch.fault = STALE
        return stretch

    def _binds(self, place: int, name: tuple[str, str], tensor: int) -> None:
        """``w = w - lr * g`` is a step, too: the name of a parameter is given to a new tensor."""
        old = self._bound.get(name)
        self._bound[name] = tensor
        if old is not None and tensor > old and (old in self._fresh or old in self._asked):
            self._extend(Part.STEP, place)
            self._steps += 1
            self._fresh.discard(old)
            self._asked.discard(old)

    def _moves(self, place: int, tensor: int) -> None:
        """A parameter is changed."""
        turn = self._loops[-1][1] if self._loops else None
        under_way = turn is not None and bool(turn.stretches) and turn.stretches[-1].part is Part.STEP
        if under_way:
            self._extend(Part.STEP, place)
        else:
            self._steps_now(place)
        if tensor in self._tainted:
            self._tainted.pop(tensor).fault = ADDS_UP
        if tensor in self._fresh:
            self._fresh.discard(tensor)
            self._used.add(tensor)


def lamps_at(trace: Trace, cursor: int) -> tuple[Lamp, ...]:
    """The four parts of the turn at a cursor of a whole trace."""
    reader = TurnReader(trace)
    reader.read()
    return reader.lamps(cursor)
