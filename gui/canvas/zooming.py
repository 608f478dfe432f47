"""Zooming by hand: wheel, pinch and touch pad, at the pointer. A notch of a wheel glides, all else follows the hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QObject, QPointF, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

STEP = 1.0015
"""Zoom for each eighth of a degree of a wheel."""
NOTCH_MS = 140


class Zooming(QObject):
    """What a hand does to the zoom of a canvas view."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._at = QPointF()
        self._fixed = QPointF()
        self._goal = 1.0
        self._way = QVariantAnimation(self)
        self._way.setDuration(NOTCH_MS)
        self._way.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._way.valueChanged.connect(self._glided)

    def wheel(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y()
        touch = event.pixelDelta().y()
        if touch or not turn or not self._view.session.animate:
            self._follow(STEP ** (turn or touch), event.position())
            return
        view = self._view
        gliding = self._way.state() == QVariantAnimation.State.Running
        start = self._goal if gliding and event.position() == self._at else view.zoom
        self._way.stop()
        self._goal = view.within(start * STEP**turn)
        self._at, self._fixed = event.position(), view.mapToScene(event.position().toPoint())
        view.by_hand()
        self._way.setStartValue(math.log(view.zoom))
        self._way.setEndValue(math.log(self._goal))
        self._way.start()

    def gesture(self, event: QNativeGestureEvent | QGestureEvent) -> bool:
        """Whether it was one for the zoom."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
                return False
            self._follow(1 + event.value(), event.position())
            return True
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        view = self._view.viewport()
        here, last = (view.mapFromGlobal(p) for p in (pinch.centerPoint(), pinch.lastCenterPoint()))
        if pinch.state() != Qt.GestureState.GestureStarted:
            # Fingers that move on together take the graph with them.
            self._view.pan((last - here) / self._view.zoom)
        self._follow(pinch.scaleFactor(), here)
        return True

    def _follow(self, factor: float, at: QPointF) -> None:
        self._way.stop()
        self._view.by_hand()
        self._view.zoom_at(self._view.zoom * factor, at, self._view.mapToScene(at.toPoint()))

    @Slot(object)
    def _glided(self, zoom: float) -> None:
        if self._way.state() == QVariantAnimation.State.Running:
            self._view.zoom_at(math.exp(zoom), self._at, self._fixed)
