"""Which cards a part of the program made, and which parts of it made a card."""

from __future__ import annotations

import re

from engine.explain.moment import Moment
from engine.graph.scenes import Entity
from engine.trace.events import Span

NAME = re.compile(r"[A-Za-z_][\w.]*(\[\d+\])*")


def keys_in(m: Moment, span: Span) -> list[str]:
    """The cards of a stretch of the source, newest first: of a name what it stands for; else what was made by the
    calls in the stretch, or by the smallest one around it."""
    text = m.trace.source[span.start : span.stop].strip()
    if not text:
        return []
    if NAME.fullmatch(text):
        key = _named(m, text)
        if key is not None:
            return [key]
    here = [e for e in m.scenes.members(m.scene) if e.span is not None and e.made < m.place]
    inside = [e for e in here if e.span is not None and span.start <= e.span.start and e.span.stop <= span.stop]
    found = inside or _smallest_around(here, span)
    return [e.key for e in sorted(found, key=lambda e: -e.serial)]


def _named(m: Moment, name: str) -> str | None:
    for (_, bound), binding in m.state.names.items():
        for path, tensor in binding.tensors:
            if bound + path == name:
                return m.scenes.of_tensor(tensor, m.place)
    return None


def _smallest_around(entities: list[Entity], span: Span) -> list[Entity]:
    around = [e for e in entities if e.span is not None and e.span.start <= span.start and span.stop <= e.span.stop]
    least = min((_length(e) for e in around), default=0)
    return [e for e in around if _length(e) == least]


def _length(entity: Entity) -> int:
    return 0 if entity.span is None else entity.span.stop - entity.span.start


def spans_of(m: Moment, keys: tuple[str, ...]) -> list[Span]:
    """Where the cards were made, each place once."""
    spans = [entity.span for key in keys if (entity := m.scenes.entities.get(key)) is not None]
    return list(dict.fromkeys(span for span in spans if span is not None))
