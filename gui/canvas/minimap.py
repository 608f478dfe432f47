"""Minimap: where one is in a graph that is larger than the view. It comes by itself; a click or a drag goes there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QTransform, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.base.change import Change
from gui.base.theme import Theme, faded
from gui.canvas import paint_many
from gui.canvas.picture import Picture
from gui.canvas.stage import Stage
from gui.canvas.view import CanvasView

LARGEST = QSize(200, 120)
LEAST = QSize(96, 32)
"""Of a graph that is long and thin, the width or height of the map."""
INSET = 6.0
FOOT, SIDE = 52, 14
"""How far it stays off the window's lower side, where zoom and legend are, and off the others."""
SMALLEST_VIEW = QSize(420, 300)
"""In a smaller view there is no room for it."""
SLACK = 24.0
"""Pixels of a graph that may be out of sight without a map."""
DOT = 3.5
"""Radius of the mark where the step at hand is; half the least width of what is seen."""


class Minimap(QWidget):
    """Lies on a canvas view, in a corner in which nothing happens."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._session = view.session
        self._image = QImage()
        self._key: tuple[Theme, QSize, float] | None = None
        self._drawn: Picture | None = None
        self._corner = 0
        self._settled_on: Stage | None = None
        """The stage on which it has been seen in its corner: there it stays while one moves over it."""
        self.setAccessibleName("Map of the graph")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click or drag to go there; the View menu hides the map")
        self.hide()
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self.follow)
        view.zoomed.connect(self.follow)
        view.arranges.connect(self.follow)
        self._session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change, aside=True):
            return
        if change & (Change.TRACE | Change.CURSOR | Change.VIEW | Change.FOLDS | Change.THEME | Change.MODE):
            self.follow()

    def toggle(self) -> bool:
        """Switch it on or off for good; whether it is on now."""
        settings = self._session.settings
        settings.put_panel("map", not settings.panel("map"))
        self.follow()
        return settings.panel("map")

    @Slot()
    def follow(self) -> None:
        """Show what the view shows, if that is not all."""
        picture, seen = self._view.picture, self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        slack = SLACK / self._view.zoom
        wanted = (
            self._session.settings.panel("map")
            and not self._session.presenting
            and bool(picture.stage.keys)
            and not seen.adjusted(-slack, -slack, slack, slack).contains(picture.bounds)
            and self._view.width() >= SMALLEST_VIEW.width()
            and self._view.height() >= SMALLEST_VIEW.height()
        )
        if wanted:
            self._settle()
            cards = len(picture.stage.keys)
            self.setAccessibleDescription(f"{cards} cards; {_share(seen, picture.bounds)} of the graph is in sight")
            self.update()
        self.setVisible(wanted)

    def _settle(self) -> None:
        """Take a size by the graph's, and a corner with no card that the step is about.

        For a new graph that with the fewest cards.
        """
        bounds = self._view.picture.bounds
        scale = min(LARGEST.width() / bounds.width(), LARGEST.height() / bounds.height())
        size = QSize(round(bounds.width() * scale), round(bounds.height() * scale)).expandedTo(LEAST)
        w, h = self._view.width(), self._view.height()
        right, low = w - SIDE - size.width(), h - FOOT - size.height()
        corners = [QPoint(right, low), QPoint(right, 2 * SIDE + 6), QPoint(SIDE, low)]
        busy = self._view.mapFromScene(self._view.picture.active_rect()).boundingRect()
        order = [self._corner, *(i for i in range(len(corners)) if i != self._corner)]
        if self._settled_on is not self._view.picture.stage:
            order = sorted(range(len(corners)), key=lambda i: self._covers(QRectF(corners[i], size).toRect()))
        free = [i for i in order if not busy.intersects(QRectF(corners[i], size).toRect())]
        self._corner = free[0] if free else self._corner
        self.resize(size)
        self.move(corners[self._corner])

    def _covers(self, part: QRect) -> int:
        """How many cards there are in a part of the view."""
        picture, area = self._view.picture, self._view.mapToScene(part).boundingRect()
        left, top, right, bottom = picture.stage.boxes[picture.standing].T
        inside = (left < area.right()) & (right > area.left()) & (top < area.bottom()) & (bottom > area.top())
        return int(inside.sum())

    def _way(self) -> QTransform:
        """From the scene to the map."""
        bounds = self._view.picture.bounds
        room = QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)
        scale = min(room.width() / bounds.width(), room.height() / bounds.height())
        way = QTransform.fromTranslate(room.center().x(), room.center().y()).scale(scale, scale)
        return way.translate(-bounds.center().x(), -bounds.center().y())

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, picture = self._session.theme, self._view.picture
        self._settled_on = picture.stage
        way = self._way()
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(theme.hairline, 1))
        p.setBrush(faded(theme.panel, 0.94))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        p.drawImage(QPointF(0, 0), self._density(picture, theme, way))
        seen = way.mapRect(self._view.mapToScene(self._view.viewport().rect()).boundingRect())
        grow = QPointF(max(0.0, DOT - seen.width() / 2), max(0.0, DOT - seen.height() / 2))
        seen.adjust(-grow.x(), -grow.y(), grow.x(), grow.y())
        p.setPen(QPen(theme.forward, 1.3))
        p.setBrush(faded(theme.forward, 0.1))
        p.drawRoundedRect(seen & QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 2.5, 2.5)
        here = picture.active_rect()
        if not here.isNull():
            p.setPen(QPen(theme.panel, 1.2))
            p.setBrush(theme.gradient)
            p.drawEllipse(way.map(here.center()), DOT, DOT)
        p.end()

    def _density(self, picture: Picture, theme: Theme, way: QTransform) -> QImage:
        """The cards that there are, painted anew only when others are there."""
        ratio = self.devicePixelRatioF()
        key = theme, self.size(), ratio
        last = self._drawn
        same = last is not None and last.stage is picture.stage and (last.standing == picture.standing).all()
        if not same or key != self._key:
            self._image = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(Qt.GlobalColor.transparent)
            p = QPainter(self._image)
            p.setTransform(way)
            paint_many.paint_density(p, picture, theme, way.m11() * ratio)
            p.end()
            self._key = key
        self._drawn = picture
        return self._image

    # --- mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms in the middle of the view."""
        self._view.zoom_by(1.0015 ** event.angleDelta().y())
        event.accept()

    def _go(self, point: QPointF) -> None:
        back, _ = self._way().inverted()
        self._view.go_to(back.map(point))


def _share(seen: QRectF, bounds: QRectF) -> str:
    part = seen & bounds
    share = part.width() * part.height() / (bounds.width() * bounds.height()) if bounds.isValid() else 0.0
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"
