"""What a picture hands out: one card or one edge with its place and all that is to be said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from engine.explain.cards import Card
from engine.explain.flow import EdgeKey, Flow
from engine.graph.groups import Group
from engine.graph.scenes import Entity
from engine.layout import Route


@dataclass(frozen=True, slots=True)
class PlacedCard:
    card: Card
    entity: Entity
    rect: QRectF
    appears: bool
    """Whether it comes with the step at hand."""
    active: bool
    """Whether the step at hand is about it."""
    ghost: bool
    """Dead, but shown because something living was made from it."""
    group: Group | None = None
    """The collapsed group that it stands for; ``entity`` is what that results in."""


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    key: EdgeKey
    route: Route
    tracked: bool
    cut: str
    rest: float
    """Where on the route its chip stands."""
    roomy: bool
    """Whether the chip of a gradient that has passed has room there."""
    flow: Flow | None
    feeds: bool
    """Whether the result that it leads to comes with the step at hand."""
    ghost: bool
    uses: tuple[EdgeKey, ...]
    """The edges between entities that it stands for: one, but into a collapsed group or out of it."""
    number: int | None = None
    """In the view of functions: which input of the next function it leads to."""


def union(rects: Iterable[QRectF]) -> QRectF:
    out = QRectF()
    for rect in rects:
        out = out.united(rect)
    return out
