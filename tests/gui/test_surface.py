"""The loss over the parameters: any two of them, the way over it, its arrows; one of them as a curve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from engine.explain.numbers import number
from engine.series.way import axes_of, way_of
from gui.training.surface_plot import contour_levels, finer
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.gui.training import settle
from tests.support.runs import TRAINING

Show = Callable[..., MainWindow]

WIDE = """import torch
import torch.nn as nn
x = torch.linspace(-1, 1, 12).reshape(6, 2)
y = (x.sum(1) > 0).long()
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(6):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

CLIFF = """import torch
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.45)
for step in range(12):
    loss = 2 * w ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_any_number_can_be_chosen_for_the_surface(show: Show, qtbot: QtBot) -> None:
    window = show(WIDE, 60)
    window.inspector.show_page(2)
    settle(qtbot, window)
    surface = window.training.surface
    qtbot.waitUntil(lambda: not surface.computing, timeout=5000)
    line = surface.across.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "model.0.weight[7, 1]")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: not surface.computing, timeout=5000)
    assert np.isfinite(surface.losses).all()
    state = window.session.moment.state
    parameter = window.session.readings.parameters[0]
    assert parameter.name == "model.0.weight"
    array = state.tensors[parameter.tensor].value.array
    assert surface.plot._drawn["way here"].getData()[0][0] == pytest.approx(array[7, 1])
    line.selectAll()
    qtbot.keyClicks(line, "nothing")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert surface.said.text() == "There is no number nothing among the parameters."


def test_values_gradients_and_their_norm(training: MainWindow, qtbot: QtBot) -> None:
    page = training.training
    training.session.move(training.loss.series[0].points[2].cursor + 4)
    settle(qtbot, training)
    arrow = page.parameters._drawn["update 0"].getData()
    weight = page.parameters.lines[0]
    gradient = weight.grads.at(training.session.trace.stop(training.session.cursor))
    assert (arrow[1][1] - arrow[1][0]) * gradient[0] < 0, "against the gradient"
    for button, names in (
        ("Gradients", ["model.weight.grad", "model.bias.grad"]),
        ("Norm", ["norm of all gradients"]),
        ("Values", ["model.weight", "model.bias"]),
    ):
        word = next(b for b in page.quantity.buttons() if b.text() == button)
        qtbot.mouseClick(word, Qt.MouseButton.LeftButton)
        settle(qtbot, training)
        assert [line.name for line in page.parameters.lines] == names
        assert all(name in page.parameters.legend.text() for name in names)


def test_one_number_has_its_loss_as_a_curve_and_the_gradient_as_its_slope(show: Show, qtbot: QtBot) -> None:
    window = show(CLIFF)
    window.inspector.show_page(2)
    window.session.move(window.loss.series[0].points[2].cursor + 3)
    settle(qtbot, window)
    page = window.training
    assert not page.surface.isVisible()
    assert page.line.isVisible()
    assert page.line.title.text() == "Loss over w"
    drawn = page.line._drawn
    x, y = drawn["loss"].getData()
    assert y == pytest.approx(2 * x**2, rel=1e-4, abs=1e-6)
    (left, right), (low, high) = drawn["tangent"].getData()
    gradient = (high - low) / (right - left)
    assert gradient == pytest.approx(4 * (left + right) / 2, rel=1e-4)
    assert page.line.said.text().endswith(f"is the gradient: {number(gradient)}.")
    walked, losses = drawn["steps"].getData()
    assert losses == pytest.approx(2 * walked**2, abs=0.01)
    window.text.replace_all(CLIFF.replace("0.45", "0.6"))
    wait_for_run(qtbot, window)
    settle(qtbot, window)
    assert drawn["loss"].getData()[0].max() > x.max(), "a way that runs off needs more room"
    assert window.session.problem is None


def test_the_step_is_said_in_numbers(training: MainWindow, qtbot: QtBot) -> None:
    page, session = training.training, training.session
    session.move(training.loss.series[0].points[1].cursor + 5)
    settle(qtbot, training)
    assert page.surface.step.text().startswith("Step = ")
    box = page.surface.plot._plot.getPlotItem().vb
    ends = [
        box.mapViewToScene(QPointF(*at)) for at in zip(*page.surface.plot._drawn["way descent"].getData(), strict=True)
    ]
    assert math.dist(ends[0].toTuple(), ends[1].toTuple()) > 13, "it can be seen"
    training.text.replace_all(TRAINING.replace("lr=0.01", "lr=0.01, momentum=0.9"))
    wait_for_run(qtbot, training)
    session.move(training.loss.series[0].points[3].cursor + 5)
    settle(qtbot, training)
    said = page.surface.step.text()
    assert "Step</span> (" in said
    assert "−lr × grad</span> is (" in said


def test_the_loss_surface_is_computed_whole_and_has_contours(training: MainWindow) -> None:
    page = training.training
    assert page.surface.isVisible()
    assert np.isfinite(page.surface.losses).all()
    levels = contour_levels(page.surface.losses)
    assert levels == sorted(levels)
    assert page.surface.losses.min() < levels[0] < levels[-1] < page.surface.losses.max()
    way = way_of(training.session.trace, *axes_of(training.session.readings.parameters)).points
    assert page.surface.area.left < way[:, 0].min() < way[:, 0].max() < page.surface.area.right


def test_a_click_on_the_parameters_moves_the_app(training: MainWindow) -> None:
    history = training.training.parameters.lines[0].history
    training.training.parameters.asked.emit(history.places[2])
    assert training.session.trace.step(training.session.cursor).start <= history.places[2]
    assert training.session.trace.step(training.session.cursor).stop > history.places[2]


def test_a_finer_grid_keeps_the_numbers_between_which_it_is() -> None:
    grid = np.array([[0.0, 1.0], [2.0, 3.0]])
    fine = finer(grid)
    assert fine[0, 0] == 0
    assert fine[-1, -1] == 3
    assert fine[fine.shape[0] // 2, fine.shape[1] // 2] == pytest.approx(1.5)


def test_what_if_it_had_begun_elsewhere(training: MainWindow, qtbot: QtBot) -> None:
    page = training.training
    viewport = page.surface.plot._plot.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert "plain steps with rate 0.01 lead to" in page.surface.said.text()
    line = page.surface.plot._drawn["if way"]
    assert len(line.getData()[0]) == 6, "as many steps as the run has"
    assert training.text.toPlainText() == TRAINING, "nothing of the program is changed"
