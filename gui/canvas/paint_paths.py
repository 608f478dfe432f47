"""Painting the paths from the root to a card: they stand out, with a local derivative on each edge."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.explain.flow import EdgeKey
from engine.explain.paths import Paths, Way
from gui.base.theme import Theme, faded
from gui.canvas import measure
from gui.canvas.paint_cards import MIDDLE, paint_card, paint_ring
from gui.canvas.paint_edges import path_of, round_pen
from gui.canvas.picture import Picture, PlacedEdge

VEIL = 0.78
"""How much of what is on no path is covered."""
MANY = 1500
"""Up to so many edges each is drawn by itself with its number."""


def paint_paths(
    p: QPainter,
    picture: Picture,
    theme: Theme,
    rect: QRectF,
    zoom: float,
    paths: Paths,
    chosen: int | None,
    factor: Callable[[Way], str],
) -> None:
    """Over the finished picture: a veil, then the paths. A ``chosen`` one is bold and the only one with numbers."""
    p.fillRect(rect, faded(theme.canvas, VEIL))
    one = set(paths.listed[chosen].edges) if chosen is not None and chosen < len(paths.listed) else None
    seen = [edge for edge in picture.edges_in(rect) if edge.key in paths.edges]
    p.setBrush(Qt.BrushStyle.NoBrush)
    for edge in sorted(seen, key=lambda e: one is not None and e.key in one):
        bold = one is None or edge.key in one
        p.setPen(round_pen(theme.gradient if bold else faded(theme.gradient, 0.4), 2.6 if bold else 1.4))
        p.drawPath(path_of(edge.route))
    for key in _cards(paths, one):
        if key in picture and picture[key].rect.intersects(rect):
            paint_card(p, picture[key], theme, zoom)
    if paths.root in picture:
        paint_ring(p, picture[paths.root], theme.gradient)
    if zoom >= MIDDLE and len(seen) <= MANY:
        for edge in seen:
            if one is None or edge.key in one:
                _chip(p, edge, factor(paths.edges[edge.key]), theme)


def _cards(paths: Paths, one: set[EdgeKey] | None) -> list[str]:
    """The cards on the paths, the root's last."""
    edges = paths.edges if one is None else one
    return list(dict.fromkeys(key for edge in edges for key in edge[:2]))


def _chip(p: QPainter, edge: PlacedEdge, text: str, theme: Theme) -> None:
    """``× 2.0``: what the gradient is multiplied by on its way."""
    if not text:
        return
    text = f"× {text}"
    w, h = measure.chip_width(text), measure.CHIP_HEIGHT
    (x, y), _ = edge.route.at(edge.rest)
    box = QRectF(x - w / 2, y - h / 2, w, h)
    p.setPen(QPen(theme.gradient, 1.1))
    p.setBrush(theme.canvas)
    p.drawRoundedRect(box, h / 2, h / 2)
    font = measure.font_of("chip")
    p.setFont(font)
    p.setPen(theme.gradient)
    p.drawText(QPointF(box.left() + 9, y + font.pixelSize() * 0.36), text)
