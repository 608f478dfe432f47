"""Painting a picture: the same for the window, for files and for tests."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.explain.advice import Advice
from gui.base import fonts
from gui.base.theme import Theme, faded
from gui.canvas import paint_edges, paint_effects, paint_groups, paint_many
from gui.canvas.arrays import draw_points
from gui.canvas.levels import BLOCK, CHIPS, NEAR, level
from gui.canvas.paint_cards import paint_card, paint_region, paint_ring
from gui.canvas.paint_many import ALL, Amount
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedCard, union
from gui.canvas.regions import around

DOTS = 27.0
"""Distance of the dots of the ground, in scene pixels."""
MANY = 400
"""From so many cards on, a graph far away is drawn as a whole."""
MOVING = 24
"""So many moving parts are painted one by one."""
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
    near = level(zoom).words
    if not near:
        return
    columns = np.arange(math.floor(rect.left() / DOTS), math.ceil(rect.right() / DOTS) + 1) * DOTS
    rows = np.arange(math.floor(rect.top() / DOTS), math.ceil(rect.bottom() / DOTS) + 1) * DOTS
    points = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    p.setPen(QPen(faded(theme.grid, near), 1.6))
    draw_points(p, points)


def paint_still(
    p: QPainter,
    picture: Picture,
    theme: Theme,
    rect: QRectF,
    zoom: float,
    selected: str | None,
    amount: Amount = ALL,
) -> None:
    """All that does not move in the step at hand.

    The view keeps it, and paints anew only where ``changes.changed`` finds a difference from the picture before:
    what is added here that depends on the step must be compared there.
    """
    hints(p)
    paint_groups.paint_layers(p, picture, theme, rect, zoom)
    paint_groups.paint_frames(p, picture, theme, rect, zoom)
    if zoom <= BLOCK and (len(picture.stage.keys) > MANY or not amount.single):
        paint_many.paint_wires(p, picture, theme, rect, zoom, amount.share)
        paint_many.paint_blocks(p, picture, theme, rect, zoom, amount.points)
    else:
        _paint_near(p, picture, theme, rect.adjusted(-REACH, -REACH, REACH, REACH), zoom, amount)
    if selected is not None and selected in picture:
        paint_ring(p, picture[selected], theme.forward, theme, 8.5)


def paint_marks(p: QPainter, picture: Picture, theme: Theme, advice: Advice | None) -> None:
    """Rings around the cards of a mistake, with the numbers of its causes."""
    for key in advice.keys if advice is not None else ():
        if advice is None or key not in picture:
            continue
        placed = picture[key]
        colour = theme.error if advice.error else theme.dim
        paint_ring(p, placed, colour, theme, MARK)
        corner = placed.rect.adjusted(-MARK, -MARK, MARK, MARK).topRight()
        badge = QRectF(corner.x() - BADGE, corner.y() - BADGE / 2 + 2, BADGE, BADGE)
        p.setPen(QPen(theme.canvas, 2))
        p.setBrush(colour)
        p.drawEllipse(badge)
        p.setFont(fonts.ui(12, fonts.SEMIBOLD))
        p.setPen(theme.on_accent)
        p.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(advice.number_of(key)))


def _paint_near(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float, amount: Amount) -> None:
    seen = [placed for placed in picture.cards_in(rect) if not (picture.moving and placed.appears)]
    for region in picture.regions:
        if around(region).intersects(rect):
            paint_region(p, region, "no_grad", theme)
    if amount.single:
        edges = picture.resting_in(rect)
        for edge in edges:
            paint_edges.paint_edge(p, edge, theme)
    else:
        paint_many.paint_wires(p, picture, theme, rect, zoom, amount.share)
        edges = picture.walled_in(rect)
        for edge in edges:
            paint_edges.paint_edge(p, edge, theme)
        if zoom >= CHIPS:
            edges = edges + picture.chips_in(rect)
    for placed in seen:
        paint_card(p, placed, theme, zoom)
    if zoom >= NEAR:
        for placed in seen:
            if not placed.active:
                paint_effects.paint_decor(p, picture, placed, theme)
    if zoom >= CHIPS:
        for edge in edges:
            if edge.key[1] in picture:
                paint_edges.paint_wall_label(p, edge, picture[edge.key[1]].card.glyph, theme)
        paint_edges.paint_past_chips(p, edges, theme)


def paint_moving(p: QPainter, picture: Picture, theme: Theme, zoom: float, progress: float) -> None:
    """The step at hand: rings, travelling gradients and values, the card that comes."""
    hints(p)
    if picture.dying:
        paint_effects.paint_veils(p, picture, theme, progress)
    backward = any(e.flow is not None and e.flow.now for e in picture.busy)
    for placed in picture.active:
        colour = theme.gradient if backward or _receives(placed) else theme.forward
        p.setOpacity(min(1.0, 0.25 + progress))
        if not (picture.moving and placed.appears and progress < 0.6):
            paint_ring(p, placed, colour, theme)
        p.setOpacity(1.0)
    if zoom >= NEAR:
        for placed in picture.active:
            if not (picture.moving and placed.appears):
                paint_effects.paint_decor(p, picture, placed, theme, progress)
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


def moving_parts(picture: Picture) -> list[QRectF]:
    """The parts of the scene that a step's motion can touch."""
    rects = [placed.rect for placed in (*picture.active, *picture.appearing)]
    rects += picture.dying
    rects += [paint_edges.path_of(edge.route).boundingRect() for edge in picture.busy]
    parts = [rect.adjusted(-80, -44, 80, 44) for rect in rects]
    return parts if len(parts) <= MOVING else [union(parts)]
