"""Camera: which part of the scene the viewport shows, and how large; it follows the step where not all fits."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QResizeEvent, QTransform
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from gui.canvas.pictures import nothing
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


class Camera(QGraphicsView):
    """A view of a picture that can be zoomed and moved. ``zoomed`` tells the new scale."""

    zoomed = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.picture = nothing()
        self._auto = True
        """Whether the view fits itself to the graph, until somebody moves it."""
        self._back: tuple[float, QPointF, bool] | None = None
        """Zoom and middle before a part was shown, and whether the view fitted itself."""
        self._shown: tuple[float, QPointF] | None = None
        self._stage = QGraphicsScene(self)
        self._stage.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._stage)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glided)

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Scale so that the point of the viewport under ``anchor`` stays."""
        at = anchor or QPointF(self.viewport().rect().center())
        self.zoom_at(zoom, at, self.mapToScene(at.toPoint()))

    def zoom_at(self, zoom: float, at: QPointF, fixed: QPointF) -> None:
        """Scale so that a point of the scene stands at a point of the viewport."""
        zoom = self.within(zoom)
        self._stage_room(self.seen(), zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.move_by(fixed - self.mapToScene(at.toPoint()))
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

    # --- moving -----------------------------------------------------------------------------

    def move_by(self, delta: QPointF) -> None:
        self.centre(self.middle() + delta)

    def middle(self) -> QPointF:
        return self.seen().center()

    def centre(self, point: QPointF) -> None:
        self._stage_room(QRectF(point, point))
        self.centerOn(point)

    def go_to(self, point: QPointF) -> None:
        """Bring a point of the scene into the middle."""
        self._auto = False
        self.centre(point)

    def seen(self) -> QRectF:
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
        self.set_zoom(self.zoom * factor)

    @Slot()
    def zoom_in(self) -> None:
        self.zoom_by(1.25)

    @Slot()
    def zoom_out(self) -> None:
        self.zoom_by(0.8)

    @Slot()
    def zoom_original(self) -> None:
        self._auto = False
        self.set_zoom(1.0)

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
        self.centre(b.center() + QPointF(0, (FOOT - HEAD) / 2 / zoom))
        self.zoomed.emit(zoom)
        if zoom > wanted:
            if self.picture.active_rect().isNull():
                self._stand_at_newest()
            self._follow(glide=False)

    def _stand_at_newest(self) -> None:
        """Where no card is at hand: show the newest that there is, or the beginning of the graph."""
        newest, bounds = self.picture.newest_rect(), self.picture.bounds
        seen = self.seen()
        x = bounds.left() - MARGIN if newest.isNull() else newest.right() + MARGIN - seen.width()
        x = max(bounds.left() - MARGIN, min(x, bounds.right() + MARGIN - seen.width()))
        if seen.width() < bounds.width():
            self.move_by(QPointF(x - seen.left(), 0))
        if seen.height() < bounds.height() and not newest.isNull():
            self.move_by(QPointF(0, newest.center().y() - self.middle().y()))

    def show_part(self, part: QRectF) -> None:
        """Bring a part of the scene into sight whole, no closer than now; ``go_back`` undoes it."""
        if self.clear_part().contains(part):
            return
        if self._back is None:
            self._back = self.zoom, self.middle(), self._auto
        self._auto = False
        self._glide.stop()
        room = self.clear_part().size() * self.zoom
        zoom = min(self.zoom, room.width() / (part.width() + 2 * MARGIN), room.height() / (part.height() + 2 * MARGIN))
        self.set_zoom(zoom)
        self.centre(part.center() + QPointF(0, (FOOT - HEAD) / 2 / self.zoom))
        self._shown = self.zoom, self.middle()

    def go_back(self) -> None:
        """To where the view was before a part was shown, unless somebody moved it since."""
        back, self._back = self._back, None
        if back is not None and self._shown == (self.zoom, self.middle()):
            self.set_zoom(back[0])
            self.centre(back[1])
            self._auto = back[2]

    def fitting_zoom(self) -> tuple[float, float]:
        """The zoom at which the whole scene fits, and the smallest at which cards can be read."""
        b, room = self.picture.bounds, self.viewport().rect()
        most = FIT_MOST_PRESENTING if self.session.presenting else FIT_MOST
        margin = 18.0 if self.session.presenting else MARGIN
        across = (room.width() - 2 * margin) / b.width()
        return min(across, (room.height() - HEAD - FOOT) / b.height(), most), self._legible()

    def clear_part(self) -> QRectF:
        """The part of the scene that is seen and has nothing of the window's over it."""
        head = 0 if self.session.presenting else int(HEAD)
        return self.mapToScene(self.viewport().rect().adjusted(0, head, 0, -int(FOOT))).boundingRect()

    def shows_all(self) -> bool:
        return self.clear_part().contains(self.picture.bounds)

    def shift(self, way: QPointF) -> None:
        """Move over the scene; a glide that is under way was meant for another picture."""
        self._glide.stop()
        self.move_by(way)

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
            self.move_by(shift)
            return
        self._glide.stop()
        self._glide.setStartValue(self.middle())
        self._glide.setEndValue(self.middle() + shift)
        self._glide.start()

    @Slot(object)
    def _glided(self, point: QPointF) -> None:
        if self._glide.state() == QVariantAnimation.State.Running:
            self.centre(point)

    def reveal(self, key: str) -> None:
        """Select a card and bring it into sight."""
        self.session.select(key)
        rect = self.picture[key].rect.adjusted(-20, -20, 20, 20)
        if not self.clear_part().contains(rect):
            self.centre(rect.center())

    def show_point(self, x: float, y: float) -> None:
        """Bring a point of the scene into sight."""
        if not self.clear_part().contains(QPointF(x, y)):
            self.centre(QPointF(x, y))

    def pan(self, way: QPointF) -> None:
        """Move by hand: the view no longer fits itself to the graph."""
        self._auto = False
        self.move_by(way)

    def resizeEvent(self, event: QResizeEvent) -> None:
        middle = self.middle()
        super().resizeEvent(event)
        if self._auto:
            self.fit()
        else:
            self.centre(middle)
