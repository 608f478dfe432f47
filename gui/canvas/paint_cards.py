"""Painting cards: what they say in full when near, their op and name from further away, blocks from afar."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from engine.explain.cards import Card, Grad, Pin
from engine.explain.numbers import shape_text
from engine.trace.values import Value
from gui.base.heat_map import heat_map
from gui.base.theme import Theme, faded, mix
from gui.canvas import measure, paint_functions, paint_groups
from gui.canvas.levels import BLOCK, level
from gui.canvas.placed import PlacedCard
from gui.canvas.regions import around
from gui.canvas.shells import Shell, paint_badge, paint_body, paint_shell

OP_RADIUS = 11.0
LEAF_RADIUS = 26.0
WIDEST = 6.0
"""Of the lines of gradients."""
PASSED = 0.42
"""How far a gradient that only passed through has faded."""


MIDDLE = BLOCK


def radius(card: Card) -> float:
    return LEAF_RADIUS if card.leaf else OP_RADIUS


def accent(card: Card, theme: Theme) -> QColor:
    """The colour of a card's outline."""
    if card.function is not None:
        return paint_functions.colour_of(card, theme)
    if not card.tracked:
        return theme.untracked
    return theme.leaf if card.leaf else theme.forward


def paint_card(p: QPainter, placed: PlacedCard, theme: Theme, zoom: float, opacity: float = 1.0) -> None:
    """One card with its outline, badge and rows: as much of it as can be read."""
    card, rect = placed.card, placed.rect
    seen = level(zoom)
    p.save()
    opacity *= 0.4 if placed.ghost else 1.0
    if placed.group is not None:
        paint_groups.paint_pile(p, placed, theme, radius(card), opacity)
    p.setOpacity(opacity)
    if zoom < 1.0:
        paint_shell(p, _shell(card, rect, theme, seen.block), rect, zoom)
    else:
        _body(p, card, rect, theme)
    if seen.name:
        p.setOpacity(opacity * seen.name)
        _name_only(p, card, rect, theme)
    if seen.words:
        p.setOpacity(opacity * seen.words)
        if card.function is not None:
            paint_functions.paint_rows(p, card, card.function, rect, theme)
        else:
            _words(p, card, rect, theme, placed.active)
        if card.order > 1:
            _order(p, card, rect, theme)
    if zoom >= 1.0 and card.glyph:
        paint_badge(p, rect, card.glyph, accent(card, theme), theme.on_accent)
    if seen.words and placed.group is not None:
        paint_groups.paint_times(p, placed, theme, opacity * seen.words)
    p.restore()


def _shell(card: Card, rect: QRectF, theme: Theme, block: float) -> Shell:
    colour = accent(card, theme)
    return Shell(
        rect.width(),
        rect.height(),
        radius(card),
        colour.rgba(),
        mix(_fill(card, theme), colour, block).rgba(),
        not card.tracked,
        _root_colour(card, theme).rgba() if card.root else 0,
        card.glyph,
        mix(theme.on_accent, colour, block).rgba(),
    )


def _fill(card: Card, theme: Theme) -> QColor:
    return theme.card if card.order == 1 else mix(theme.card, theme.accumulated_soft, 0.75)


def _root_colour(card: Card, theme: Theme) -> QColor:
    return theme.forward if card.function is None else theme.gradient


def _body(p: QPainter, card: Card, rect: QRectF, theme: Theme) -> None:
    root = _root_colour(card, theme) if card.root else None
    paint_body(p, rect, radius(card), accent(card, theme), _fill(card, theme), not card.tracked, root)


def paint_ring(p: QPainter, placed: PlacedCard, colour: QColor, theme: Theme, grow: float = 4.5) -> None:
    """The outline of a card that the step is about; what stands on the card's border stays above it."""
    grow += 3.5 if placed.card.root else 0.0
    r = radius(placed.card) + grow
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(colour, 1.9))
    p.drawRoundedRect(placed.rect.adjusted(-grow, -grow, grow, grow), r, r)
    card = placed.card
    if level(p.worldTransform().m11()).words:
        if card.glyph:
            paint_badge(p, placed.rect, card.glyph, accent(card, theme), theme.on_accent)
        if card.order > 1:
            _order(p, card, placed.rect, theme)


def _text(p: QPainter, x: float, middle: float, text: str, face: str, colour: QColor) -> None:
    """Text whose middle stands at ``middle``."""
    font = measure.font_of(face)
    p.setFont(font)
    p.setPen(colour)
    p.drawText(QPointF(x, middle + font.pixelSize() * 0.36), text)


def _name_only(p: QPainter, card: Card, rect: QRectF, theme: Theme) -> None:
    room = rect.width() - measure.PAD_OP - measure.PAD
    text = measure.elided(card.title, "big", room)
    x = rect.center().x() - measure.width(text, "big") / 2
    _text(p, x, rect.center().y(), text, "big", theme.text)


def _words(p: QPainter, card: Card, rect: QRectF, theme: Theme, fresh: bool) -> None:
    left = rect.left() + measure.left_pad(card.glyph)
    right = rect.right() - measure.PAD
    head = rect.top() + measure.HEADER
    room = right - left
    title = measure.elided(card.title, "title", room * 0.72)
    title_width = measure.width(title, "title")
    space = room - title_width - 14
    aside = card.aside
    if measure.width(aside, "aside") > space:
        # Of "parameter · [1×1]" the shape says more than half of the word; the outline tells a leaf.
        # An expression is cut at its end instead: "a · 2 + b".
        shape = aside.rpartition(" · ")[2]
        aside = measure.elided(shape if shape.startswith("[") else aside, "aside", space)
    _text(p, left, head, title, "title", theme.text if card.current else theme.faint)
    _text(p, right - measure.width(aside, "aside"), head, aside, "aside", theme.dim)
    value_y = rect.top() + measure.VALUE_ROW
    grad_y = value_y + measure.ROW
    _text(p, left, value_y, "value", "label", theme.dim)
    _text(p, left, grad_y, "grad", "label", theme.dim)
    x = left + measure.LABEL
    has_map = card.data is not None and card.data.array is not None and card.data.size > 1
    edge = right - (measure.THUMB + 8 if has_map else 0)
    _text(p, x, value_y, _fitting(card.value, card.data, edge - x), "value", theme.forward)
    if has_map and card.data is not None:
        heat_map(p, QRectF(right - measure.THUMB, value_y - 8, measure.THUMB, 16), card.data, theme)
    _grad_row(p, card, x, grad_y, right, theme, fresh)
    if card.pins:
        _pins(p, card, rect, left, right, theme)


def _fitting(text: str, data: Value | None, room: float) -> str:
    """A value in the room beside its heat map: its shape alone where the numbers do not fit."""
    if data is not None and data.size > 1 and measure.width(text, "value") > room:
        text = shape_text(data.shape)
    return measure.elided(text, "value", room)


def _grad_row(p: QPainter, card: Card, x: float, y: float, right: float, theme: Theme, fresh: bool) -> None:
    """The gradient; what only passed through is strong in its step (``fresh``), and faded from then on."""
    muted = card.grad_kind in (Grad.NONE, Grad.UNTRACKED)
    colour = theme.faint if muted else theme.gradient
    if card.grad_kind is Grad.ARRIVED and not fresh:
        colour = mix(theme.gradient, theme.card, PASSED)
    has_map = card.grad_data is not None and card.grad_data.array is not None and card.grad_data.size > 1
    edge = right - (measure.THUMB + 8 if has_map else 0)
    text = _fitting(card.grad, card.grad_data, edge - x)
    _text(p, x, y, text, "value", colour)
    after = x + measure.width(text, "value") + 8
    if has_map and card.grad_data is not None:
        heat_map(p, QRectF(right - measure.THUMB, y - 8, measure.THUMB, 16), card.grad_data, theme)
    elif card.grad_note:
        _text(p, after, y, card.grad_note, "note", theme.dim)


def _pins(p: QPainter, card: Card, rect: QRectF, left: float, right: float, theme: Theme) -> None:
    top = rect.top() + measure.HEIGHT - 3
    p.setPen(QPen(theme.hairline, 1))
    p.drawLine(QPointF(left, top), QPointF(right, top))
    y = top + 13
    x = left
    if not any(pin.broken for pin in card.pins):
        # The two versions of a clash need the room of the word.
        _text(p, left, y, "freed" if all(pin.freed for pin in card.pins) else "saved", "label", theme.dim)
        x += measure.SAVED_WORD
    for pin in card.pins:
        text = measure.elided(pin.text, "pin", max(0.0, right - x - measure.PIN))
        colour = theme.error if pin.broken else theme.faint if pin.freed else theme.dim
        _pin(p, x + 3, y, pin, colour, theme)
        _text(p, x + measure.PIN, y, text, "pin", colour)
        x += measure.PIN + measure.width(text, "pin") + measure.PIN_GAP
        if x > right:
            break


def _pin(p: QPainter, x: float, y: float, pin: Pin, colour: QColor, theme: Theme) -> None:
    """A needle with a head: filled while it holds its tensor, hollow when that was given up, open when it broke."""
    p.setPen(QPen(colour, 1.3))
    p.drawLine(QPointF(x, y), QPointF(x, y + 6.5))
    p.setBrush(theme.card if pin.freed else colour)
    p.drawEllipse(QPointF(x, y - 2.5), 2.9, 2.9)
    if pin.broken:
        p.drawLine(QPointF(x - 4, y + 4.5), QPointF(x + 4, y - 6.5))


def _order(p: QPainter, card: Card, rect: QRectF, theme: Theme) -> None:
    """Which derivative a node belongs to."""
    text = {2: "2nd order", 3: "3rd order"}.get(card.order, f"{card.order}th order")
    w = measure.width(text, "label") + 12
    chip = QRectF(rect.right() - w - 12, rect.top() - 9, w, 18)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme.accumulated)
    p.drawRoundedRect(chip, 9, 9)
    _text(p, chip.left() + 6, chip.center().y(), text, "label", theme.on_accent)


def paint_region(p: QPainter, rect: QRectF, label: str, theme: Theme) -> None:
    """A hatched stretch around what was made under no_grad."""
    box = around(rect)
    p.setPen(QPen(faded(theme.untracked, 0.6), 1, Qt.PenStyle.DashLine))
    p.setBrush(QBrush(faded(theme.untracked, 0.22), Qt.BrushStyle.BDiagPattern))
    p.drawRoundedRect(box, 14, 14)
    w = measure.width(label, "region") + 14
    tag = QRectF(box.left() + 12, box.top() - 9, w, 18)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme.canvas)
    p.drawRoundedRect(tag, 9, 9)
    _text(p, tag.left() + 7, tag.center().y(), label, "region", theme.dim)


def log_size(size: float) -> float:
    """A line width from the magnitude of a gradient: two more for each factor of a thousand."""
    if size == 0 or math.isnan(size):
        return 1.0
    if math.isinf(size):
        return WIDEST
    return min(WIDEST, max(1.0, 2.4 + 0.7 * math.log10(size)))
