"""The loss panel: there when the program trains, grown as far as the cursor, a click goes to a turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


def test_only_a_program_that_trains_has_one(show: Show) -> None:
    assert not show(FIRST).loss.isVisible()
    assert show(TRAINING).loss.isVisible()


def test_the_curve_grows_with_the_cursor(show: Show) -> None:
    window = show(TRAINING, 0)
    points = window.loss.series.points
    lengths = []
    for point in points:
        window.session.move(point.cursor - 1)
        before = len(window.loss._curve.getData()[0] if window.loss._curve.getData()[0] is not None else [])
        window.session.move(point.cursor)
        lengths.append((before, len(window.loss._curve.getData()[0])))
    assert lengths == [(i, i + 1) for i in range(5)]
    assert list(window.loss._curve.getData()[1]) == pytest.approx([p.value for p in points])
    assert window.loss.accessibleDescription().startswith("epoch 4 · ")


def test_a_click_moves_the_cursor(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING, 0)
    QApplication.processEvents()
    plot = window.loss._plot
    for turn in (3, 1):
        place = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(turn + 0.2, 20.0)))
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.session.cursor == window.loss.series.points[turn].cursor


def test_a_loss_that_explodes_is_drawn(show: Show) -> None:
    source = """import torch
w = torch.tensor([1.0], requires_grad=True)
for step in range(30):
    loss = ((w * 3 - 6) ** 4).sum()
    loss.backward()
    with torch.no_grad():
        w -= 10.0 * w.grad
        w.grad.zero_()
"""
    window = show(source)
    window.session.move(len(window.session.trace))
    QApplication.processEvents()
    assert window.loss.isVisible()
    assert window.loss._label.toPlainText() == "step 29 · nan"
