"""The training page: sliders edit the text, lamps and plots follow the cursor."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.explain.numbers import number
from engine.series import loss_series
from engine.series.fit import fit_at
from engine.trace import events as ev
from gui.base.change import Change
from gui.base.theme import DARK
from gui.session import Pace
from gui.training.page import TrainingPage
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.gui.training import settle, slide
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


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


def test_a_number_is_computed_with_while_the_last_one_is_drawn(training: MainWindow, qtbot: QtBot) -> None:
    """And what stands beside the picture is that of the last run when the hand comes to rest."""
    session, row = training.session, training.training.controls.rows["lr"]
    overlapped, shown = set(), {id(session.trace)}

    def look(change: Change) -> None:
        if Change.TRACE in change:
            shown.add(id(session.trace))
            if session.computing:
                overlapped.add(id(session.trace))

    session.changed.connect(look)
    row.slider.setSliderDown(True)
    notches = itertools.cycle([*range(200, 320, 3), *range(320, 200, -3)])

    def moved() -> bool:
        row.slider.setValue(next(notches))
        return len(shown) > 6

    qtbot.waitUntil(moved, timeout=20_000)
    row.slider.setSliderDown(False)
    wait_for_run(qtbot, training)
    settle(qtbot, training)
    assert overlapped, "the worker was at the next number when a run was shown"
    assert not session.stale
    printed = "".join(e.text for e in session.trace.events if isinstance(e, ev.Printed))
    assert printed.splitlines()[0] in training.output.toPlainText()


def test_every_move_of_the_rate_moves_curve_and_way(training: MainWindow, qtbot: QtBot) -> None:
    slider, session = training.training.controls.rows["lr"].slider, training.session
    slider.setFocus()
    seen = set()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Home, None):
        if key is None:
            slide(qtbot, training, "lr", 60)
        else:
            qtbot.keyClick(slider, key)
        wait_for_run(qtbot, training)
        settle(qtbot, training)
        source, trace = training.text.toPlainText(), session.trace
        seen.add(source)
        assert trace.source == source
        assert not session.stale
        drawn = training.loss.plot.curves[0].getData()[1]
        losses = [p.value for p in loss_series(trace, session.scenes)[0].points]
        assert list(drawn) == pytest.approx(losses[: len(drawn)], abs=1e-9) or training.loss.plot.logarithmic
        way = training.training.surface.plot._drawn["way whole"].getData()
        state = trace.state_at(len(trace))
        assert [axis[-1] for axis in way] == pytest.approx([state.tensors[i].value.item() for i in (0, 1)])
    assert len(seen) == 5, "each of them was another text"


def test_moves_faster_than_the_picture_end_at_the_last_one(training: MainWindow, qtbot: QtBot) -> None:
    row = training.training.controls.rows["lr"]
    row.slider.setSliderDown(True)
    for notch in range(200, 320, 3):
        row.slider.setValue(notch)
        QApplication.processEvents()
    row.slider.setSliderDown(False)
    wait_for_run(qtbot, training)
    assert training.session.trace.source == training.text.toPlainText()
    assert f"lr={row.word.text()})" in training.text.toPlainText()
    assert float(row.word.text()) == pytest.approx(row.value(317), rel=0.05)
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING, "one drag is one step to undo"


def test_a_click_on_the_curve_takes_every_panel_there(training: MainWindow, qtbot: QtBot) -> None:
    session, page = training.session, training.training
    training.output_tabs.show_page(1)
    plot = training.loss.plot.plot
    for turn in (3, 1, 4):
        point = training.loss.series[0].points[turn]
        at = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(turn, 5.0)))
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert session.cursor == point.cursor
        settle(qtbot, training)
        state = session.trace.state_at(session.cursor)
        weight, bias = (state.tensors[i].value.item() for i in (0, 1))
        assert training.loss.plot.label.toPlainText() == f"epoch {turn} · {number(point.value)}"
        assert [float(v[0]) for v in page.surface.plot._drawn["way here"].getData()] == pytest.approx([weight, bias])
        legend = page.parameters.legend.text()
        assert f"model.weight {number(weight)}" in legend
        assert f"model.bias {number(bias)}" in legend
        fit = page.fit.fit
        assert fit is not None
        assert fit.prediction == pytest.approx([weight * x + bias for x in (1.0, 2.0, 3.0)], rel=1e-5)
        cards = {c.card.title: c.card.value for c in training.canvas.view.picture.cards}
        assert cards["model.weight"] == number(weight)
        assert cards["loss"] == number(point.value)
        table = training.variables
        shown = {table.item(i, 0).text(): table.item(i, 1).text() for i in range(table.rowCount())}
        assert shown["epoch"] == str(turn)
        assert number(point.value) in shown["loss"]


def test_training_to_nan_is_marked_and_can_be_left_again(show: Show, qtbot: QtBot) -> None:
    wild = TRAINING.replace("lr=0.01", "lr=50.0").replace("range(5)", "range(60)")
    window = show(wild, 10)
    window.inspector.show_page(2)
    window.session.move(len(window.session.trace))
    settle(qtbot, window)
    marked = window.loss.plot._drawn["lost"]
    values = np.array([p.value for p in window.loss.series[0].points])
    first = int(np.argmin(np.isfinite(values)))
    assert 0 < first < 60
    assert marked.value() == first
    assert marked.label.format.startswith(("nan", "inf"))
    (low, high), area = window.loss.plot.plot.viewRange()[1], window.training.surface.area
    assert high - low < 60, "decades"
    assert max(map(abs, (area.left, area.right, area.low, area.high))) < 1e9, "the beginning of the way"
    window.training.stop.entered.emit("loss is nan")
    assert "loss is nan" in window.training.stop.said.text()
    slider = window.training.controls.rows["lr"].slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    wait_for_run(qtbot, window)
    settle(qtbot, window)
    assert "lost" not in window.loss.plot._drawn
    assert "not finite" not in window.training.fit_said.text()


def test_cancelled_in_the_middle(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window()
    window.session.open_text(TRAINING.replace("range(5)", "range(1000000)"), "long")
    qtbot.waitUntil(lambda: len(window.loss.series[:1]) == 1 and window.session.running, timeout=20_000)
    window.inspector.show_page(2)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.session.running
    settle(qtbot, window)
    trace = window.session.trace
    assert not trace.finished
    points = window.loss.series[0].points
    assert points == loss_series(trace, window.session.scenes)[0].points
    window.session.move(points[-1].cursor)
    settle(qtbot, window)
    assert window.training.fit.fit is not None
    slide(qtbot, window, "epoch", -400)
    wait_for_run(qtbot, window)
    assert window.session.trace.finished
    assert not window.session.stale


def test_playing_stops_where_the_condition_begins_to_hold_and_says_so(training: MainWindow, qtbot: QtBot) -> None:
    session, stop = training.session, training.training.stop
    session.move(len(session.trace))
    stop.field.setText("loss < 13")
    stop.field.returnPressed.emit()
    wanted = next(p for p in training.loss.series[0].points if p.value < 13)
    assert session.stops == {wanted.cursor}, "also where the cursor is past it"
    session.move(0)
    session.set_pace(Pace.FULL)
    training.player.play()
    qtbot.waitUntil(lambda: not session.playing, timeout=8000)
    assert session.cursor == wanted.cursor
    assert stop.said.text() == f"Stopped at epoch {wanted.turn}: loss < 13."
    training.player.play()
    qtbot.waitUntil(lambda: not session.playing, timeout=8000)
    assert session.cursor == len(session.trace), "it holds ever after"


def test_conditions_are_proposed(training: MainWindow) -> None:
    actions = training.training.stop._menu.actions()
    assert actions[0].text() == "converged"
    training.session.move(0)
    next(a for a in actions if a.text().startswith("epoch ==")).trigger()
    assert training.loss.plot.label.toPlainText().startswith("epoch 2 ")
    actions[0].trigger()
    assert "has not come to rest" in training.training.stop.said.text()


def test_another_program_has_axes_of_its_own(training: MainWindow, qtbot: QtBot) -> None:
    training.session.open_text(TRAINING.replace("[3.0]", "[300.0]"), "far")
    wait_for_run(qtbot, training)
    settle(qtbot, training)
    assert training.training.fit._plot.viewRange()[0][1] > 200
    training.session.open_text(TRAINING, "near")
    wait_for_run(qtbot, training)
    settle(qtbot, training)
    assert training.training.fit._plot.viewRange()[0][1] < 5


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


def test_the_theme_reaches_the_plots(training: MainWindow, qtbot: QtBot) -> None:
    training.session.set_theme(DARK)
    settle(qtbot, training)
    assert training.training.fit._plot.backgroundBrush().color() == DARK.panel


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
