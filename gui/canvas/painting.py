"""Painting a picture: the same for the window, for files and for tests."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.explain.advice import Advice
from gui.base import fonts
from gui.base.theme import Theme, faded
from gui.canvas import paint_edges
from gui.canvas.paint_cards import MIDDLE, NEAR, paint_card, paint_region, paint_ring
from gui.canvas.picture import Picture, PlacedCard

DOTS = 27.0
"""Distance of the dots of the ground, in scene pixels."""
MANY = 400
"""From so many cards on, a graph far away is drawn as a whole."""
MARK, BADGE = 12.0, 20.0
"""How far the ring of a mistake's card stands off; the diameter of its number."""
REACH = 60.0
"""How far a card's region, ring and badge reach beyond it."""


def hints(p: QPainter) -> None:
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setRenderHint(QPainter.RenderHint.TextAntialiasing)


def paint_ground(p: QPainter, theme: Theme, rect: QRectF, zoom: float) -> None:
    """The canvas behind everything, with a faint grid of dots when near."""
    p.fillRect(rect, theme.canvas)
    if zoom < NEAR:
        return
    points = []
    x = math.floor(rect.left() / DOTS) * DOTS
    while x <= rect.right():
        y = math.floor(rect.top() / DOTS) * DOTS
        while y <= rect.bottom():
            points.append(QPointF(x, y))
            y += DOTS
        x += DOTS
    p.setPen(QPen(theme.grid, 1.6))
    p.drawPoints(points)


def paint_still(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float, selected: str | None) -> None:
    """All that does not move in the step at hand."""
    hints(p)
    if zoom < MIDDLE and len(picture.stage.keys) > MANY:
        _paint_far(p, picture, theme)
    else:
        _paint_near(p, picture, theme, rect.adjusted(-REACH, -REACH, REACH, REACH), zoom)
    if selected is not None and selected in picture:
        paint_ring(p, picture[selected], theme.forward, 8.5)


def paint_marks(p: QPainter, picture: Picture, theme: Theme, advice: Advice | None) -> None:
    """Rings around the cards of a mistake, with the numbers of its causes."""
    for key in advice.keys if advice is not None else ():
        if advice is None or key not in picture:
            continue
        placed = picture[key]
        colour = theme.error if advice.error else theme.dim
        paint_ring(p, placed, colour, MARK)
        corner = placed.rect.adjusted(-MARK, -MARK, MARK, MARK).topRight()
        badge = QRectF(corner.x() - BADGE, corner.y() - BADGE / 2 + 2, BADGE, BADGE)
        p.setPen(QPen(theme.canvas, 2))
        p.setBrush(colour)
        p.drawEllipse(badge)
        p.setFont(fonts.ui(12, fonts.SEMIBOLD))
        p.setPen(theme.on_accent)
        p.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(advice.number_of(key)))


def _paint_near(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float) -> None:
    seen = picture.cards_in(rect)
    for placed in seen:
        if placed.card.no_grad and not (picture.moving and placed.appears):
            paint_region(p, placed.rect, "no_grad", theme)
    edges = [e for e in picture.edges_in(rect) if not (e.feeds and picture.moving)]
    for edge in edges:
        if edge.flow is None or not edge.flow.now:
            paint_edges.paint_edge(p, edge, theme)
    for placed in seen:
        if not (picture.moving and placed.appears):
            paint_card(p, placed, theme, zoom)
    if zoom >= NEAR / 2:
        for edge in edges:
            if edge.key[1] in picture:
                paint_edges.paint_wall_label(p, edge, picture[edge.key[1]].card.glyph, theme)
        paint_edges.paint_past_chips(p, edges, theme)


def _paint_far(p: QPainter, picture: Picture, theme: Theme) -> None:
    """A large graph from afar: its flow and its density, in one call for all edges and one for each kind of card."""
    lines, rects = picture.afar
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    p.setPen(QPen(faded(theme.forward, 0.5), 0))
    p.drawLines(lines)
    p.setPen(Qt.PenStyle.NoPen)
    for colour, boxes in rects.items():
        p.setBrush(getattr(theme, colour))
        p.drawRects(boxes)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_moving(p: QPainter, picture: Picture, theme: Theme, zoom: float, progress: float) -> None:
    """The step at hand: rings, travelling gradients and values, the card that comes."""
    hints(p)
    backward = any(e.flow is not None and e.flow.now for e in picture.busy)
    for placed in picture.active:
        colour = theme.gradient if backward or _receives(placed) else theme.forward
        p.setOpacity(min(1.0, 0.25 + progress))
        if not (picture.moving and placed.appears and progress < 0.6):
            paint_ring(p, placed, colour)
        p.setOpacity(1.0)
    paint_edges.paint_motion(p, picture, theme, progress)
    if picture.moving:
        for placed in picture.appearing:
            shown = max(0.0, min(1.0, (progress - 0.45) / 0.5)) if placed.card.glyph else min(1.0, progress * 1.4)
            if placed.card.no_grad:
                p.setOpacity(shown)
                paint_region(p, placed.rect, "no_grad", theme)
                p.setOpacity(1.0)
            paint_card(p, placed, theme, zoom, shown)


def _receives(placed: PlacedCard) -> bool:
    return placed.card.tracked and placed.card.leaf and placed.card.grad not in ("None", "not tracked")


def moving_rect(picture: Picture) -> QRectF:
    """The part of the scene that a step's motion can touch."""
    rect = QRectF()
    for placed in (*picture.active, *picture.appearing):
        rect = rect.united(placed.rect)
    for edge in picture.busy:
        rect = rect.united(paint_edges.path_of(edge.route).boundingRect())
    return rect.adjusted(-80, -44, 80, 44) if not rect.isNull() else rect
