"""Past: what can be asked about a run up to an event: what things are called, and where they came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.explain import names
from engine.explain.advice.model import Cause
from engine.explain.advice.source import Source, source_of
from engine.explain.numbers import compact, inline, shape_text
from engine.graph.scenes import CONSTANT, LEAF, Entity, Scenes
from engine.trace.events import AnyEvent, Span
from engine.trace.known import TensorInfo
from engine.trace.trace import Trace

LONGEST = 30
"""Characters of an expression that stands for a tensor without a name."""
LOOKED_BACK = 60_000
"""Events that a search back through a run looks at: so many are ready for use."""
FURTHEST = 20_000
"""Cards that a search towards the leaves will visit."""


class Past:
    """A run after its first ``place`` events."""

    def __init__(self, trace: Trace, scenes: Scenes, place: int) -> None:
        self.trace = trace
        self.scenes = scenes
        self.place = place
        self.source: Source = source_of(trace.source)
        self.state = trace.state_after(place)

    # --- tensors ----------------------------------------------------------------------------

    def info(self, tensor: int) -> TensorInfo | None:
        return self.state.tensors.get(tensor)

    def entity(self, tensor: int, place: int | None = None) -> Entity | None:
        """The card of a tensor, as it is now or as it was after ``place`` events."""
        key = self.scenes.of_tensor(tensor, self.place if place is None else place)
        return None if key is None else self.scenes.entities[key]

    def keys(self, *tensors: int | None) -> tuple[str, ...]:
        """The cards of some tensors, those that there are."""
        found = [self.entity(t) for t in tensors if t is not None]
        return tuple(dict.fromkeys(e.key for e in found if e is not None))

    def name(self, tensor: int) -> str:
        """What the program calls a tensor: by name, as some tensor's ``.grad``, else by how it was computed."""
        owner = self.scenes.owner_of_grad(tensor)
        if owner is not None and owner != tensor:
            return f"{self.name(owner)}.grad"
        entity = self.entity(tensor)
        return "a tensor" if entity is None else self.title(entity)

    def title(self, entity: Entity) -> str:
        """What a card is called: by the program, else by the text that made it, else by its op."""
        given = self._bound_name(entity) or names.given_name(entity, self.place)
        if given or entity.kind == CONSTANT:
            return given or names.title(self.scenes, entity, self.place)
        text = self.source.of(entity.span or self.trace.events[entity.made].span)
        if text and len(text) <= LONGEST:
            return text
        return f"the result of {names.spec_name(entity)}" if entity.kind != LEAF else "a leaf"

    def _bound_name(self, entity: Entity) -> str:
        """The first of a card's names that still stands for it: ``model.weight`` rather than a loop's ``p``."""
        for at, name in entity.names:
            if at < self.place and names.is_current(self.state, entity, name):
                return name
        return ""

    def shape(self, tensor: int) -> str:
        """``[3]``, ``[2×3]``; ``[]`` for a single number without dimensions."""
        info = self.info(tensor)
        return "" if info is None else shape_text(info.value.shape) or "[]"

    def value(self, tensor: int) -> str:
        """A tensor's numbers in few characters."""
        info = self.info(tensor)
        return "" if info is None else inline(info.value)

    def brief(self, tensor: int) -> str:
        info = self.info(tensor)
        return "" if info is None else compact(info.value)

    def made_by(self, tensor: int) -> AnyEvent | None:
        """The event that made a tensor."""
        entity = self.entity(tensor)
        return None if entity is None else self.trace.events[entity.made]

    def made_at(self, tensor: int) -> Span | None:
        event = self.made_by(tensor)
        return None if event is None else event.span

    def line(self, span: Span | None) -> str:
        """``on line 3``."""
        return f"on line {self.source.line(span)}" if span is not None else "before"

    # --- names ------------------------------------------------------------------------------

    def tensor_of(self, node: ast.expr | None) -> int | None:
        """The tensor that an expression of the program stands for: a name, an attribute, an item."""
        if node is None:
            return None
        if (isinstance(node, ast.Attribute) and node.attr in ("data", "grad")) or isinstance(node, ast.Subscript):
            return self.tensor_of(node.value) if not self._bound(node) else self._bound_tensor(node)
        return self._bound_tensor(node)

    def _bound(self, node: ast.expr) -> bool:
        return self._bound_tensor(node) is not None

    def _bound_tensor(self, node: ast.expr) -> int | None:
        text = self.source.of(node)
        scope = self.source.scope(self.source.span(node))
        for want in dict.fromkeys((scope, "")):
            for (where, name), binding in self.state.names.items():
                if where == want and text.startswith(name):
                    for path, tensor in binding.tensors:
                        if name + path == text:
                            return tensor
        return None

    def names_of(self, tensors: list[int], most: int = 3) -> str:
        """``w``, ``w and b``, ``w, b and 4 more``."""
        called = list(dict.fromkeys(self.name(t) for t in tensors))
        more = len(called) - most
        if more > 0:
            return f"{', '.join(called[:most])} and {more} more"
        return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} and {called[-1]}" if called else ""

    # --- towards the leaves -----------------------------------------------------------------

    def ancestors(self, tensor: int) -> Iterator[Entity]:
        """A tensor's card and those that it was computed from, nearest first, each once."""
        first = self.entity(tensor)
        wanted = [] if first is None else [first.key]
        seen = set(wanted)
        while wanted and len(seen) < FURTHEST:
            entity = self.scenes.entities.get(wanted.pop(0))
            if entity is None:
                continue
            yield entity
            for source in entity.sources:
                if source not in seen:
                    seen.add(source)
                    wanted.append(source)

    def events_back(self, start: int | None = None) -> Iterator[tuple[int, AnyEvent]]:
        """The events before ``start`` (by default all), latest first; of a long run not those of long ago."""
        begin = self.place if start is None else start
        for place in range(begin - 1, max(-1, begin - 1 - LOOKED_BACK), -1):
            yield place, self.trace.events[place]

    def cause(self, word: str, place: int, *tensors: int | None) -> tuple[Cause, ...]:
        """A cause at an event, if it stands in the source; shown by the cards of ``tensors``."""
        span = self.trace.events[place].span
        return () if span is None else (Cause(word, span, self.keys(*tensors)),)


def last_event(past: Past, kind: type, start: int | None = None) -> tuple[int, AnyEvent] | None:
    """The latest event of a kind."""
    return next(((p, e) for p, e in past.events_back(start) if isinstance(e, kind)), None)
