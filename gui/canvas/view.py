"""CanvasView: paints the picture of the session's moment, and takes what hands and keys do to it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGestureEvent,
    QGraphicsView,
    QWidget,
)

from gui.base import accessible
from gui.base.change import Change
from gui.base.crash import reported
from gui.canvas import painting
from gui.canvas.backdrop import EDGE, Backdrop
from gui.canvas.camera import Camera
from gui.canvas.changes import changed
from gui.canvas.fade import Fade
from gui.canvas.folder import Folder
from gui.canvas.hands import Hands
from gui.canvas.menus import open_menu
from gui.canvas.motion import Motion
from gui.canvas.paint_many import ALL, alike, amount
from gui.canvas.paint_selected import paint_selected
from gui.canvas.picture import Picture
from gui.canvas.pictures import Pictures
from gui.canvas.placed import PlacedCard
from gui.canvas.pointing import Pointing
from gui.canvas.settling import Settling
from gui.canvas.stage import Stage
from gui.canvas.things import Things
from gui.canvas.walking import Walking
from gui.canvas.zooming import Zooming
from gui.session import Session


class CanvasView(Camera):
    """The stage itself. ``inspected`` tells that a card is to be looked at.

    ``arranges`` follows the beginning and the end of a layout that takes its time.
    """

    inspected = Signal(str)
    arranges = Signal()
    asked = Signal(str)
    """A command, by its name in the table."""
    wanted = Signal(object)
    """The span of the program that is to be shown."""
    moved = Signal(int)
    """The cursor that is to be gone to."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.arranging = False
        """Whether a large graph is being laid out; the last picture stays meanwhile."""
        self.pictures = Pictures()
        self.pictures.stages.ready.connect(self.rebuild)
        self._scene_number: object = None
        self._leaf: str | None = None
        """The card whose paths have been brought into sight."""
        self._motion = Motion(self)
        self._stage.addItem(self._motion)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.backdrop = Backdrop(self, self._paint_back)
        self._amount = ALL
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self.setAccessibleName("Computation graph")
        self._fade = Fade(self.viewport())
        self.pointing = Pointing(self)
        self.walking = Walking(self, self.pointing.card)
        self.hands = Hands()
        self.zooming = Zooming(self)
        self.things = Things(self)
        accessible.install()
        self.folder = Folder(self)
        self.settling = Settling(self)
        session.changed.connect(self._on_change)

    # --- following the session --------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self.session.turns.later(self._on_change, change):
            return
        if Change.DOCUMENT in change and self.session.fresh_document:
            self._auto = True
            self.pictures.stages.forget()
        moving = self.session.progress < 1.0
        if Change.VIEW in change and self.session.animate and self.isVisible():
            self._fade.begin()
        if change & (Change.TRACE | Change.CURSOR | Change.VIEW | Change.FOLDS) or (
            Change.PROGRESS in change and moving != self.picture.moving
        ):
            self.rebuild()
        elif Change.PROGRESS in change:
            self._motion.go_on()
        if Change.THEME in change:
            self.repaint_all()
        if Change.SELECTION in change:
            self._show_paths()
            accessible.focus_on(self, self.things.at_hand())
        if change & (Change.SELECTION | Change.ADVICE):
            self.viewport().update()
        if Change.MODE in change:
            self._auto = True
            self.fit()

    def accessible_items(self) -> Things:
        """What a screen reader finds on it."""
        return self.things

    @Slot()
    def rebuild(self) -> None:
        """Make the picture anew from the session."""
        s = self.session
        self.pictures.layers = s.layers
        self.pictures.stages.folds = s.folds
        picture = self.pictures.soon(s.moment, s.progress < 1.0, s.functions, growing=s.running)
        if self.arranging != (picture is None):
            self.arranging = picture is None
            self.arranges.emit()
        if picture is None:
            return
        places = self.settling.places(self.picture, picture)
        self.pictures.stages.last = picture.stage
        self._show(picture)
        self._stage_room(self.picture.bounds)
        # A run that is shown while it goes on grows.
        grown = self.picture.bounds.getRect() if s.running else None
        number = (id(s.scenes), self.picture.scene, frozenset(s.folds.items()), grown)
        stays = self.settling.stays(places, self._auto)
        if self._auto and number != self._scene_number and not stays:
            self.fit()
        elif self._auto:
            self._follow()
        self._scene_number = number
        self.settling.begin(places)

    def _show(self, picture: Picture) -> None:
        last, self.picture = self.picture, picture
        self._motion.place(painting.moving_parts(picture))
        self._repaint_changes(last)

    def _show_paths(self) -> None:
        """Paths are seen whole; without them the view is where it was."""
        paths = self.session.paths.found
        leaf = None if paths is None else paths.leaf
        if leaf == self._leaf:
            return
        self._leaf = leaf
        if paths is None:
            self.go_back()
        else:
            self.show_part(self.picture.around({key for edge in paths.edges for key in edge[:2]}))

    def show_on(self, stage: Stage) -> None:
        """Show the present moment on a stage whose cards are on their way."""
        s = self.session
        self._show(self.pictures.on(s.moment, stage, s.progress < 1.0, s.functions))

    def repaint_all(self) -> None:
        self.backdrop.forget()
        self.viewport().update()

    def _repaint_changes(self, last: Picture) -> None:
        """Paint anew where the picture differs from the last one."""
        seen = self.seen()
        parts = changed(last, self.picture, seen, self.zoom)
        if parts is None or not alike(self._amount, amount(self.picture, seen, self.zoom)):
            self.repaint_all()
            return
        self.backdrop.forget_parts(parts)
        for part in parts:
            self.viewport().update(self.mapFromScene(part).boundingRect().adjusted(-EDGE, -EDGE, EDGE, EDGE))

    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        with reported():
            self.backdrop.show(painter, rect)
            painting.paint_marks(painter, self.picture, self.session.theme, self.session.advisor.pictured)
            paint_selected(painter, self.picture, self.session, rect, self.zoom)

    def drawForeground(self, painter: QPainter, rect: QRectF | Any) -> None:
        with reported():
            self.hands.paint(painter, self.zoom)

    def _paint_back(self, p: QPainter, part: QRectF, view: QRectF, zoom: float, whole: bool) -> None:
        if whole:
            self._amount = amount(self.picture, view, zoom)
        painting.paint_ground(p, self.session.theme, part, zoom)
        painting.paint_still(p, self.picture, self.session.theme, part, zoom, None, self._amount)

    # --- mouse, wheel, pinch ----------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zooming.wheel(event)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, (QNativeGestureEvent, QGestureEvent)) and self.zooming.gesture(event):
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.hands.press(event):
            self.pointing.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.hands.move(event):
            self.pointing.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.hands.release(event):
            self.pointing.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.hands.double_click(event):
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointing.leave()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        open_menu(self, event)

    def card_at(self, point: QPoint) -> PlacedCard | None:
        return self.picture.at(self.mapToScene(point))

    # --- keys -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self.hands.wants(event) or self.walking.wants(event):
                event.accept()
                return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and self.walking.in_order(
                1 if event.key() == Qt.Key.Key_Tab else -1
            ):
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.hands.wants(event):
            self.hands.key(event)
            event.accept()
        elif self.walking.wants(event):
            self.walking.press(event)
            event.accept()
        else:
            event.ignore()
