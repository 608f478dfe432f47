"""The training page: sliders edit the text, lamps and plots follow the cursor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from engine.series.fit import fit_at
from engine.series.way import axes_of, way_of
from gui.base.theme import DARK
from gui.session import Pace
from gui.training.data_dialog import DataDialog
from gui.training.page import TrainingPage
from gui.training.surface_plot import contour_levels, finer
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


@pytest.fixture
def training(show: Show, qtbot: QtBot) -> MainWindow:
    window = show(TRAINING, 30)
    window.inspector.show_page(2)
    page = window.training
    qtbot.waitUntil(lambda: not page.surface.computing and page.fit.fit is not None, timeout=5000)
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Let the page read to the end, and draw."""
    qtbot.waitUntil(lambda: not window.session.readings.busy)
    window.training._write_if_dirty()


def slide(qtbot: QtBot, window: MainWindow, label: str, by: int) -> None:
    """Drag a slider's handle by a few pixels, with the mouse."""
    slider = window.training.controls.rows[label].slider
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    start = handle.center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for k in range(1, 6):
        qtbot.mouseMove(slider, start + QPoint(by * k // 5, 0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(by, 0))


def test_the_page_is_there_when_the_program_trains(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 3)
    assert not window.inspector._group.button(2).isVisible()
    window.text.replace_all(TRAINING)
    wait_for_run(qtbot, window)
    assert window.inspector._group.button(2).isVisible()


def test_moving_the_rate_edits_the_text_and_runs_again(training: MainWindow, qtbot: QtBot) -> None:
    before = training.training.parameters.lines[0].history.values[-1]
    slide(qtbot, training, "lr", 12)
    wait_for_run(qtbot, training)
    source = training.text.toPlainText()
    assert source != TRAINING
    rate = float(source.partition("lr=")[2].partition(")")[0])
    assert 0.01 < rate <= 1.0
    assert source == TRAINING.replace("lr=0.01", f"lr={training.training.controls.rows['lr'].control.text}")
    assert training.session.trace.source == source, "the picture is that of the new text"
    qtbot.waitUntil(lambda: training.training.parameters.lines[0].history.values[-1] != before, timeout=3000)
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING, "one drag is one step to undo"
    assert training.training.controls.rows["lr"].control.text == "0.01"


def test_epochs_by_key_and_another_optimizer(training: MainWindow, qtbot: QtBot) -> None:
    slider = training.training.controls.rows["epoch"].slider
    slider.setFocus()
    for _ in range(6):
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    count = int(training.text.toPlainText().partition("range(")[2].partition(")")[0])
    assert count > 5
    choice, _ = training.training.controls.choices["optimizer"]
    choice.setCurrentText("Adam")
    choice.activated.emit(choice.currentIndex())
    wait_for_run(qtbot, training)
    assert "torch.optim.Adam(model.parameters(), lr=0.01)" in training.text.toPlainText()
    assert training.session.problem is None
    turns = {step.turn for step in training.session.trace.steps if step.turn}
    assert len(turns) == count


def test_everything_shown_is_that_of_the_cursor(training: MainWindow, qtbot: QtBot) -> None:
    page, session = training.training, training.session
    for cursor in (13, 25, len(session.trace)):
        session.move(cursor)
        settle(qtbot, training)
        task = page._pass[2]
        assert task is not None
        fit = fit_at(task, session.moment.state)
        assert fit is not None
        assert page.fit.fit is not None
        assert np.array_equal(page.fit.fit.prediction, fit.prediction)
        assert [lamp.state for lamp in page.lamps.lamps] == [
            lamp.state for lamp in training.session.readings.turns.lamps(cursor)
        ]
        weight = session.moment.state.tensors[0].value.item()
        assert f"model.weight {weight:.4g}"[:18] in page.parameters.legend.text()


def test_the_loss_surface_is_computed_whole_and_has_contours(training: MainWindow) -> None:
    page = training.training
    assert page.surface.isVisible()
    assert np.isfinite(page.surface.losses).all()
    levels = contour_levels(page.surface.losses)
    assert levels == sorted(levels)
    assert page.surface.losses.min() < levels[0] < levels[-1] < page.surface.losses.max()
    way = way_of(training.session.trace, *axes_of(training.session.readings.parameters)).points
    assert page.surface.area.left < way[:, 0].min() < way[:, 0].max() < page.surface.area.right


def test_a_missing_zero_grad_is_said(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING.replace("    optimizer.zero_grad()\n", ""), 60)
    window.inspector.show_page(2)
    window.session.move(len(window.session.trace))
    settle(qtbot, window)
    lamp = window.training.lamps.lamps[0]
    assert (lamp.part.value, lamp.state) == ("zero_grad", "wrong")
    assert "add" in window.training.note.text()
    assert window.training.note.isVisible()
    assert "zero_grad: wrong" in window.training.lamps.accessibleDescription()


def test_a_run_that_diverges_leaves_the_page_in_order(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING.replace("lr=0.01", "lr=9000.").replace("range(5)", "range(40)"), 10)
    window.inspector.show_page(2)
    window.session.move(len(window.session.trace))
    settle(qtbot, window)
    assert "not finite" in window.training.fit_said.text()


def test_a_click_on_the_parameters_moves_the_app(training: MainWindow) -> None:
    history = training.training.parameters.lines[0].history
    training.training.parameters.asked.emit(history.places[2])
    assert training.session.trace.step(training.session.cursor).start <= history.places[2]
    assert training.session.trace.step(training.session.cursor).stop > history.places[2]


def test_the_theme_reaches_the_plots(training: MainWindow, qtbot: QtBot) -> None:
    training.session.set_theme(DARK)
    settle(qtbot, training)
    assert training.training.fit._plot.backgroundBrush().color() == DARK.panel


def test_a_finer_grid_keeps_the_numbers_between_which_it_is() -> None:
    grid = np.array([[0.0, 1.0], [2.0, 3.0]])
    fine = finer(grid)
    assert fine[0, 0] == 0
    assert fine[-1, -1] == 3
    assert fine[fine.shape[0] // 2, fine.shape[1] // 2] == pytest.approx(1.5)


def test_the_page_does_nothing_while_it_is_hidden(show: Show) -> None:
    window = show(TRAINING, 20)
    assert isinstance(window.training, TrainingPage)
    window.session.move(30)
    assert window.training.fit.fit is None


def test_stop_when_goes_there_and_playing_stops_there(training: MainWindow, qtbot: QtBot) -> None:
    session, stop = training.session, training.training.stop
    qtbot.keyClick(training, Qt.Key.Key_Home)
    qtbot.keyClicks(stop.field, "loss < 13")
    qtbot.keyClick(stop.field, Qt.Key.Key_Return)
    point = training.loss.series[0].at(session.cursor)
    assert point is not None
    assert point.value < 13 <= training.loss.series[0].points[point.turn - 1].value
    assert stop.said.text() == f"loss < 13: epoch {point.turn}"
    there = session.cursor
    qtbot.mouseClick(stop.next, Qt.MouseButton.LeftButton)
    assert session.cursor > there, "the next turn in which it holds"
    session.move(0)
    stop.entered.emit("epoch == 2")
    wanted = session.cursor
    session.move(0)
    training.training._arm()
    session.set_pace(Pace.TURN)
    session.set_speed(8.0)
    training.player.play()
    qtbot.waitUntil(lambda: not session.playing, timeout=8000)
    assert session.cursor == wanted


def test_a_condition_that_is_none_says_what_would_be_one(training: MainWindow, qtbot: QtBot) -> None:
    stop = training.training.stop
    before = training.session.cursor
    for typed, said in (("loss is small", "loss < 0.1"), ("cost < 1", "Nothing is called cost"), ("loss < 0", "It ")):
        stop.field.clear()
        qtbot.keyClicks(stop.field, typed)
        qtbot.keyClick(stop.field, Qt.Key.Key_Return)
        assert said in stop.said.text()
        assert stop.said.isVisible()
    assert training.session.cursor == before
    stop.field.clear()
    assert not stop.said.isVisible()
    assert training.session.stops == frozenset()


def test_full_speed_comes_to_the_end(training: MainWindow, qtbot: QtBot) -> None:
    training.session.move(0)
    training.session.set_pace(Pace.FULL)
    training.player.play()
    qtbot.waitUntil(lambda: not training.session.playing, timeout=5000)
    assert training.session.cursor == len(training.session.trace)
    assert training.header.speed.text().endswith("full")


def test_dragging_a_data_point_edits_its_numbers(training: MainWindow, qtbot: QtBot) -> None:
    plot = training.training.fit
    viewport = plot._plot.viewport()
    start = plot.place_of(2)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for k in range(1, 5):
        at = QPointF(start + QPoint(-4 * k, 6 * k))
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            at,
            QPointF(viewport.mapToGlobal(at.toPoint())),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, move)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at.toPoint())
    wait_for_run(qtbot, training)
    text = training.text.toPlainText()
    assert "x = torch.tensor([[1.0], [2.0], [" in text
    x = float(text.partition("x = torch.tensor([[1.0], [2.0], [")[2].partition("]")[0])
    y = float(text.partition("y = torch.tensor([[2.0], [4.0], [")[2].partition("]")[0])
    assert 2.5 < x < 3.0
    assert y < 6.0
    assert training.session.problem is None
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING


def test_data_that_are_computed_cannot_be_dragged(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING.replace("torch.tensor([[2.0], [4.0], [6.0]])", "2 * x"), 20)
    window.inspector.show_page(2)
    settle(qtbot, window)
    assert window.training.fit.fit is not None
    assert not window.training.fit.movable


def filled(qtbot: QtBot, window: MainWindow, text: str) -> DataDialog:
    dialog = DataDialog(window.session.source, window)
    qtbot.addWidget(dialog)
    QApplication.clipboard().setText(text)
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    return dialog


def test_a_pasted_table_becomes_the_data(training: MainWindow, qtbot: QtBot) -> None:
    dialog = filled(qtbot, training, "size\tprice\n1\t2\n2\t3.9\n4\t8.1\n")
    assert dialog.preview.item(2, 1).text() == "8.1"
    assert dialog.target.currentText() == "price"
    assert dialog.ok.isEnabled()
    training.text.write(dialog.edits)
    wait_for_run(qtbot, training)
    assert "x = torch.tensor([[1.], [2.], [4.]])" in training.text.toPlainText()
    qtbot.waitUntil(lambda: training.training.fit.fit.target.tolist() == pytest.approx([2.0, 3.9, 8.1]), timeout=3000)
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING


def test_a_table_with_a_hole_says_where(training: MainWindow, qtbot: QtBot) -> None:
    dialog = filled(qtbot, training, "size,price,town\n1,2,A\n2,,B\n")
    assert "Row 3, price: the value is missing" in dialog.said.text()
    assert not dialog.ok.isEnabled()
    dialog.target.setCurrentIndex(0)
    dialog.target.activated.emit(0)
    assert dialog.ok.isEnabled(), "another column has no hole"
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    QApplication.clipboard().setText("")
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    assert dialog.said.text() == "There is nothing in it."
    assert dialog.edits == []


def test_what_if_it_had_begun_elsewhere(training: MainWindow, qtbot: QtBot) -> None:
    page = training.training
    viewport = page.surface.plot._plot.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert "plain steps with rate 0.01 lead to" in page.surface.said.text()
    line = page.surface.plot._drawn["if way"]
    assert len(line.getData()[0]) == 6, "as many steps as the run has"
    assert training.text.toPlainText() == TRAINING, "nothing of the program is changed"
