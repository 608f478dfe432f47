"""Panels take turns while a run grows, and rest beside the picture while a number is moved."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from threading import Thread, current_thread, main_thread

import pytest
from pytestqt.qtbot import QtBot

from gui.base.change import Change
from gui.base.garbage import EVERY_MS
from gui.base.pump import Pump
from gui.base.settings import Settings
from gui.base.turns import REST_MS
from gui.canvas.panel import PATIENCE_MS
from gui.canvas.stage import Stages
from gui.session import Session
from gui.window import MainWindow
from tests.support.runs import FIRST, moment_of


class Panel:
    def __init__(self, session: Session, aside: bool) -> None:
        self.session, self.aside = session, aside
        self.told: list[Change] = []

    def follow(self, change: Change) -> None:
        if not self.session.turns.later(self.follow, change, self.aside):
            self.told.append(change)


@pytest.fixture
def settings(qtbot: QtBot, tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.ini")


def moving(settings: Settings) -> tuple[Session, Panel, Panel]:
    session = Session(settings)
    session.open_text("x = 1\n", "test")
    panels = Panel(session, True), Panel(session, False)
    session.edit("x = 2\n", live=True)
    return session, *panels


def test_a_panel_aside_rests_but_not_for_ever(settings: Settings, qtbot: QtBot) -> None:
    _, aside, picture = moving(settings)
    for panel in (aside, picture):
        panel.follow(Change.TRACE)
        panel.follow(Change.CURSOR)
    assert picture.told == [Change.TRACE, Change.CURSOR]
    assert not aside.told
    qtbot.waitUntil(lambda: bool(aside.told), timeout=20 * REST_MS)
    assert aside.told == [Change.TRACE | Change.CURSOR], "once, with all that there was"


def test_the_last_run_of_a_move_is_told_at_once_with_what_it_rested_over(settings: Settings) -> None:
    session, aside, _ = moving(settings)
    aside.follow(Change.SOURCE)
    aside.follow(Change.TRACE)
    session.stale = False
    aside.follow(Change.TRACE | Change.CURSOR)
    assert aside.told == [Change.SOURCE, Change.TRACE | Change.CURSOR]


def test_what_the_hand_did_not_bring_is_told_at_once(settings: Settings) -> None:
    _, aside, _ = moving(settings)
    aside.follow(Change.TRACE)
    aside.follow(Change.THEME)
    assert aside.told == [Change.TRACE, Change.THEME]


def test_a_run_that_grows_is_told_in_turns_of_their_own(settings: Settings, qtbot: QtBot) -> None:
    _, aside, picture = moving(settings)
    for panel in (aside, picture):
        panel.follow(Change.TRACE | Change.GREW)
        assert not panel.told
    qtbot.waitUntil(lambda: bool(picture.told))
    assert picture.told == [Change.TRACE]


def test_what_is_read_to_the_end_meanwhile_is_told_once(settings: Settings, qtbot: QtBot) -> None:
    session = Session(settings)
    slices, done = [True, False, False], []
    pump = Pump(lambda seconds: slices.pop(0), session.rounds, lambda: done.append(1))
    pump.go_on()
    assert pump.busy
    pump.go_on()
    assert not pump.busy
    qtbot.wait(20)
    assert done == [1]
    assert slices == [False], "nothing is looked at again"


def test_work_is_done_at_once_unless_a_run_goes_on(settings: Settings, qtbot: QtBot) -> None:
    session = Session(settings)
    done: list[int] = []

    def work() -> bool:
        done.append(1)
        return len(done) % 3 != 0

    session.running = True
    session.turns.apart(work)
    assert not done
    session.running = False
    session.turns.apart(work)
    assert len(done) == 3
    qtbot.wait(20)
    assert len(done) == 3, "what was put off is done already"


def test_while_a_run_goes_on_its_graph_is_laid_out_beside_the_window(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    beside, at_once = make_window().canvas.view.pictures.stages, Stages()
    m = moment_of(FIRST)
    with qtbot.waitSignal(beside.ready):
        assert beside.soon(m, growing=True) is None
    later, now = beside.soon(m, growing=True), at_once.soon(m, growing=False)
    assert later is not None
    assert now is not None
    assert later.layout.positions == now.layout.positions


def test_a_short_layout_is_not_talked_about(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    canvas = make_window().canvas
    for arranging in (True, False):
        canvas.view.arranging = arranging
        canvas.view.arranges.emit()
        assert not canvas.stale.isVisible()
    canvas.view.arranging = True
    canvas.view.arranges.emit()
    qtbot.waitUntil(lambda: canvas.stale.isVisible() and "Arranging" in canvas.stale.text(), timeout=20 * PATIENCE_MS)
    canvas.view.arranging = False
    canvas.view.arranges.emit()
    assert not canvas.stale.isVisible()


def test_garbage_is_let_go_of_in_the_thread_of_the_window(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window()
    threads: list[Thread] = []

    class Ring:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            threads.append(current_thread())

    def litter() -> None:
        for _ in range(10 * gc.get_threshold()[0]):
            Ring()

    other = Thread(target=litter)
    other.start()
    other.join()
    assert not threads
    qtbot.waitUntil(lambda: bool(threads), timeout=50 * EVERY_MS)
    assert set(threads) == {main_thread()}
    window.close()
    assert gc.isenabled()


def test_a_fault_in_a_layout_is_told_in_the_window(
    make_window: Callable[..., MainWindow], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = make_window().canvas.view.pictures.stages

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no place")

    monkeypatch.setattr("gui.canvas.stage.lay_out", fails)
    with qtbot.captureExceptions() as told:
        assert stages.soon(moment_of(FIRST), growing=True) is None
        qtbot.waitUntil(lambda: bool(told), timeout=5_000)
    assert str(told[0][1]) == "no place"
