"""The loss curve: what backward() was called on, turn after turn of a loop."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace

from engine.graph.scenes import Scenes
from engine.series.following import Follower
from engine.trace import events as ev
from engine.trace.events import AnyEvent, Span
from engine.trace.trace import Trace

LEAST = 2
"""Points that make a curve."""


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
        self._newest: dict[Span | None, tuple[list[LossPoint], int]] = {}
        self._values: dict[int, float] = {}
        self._turns: list[Span | None] = []
        self._loop: str | None = None

    def read(self) -> tuple[LossSeries, ...]:
        """The curves so far: of each call of backward() that runs inside a loop on one number, the longest first."""
        self.follow()
        for points, place in self._newest.values():
            # When it was read, the step that it belongs to may not have been known.
            points[-1] = replace(points[-1], cursor=self.trace.cursor_of(place))
        spans = [span for span, points in self._found.items() if len(points) >= LEAST]
        if not spans:
            return ()
        if self._loop is None:
            self._loop = loop_name(self.trace) or "step"
        # The one that is computed most often first; of equals the first in the program.
        spans.sort(key=lambda span: -len(self._found[span]))
        names = [_name(self._scenes, self._tensors[span]) for span in spans]
        series = [
            LossSeries(name if names.count(name) == 1 else f"{name} {names[: i + 1].count(name)}", self._loop, points)
            for i, (name, points) in enumerate(zip(names, (tuple(self._found[s]) for s in spans), strict=True))
        ]
        return tuple(series)

    def _feed(self, place: int, event: AnyEvent) -> None:
        match event:
            case ev.Applied():
                for out in event.outputs:
                    if out.requires_grad and out.value.size == 1 and out.value.array is not None:
                        self._values[out.tensor] = float(out.value.array.item())
            case ev.Iterated():
                self._leave(event.span)
                self._turns.append(event.span)
            case ev.LoopEnded():
                self._leave(event.span)
            case ev.BackwardBegan() if self._turns and event.wanted is None and len(event.outputs) == 1:
                tensor = event.outputs[0]
                if tensor in self._values:
                    points = self._found.setdefault(event.span, [])
                    points.append(LossPoint(len(points), self._values[tensor], self.trace.cursor_of(place)))
                    self._tensors[event.span] = tensor
                    self._newest[event.span] = (points, place)
            case ev.Died():
                for tensor in event.tensors:
                    self._values.pop(tensor, None)

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
    if trace.first_turn is None or trace.first_turn + 1 >= len(trace.events):
        return ""
    after = trace.events[trace.first_turn + 1]
    return after.name if isinstance(after, ev.Bound) and after.text is not None else ""
