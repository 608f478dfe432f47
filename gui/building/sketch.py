"""Sketch: what a gesture that is under way draws over the canvas: a pulled line, an op that is not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gui.base import fonts
from gui.base.theme import Theme, mix
from gui.canvas import measure
from gui.canvas.camera import HEAD
from gui.canvas.view import CanvasView

PORT = 5.5
"""Radius of a port."""
PROJECTED, LARGER = 1.2, 1.6
"""The zoom above which words beside the pointer are meant to be read from afar, and how much larger they are then."""
AROUND = 600.0
"""How far words reach from what they stand at, at the most."""
SIZE = (190.0, 92.0)
"""Of the card of an op that is not there yet."""


@dataclass(frozen=True, slots=True)
class Port:
    """A place where an input arrives: what it is called, and what fills it, if something does."""

    at: QPointF
    label: str = ""
    text: str = ""
    filled: bool = False
    wanted: bool = False
    """Whether it is the next to be filled, or the one that is pointed at."""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """A line from a card's output to a port or to the pointer."""

    begin: QPointF
    end: QPointF
    refused: bool = False


def ports_of(rect: QRectF, count: int) -> list[QPointF]:
    """Where the inputs of an op that is not there yet arrive: evenly at its left side."""
    return [QPointF(rect.left(), rect.top() + rect.height() * (i + 1) / (count + 1)) for i in range(count)]


def paint_wire(p: QPainter, wire: Wire, theme: Theme, zoom: float) -> None:
    """A pulled line, bent as edges are."""
    path = QPainterPath(wire.begin)
    reach = max(24.0, abs(wire.end.x() - wire.begin.x()) / 2)
    path.cubicTo(wire.begin + QPointF(reach, 0), wire.end - QPointF(reach, 0), wire.end)
    colour = theme.error if wire.refused else theme.forward
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(colour, 2.2 / min(zoom, 1.0), Qt.PenStyle.DashLine))
    p.drawPath(path)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(colour)
    p.drawEllipse(wire.end, 3.5, 3.5)


def paint_port(p: QPainter, port: Port, theme: Theme) -> None:
    """A port with its name beside it, inside the card."""
    colour = theme.error if port.refused else theme.forward if port.wanted or port.filled else theme.dim
    p.setPen(QPen(colour, 1.8))
    p.setBrush(colour if port.filled or port.wanted else theme.card)
    grow = 1.5 if port.wanted else 0.0
    p.drawEllipse(port.at, PORT + grow, PORT + grow)
    words = port.text or port.label
    if not words:
        return
    face = "value" if port.text else "label"
    font = measure.font_of(face)
    p.setFont(font)
    p.setPen(theme.text if port.text else theme.dim)
    text = measure.elided(words, face, SIZE[0] - 60)
    p.drawText(QPointF(port.at.x() + 14, port.at.y() + font.pixelSize() * 0.36), text)


def paint_card(p: QPainter, rect: QRectF, title: str, theme: Theme) -> None:
    """An op that is not there yet: a dashed card with its name."""
    p.setBrush(mix(theme.card, theme.forward_soft, 0.5))
    p.setPen(QPen(theme.forward, 1.6, Qt.PenStyle.DashLine))
    p.drawRoundedRect(rect, 11, 11)
    font = measure.font_of("title")
    p.setFont(font)
    p.setPen(theme.text)
    text = measure.elided(title, "title", rect.width() / 2 - 8)
    width = measure.width(text, "title")
    p.drawText(QPointF(rect.right() - width - 16, rect.center().y() + font.pixelSize() * 0.36), text)


def paint_bubble(
    p: QPainter,
    by: QRectF,
    text: str,
    theme: Theme,
    refused: bool,
    within: QRectF,
    zoom: float,
    cards: Iterable[QRectF] = (),
) -> None:
    """A few words at a part of the scene, in pixels of the screen: below it, or where they hide less of ``cards``."""
    size = LARGER if zoom > PROJECTED else 1.0
    scale = zoom / size
    p.save()
    p.translate(by.bottomLeft())
    p.scale(1 / scale, 1 / scale)
    p.setFont(measure.font_of("region"))
    p.setPen(theme.text)  # without a pen a text has no size
    seen = QRectF((within.topLeft() - by.bottomLeft()) * scale, within.size() * scale).adjusted(6, HEAD, -6, -6)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
    room = QRectF(0, 0, min(380.0, max(160.0, seen.width() - 40)), 400)
    box = p.boundingRect(room, flags, text).adjusted(-10, -6, 10, 6)
    own = QRectF(0, -by.height() * scale, by.width() * scale, by.height() * scale)
    hidden = [own, *(QRectF((c.topLeft() - by.bottomLeft()) * scale, c.size() * scale) for c in cards)]
    box = min(_places(own, box.size(), seen), key=lambda place: sum(_area(place & card) for card in hidden))
    back, fore = (theme.error_soft, theme.error) if refused else (theme.text, theme.panel)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(back)
    p.drawRoundedRect(box, 8, 8)
    p.setPen(fore)
    p.drawText(box.adjusted(10, 6, -10, -6), flags, text)
    p.restore()


def cards_around(view: CanvasView, rect: QRectF) -> list[QRectF]:
    """The cards that words at a part of the scene could hide."""
    return [placed.rect for placed in view.picture.cards_in(rect.adjusted(-AROUND, -AROUND, AROUND, AROUND))]


def _places(own: QRectF, size: QSizeF, seen: QRectF) -> Iterator[QRectF]:
    """Where words can stand at something, the best first, all of them in sight."""
    wide, high = size.width(), size.height()
    for x, y in (
        (own.left() + 14, own.bottom() + 16),
        (own.left() + 14, own.top() - high - 12),
        (own.right() - wide, own.top() - high - 12),
        (own.right() + 14, own.top()),
        (own.left() - wide - 14, own.top()),
        (seen.center().x() - wide / 2, seen.bottom() - high),
        (seen.center().x() - wide / 2, seen.top()),
    ):
        left = max(seen.left(), min(x, seen.right() - wide))
        yield QRectF(left, max(seen.top(), min(y, seen.bottom() - high)), wide, high)


def _area(rect: QRectF) -> float:
    return max(0.0, rect.width()) * max(0.0, rect.height())


def paint_words(p: QPainter, at: QPointF, text: str, theme: Theme, zoom: float) -> None:
    """A dim line in the middle of an empty canvas, in pixels of the screen."""
    p.save()
    p.translate(at)
    p.scale(1 / zoom, 1 / zoom)
    p.setFont(fonts.ui(14))
    p.setPen(theme.dim)
    p.drawText(QRectF(-300, -40, 600, 80), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
    p.restore()
