"""The loss curve: what backward() was called on, turn after turn of a loop."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.graph.scenes import Scenes
from engine.series.following import Follower
from engine.trace import events as ev
from engine.trace.events import Span
from engine.trace.fold import on
from engine.trace.trace import Trace

LEAST = 2
"""Points that make a curve."""
WATCHED = 2
"""Losses that nothing is differentiated from, at most."""

Curve = Span | str | None
"""A curve by where backward() is called, or by the name that an untracked loss has."""


@dataclass(frozen=True, slots=True)
class LossPoint:
    """``value`` of the loss in turn ``turn`` of the loop; ``cursor`` is the step at which backward() starts from it."""

    turn: int
    value: float
    cursor: int


@dataclass(frozen=True, slots=True)
class LossSeries:
    """A curve, by the name that the program gave to what it differentiates."""

    name: str
    loop: str
    """What turns are called: the loop's variable (``epoch``), else ``step``."""
    points: tuple[LossPoint, ...]
    start: int = 0
    """What the program calls the first turn: 1 in ``for epoch in range(1, 11)``."""

    def label(self, turn: int) -> str:
        """A turn as the program calls it: ``epoch 7``."""
        return f"{self.loop} {turn + self.start}"

    def at(self, cursor: int) -> LossPoint | None:
        """The last point that has been reached."""
        count = self.reached(cursor)
        return self.points[count - 1] if count else None

    def reached(self, cursor: int) -> int:
        """How many points have been reached."""
        return bisect.bisect_right(self.points, cursor, key=lambda p: p.cursor)


class LossReader(Follower):
    """Reads the curves from a trace."""

    def __init__(self, trace: Trace, scenes: Scenes) -> None:
        super().__init__(trace)
        self._scenes = scenes
        self._found: dict[Span | None, list[LossPoint]] = {}
        self._tensors: dict[Span | None, int] = {}
        self._newest: dict[Curve, tuple[list[LossPoint], int]] = {}
        self._values: dict[int, float] = {}
        self._untracked: dict[int, float] = {}
        self._watched: dict[str, list[LossPoint]] = {}
        """Of each name of an untracked loss."""
        self._turns: list[Span | None] = []
        self._counts: dict[Span | None, int] = {}
        """Turns of each loop so far."""
        self._last: dict[Curve, tuple[Span | None, int, int]] = {}
        """Of each curve the loop, how many are around it, and the turn of its last point."""
        self._several: set[Curve] = set()
        """Curves that are not one point for each turn of one loop."""
        self._asked: set[Span | None] = set()
        """Curves of autograd.grad."""
        self._loop: str | None = None

    def read(self) -> tuple[LossSeries, ...]:
        """The curves of all that there is of the trace."""
        self.follow()
        return self.curves()

    def curves(self) -> tuple[LossSeries, ...]:
        """The curves of what has been looked at, the longest first.

        There is one of each call of backward() that runs inside a loop on one number.
        """
        for points, place in self._newest.values():
            # When it was read, the step that it belongs to may not have been known.
            points[-1] = replace(points[-1], cursor=self.trace.cursor_of(place))
        spans = [span for span, points in self._found.items() if len(points) >= LEAST]
        # What autograd.grad starts from is the loss where nothing calls backward().
        spans = [span for span in spans if span not in self._asked] or spans
        if not spans:
            return ()
        if self._loop is None:
            self._loop = loop_name(self.trace).strip("_")
        # The one that is computed most often first; of equals the first in the program.
        spans.sort(key=lambda span: -len(self._found[span]))
        names = [_name(self._scenes, self._tensors[span]) for span in spans]
        series = [
            LossSeries(
                name if names.count(name) == 1 else f"{name} {names[: i + 1].count(name)}",
                (span not in self._several and self._loop) or "step",
                tuple(self._found[span]),
                0 if span in self._several else loop_start(self.trace),
            )
            for i, (name, span) in enumerate(zip(names, spans, strict=True))
        ]
        return (*series, *self._watched_series())

    def _watched_series(self) -> Iterator[LossSeries]:
        """Losses that are only looked at, such as that of a validation."""
        for name, points in list(self._watched.items())[:WATCHED]:
            if len(points) >= LEAST:
                yield LossSeries(
                    name,
                    (name not in self._several and self._loop) or "step",
                    tuple(points),
                    0 if name in self._several else loop_start(self.trace),
                )

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        for out in event.outputs:
            if out.value.size == 1 and out.value.array is not None:
                values = self._values if out.requires_grad else self._untracked
                values[out.tensor] = float(out.value.array.item())

    @on(ev.Bound)
    def _bound(self, place: int, event: ev.Bound) -> None:
        if self._turns and event.tensors and "loss" in event.name.lower():
            path, tensor = event.tensors[0]
            if not path and tensor in self._untracked:
                self._place(event.name)
                points = self._watched.setdefault(event.name, [])
                points.append(LossPoint(len(points), self._untracked[tensor], self.trace.cursor_of(place)))
                self._newest[event.name] = (points, place)

    @on(ev.Iterated)
    def _iterated(self, place: int, event: ev.Iterated) -> None:
        self._leave(event.span)
        self._turns.append(event.span)
        self._counts[event.span] = self._counts.get(event.span, 0) + 1

    @on(ev.LoopEnded)
    def _loop_ended(self, place: int, event: ev.LoopEnded) -> None:
        self._leave(event.span)

    @on(ev.BackwardBegan)
    def _backward_began(self, place: int, event: ev.BackwardBegan) -> None:
        if not self._turns or len(event.outputs) != 1 or (event.wanted and event.create_graph):
            return
        tensor = event.outputs[0]
        if tensor in self._values:
            self._place(event.span)
            if event.wanted is not None:
                self._asked.add(event.span)
            points = self._found.setdefault(event.span, [])
            points.append(LossPoint(len(points), self._values[tensor], self.trace.cursor_of(place)))
            self._tensors[event.span] = tensor
            self._newest[event.span] = (points, place)

    @on(ev.Died)
    def _died(self, place: int, event: ev.Died) -> None:
        for tensor in event.tensors:
            self._values.pop(tensor, None)
            self._untracked.pop(tensor, None)

    def _place(self, curve: Curve) -> None:
        """Note in which turn of which loop a curve has a point."""
        loop = self._turns[-1]
        now = loop, len(self._turns), self._counts[loop]
        last = self._last.get(curve)
        if now[1] > 1 or (last is not None and (last[:2] != now[:2] or now[2] != last[2] + 1)):
            self._several.add(curve)
        self._last[curve] = now

    def _leave(self, loop: Span | None) -> None:
        """Forget a loop's last turn, and the loops inside it."""
        if loop in self._turns:
            del self._turns[self._turns.index(loop) :]


def loss_series(trace: Trace, scenes: Scenes) -> tuple[LossSeries, ...]:
    """The curves of a whole trace; none if nothing trains."""
    return LossReader(trace, scenes).read()


def _name(scenes: Scenes, tensor: int) -> str:
    key = scenes.of_tensor(tensor, scenes.count)
    names = scenes.entities[key].names if key is not None else []
    return names[-1][1] if names else "loss"


def loop_name(trace: Trace) -> str:
    """The variable of the first loop: the name bound when a turn begins; ``""`` if it has none."""
    bound = _loop_variable(trace)
    return "" if bound is None else bound.name


def loop_start(trace: Trace) -> int:
    """The first value of that variable, if it is a whole number; else 0."""
    bound = _loop_variable(trace)
    text = "" if bound is None else bound.text or ""
    return int(text) if text.isdecimal() else 0


def _loop_variable(trace: Trace) -> ev.Bound | None:
    if trace.first_turn is None or trace.first_turn + 1 >= len(trace.events):
        return None
    after = trace.events[trace.first_turn + 1]
    return after if isinstance(after, ev.Bound) and after.text is not None else None
