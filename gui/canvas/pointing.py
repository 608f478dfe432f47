"""Pointing: what mouse and pointer do on the canvas: select, add to the selection, drag, and rest on things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QRubberBand

from engine.explain import hints
from engine.explain.hints import Hint
from gui.canvas.hits import edge_at
from gui.canvas.hover_card import HoverCard
from gui.canvas.placed import PlacedCard, PlacedEdge

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

REST_MS = 420
"""How long the pointer rests before it is told what it rests on."""
STILL = 4
"""Pixels that a click may wander."""
MORE = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Pointing(QObject):
    """The mouse's side of a canvas view."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.card = HoverCard(view)
        self._pressed: QPoint | None = None
        self._last: QPoint | None = None
        self._wandered = False
        self._band: QRubberBand | None = None
        self._under: PlacedCard | PlacedEdge | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._tell)

    def thing_at(self, point: QPoint) -> PlacedCard | PlacedEdge | None:
        """The card, else the edge, under a point of the viewport."""
        view = self._view
        placed = view.card_at(point)
        return placed if placed is not None else edge_at(view.picture, view.mapToScene(point), view.zoom)

    # --- press, drag, release ---------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        self.leave()
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        here = event.position().toPoint()
        self._pressed = self._last = here
        self._wandered = False
        view = self._view
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() & MORE and view.card_at(here) is None:
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, view.viewport())
            self._band.setGeometry(QRect(here, QSize()))

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._pressed is None or self._last is None or not event.buttons():
            self._hover(here)
            return
        if not self._wandered and (here - self._pressed).manhattanLength() < STILL:
            return
        self._wandered = True
        if self._band is not None:
            self._band.setGeometry(QRect(self._pressed, here).normalized())
            self._band.show()
            return
        view = self._view
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        view.pan(view.mapToScene(self._last) - view.mapToScene(here))
        self._last = here

    def release(self, event: QMouseEvent) -> None:
        view, band = self._view, self._band
        view.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        if band is not None and self._wandered:
            area = view.mapToScene(band.geometry()).boundingRect()
            view.session.select_also(_inside(view, area))
        elif self._pressed is not None and not self._wandered and event.button() == Qt.MouseButton.LeftButton:
            self._click(event)
        if band is not None:
            band.deleteLater()
        self._pressed = self._last = self._band = None

    def let_go(self) -> None:
        """Forget the press: something else goes on with it."""
        self.leave()
        self._pressed = self._last = None

    def _click(self, event: QMouseEvent) -> None:
        view = self._view
        more = bool(event.modifiers() & MORE)
        match self.thing_at(event.position().toPoint()):
            case PlacedCard() as placed if more:
                view.session.select_also([placed.card.key])
            case PlacedCard() as placed:
                view.session.select(placed.card.key)
                view.inspected.emit(placed.card.key)
            case PlacedEdge() as edge if not more:
                view.session.select_edge(edge.key)
            case None if not more:
                view.session.select(None)

    # --- resting ----------------------------------------------------------------------------

    def _hover(self, here: QPoint) -> None:
        view = self._view
        thing = self.thing_at(here)
        view.viewport().setCursor(Qt.CursorShape.PointingHandCursor if thing else Qt.CursorShape.ArrowCursor)
        if _same(thing, self._under):
            return
        self._under, self._last = thing, here
        if not self.card.pinned:
            self.card.hide()
            if thing is None:
                self._rest.stop()
            else:
                self._rest.start()

    @Slot()
    def _tell(self) -> None:
        thing, here = self._under, self._last
        if thing is None or here is None or self.card.pinned:
            return
        view = self._view
        where = QRect(here, QSize(1, 1))
        if isinstance(thing, PlacedCard):
            where = view.mapFromScene(thing.rect).boundingRect()
        self.card.tell(hint_of(view, thing), where, view.session.theme)

    def leave(self) -> None:
        """Nothing is pointed at any more."""
        self._rest.stop()
        self._under = None
        if not self.card.pinned:
            self.card.hide()


def hint_of(view: CanvasView, thing: PlacedCard | PlacedEdge) -> Hint:
    """What is told of a card, a collapsed group or an edge."""
    m = view.session.moment
    if isinstance(thing, PlacedEdge):
        return hints.of_edge(m, thing.uses[0])
    return hints.of_group(thing.card) if thing.group else hints.of_card(m, thing.card.key, view.session.functions)


def _same(a: PlacedCard | PlacedEdge | None, b: PlacedCard | PlacedEdge | None) -> bool:
    if isinstance(a, PlacedCard) and isinstance(b, PlacedCard):
        return a.card.key == b.card.key
    if isinstance(a, PlacedEdge) and isinstance(b, PlacedEdge):
        return a.key == b.key
    return a is b


def _inside(view: CanvasView, area: QRectF) -> list[str]:
    """The cards whose middles lie in a part of the scene."""
    return [c.card.key for c in view.picture.cards_in(area) if area.contains(c.rect.center())]
