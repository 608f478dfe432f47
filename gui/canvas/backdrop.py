"""Backdrop: what does not move, kept as painted. Panning paints what comes into sight, a step what it changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QGraphicsView

PARTS = 12
"""Into so many parts a painting may be divided; else everything between them is painted as well."""
EDGE = 2
"""Pixels by which a part is painted further than it must."""


class Paints(Protocol):
    """Paints a part of the scene. ``view`` is all that is seen; ``whole`` tells that everything is painted anew."""

    def __call__(self, p: QPainter, part: QRectF, view: QRectF, zoom: float, whole: bool) -> None: ...


class Backdrop:
    """The ground of a graphics view."""

    def __init__(self, view: QGraphicsView, paints: Paints) -> None:
        self._view = view
        self._paints = paints
        self._pixmap = QPixmap()
        self._way = QTransform()
        self._size = QSize()
        self._stale = QRegion()
        self.painted = 0
        """Pixels of the window that were painted for the last picture of it."""

    def forget(self) -> None:
        """Everything is to be painted anew."""
        self._stale = QRegion(QRect(QPoint(), self._view.viewport().size()))

    def forget_parts(self, parts: Iterable[QRectF]) -> None:
        """Parts of the scene are to be painted anew."""
        for part in parts:
            self._stale += self._way.mapRect(part).toAlignedRect().adjusted(-EDGE, -EDGE, EDGE, EDGE)

    def show(self, p: QPainter, part: QRectF) -> None:
        """Paint a part of the scene from what is kept; what is missing of it is painted first."""
        self._refresh()
        way = self._view.viewportTransform()
        ratio = self._pixmap.devicePixelRatio()
        room = QRect(QPoint(), self._size)
        seen = way.mapRect(part).toAlignedRect().adjusted(-1, -1, 1, 1).intersected(room)
        kept = p.worldTransform()
        p.resetTransform()
        source = QRectF(seen.x() * ratio, seen.y() * ratio, seen.width() * ratio, seen.height() * ratio)
        p.drawPixmap(QRectF(seen), self._pixmap, source)
        p.setWorldTransform(kept)

    def _refresh(self) -> None:
        viewport = self._view.viewport()
        size, ratio, way = viewport.size(), viewport.devicePixelRatioF(), self._view.viewportTransform()
        room = QRect(QPoint(), size)
        if size != self._size or ratio != self._pixmap.devicePixelRatio():
            self._pixmap = QPixmap(size * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._size = size
            self._stale = QRegion(room)
        elif way != self._way:
            self._stale = self._scrolled(way, ratio, room)
        self._way = way
        stale = self._stale.intersected(room)
        self._stale = QRegion()
        parts: list[QRect] = list(stale)  # type: ignore[call-overload]  # it can be iterated over
        if len(parts) > PARTS or ratio != int(ratio):
            parts = [stale.boundingRect()] if parts else []
        self.painted = sum(part.width() * part.height() for part in parts)
        back, _ = way.inverted()
        view = back.mapRect(QRectF(room))
        for part in parts:
            p = QPainter(self._pixmap)
            p.setClipRect(part)
            p.setTransform(way)
            self._paints(p, back.mapRect(QRectF(part)), view, way.m11(), part == room)
            p.end()

    def _scrolled(self, way: QTransform, ratio: float, room: QRect) -> QRegion:
        """What is missing after what is kept has been moved; all, if it is of another size or far away."""
        shift = QPointF(way.dx() - self._way.dx(), way.dy() - self._way.dy())
        pixels = shift * ratio
        whole = QPoint(round(pixels.x()), round(pixels.y()))
        steady = (way.m11(), way.m22()) == (self._way.m11(), self._way.m22())
        if not steady or QPointF(whole) != pixels or shift.toPoint() != shift or room.isEmpty():
            return QRegion(room)
        moved = room.translated(shift.toPoint())
        if not moved.intersects(room):
            return QRegion(room)
        self._pixmap.scroll(whole.x(), whole.y(), self._pixmap.rect())
        return self._stale.translated(shift.toPoint()) + QRegion(room).subtracted(QRegion(moved))
