"""Moment: a run at a cursor, with everything the explanations look at."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain import names
from engine.graph.scenes import Entity, Scene, Scenes
from engine.trace import events as ev
from engine.trace.events import AnyEvent, Span
from engine.trace.known import NodeInfo, PassInfo
from engine.trace.state import State
from engine.trace.steps import Phase, Step
from engine.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Moment:
    """(trace, cursor) and what follows from them."""

    trace: Trace
    scenes: Scenes
    cursor: int
    place: int
    """How many events have happened."""
    state: State
    step: Step | None
    """The step that has just been made; None at the start."""

    @classmethod
    def at(cls, trace: Trace, scenes: Scenes, cursor: int) -> Moment:
        return cls(trace, scenes, cursor, trace.stop(cursor), trace.state_at(cursor), trace.step(cursor))

    @property
    def main(self) -> AnyEvent | None:
        """The event that makes the step."""
        return None if self.step is None else self.trace.events[self.step.main]

    def events(self) -> list[AnyEvent]:
        """The events of the step."""
        return self.trace.step_events(self.cursor)

    @property
    def scene(self) -> Scene:
        return self.scenes.scene_at(self.place)

    def name(self, key: str) -> str:
        return names.title(self.scenes, self.scenes.entities[key], self.place)

    def tensor_name(self, tensor: int) -> str:
        """What a tensor is called now."""
        owner = self.scenes.owner_of_grad(tensor)
        if owner is not None and owner != tensor:
            return f"{self.tensor_name(owner)}.grad"
        key = self.scenes.of_tensor(tensor, self.place)
        return "a tensor" if key is None else self.name(key)

    def node_entity(self, node: int) -> Entity | None:
        """The card at which a node's gradient arrives (of several outputs the first)."""
        keys = self.scenes.of_node(node)
        return self.scenes.entities[keys[0]] if keys else None

    def node_name(self, node: int) -> str:
        entity = self.node_entity(node)
        return "?" if entity is None else self.name(entity.key)

    def node(self, number: int) -> NodeInfo | None:
        return self.state.nodes.get(number)

    def backward(self) -> PassInfo | None:
        """The pass that the step is part of, or the last one before it."""
        return self.state.last_pass

    def shown_pass(self) -> PassInfo | None:
        """The pass whose gradients are still to be seen: until the program computes something new."""
        run = self.state.last_pass
        if run is None or not run.over:
            return run
        for place in range(self.cursor - 1, -1, -1):
            step = self.trace.steps[place]
            if step.run == run.run:
                return run
            if step.phase in (Phase.LEAVES, Phase.FORWARD):
                return None
        return run

    def source(self, span: Span | None) -> str:
        """The text of a span, on one line."""
        return "" if span is None else " ".join(self.trace.source[span.start : span.stop].split())

    def statement(self, span: Span | None) -> str:
        """The line of the source in which a span begins."""
        if span is None:
            return ""
        text = self.trace.source
        begin = text.rfind("\n", 0, span.start) + 1
        end = text.find("\n", span.start)
        line = text[begin : len(text) if end < 0 else end]
        return line.partition("#")[0].strip() or line.strip()

    def line(self, span: Span | None) -> int:
        """The line number of a span, from 1."""
        return 0 if span is None else self.trace.source.count("\n", 0, span.start) + 1

    def run_steps(self) -> tuple[int, int]:
        """Which step of its backward pass this is, and how many the pass has."""
        if self.step is None or self.step.run is None:
            return 0, 0
        steps = self.trace.steps
        first = self.cursor - 1
        while first > 0 and steps[first - 1].run == self.step.run:
            first -= 1
        last = self.cursor - 1
        while last + 1 < len(steps) and steps[last + 1].run == self.step.run:
            last += 1
        return self.cursor - first, last - first + 1

    def event_of(self, kind: type) -> AnyEvent | None:
        """The step's first event of a kind."""
        return next((e for e in self.events() if isinstance(e, kind)), None)

    def written(self) -> ev.GradWritten | None:
        event = self.event_of(ev.GradWritten)
        return event if isinstance(event, ev.GradWritten) else None
