"""Finding cards: by name, op, line or value."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from engine.explain import names
from engine.explain.moment import Moment
from engine.explain.numbers import compact
from engine.graph.scenes import LEAF
from gui.canvas.picture import Picture

MOST = 3000
"""Cards that can be found; of a larger graph the first ones."""


@dataclass(frozen=True, slots=True)
class Found:
    """A card by what one may look for: ``title`` and ``aside`` are shown, ``words`` are searched, too."""

    key: str
    title: str
    aside: str
    words: str


def cards(picture: Picture, m: Moment) -> list[Found]:
    """All cards that are shown or lie in a collapsed group, in the order of the program."""
    out = []
    known = picture.stage.folded.entities.items()
    there = ((key, entity) for key, entity in known if entity.made < m.place and key in picture)
    for key, entity in islice(there, MOST):
        info = None if entity.tensor is None else m.state.tensors.get(entity.tensor)
        value = str(entity.number) if info is None else compact(info.value)
        line = f"line {m.trace.source.count(chr(10), 0, entity.span.start) + 1}" if entity.span is not None else ""
        what = "leaf" if entity.kind == LEAF else names.expression(m.scenes, entity) if entity.op else "constant"
        group = picture[key].group
        inside = f"in {group.title}" if group is not None else ""
        aside = " · ".join(part for part in (what, value, line, inside) if part)
        out.append(Found(key, names.title(m.scenes, entity, m.place), aside, f"{entity.op} {entity.grad_fn}"))
    return out
