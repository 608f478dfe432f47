"""Painting the paths from the root to a card: they stand out, with a local derivative on each edge."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.explain.flow import EdgeKey
from engine.explain.paths import Paths, Way
from gui.base.theme import Theme, faded
from gui.canvas import measure
from gui.canvas.paint_cards import MIDDLE, paint_card, paint_ring
from gui.canvas.paint_edges import path_of, round_pen
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge

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
    one = _inputs(paths.listed[chosen].edges) if chosen is not None and chosen < len(paths.listed) else None
    inputs = {(target, index): way for (_, target, index), way in paths.edges.items()}
    seen = [(edge, way) for edge in picture.edges_in(rect) if (way := _way(picture, edge, inputs)) is not None]
    p.setBrush(Qt.BrushStyle.NoBrush)
    for bold in (False, True):
        p.setPen(round_pen(theme.gradient if bold else faded(theme.gradient, 0.4), 2.6 if bold else 1.4))
        for edge, way in seen:
            if bold == (one is None or way in one):
                p.drawPath(path_of(edge.route))
    for key in _cards(picture, paths, None if chosen is None or one is None else chosen):
        if picture[key].rect.intersects(rect):
            paint_card(p, picture[key], theme, zoom)
    if paths.root in picture:
        paint_ring(p, picture[paths.root], theme.gradient, theme)
    if zoom >= MIDDLE and len(seen) <= MANY:
        for edge, way in seen:
            if one is None or way in one:
                _chip(p, edge, factor(inputs[way]), theme)


def _inputs(edges: Iterable[EdgeKey]) -> set[tuple[str, int]]:
    """The inputs of results to which edges lead; that is what tells them apart where groups are collapsed."""
    return {(target, index) for _, target, index in edges}


def _way(picture: Picture, edge: PlacedEdge, inputs: Container[tuple[str, int]]) -> tuple[str, int] | None:
    """Which of the paths' inputs an edge of the picture leads to; into a collapsed group it may stand for several."""
    uses = picture.stage.uses[picture.stage.edge_index[edge.key]]
    return next((use for use in uses if use in inputs), None)


def _cards(picture: Picture, paths: Paths, chosen: int | None) -> list[str]:
    """The cards on the paths, each once."""
    edges = paths.edges if chosen is None else paths.listed[chosen].edges
    keys = dict.fromkeys(key for edge in edges for key in edge[:2] if key in picture)
    return list(dict.fromkeys(picture[key].card.key for key in keys))


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
