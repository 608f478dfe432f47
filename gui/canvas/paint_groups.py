"""Painting groups: a frame with a title around an open one, a pile for a collapsed one, a ground for each order."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.base import fonts
from gui.base.theme import Theme, faded, mix
from gui.canvas import measure
from gui.canvas.groups import CHEVRON, TITLE, PlacedFrame, times
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedCard

RADIUS = 16.0
SMALLEST, LARGEST = 11.0, 21.0
"""Font sizes of a title in scene pixels: it is kept legible while the picture grows smaller."""
LEAST_TITLE = 60.0
"""Width on the screen below which a frame has no title."""
PILE = 4.0
"""How far the cards of a pile look out from under each other."""


def paint_frames(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float) -> None:
    """The frames that reach into a part of the scene."""
    for frame in picture.frames:
        if frame.rect.intersects(rect):
            paint_frame(p, frame, theme, zoom)


def layer_ground(theme: Theme) -> QColor:
    """The canvas where a graph of higher order lies."""
    return mix(theme.canvas, theme.accumulated_soft, 0.4)


def paint_layers(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float) -> None:
    """The ground of the layers of derivatives of higher order."""
    for title, box in picture.layers:
        if box.intersects(rect):
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(layer_ground(theme))
            p.drawRoundedRect(box, RADIUS, RADIUS)
            if box.width() * zoom >= LEAST_TITLE:
                p.setFont(fonts.ui(round(min(LARGEST, max(SMALLEST, SMALLEST / zoom))), fonts.MEDIUM))
                p.setPen(theme.accumulated)
                p.drawText(box.topLeft() + QPointF(14, 8 + p.fontMetrics().ascent()), title)


def paint_frame(p: QPainter, frame: PlacedFrame, theme: Theme, zoom: float) -> None:
    """The frame of an open group, behind its cards."""
    p.setPen(QPen(mix(theme.hairline, theme.untracked, 0.45), max(1.0, 0.7 / zoom)))
    # Frames within frames would grow darker and darker.
    p.setBrush(faded(theme.text, 0.014) if len(frame.group.path) == 1 else Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(frame.rect, RADIUS, RADIUS)
    if frame.rect.width() * zoom >= LEAST_TITLE:
        _title(p, frame, theme, zoom)


def _title(p: QPainter, frame: PlacedFrame, theme: Theme, zoom: float) -> None:
    size = min(LARGEST, max(SMALLEST, SMALLEST / zoom))
    font = fonts.ui(round(size), fonts.MEDIUM)
    middle = frame.rect.top() + TITLE / 2 + 2
    x, half = frame.rect.left() + CHEVRON / 2 + 1, size * 0.27
    p.setPen(QPen(theme.faint, max(1.3, 1.0 / zoom), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    down = [QPointF(x - half, middle - half / 2), QPointF(x, middle + half / 2), QPointF(x + half, middle - half / 2)]
    p.drawPolyline(QPolygonF(down))
    p.setFont(font)
    p.setPen(theme.dim)
    left = x + half + size * 0.55
    room = frame.rect.right() - 12 - left
    text = p.fontMetrics().elidedText(frame.group.title, Qt.TextElideMode.ElideRight, int(room))
    p.drawText(QPointF(left, middle + size * 0.36), text)


def paint_pile(p: QPainter, placed: PlacedCard, theme: Theme, radius: float, opacity: float) -> None:
    """What looks out from under the card of a collapsed group."""
    p.setOpacity(opacity)
    tracked = placed.card.tracked
    p.setPen(QPen(faded(theme.forward if tracked else theme.untracked, 0.55), 1.1))
    p.setBrush(theme.card)
    for depth in (2, 1):
        under = placed.rect.adjusted(depth * PILE, depth * PILE, -depth * PILE, depth * PILE)
        p.drawRoundedRect(under, radius, radius)


def paint_times(p: QPainter, placed: PlacedCard, theme: Theme, opacity: float) -> None:
    """How many of its like a card stands for."""
    if placed.group is None or not placed.group.parts:
        return
    text = times(placed.group)
    width = measure.width(text, "label") + 14
    chip = QRectF(placed.rect.right() - width - 12, placed.rect.top() - 9, width, 18)
    p.setOpacity(opacity)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme.forward if placed.card.tracked else theme.untracked)
    p.drawRoundedRect(chip, 9, 9)
    p.setFont(measure.font_of("label"))
    p.setPen(theme.on_accent)
    p.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
