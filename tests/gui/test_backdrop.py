"""What is kept of the canvas is what would be painted anew; and little of it is painted when little changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.base.settings import Settings
from gui.canvas.levels import BLOCK
from gui.canvas.view import CanvasView
from gui.session import Session
from tests.gui.test_visual import differs
from tests.support.runs import TRAINING, scenes_of, trace_of

Canvas = Callable[[str], CanvasView]

LEAST = 6.0
"""Mean difference of a square: where the dashes of a line begin depends on where its painting does."""

MANY_KINDS = """import torch
w = torch.tensor([1., -2.], requires_grad=True)
x = torch.tensor([2., 3.], requires_grad=True)
h = w.register_hook(lambda g: g * 2)
a = w + x
b = (a * w).detach()
with torch.no_grad():
    c = a * 3
d = a * b + c
d.retain_grad()
y = (d ** 2).sum()
y.backward(create_graph=True)
g = torch.autograd.grad((w.grad * x).sum(), x)[0]
with torch.no_grad():
    w -= 0.1 * w.grad
w.grad = None
e = torch.tensor(1., requires_grad=True)
f = e.exp()
f.add_(1)
f.backward()
"""

LONG = """import torch
x = torch.tensor(1., requires_grad=True)
y = x
for i in range(120):
    y = torch.sin(y) + x * 0.5
y.backward()
"""


@pytest.fixture
def canvas(qtbot: QtBot, tmp_path: Path) -> Callable[[str], CanvasView]:
    """A canvas of a run, without a window around it."""

    def open_with(source: str) -> CanvasView:
        settings = Settings(tmp_path / "settings.ini")
        settings.reduced_motion = True
        session = Session(settings)
        view = CanvasView(session)
        qtbot.addWidget(view)
        view.resize(640, 400)
        view.show()
        session.open_text(source, "program.py")
        session.run_ended(trace_of(source), scenes_of(source), 0.01)
        return view

    return open_with


def look(view: CanvasView) -> QImage:
    QApplication.processEvents()
    return view.viewport().grab().toImage()


def assert_as_anew(view: CanvasView) -> None:
    kept = look(view)
    view.repaint_all()
    assert differs(kept, look(view)) < LEAST


@pytest.mark.parametrize("functions", [False, True])
def test_steps_there_and_back_leave_nothing_behind(canvas: Canvas, functions: bool) -> None:
    view = canvas(MANY_KINDS)
    session = view.session
    session.set_functions(functions)
    steps = len(session.trace)
    for number, cursor in enumerate((*range(steps + 1), *range(steps, -1, -3))):
        session.move(cursor, 0.3 if number % 2 else 1.0)
        assert_as_anew(view)


@pytest.mark.parametrize("zoom", [1.0, BLOCK / 2])
def test_panning_and_stepping_through_a_large_graph(canvas: Canvas, zoom: float) -> None:
    view = canvas(LONG)
    session = view.session
    view.set_zoom(zoom)
    middle = len(session.trace) - 60
    session.move(middle)
    for number, (dx, dy) in enumerate(((7, 3), (-40, 11), (300, 0), (0, -90), (5000, 40), (-3, -2))):
        view.move_by(QPointF(dx, dy) / zoom)
        session.move(middle + number % 3, 1.0 if number % 2 else 0.5)
        assert_as_anew(view)


def test_epochs_share_their_stage_and_nothing_of_the_last_one_stays(canvas: Canvas) -> None:
    view = canvas(TRAINING)
    for cursor in range(0, len(view.session.trace), 9):
        view.session.move(cursor)
        assert_as_anew(view)


class Painted(QObject):
    """Adds up the pixels of a widget that are painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.pixels = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.pixels += sum(rect.width() * rect.height() for rect in event.region())
        return False

    def by(self, change: Callable[[], None]) -> int:
        QApplication.processEvents()
        self.pixels = 0
        change()
        QApplication.processEvents()
        return self.pixels


def test_playing_paints_what_moves_and_panning_what_comes_into_sight(canvas: Canvas) -> None:
    view = canvas(LONG)
    session = view.session
    painted = Painted(view.viewport())
    view.set_zoom(0.6)
    session.move(len(session.trace) - 60, 0.2)
    whole = view.viewport().width() * view.viewport().height()
    assert 0 < painted.by(lambda: session.advance(0.5)) < whole / 6
    assert view.backdrop.painted == 0, "nothing of the ground is painted while a step is on its way"
    session.advance(1.0)
    assert 0 < painted.by(lambda: session.move(session.cursor + 1, 1.0)) < whole / 2
    assert 0 < view.backdrop.painted < whole / 4, "a step paints what it changed"
    painted.by(lambda: view.move_by(QPointF(10, 0) / view.zoom))
    assert view.backdrop.painted == 10 * view.viewport().height()
