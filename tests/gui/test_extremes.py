"""Odd graphs in a small window, sharp screens, and zooming by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QNativeGestureEvent, QPainter, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.explain.moment import Moment
from gui.base.theme import LIGHT
from gui.canvas import measure
from gui.canvas.painting import paint_still
from gui.canvas.pictures import Pictures
from gui.canvas.rests import WIDE
from gui.window import MainWindow
from tests.support.runs import FIRST, moment_of

Show = Callable[..., MainWindow]

LONG_NAME = "a_name_of_eighty_characters_that_nobody_would_ever_write_but_which_must_not_break_it"
ODD = {
    "nothing": "import torch\n",
    "one": "import torch\nx = torch.tensor(1., requires_grad=True)\n",
    "names": f"import torch\n{LONG_NAME} = torch.tensor([1.], requires_grad=True)\n({LONG_NAME} * 2).sum().backward()\n",
    "numbers": "import torch\nx = torch.tensor([float('nan'), float('inf'), -float('inf'), 1e-300], dtype=torch.float64,"
    " requires_grad=True)\n(x * 1e-300).sum().backward()\n",
    "million": "import torch\nx = torch.ones(1000, 1000, requires_grad=True)\n(x * 2).mean().backward()\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_graphs_in_a_small_window(show: Show, name: str) -> None:
    window = show(ODD[name], width=640, height=480)
    view = window.canvas.view
    for cursor in range(len(window.session.trace) + 1):
        window.session.move(cursor, 0.5)
        window.session.move(cursor, 1.0)
        QApplication.processEvents()
    assert all(placed.rect.width() <= measure.MOST for placed in view.picture.cards)
    for zoom in (0.05, 0.3, 0.48, 3.0):
        view.set_zoom(zoom)
        assert not view.grab().isNull()
    view.fit_all()
    assert view.mapToScene(view.viewport().rect()).boundingRect().contains(view.picture.bounds)


@pytest.mark.parametrize("ratio", [1.5, 2.0])
@pytest.mark.parametrize("zoom", [0.3, 0.8])
def test_cards_are_sharp_on_a_fine_screen(ratio: float, zoom: float) -> None:
    """What is painted for a fine screen has more in it than the same blown up."""
    picture = Pictures().at(moment_of(FIRST))
    rect = picture.bounds

    def painted(scale: float) -> QImage:
        size = (rect.size() * zoom * scale).toSize()
        image = QImage(size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(LIGHT.canvas)
        p = QPainter(image)
        p.scale(zoom, zoom)
        p.translate(-rect.topLeft())
        paint_still(p, picture, LIGHT, QRectF(rect), zoom, None)
        p.end()
        return image

    fine, coarse = painted(ratio), painted(1.0)
    blown = coarse.scaled(fine.size(), mode=Qt.TransformationMode.SmoothTransformation)

    def contrast(image: QImage) -> float:
        grey = [image.pixelColor(x, image.height() // 4).lightness() for x in range(image.width())]
        return sum(abs(a - b) for a, b in pairwise(grey))

    assert contrast(fine) > 1.15 * contrast(blown)


def wheel(window: MainWindow, at: QPointF, turn: int) -> None:
    view = window.canvas.view
    event = QWheelEvent(
        at,
        view.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_a_notch_of_the_wheel_glides_and_keeps_what_is_under_the_pointer(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, still=False)
    view, at = window.canvas.view, QPointF(120, 90)
    before, under = view.zoom, view.mapToScene(at.toPoint())
    wheel(window, at, 120)
    assert view.zoom < before * 1.1, "it has only begun"
    wheel(window, at, 120)
    qtbot.waitUntil(lambda: abs(view.zoom - before * 1.0015**240) < 1e-6, timeout=3000)
    moved = view.mapToScene(at.toPoint()) - under
    assert abs(moved.x()) * view.zoom <= 1.0
    assert abs(moved.y()) * view.zoom <= 1.0


def test_with_reduced_motion_the_wheel_does_not_glide(show: Show) -> None:
    window = show(FIRST)
    before = window.canvas.view.zoom
    wheel(window, QPointF(120, 90), -120)
    assert window.canvas.view.zoom == pytest.approx(before / 1.0015**120)


def test_a_pinch_on_a_touch_pad_zooms_at_the_pointer(show: Show) -> None:
    view = show(FIRST).canvas.view
    at = QPointF(100, 140)
    before, under = view.zoom, view.mapToScene(at.toPoint())
    for _ in range(5):
        kind = Qt.NativeGestureType.ZoomNativeGesture
        pad = QPointingDevice.primaryPointingDevice()
        event = QNativeGestureEvent(kind, pad, 2, at, at, view.viewport().mapToGlobal(at), 0.05, QPointF())
        QApplication.sendEvent(view.viewport(), event)
    assert view.zoom == pytest.approx(before * 1.05**5)
    assert abs((view.mapToScene(at.toPoint()) - under).x()) * view.zoom <= 3.0


DENSE = """import torch
w = [torch.tensor(0.1 * (i + 1), requires_grad=True) for i in range(6)]
h = [sum(u * 0.5 for u in w) for _ in range(6)]
loss = sum(h)
loss.backward()
"""


def test_chips_of_crowded_edges_do_not_cover_each_other() -> None:
    m = moment_of(DENSE, 0)
    last = Moment.at(m.trace, m.scenes, len(m.trace))
    picture = Pictures().at(last)
    chips = []
    for edge in picture.edges:
        if edge.roomy:
            (x, y), _ = edge.route.at(edge.rest)
            chips.append(QRectF(x - WIDE / 2, y - measure.CHIP_HEIGHT / 2, WIDE, measure.CHIP_HEIGHT))
    assert len(chips) > len(picture.edges) // 2
    assert not any(a.intersects(b) for i, a in enumerate(chips) for b in chips[i + 1 :])
