"""Painting edges: the graph's own, gradients that have passed, and what moves in the step at hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from engine.explain.flow import Flow
from engine.layout import Route
from gui.base.heat_map import heat_map
from gui.base.theme import Theme, faded
from gui.canvas import measure, paint_copies, paint_functions
from gui.canvas.paint_cards import _text, log_size
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge

ARRIVED = 0.65
"""When an operand's value has reached its result, as a fraction of the step."""
WALL = 0.62
"""Where on a cut edge the wall stands."""


def round_pen(colour: QColor, width: float) -> QPen:
    """A pen with round ends."""
    return QPen(QBrush(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def rail(width: float) -> float:
    """The width of a hollow line, in place of a solid one of ``width``."""
    return max(4.4, width + 2.0)


def hollow(theme: Theme, width: float) -> QPen:
    """What makes a line hollow: a negative gradient is told from a positive one without its colour."""
    return round_pen(theme.canvas, rail(width) - 2.6)


def path_of(route: Route) -> QPainterPath:
    path = QPainterPath(QPointF(*route.start))
    for a, b, end in route.segments:
        path.cubicTo(QPointF(*a), QPointF(*b), QPointF(*end))
    return path


def part_of(route: Route, begin: float, end: float, points: int = 28) -> QPolygonF:
    """The stretch of a route between two fractions of its length, as a line."""
    out = QPolygonF()
    for i in range(points + 1):
        (x, y), _ = route.at(begin + (end - begin) * i / points)
        out.append(QPointF(x, y))
    return out


def paint_edge(p: QPainter, edge: PlacedEdge, theme: Theme, opacity: float = 1.0) -> None:
    """An edge as it is without the step at hand: the graph's own colour, or that of a gradient that passed."""
    p.setOpacity(opacity * (0.4 if edge.ghost else 1.0))
    p.setBrush(Qt.BrushStyle.NoBrush)
    if edge.flow is not None and not edge.flow.now:
        p.setPen(round_pen(theme.gradient_past, log_size(edge.flow.size)))
        if edge.flow.negative:
            p.setPen(round_pen(theme.gradient_past, rail(log_size(edge.flow.size))))
            p.drawPath(path_of(edge.route))
            p.setPen(hollow(theme, log_size(edge.flow.size)))
    elif edge.number is not None:
        paint_functions.paint_link(p, edge, theme)
        return
    elif edge.tracked:
        p.setPen(QPen(faded(theme.forward, 0.5), 1.6))
    elif edge.cut == "constant":
        p.setPen(QPen(faded(theme.untracked, 0.85), 1.2))
    else:
        p.setPen(QPen(faded(theme.untracked, 0.95), 1.3))
    if edge.cut in ("", "constant"):
        p.drawPath(path_of(edge.route))
    else:
        _cut(p, edge, theme)
    p.setOpacity(1.0)


def _cut(p: QPainter, edge: PlacedEdge, theme: Theme) -> None:
    """Values pass from the operand; a gradient would meet a wall."""
    p.drawPolyline(part_of(edge.route, 0.0, WALL - 0.03))
    pen = p.pen()
    pen.setStyle(Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([3, 3])
    p.setPen(pen)
    p.drawPolyline(part_of(edge.route, WALL + 0.03, 1.0))
    (x, y), angle = edge.route.at(WALL)
    p.save()
    p.translate(x, y)
    p.rotate(angle * 57.29577951308232)
    p.setPen(QPen(QBrush(theme.dim), 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    p.drawLine(QPointF(2.5, -11), QPointF(2.5, 11))
    p.setPen(QPen(faded(theme.dim, 0.55), 1.2))
    for k in (-8, -3, 2, 7):
        p.drawLine(QPointF(3.5, k + 2.5), QPointF(8, k - 2))
    p.restore()


REASONS = {"detach": "detach", "data": ".data", "not differentiable": "no derivative"}
"""What is written at a wall; a no_grad block has a region of its own, and a constant is drawn as one."""


def paint_wall_label(p: QPainter, edge: PlacedEdge, said: str, theme: Theme) -> None:
    """Why the edge is cut, above the wall, unless the badge of the result has ``said`` it."""
    if edge.number is not None:
        paint_functions.paint_target(p, edge, theme)
    word = REASONS.get(edge.cut, "")
    if not word or word == said:
        return
    (x, y), _ = edge.route.at(WALL)
    w = measure.width(word, "label")
    _text(p, x - w / 2 + 2, y - 20, word, "label", theme.dim)


def paint_chip(p: QPainter, at: QPointF, flow: Flow, theme: Theme, filled: bool, opacity: float = 1.0) -> None:
    """A gradient on an edge: filled while it is the matter of the step, outlined afterwards."""
    w, h = measure.chip_width(flow.text, flow.data is not None), measure.CHIP_HEIGHT
    if flow.sum:
        w, h = max(w, measure.chip_width(flow.sum)), h + measure.CHIP_ROW
    box = QRectF(at.x() - w / 2, at.y() - h / 2, w, h)
    p.setOpacity(opacity)
    if filled:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(theme.gradient)
    else:
        p.setPen(QPen(theme.gradient, 1.1))
        p.setBrush(theme.canvas)
    p.drawRoundedRect(box, measure.CHIP_HEIGHT / 2, measure.CHIP_HEIGHT / 2)
    colour = theme.on_accent if filled else theme.gradient
    middle = at.y() - (measure.CHIP_ROW / 2 if flow.sum else 0.0)
    _text(
        p,
        at.x() - measure.width(flow.text, "chip") / 2 if flow.sum else box.left() + 9,
        middle,
        flow.text,
        "chip",
        colour,
    )
    if flow.sum:
        _text(p, at.x() - measure.width(flow.sum, "chip") / 2, middle + measure.CHIP_ROW, flow.sum, "chip", colour)
    if flow.data is not None:
        heat_map(p, QRectF(box.right() - 9 - measure.CHIP_MAP, at.y() - 7, measure.CHIP_MAP, 14), flow.data, theme)
    p.setOpacity(1.0)


def paint_past_chips(p: QPainter, edges: list[PlacedEdge], theme: Theme) -> None:
    """The gradients that have passed. Where many edges are close, only those with room: a heap cannot be read."""
    for edge in edges:
        if edge.roomy and edge.flow is not None and not edge.flow.now:
            (x, y), _ = edge.route.at(edge.rest)
            paint_chip(p, QPointF(x, y), edge.flow, theme, filled=False)


def paint_motion(p: QPainter, picture: Picture, theme: Theme, progress: float) -> None:
    """The step at hand, a fraction of the way: gradients travel back along their edges, values forward."""
    for edge in picture.busy:
        if edge.feeds and picture.moving:
            _paint_value(p, edge, theme, progress)
        elif edge.flow is not None and edge.flow.now:
            _paint_gradient(p, edge, theme, progress)
        if edge.feeds and edge.number is None:
            _paint_feeding(p, picture, edge, theme, progress)
    for edge in picture.busy:
        if edge.flow is not None and edge.flow.now:
            t = 1.0 - (1.0 - edge.rest) * _ease(progress)
            (x, y), _ = edge.route.at(t)
            paint_chip(p, QPointF(x, y), edge.flow, theme, filled=True, opacity=min(1.0, 0.3 + progress * 3))
            if edge.flow.copies is not None and progress >= 1.0:
                below = QPointF(x, y + measure.CHIP_HEIGHT / 2 + 10)
                paint_copies.paint_label(p, below, edge.flow.copies.text(backward=True), theme.gradient, theme)


def _ease(progress: float) -> float:
    return min(1.0, progress / 0.8)


def _paint_gradient(p: QPainter, edge: PlacedEdge, theme: Theme, progress: float) -> None:
    assert edge.flow is not None
    reach = 1.0 - min(1.0, progress / 0.9)
    p.setPen(QPen(faded(theme.forward, 0.5), 1.6))
    p.setBrush(Qt.BrushStyle.NoBrush)
    if reach > 0:
        p.drawPath(path_of(edge.route))
    wide = log_size(edge.flow.size) + 1.2
    p.setPen(round_pen(theme.gradient, rail(wide) if edge.flow.negative else wide))
    if progress >= 1.0 and edge.flow.copies is not None:
        p.setPen(round_pen(theme.gradient, 1.6))
        paint_copies.paint_strands(p, edge.route, edge.flow.copies)
        return
    line = path_of(edge.route) if progress >= 1.0 else part_of(edge.route, 1.0, reach)
    for pen in (p.pen(), hollow(theme, wide)) if edge.flow.negative else (p.pen(),):
        p.setPen(pen)
        if isinstance(line, QPainterPath):
            p.drawPath(line)
        else:
            p.drawPolyline(line)


def _paint_feeding(p: QPainter, picture: Picture, edge: PlacedEdge, theme: Theme, progress: float) -> None:
    """An operand of which copies are made for the new result, or whose elements are summed."""
    made = (picture.effects.copies(target, index) for _, target, index in edge.uses)
    copies = next((one for one in made if one is not None), None)
    if copies is None or progress < ARRIVED:
        return
    p.setPen(round_pen(faded(theme.forward if edge.tracked else theme.untracked, 0.75), 1.4))
    paint_copies.paint_strands(p, edge.route, copies)
    (x, y), _ = edge.route.at(edge.rest)
    paint_copies.paint_label(p, QPointF(x, y), copies.text(backward=False), theme.forward, theme)


def _paint_value(p: QPainter, edge: PlacedEdge, theme: Theme, progress: float) -> None:
    """The operand's value on its way into a new result; in the view of functions, the new edge."""
    reach = min(1.0, progress / ARRIVED)
    if edge.number is not None:
        paint_functions.paint_link(p, edge, theme, reach)
        return
    colour = theme.forward if edge.tracked else theme.untracked
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(faded(colour, 0.6), 1.6))
    p.drawPolyline(part_of(edge.route, 0.0, reach))
    if reach < 1.0:
        (x, y), _ = edge.route.at(reach)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(colour)
        p.drawEllipse(QPointF(x, y), 4.2, 4.2)
