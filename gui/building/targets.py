"""Targets: what a pulled line can be put into: the inputs of the ops in the picture."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from engine.graph.scenes import OP
from gui.building.sketch import ports_of
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedCard

SHARE = 0.42
"""Of a card's width, from its left side: there its inputs are meant, further right the card itself."""
BESIDE = 16.0
"""How far left of a card its inputs are still meant."""


@dataclass(frozen=True, slots=True)
class Target:
    """An input of a card's op, and where its edge arrives."""

    key: str
    argument: int
    at: QPointF


def targets_of(picture: Picture, placed: PlacedCard) -> list[Target]:
    """The inputs of a card's op, in their order; none for a leaf, a number or a collapsed group."""
    entity = placed.entity
    if entity.kind != OP or placed.group is not None:
        return []
    rect = placed.rect
    known: dict[int, QPointF] = {}
    for edge in picture.edges_in(QRectF(rect.left() - 2, rect.top() - 2, 4, rect.height() + 4)):
        for _, key, argument in edge.uses:
            if key == entity.key:
                known[argument] = QPointF(*edge.route.sample(2)[-1])
    spread = ports_of(rect, len(entity.sources))
    return [Target(entity.key, i, known.get(i, spread[i])) for i in range(len(entity.sources))]


def target_at(picture: Picture, point: QPointF) -> Target | None:
    """The input that is meant by a point of the scene."""
    placed = picture.at(point) or picture.at(point + QPointF(BESIDE, 0))
    if placed is None or point.x() > placed.rect.left() + SHARE * placed.rect.width():
        return None
    found = targets_of(picture, placed)
    return min(found, key=lambda t: abs(t.at.y() - point.y()), default=None)
