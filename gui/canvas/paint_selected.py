"""Painting what is selected, and the paths to it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gui.base.theme import faded
from gui.canvas.paint_cards import paint_ring
from gui.canvas.paint_edges import path_of, round_pen
from gui.canvas.paint_paths import paint_paths
from gui.canvas.picture import Picture
from gui.session import Session

RING = 8.5
WIDE = 9.0


def paint_selected(p: QPainter, picture: Picture, session: Session, rect: QRectF, zoom: float) -> None:
    """Over the finished picture."""
    theme = session.theme
    paths = session.paths.found
    if paths is not None:
        paint_paths(p, picture, theme, rect, zoom, paths, session.paths.chosen, session.paths.factor)
        if paths.leaf in picture:
            paint_ring(p, picture[paths.leaf], theme.forward, theme, RING)
    for key in (session.selection, *session.others):
        if key is not None and key in picture:
            paint_ring(p, picture[key], theme.forward, theme, RING)
    edge = None if session.edge is None else picture.edge(session.edge)
    if edge is not None:
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(round_pen(faded(theme.forward, 0.45), WIDE))
        p.drawPath(path_of(edge.route))
