"""What lies under a point of the scene: an edge, by its distance."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge

REACH = 7.0
"""Pixels of the screen from an edge at which the pointer is on it."""
CHORDS = 10
MOST = 200
"""Edges that are looked at closely; where more lie together none is meant."""


def edge_at(picture: Picture, point: QPointF, zoom: float) -> PlacedEdge | None:
    """The edge nearest to a point, if it is near on the screen."""
    reach = REACH / zoom
    near = picture.edges_in(QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach))
    if len(near) > MOST:
        return None
    best, least = None, reach
    for edge in near:
        far = _distance(edge, point)
        if far < least:
            best, least = edge, far
    return best


def _distance(edge: PlacedEdge, point: QPointF) -> float:
    points = np.array(edge.route.sample(CHORDS))
    if len(points) < 2:
        return float("inf")
    begin, way = points[:-1], np.diff(points, axis=0)
    here = np.array([point.x(), point.y()])
    length = np.maximum((way**2).sum(1), 1e-12)
    share = np.clip(((here - begin) * way).sum(1) / length, 0.0, 1.0)
    return float(np.hypot(*(begin + share[:, None] * way - here).T).min())
