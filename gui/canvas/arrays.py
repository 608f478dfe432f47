"""Drawing from numpy arrays: one call for thousands of lines, rectangles or points, without an object for each."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter
from shiboken6 import Shiboken

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def _seen_as(kind: type[Any], array: Floats) -> Any:
    """The first element of the array as Qt sees it; what follows lies behind it in memory, as in Qt's own arrays."""
    return Shiboken.wrapInstance(array.ctypes.data, kind)


def _packed(array: Floats) -> Floats:
    return np.ascontiguousarray(array, np.float64)


def draw_lines(p: QPainter, lines: Floats) -> None:
    """Lines given as rows of x1, y1, x2, y2."""
    if len(lines):
        lines = _packed(lines)
        p.drawLines(_seen_as(QLineF, lines), len(lines))


def draw_rects(p: QPainter, boxes: Floats) -> None:
    """Rectangles given as rows of left, top, right, bottom."""
    if len(boxes):
        boxes = _packed(np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]))
        p.drawRects(_seen_as(QRectF, boxes), len(boxes))


def draw_points(p: QPainter, points: Floats) -> None:
    """Points given as rows of x, y."""
    if len(points):
        points = _packed(points)
        p.drawPoints(_seen_as(QPointF, points), len(points))


def meet(boxes: Floats, rect: QRectF) -> Mask:
    """Which boxes (left, top, right, bottom) have a point in common with a rectangle."""
    out: Mask = (
        (boxes[:, 0] <= rect.right())
        & (boxes[:, 2] >= rect.left())
        & (boxes[:, 1] <= rect.bottom())
        & (boxes[:, 3] >= rect.top())
    )
    return out
