"""Painting what stands at cards: sums in trays, hooks as valves, the queue's counters, exits, veils of the dying."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.explain.arrivals import Arrival, Role
from engine.explain.valves import Side, Valve
from gui.base.theme import Theme, faded
from gui.canvas import measure
from gui.canvas.neighbours import ports_of
from gui.canvas.paint_cards import _text
from gui.canvas.paint_groups import layer_ground
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedCard

TRAY = 18.0
"""Height of what stands at a card's border."""
INSET, DIPS = 12.0, 6.0
"""From a card's corner to it; how far it reaches into the card."""
ROOM, GAP = 8.0, 6.0
"""In a tray: at its ends, and between the parts of a sum."""
ARRIVES = 0.8
"""When a travelling gradient is there, as a fraction of the step."""
BOW, BOW_HEIGHT = 9.0, 6.0
"""Half the width and half the height of a valve."""
MOST_VALVES = 2
"""Hooks on one side of a card whose changes are written out."""
GONE = 0.5
"""How far what dies has faded by the end of its step."""


def paint_decor(p: QPainter, picture: Picture, placed: PlacedCard, theme: Theme, progress: float = 1.0) -> None:
    """All that stands at one card, ``progress`` of the way into the step."""
    decor = picture.effects.at(placed.entity)
    if decor is None:
        return
    ports = ports_of(picture, placed.card.key) if decor.valves else []
    if decor.arrival is not None:
        _tray(p, placed.rect, decor.arrival, theme, progress)
    for side in Side:
        some = [v for v in decor.valves if v.side is side]
        if some:
            _valves(p, placed.rect, ports, side, some, theme, progress)
    if decor.waiting is not None:
        _counter(p, placed.rect, decor.waiting.text, decor.waiting.place, theme)
    if decor.exits:
        _exit(p, placed.rect, decor.exits, theme)


def _pill(p: QPainter, box: QRectF, fill: QColor, outline: QColor | None = None) -> None:
    p.setPen(Qt.PenStyle.NoPen if outline is None else QPen(outline, 1.1))
    p.setBrush(fill)
    p.drawRoundedRect(box, 6, 6)


# --- sums -------------------------------------------------------------------------------------


def shown_parts(arrival: Arrival, progress: float) -> list[tuple[Role, str]]:
    """The parts of a sum that are there: what comes waits for its arrival, the total for what comes."""
    if progress >= 1.0 or not any(role in (Role.NOW, Role.TOTAL) for role, _ in arrival.parts):
        return list(arrival.parts)
    begin = 0.25 if arrival.write else ARRIVES
    known: list[tuple[Role, str]] = [p for p in arrival.parts if p[0] not in (Role.NOW, Role.TOTAL)]
    if progress < begin:
        return known if any(role is Role.PAST for role, _ in known) else []
    if progress < (begin + 1.0) / 2:
        return [(role, text) for role, text in arrival.parts if role is not Role.TOTAL]
    return list(arrival.parts)


def tray_box(rect: QRectF, arrival: Arrival) -> QRectF:
    """Where the sum of a card stands: the tray keeps its width while it fills."""
    wide = sum(measure.width(text, "sum") + GAP for _, text in arrival.parts) + 2 * ROOM - GAP
    return QRectF(rect.center().x() - wide / 2, rect.bottom() - DIPS, wide, TRAY)


def _tray(p: QPainter, rect: QRectF, arrival: Arrival, theme: Theme, progress: float) -> None:
    """The running sum, hanging from the lower edge of a card."""
    parts = shown_parts(arrival, progress)
    if not parts:
        return
    box = tray_box(rect, arrival)
    _pill(p, box, theme.accumulated_soft, theme.accumulated if arrival.write else None)
    colours = {
        Role.SIGN: theme.accumulated,
        Role.PAST: theme.accumulated,
        Role.NOW: theme.gradient,
        Role.TOTAL: theme.accumulated,
        Role.NOTE: theme.dim,
    }
    x = box.left() + ROOM
    for role, text in parts:
        _text(p, x, box.center().y(), text, "sum", colours[role])
        x += measure.width(text, "sum") + GAP


# --- hooks ------------------------------------------------------------------------------------


def valve_at(rect: QRectF, side: Side, ports: list[QPointF]) -> QPointF:
    """Where the valves of one side stand: on the edge itself, if it is the only one."""
    if side is Side.IN and len(ports) == 1:
        return ports[0]
    return QPointF(rect.right() if side is Side.IN else rect.left(), rect.center().y())


def _valves(
    p: QPainter, rect: QRectF, ports: list[QPointF], side: Side, valves: list[Valve], theme: Theme, progress: float
) -> None:
    middle = valve_at(rect, side, ports)
    outward = 1 if side is Side.IN else -1
    for i, valve in enumerate(valves[:MOST_VALVES]):
        _bow(p, QPointF(middle.x() + outward * i * (2 * BOW + 3), middle.y()), valve, theme)
    said = [v for v in valves if v.change or v.now]
    if said and (progress > 0.3 or not said[-1].now):
        text = "  ".join(f"{v.label}: {v.change or 'unchanged'}" for v in said[-MOST_VALVES:])
        now = any(v.now for v in said)
        text = measure.elided(text, "sum", rect.width() - 2 * INSET)
        wide = measure.width(text, "sum") + 14
        left = rect.right() - wide - INSET if side is Side.IN else rect.left() + INSET
        box = QRectF(left, rect.top() - TRAY / 2, wide, TRAY)
        _pill(p, box, theme.gradient_soft, theme.gradient if now else faded(theme.gradient, 0.45))
        _text(p, box.left() + 7, box.center().y(), text, "sum", theme.gradient)


def _bow(p: QPainter, at: QPointF, valve: Valve, theme: Theme) -> None:
    """Two triangles, tip to tip: filled when a gradient has gone through."""
    shape = QPolygonF(
        [
            QPointF(at.x() - BOW, at.y() - BOW_HEIGHT),
            QPointF(at.x() + BOW, at.y() + BOW_HEIGHT),
            QPointF(at.x() + BOW, at.y() - BOW_HEIGHT),
            QPointF(at.x() - BOW, at.y() + BOW_HEIGHT),
        ]
    )
    p.setPen(QPen(theme.gradient, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    p.setBrush(theme.gradient if valve.ran else theme.canvas)
    p.drawPolygon(shape)


# --- the ready queue --------------------------------------------------------------------------


def counter_box(rect: QRectF, text: str) -> QRectF:
    """Where the counter of a card stands."""
    return QRectF(rect.left() + INSET, rect.top() - TRAY / 2, measure.width(text, "sum") + 14, TRAY)


def _counter(p: QPainter, rect: QRectF, text: str, place: int, theme: Theme) -> None:
    """Filled for the node that runs next, outlined for the others that are ready, grey for those that wait."""
    box = counter_box(rect, text)
    colour = theme.gradient if place else theme.dim
    _pill(p, box, colour if place == 1 else theme.canvas, colour if place else theme.hairline)
    _text(p, box.left() + 7, box.center().y(), text, "sum", theme.on_accent if place == 1 else colour)


# --- exits ------------------------------------------------------------------------------------


def _exit(p: QPainter, rect: QRectF, exits: tuple[str, ...], theme: Theme) -> None:
    """A way out of the graph: a wall, and behind it a plain number."""
    text = measure.elided(", ".join(exits), "sum", rect.width() - 2 * INSET)
    wide = measure.width(text, "sum") + 24
    box = QRectF(rect.right() - wide - INSET, rect.bottom() - DIPS, wide, TRAY)
    pen = QPen(theme.untracked, 1.2, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([3, 2.4])
    p.setPen(pen)
    p.setBrush(theme.canvas)
    p.drawRoundedRect(box, 6, 6)
    p.setPen(QPen(theme.dim, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    p.drawLine(QPointF(box.left() + 8, box.top() + 3), QPointF(box.left() + 8, box.bottom() - 3))
    _text(p, box.left() + 16, box.center().y(), text, "sum", theme.dim)


# --- the end ----------------------------------------------------------------------------------


def paint_veils(p: QPainter, picture: Picture, theme: Theme, progress: float) -> None:
    """The ground's colour over cards that die with the step."""
    p.setPen(Qt.PenStyle.NoPen)
    for rect in picture.dying:
        tinted = any(box.contains(rect) for _, box in picture.layers)
        p.setBrush(faded(layer_ground(theme) if tinted else theme.canvas, GONE * progress))
        p.drawRect(rect.adjusted(-16, -16, 8, 14))
