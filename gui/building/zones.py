"""Zones: which part of a card is meant by a point: its name, its number, or the card as a whole."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF

from gui.canvas import measure
from gui.canvas.levels import level
from gui.canvas.placed import PlacedCard


class Zone(Enum):
    NAME = auto()
    VALUE = auto()
    BODY = auto()


def name_box(placed: PlacedCard) -> QRectF:
    """The row of a card's name."""
    rect = placed.rect
    left = rect.left() + measure.left_pad(placed.card.glyph)
    return QRectF(left, rect.top() + 6, rect.right() - measure.PAD - left, measure.HEADER + 8)


def value_box(placed: PlacedCard) -> QRectF:
    """The row of a card's value, beside the word."""
    rect = placed.rect
    left = rect.left() + measure.left_pad(placed.card.glyph) + measure.LABEL - 6
    top = rect.top() + measure.VALUE_ROW - measure.ROW / 2
    return QRectF(left, top, rect.right() - measure.PAD - left + 4, measure.ROW)


def zone_at(placed: PlacedCard, point: QPointF, zoom: float) -> Zone:
    """What is meant by a point of a card; from afar, where no words are to be seen, the card."""
    if not level(zoom).words or placed.group is not None:
        return Zone.BODY
    if value_box(placed).contains(point):
        return Zone.VALUE
    return Zone.NAME if name_box(placed).contains(point) else Zone.BODY
