"""Watcher: the base of what looks for one mistake in a stream of events, and the facts that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.explain.advice.model import Advice
from engine.explain.advice.notes.updates import Updates
from engine.explain.advice.past import Past
from engine.explain.advice.source import Source, source_of
from engine.graph.scenes import Entity, Scenes
from engine.trace import events as ev
from engine.trace.events import AnyEvent, Span
from engine.trace.trace import Trace

Handler = Callable[[int, Any], None]


class Facts:
    """What every watcher may ask at the event at hand: names, loops, stretches, the pass under way."""

    def __init__(self, trace: Trace, scenes: Scenes) -> None:
        self.trace = trace
        self.scenes = scenes
        self.names: dict[tuple[str, str], int] = {}
        """(scope, name with path) -> tensor."""
        self.turns: list[tuple[Span | None, int, int]] = []
        """Of each loop around: its head, the turn, the event with which that began."""
        self.frames: list[ev.Entered] = []
        """The stretches around: no_grad, optimizer ..."""
        self.run: ev.BackwardBegan | None = None
        """The pass under way, or the last one."""
        self.began = 0
        """The event with which it began."""
        self.updates = Updates()
        self._parts: dict[tuple[str, str], list[str]] = {}

    @property
    def source(self) -> Source:
        return source_of(self.trace.source)

    def handlers(self) -> dict[type, Handler]:
        return {
            ev.Bound: self._bound,
            ev.Unbound: self._unbound,
            ev.Iterated: self._iterated,
            ev.LoopEnded: self._loop_ended,
            ev.Entered: self._entered,
            ev.Left: self._left,
            ev.BackwardBegan: self._backward,
        }

    def _bound(self, place: int, event: ev.Bound) -> None:
        self._unbound(place, event)
        if event.tensors:
            self._parts[event.scope, event.name] = [event.name + path for path, _ in event.tensors]
            for path, tensor in event.tensors:
                self.names[event.scope, event.name + path] = tensor

    def _unbound(self, place: int, event: ev.Bound | ev.Unbound) -> None:
        for name in self._parts.pop((event.scope, event.name), ()):
            self.names.pop((event.scope, name), None)

    def _iterated(self, place: int, event: ev.Iterated) -> None:
        self._leave(event.span)
        self.turns.append((event.span, event.index, place))

    def _loop_ended(self, place: int, event: ev.LoopEnded) -> None:
        self._leave(event.span)

    def _leave(self, loop: Span | None) -> None:
        heads = [head for head, _, _ in self.turns]
        if loop in heads:
            del self.turns[heads.index(loop) :]

    def _entered(self, place: int, event: ev.Entered) -> None:
        self.frames.append(event)

    def _left(self, place: int, event: ev.Left) -> None:
        for i in range(len(self.frames) - 1, -1, -1):
            if self.frames[i].kind == event.kind:
                del self.frames[i]
                return

    def _backward(self, place: int, event: ev.BackwardBegan) -> None:
        self.run, self.began = event, place

    # --- asking -----------------------------------------------------------------------------

    def inside(self, kind: str, label: str) -> ev.Entered | None:
        """The innermost stretch, if it is of that kind."""
        last = self.frames[-1] if self.frames else None
        return last if last is not None and (last.kind, last.label) == (kind, label) else None

    def entity(self, tensor: int, place: int) -> Entity | None:
        """The card of a tensor after ``place`` events."""
        key = self.scenes.of_tensor(tensor, place)
        return None if key is None else self.scenes.entities[key]

    def event_of(self, tensor: int, place: int) -> AnyEvent | None:
        """The event that made a tensor."""
        entity = self.entity(tensor, place)
        return None if entity is None else self.trace.events[entity.made]

    def past(self, place: int) -> Past:
        """Everything up to and with event ``place``."""
        return Past(self.trace, self.scenes, place + 1)


class Watcher:
    """Looks for one mistake. It is asked for its handlers once, and no more when it has found something."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.found: Advice | None = None

    def handlers(self) -> dict[type, Handler]:
        raise NotImplementedError

    def tell(self, note: Advice) -> None:
        """The first time counts."""
        if self.found is None:
            self.found = note

    def end(self, place: int) -> None:
        """The run is over, with event ``place``."""
