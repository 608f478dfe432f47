"""Painting autograd functions: a node's rows, and the edge from a node to its next function."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.explain.cards import Card, Face
from gui.base.theme import Theme, faded
from gui.canvas import measure
from gui.canvas.placed import PlacedEdge

GAP = 10.0
"""Between a node's name and its number."""
HEAD = 7.0
"""Length of the arrow at the next function."""


def colour_of(card: Card, theme: Theme) -> QColor:
    """AccumulateGrad has the colour of sums; what computes gradients has that of gradients."""
    return theme.accumulated if card.leaf else theme.gradient


def paint_rows(p: QPainter, card: Card, face: Face, rect: QRectF, theme: Theme) -> None:
    """Name and number, what arrives and what is sent, and the saved attributes."""
    left, right = rect.left() + measure.PAD, rect.right() - measure.PAD
    head = rect.top() + measure.HEADER
    aside = card.aside
    if measure.width(card.title, "value") + GAP + measure.width(aside, "aside") > right - left:
        aside = aside.rpartition(" · ")[2]
    title = measure.elided(card.title, "value", right - left - GAP - measure.width(aside, "aside"))
    _text(p, left, head, title, "value", theme.text)
    _text(p, right - measure.width(aside, "aside"), head, aside, "aside", theme.dim)
    y = rect.top() + measure.VALUE_ROW
    for row in face.rows:
        _text(p, left, y, row.label, "label", theme.dim)
        x = left + measure.LABEL
        colour = theme.faint if row.muted else theme.gradient
        text = measure.elided(row.text, "value", right - x)
        _text(p, x, y, text, "value", colour)
        y += measure.ROW
    if face.saved and rect.height() >= measure.HEIGHT + measure.SAVED:
        _saved(p, face, rect, left, right, theme)


def _saved(p: QPainter, face: Face, rect: QRectF, left: float, right: float, theme: Theme) -> None:
    top = rect.top() + measure.HEIGHT - 3
    p.setPen(QPen(theme.hairline, 1))
    p.drawLine(QPointF(left, top), QPointF(right, top))
    text = measure.elided(face.saved, "pin", right - left + 8)
    colour = theme.error if face.broken else theme.faint if face.freed else theme.dim
    _text(p, left, top + 13, text, "pin", colour)
    if face.freed:
        p.setPen(QPen(colour, 1))
        p.drawLine(QPointF(left, top + 13), QPointF(left + measure.width(text, "pin"), top + 13))


def paint_link(p: QPainter, edge: PlacedEdge, theme: Theme, reach: float = 1.0) -> None:
    """The edge to a next function, or the part of it that has grown out of the node."""
    from gui.canvas.paint_edges import part_of, path_of

    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(faded(theme.gradient, 0.55), 1.6))
    if reach < 1.0:
        p.drawPolyline(part_of(edge.route, 1.0, 1.0 - reach))
    else:
        p.drawPath(path_of(edge.route))


def paint_target(p: QPainter, edge: PlacedEdge, theme: Theme) -> None:
    """The arrow at the next function, and the number of its input."""
    (x, y), _ = edge.route.at(0.0)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme.gradient)
    p.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + HEAD, y - HEAD / 2), QPointF(x + HEAD, y + HEAD / 2)]))
    _text(p, x + HEAD + 3, y - 9, str(edge.number), "label", theme.dim)


def _text(p: QPainter, x: float, middle: float, text: str, face: str, colour: QColor) -> None:
    font = measure.font_of(face)
    p.setFont(font)
    p.setPen(colour)
    p.drawText(QPointF(x, middle + font.pixelSize() * 0.36), text)
