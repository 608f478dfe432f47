"""The app's canvas on a stand: a run at hand, its cards where a bench wants them, its paintings counted."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QGraphicsEllipseItem

from engine.explain.flow import EdgeKey
from engine.explain.moment import Moment
from engine.graph.scenes import Scenes
from engine.layout import Layout
from engine.layout.path import Route
from engine.trace.trace import Trace
from gui.base import fonts
from gui.base.settings import Settings
from gui.canvas.view import CanvasView
from gui.session import Session, start_cursor
from tests.bench.kit.traced import traced

WIDTH, HEIGHT = 1280, 800
SPREAD = 1.75
"""A card is so much larger than a node of the peers; its places are spread and its zoom is lessened by it."""
NODE = (120.0, 44.0)
"""A node of the peers."""
PULSE = 5.0


class CountedView(CanvasView):
    """Knows how often it was painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted += 1


def shown(
    trace: Trace, scenes: Scenes, lay: Callable[[Sequence[str], Sequence[EdgeKey]], Layout] | None = None
) -> CountedView:
    """A view of a run, laid out as ``lay`` does it. Its session is still: with reduced motion."""
    fonts.load()
    settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
    settings.reduced_motion = True
    session = Session(settings)
    view = CountedView(session)
    view.resize(WIDTH, HEIGHT)
    session.open_text(trace.source, "bench")
    if lay is not None:
        view.pictures.stages.keep(Moment.at(trace, scenes, start_cursor(trace)), lay)
    # As the app does with what a run brought: none of it is looked through for garbage while frames are painted.
    gc.freeze()
    session.run_ended(trace, scenes, 0.0)
    # The advisor reads a fresh run between frames, which is no painting.
    session.advisor._pump.stop()
    return view


class Canvas:
    """The canvas as a peer of other designs: what ``render_bench.py`` asks of one."""

    def __init__(
        self, count: int, nodes: Sequence[tuple[float, float, str, str]], edges: Sequence[tuple[int, int]]
    ) -> None:
        trace, scenes = traced(count, edges)
        self._nodes = nodes
        self.view = shown(trace, scenes, self._lay_out)
        self._pulses: list[QGraphicsEllipseItem] = []

    def _lay_out(self, keys: Sequence[str], edges: Sequence[EdgeKey]) -> Layout:
        """The nodes where the bench has them, and its S from the bottom of a node to the top of another."""
        centres = [((x + NODE[0] / 2) * SPREAD, (y + NODE[1] / 2) * SPREAD) for x, y, *_ in self._nodes]
        positions = dict(zip(keys, centres, strict=True))
        routes = {}
        for edge in edges:
            (x0, y0), (x1, y1) = positions[edge[0]], positions[edge[1]]
            y0, y1 = y0 + NODE[1] / 2 * SPREAD, y1 - NODE[1] / 2 * SPREAD
            middle = (y0 + y1) / 2
            routes[edge] = Route((x0, y0), (((x0, middle), (x1, middle), (x1, y1)),))
        xs, ys = zip(*centres, strict=True)
        bounds = (min(xs) - 110.0, min(ys) - 60.0, max(xs) + 110.0, max(ys) + 60.0)
        return Layout(positions, routes, bounds)

    def widget(self) -> CanvasView:
        return self.view

    def painted(self) -> int:
        return self.view.painted

    def fit(self) -> float:
        self.view.fit_all()
        return self.view.zoom * SPREAD

    def zoom_to(self, scale: float) -> None:
        self.view.set_zoom(scale / SPREAD)

    def center(self) -> None:
        self.view.centre(self.view.picture.bounds.center())

    def pan(self, dx: float, dy: float) -> None:
        self.view.move_by(QPointF(dx, dy) / self.view.zoom)

    def invalidate(self) -> None:
        self.view.repaint_all()

    def visible(self) -> QRectF:
        seen = self.view.mapToScene(self.view.viewport().rect()).boundingRect()
        return QRectF(seen.topLeft() / SPREAD, seen.size() / SPREAD)

    def set_pulses(self, count: int) -> None:
        scene = self.view.scene()
        for pulse in self._pulses:
            scene.removeItem(pulse)
        self._pulses = []
        radius = PULSE * SPREAD
        for _ in range(count):
            pulse = QGraphicsEllipseItem(-radius, -radius, 2 * radius, 2 * radius)
            pulse.setBrush(QBrush(self.view.session.theme.gradient))
            pulse.setPen(QPen(Qt.PenStyle.NoPen))
            scene.addItem(pulse)
            self._pulses.append(pulse)

    def move_pulses(self, points: Sequence[QPointF]) -> None:
        for pulse, point in zip(self._pulses, points, strict=True):
            pulse.setPos(point * SPREAD)


def application() -> QApplication:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    return app
