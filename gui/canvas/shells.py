"""Shells: a card's ground, outline and badge. From further away they are kept as images, for many cards share one."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gui.canvas import measure

AROUND = 6.0
"""What an outline may reach beyond the card, in scene pixels."""


class Shell(NamedTuple):
    """All that decides how it looks; colours as numbers."""

    width: float
    height: float
    radius: float
    outline: int
    fill: int
    dashed: bool
    root: int
    """The colour of the second outline; 0 for none."""
    glyph: str
    on_badge: int


def paint_shell(p: QPainter, shell: Shell, rect: QRectF, zoom: float) -> None:
    """Lay the image of a shell on the pixel that is nearest to its place."""
    device = p.device()
    ratio = 1.0 if device is None else device.devicePixelRatio()
    image, left = _image(shell, zoom, ratio)
    way = p.worldTransform()
    place = way.map(rect.topLeft() - QPointF(left, AROUND))
    p.resetTransform()
    p.drawImage(QPointF(round(place.x() * ratio) / ratio, round(place.y() * ratio) / ratio), image)
    p.setWorldTransform(way)


@lru_cache(maxsize=512)
def _image(shell: Shell, zoom: float, ratio: float) -> tuple[QImage, float]:
    """The image, and how far its left side is from the card's."""
    left = max(AROUND, measure.badge_half(shell.glyph) + 1.0 if shell.glyph else 0.0)
    scale = zoom * ratio
    wide = math.ceil((shell.width + left + AROUND) * scale) + 1
    high = math.ceil((shell.height + 2 * AROUND) * scale) + 1
    image = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    p = QPainter(image)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.scale(scale, scale)
    rect = QRectF(left, AROUND, shell.width, shell.height)
    outline = QColor.fromRgba(shell.outline)
    root = QColor.fromRgba(shell.root) if shell.root else None
    paint_body(p, rect, shell.radius, outline, QColor.fromRgba(shell.fill), shell.dashed, root)
    if shell.glyph:
        paint_badge(p, rect, shell.glyph, outline, QColor.fromRgba(shell.on_badge))
    p.end()
    image.setDevicePixelRatio(ratio)
    return image, left


def paint_body(
    p: QPainter, rect: QRectF, radius: float, outline: QColor, fill: QColor, dashed: bool, root: QColor | None
) -> None:
    pen = QPen(outline, 1.4)
    if dashed:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3.2, 2.6])
    p.setPen(pen)
    p.setBrush(fill)
    p.drawRoundedRect(rect, radius, radius)
    if root is not None:
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(root, 1.3))
        p.drawRoundedRect(rect.adjusted(-3.5, -3.5, 3.5, 3.5), radius + 3.5, radius + 3.5)


def paint_badge(p: QPainter, rect: QRectF, glyph: str, colour: QColor, on_colour: QColor) -> None:
    """The op at the input side: a circle for a sign, a pill for a word."""
    y = rect.top() + measure.HEADER + 3
    face = measure.glyph_face(glyph)
    half = measure.badge_half(glyph)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(colour)
    place = QRectF(rect.left() - half, y - measure.BADGE, 2 * half, 2 * measure.BADGE)
    p.drawRoundedRect(place, measure.BADGE, measure.BADGE)
    font = measure.font_of(face)
    p.setFont(font)
    p.setPen(on_colour)
    p.drawText(QPointF(rect.left() - measure.width(glyph, face) / 2, y + font.pixelSize() * 0.36), glyph)
