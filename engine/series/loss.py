"""The loss curve: what backward() was called on, turn after turn of a loop."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.events import Span
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
        found = None
        for point in self.points:
            if point.cursor > cursor:
                break
            found = point
        return found


def loss_series(trace: Trace, scenes: Scenes) -> LossSeries | None:
    """The curve of the call of backward() that runs most often inside a loop on one number; None if none trains."""
    found: dict[Span | None, list[LossPoint]] = {}
    tensors: dict[Span | None, int] = {}
    values: dict[int, float] = {}
    turns: list[tuple[Span | None, int]] = []
    for place, event in enumerate(trace.events):
        match event:
            case ev.Applied():
                for out in event.outputs:
                    if out.requires_grad and out.value.size == 1 and out.value.array is not None:
                        values[out.tensor] = float(out.value.array.item())
            case ev.Iterated():
                spans = [s for s, _ in turns]
                if event.span in spans:
                    del turns[spans.index(event.span) :]
                turns.append((event.span, event.index))
            case ev.LoopEnded():
                spans = [s for s, _ in turns]
                if event.span in spans:
                    del turns[spans.index(event.span) :]
            case ev.BackwardBegan() if turns and event.wanted is None and len(event.outputs) == 1:
                tensor = event.outputs[0]
                if tensor in values:
                    points = found.setdefault(event.span, [])
                    points.append(LossPoint(len(points), values[tensor], trace.cursor_of(place)))
                    tensors[event.span] = tensor
    if not found:
        return None
    span = max(found, key=lambda s: len(found[s]))
    if len(found[span]) < LEAST:
        return None
    return LossSeries(_name(scenes, tensors[span]), loop_name(trace) or "step", tuple(found[span]))


def _name(scenes: Scenes, tensor: int) -> str:
    key = scenes.of_tensor(tensor, scenes.count)
    names = scenes.entities[key].names if key is not None else []
    return names[-1][1] if names else "loss"


def loop_name(trace: Trace) -> str:
    """The variable of the first loop: the name bound when a turn begins; ``""`` if it has none."""
    for place, event in enumerate(trace.events):
        if isinstance(event, ev.Iterated):
            after = trace.events[place + 1] if place + 1 < len(trace.events) else None
            return after.name if isinstance(after, ev.Bound) and after.text is not None else ""
    return ""
