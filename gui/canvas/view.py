"""CanvasView: pan, zoom, select; paints the picture of the session's moment."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEasingCurve, QEvent, QPoint, QPointF, QRectF, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGestureEvent,
    QGraphicsScene,
    QGraphicsView,
    QWidget,
)

from gui.base import accessible
from gui.base.change import Change
from gui.base.crash import reported
from gui.canvas import painting
from gui.canvas.backdrop import EDGE, Backdrop
from gui.canvas.changes import changed
from gui.canvas.fade import Fade
from gui.canvas.folder import Folder
from gui.canvas.hands import Hands
from gui.canvas.menus import open_menu
from gui.canvas.motion import Motion
from gui.canvas.paint_many import ALL, alike, amount
from gui.canvas.paint_selected import paint_selected
from gui.canvas.picture import Picture
from gui.canvas.pictures import Pictures, nothing
from gui.canvas.placed import PlacedCard
from gui.canvas.pointing import Pointing
from gui.canvas.settling import Settling
from gui.canvas.stage import Stage
from gui.canvas.things import Things
from gui.canvas.walking import Walking
from gui.canvas.zooming import Zooming
from gui.session import Session

CLOSEST, FURTHEST = 4.0, 0.01
FIT_MOST = 1.3
"""A small graph is not blown up beyond this."""
FIT_MOST_PRESENTING = 2.6
FOLLOW_LEAST = 0.54
"""Below this zoom the view follows the step instead of showing the whole graph."""
PROJECTED = 45 * 14
"""For a projector the values on cards (14 px) are at least 1/45 of the screen's height."""
MARGIN, HEAD, FOOT = 34.0, 40.0, 50.0
"""Room beside, above and below a fitted graph; above stands the switch of views, below the legend and the zoom."""
REACH = 4000.0
"""How far one can pan beyond the graph."""
GLIDE_MS = 260


class CanvasView(QGraphicsView):
    """The stage itself. ``zoomed`` tells the new scale; ``inspected`` that a card is to be looked at.

    ``arranges`` follows the beginning and the end of a layout that takes its time.
    """

    zoomed = Signal(float)
    inspected = Signal(str)
    arranges = Signal()
    asked = Signal(str)
    """A command, by its name in the table."""
    wanted = Signal(object)
    """The span of the program that is to be shown."""
    moved = Signal(int)
    """The cursor that is to be gone to."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.picture = nothing()
        self.arranging = False
        """Whether a large graph is being laid out; the last picture stays meanwhile."""
        self.pictures = Pictures()
        self.pictures.stages.ready.connect(self.rebuild)
        self._auto = True
        self._scene_number: object = None
        self._stage = QGraphicsScene(self)
        self._stage.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._stage)
        self._motion = Motion(self)
        self._stage.addItem(self._motion)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.backdrop = Backdrop(self, self._paint_back)
        self._amount = ALL
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
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
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glided)
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
        picture = self.pictures.soon(s.moment, moving=s.progress < 1.0, functions=s.functions)
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

    def show_on(self, stage: Stage) -> None:
        """Show the present moment on a stage whose cards are on their way."""
        s = self.session
        self._show(self.pictures.on(s.moment, stage, s.progress < 1.0, s.functions))

    def repaint_all(self) -> None:
        self.backdrop.forget()
        self.viewport().update()

    def _repaint_changes(self, last: Picture) -> None:
        """Paint anew where the picture differs from the last one."""
        seen = self._seen()
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

    # --- zoom and pan -----------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def _set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Scale so that the point of the viewport under ``anchor`` stays."""
        at = anchor or QPointF(self.viewport().rect().center())
        self.zoom_at(zoom, at, self.mapToScene(at.toPoint()))

    def zoom_at(self, zoom: float, at: QPointF, fixed: QPointF) -> None:
        """Scale so that a point of the scene stands at a point of the viewport."""
        zoom = self.within(zoom)
        self._stage_room(self._seen(), zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self._move_by(fixed - self.mapToScene(at.toPoint()))
        self.zoomed.emit(zoom)

    def within(self, zoom: float) -> float:
        """The nearest zoom that there is."""
        return min(CLOSEST, max(self._furthest(), zoom))

    def by_hand(self) -> None:
        """From now on the view does not fit itself to the graph."""
        self._auto = False

    def _furthest(self) -> float:
        """The smallest zoom: at least one at which the whole graph is seen."""
        b, room = self.picture.bounds, self.viewport().size()
        return min(FURTHEST, 0.8 * min(room.width() / b.width(), room.height() / b.height()))

    def _move_by(self, delta: QPointF) -> None:
        self._centre(self._middle() + delta)

    def _middle(self) -> QPointF:
        return self._seen().center()

    def _centre(self, point: QPointF) -> None:
        self._stage_room(QRectF(point, point))
        self.centerOn(point)

    def go_to(self, point: QPointF) -> None:
        """Bring a point of the scene into the middle."""
        self._auto = False
        self._centre(point)

    def _seen(self) -> QRectF:
        """The part of the scene in the viewport."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _stage_room(self, what: QRectF, zoom: float | None = None) -> None:
        """Let a part of the scene be brought into the middle of the viewport, and anything around it."""
        size = self.viewport().size()
        reach = REACH + max(size.width(), size.height()) / (self.zoom if zoom is None else zoom)
        needed = what.adjusted(-reach, -reach, reach, reach)
        if not self._stage.sceneRect().contains(needed):
            self._stage.setSceneRect(self._stage.sceneRect().united(needed))

    def zoom_by(self, factor: float) -> None:
        self._auto = False
        self._set_zoom(self.zoom * factor)

    @Slot()
    def zoom_in(self) -> None:
        self.zoom_by(1.25)

    @Slot()
    def zoom_out(self) -> None:
        self.zoom_by(0.8)

    @Slot()
    def zoom_original(self) -> None:
        self._auto = False
        self._set_zoom(1.0)

    @Slot()
    def fit_all(self) -> None:
        """The whole scene, however small, and keep it in view from now on."""
        self._auto = True
        self.fit(0.0)

    def _legible(self) -> float:
        """The smallest zoom at which cards can be read."""
        if not self.session.presenting:
            return FOLLOW_LEAST
        return min(FIT_MOST_PRESENTING, self.window().height() / PROJECTED)

    def fit(self, least: float | None = None) -> None:
        """The whole scene if that is legible, else the part that the step is about."""
        least = self._legible() if least is None else least
        b = self.picture.bounds
        room = self.viewport().rect()
        if b.isEmpty() or room.width() < 40:
            return
        wanted, _ = self.fitting_zoom()
        zoom = max(wanted, least)
        self._stage_room(b, zoom)
        # A glide that is under way was meant for what is seen no longer.
        self._glide.stop()
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self._centre(b.center() + QPointF(0, (FOOT - HEAD) / 2 / zoom))
        self.zoomed.emit(zoom)
        if zoom > wanted:
            self._follow(glide=False)

    def fitting_zoom(self) -> tuple[float, float]:
        """The zoom at which the whole scene fits, and the smallest at which cards can be read."""
        b, room = self.picture.bounds, self.viewport().rect()
        most = FIT_MOST_PRESENTING if self.session.presenting else FIT_MOST
        margin = 18.0 if self.session.presenting else MARGIN
        across = (room.width() - 2 * margin) / b.width()
        return min(across, (room.height() - HEAD - FOOT) / b.height(), most), self._legible()

    def clear_part(self) -> QRectF:
        """The part of the scene that is seen and has nothing of the window's over it."""
        return self.mapToScene(self.viewport().rect().adjusted(0, 0, 0, -int(FOOT))).boundingRect()

    def shows_all(self) -> bool:
        return self.clear_part().contains(self.picture.bounds)

    def shift(self, way: QPointF) -> None:
        """Move over the scene; a glide that is under way was meant for another picture."""
        self._glide.stop()
        self._move_by(way)

    def _follow(self, glide: bool = True) -> None:
        """Bring the cards of the step into view."""
        target = self.picture.active_rect()
        if target.isNull():
            return
        target = target.adjusted(-30, -30, 30, 30)
        seen = self.clear_part()
        if seen.contains(target):
            return
        shift = QPointF(0, 0)
        if target.left() < seen.left() or target.width() > seen.width():
            shift.setX(target.left() - seen.left())
        elif target.right() > seen.right():
            shift.setX(target.right() - seen.right())
        if target.top() < seen.top() or target.height() > seen.height():
            shift.setY(target.top() - seen.top())
        elif target.bottom() > seen.bottom():
            shift.setY(target.bottom() - seen.bottom())
        if not glide or not self.session.animate:
            self._move_by(shift)
            return
        self._glide.stop()
        self._glide.setStartValue(self._middle())
        self._glide.setEndValue(self._middle() + shift)
        self._glide.start()

    @Slot(object)
    def _glided(self, point: QPointF) -> None:
        if self._glide.state() == QVariantAnimation.State.Running:
            self._centre(point)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        middle = self._middle()
        super().resizeEvent(event)
        if self._auto:
            self.fit()
        else:
            self._centre(middle)

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

    def reveal(self, key: str) -> None:
        """Select a card and bring it into sight."""
        self.session.select(key)
        rect = self.picture[key].rect.adjusted(-20, -20, 20, 20)
        if not self.clear_part().contains(rect):
            self._centre(rect.center())

    def show_point(self, x: float, y: float) -> None:
        """Bring a point of the scene into sight."""
        if not self.clear_part().contains(QPointF(x, y)):
            self._centre(QPointF(x, y))

    def pan(self, way: QPointF) -> None:
        """Move by hand: the view no longer fits itself to the graph."""
        self._auto = False
        self._move_by(way)
