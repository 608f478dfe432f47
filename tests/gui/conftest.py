"""Windows for tests: with a trace at once, or with a real worker behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.base import fonts
from gui.base.settings import Settings
from gui.player import Player
from gui.runner import Runner
from gui.session import Session
from gui.window import MainWindow
from tests.support.runs import TRAINING, scenes_of, trace_of


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def _look(qapp: QApplication) -> None:
    qapp.setStyle("Fusion")
    fonts.load()
    qapp.setFont(fonts.ui(13))


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """A window of a given size; it runs nothing until it is told to."""
    made: list[MainWindow] = []

    def make(width: int = 1280, height: int = 800, theme: str = "light", still: bool = True) -> MainWindow:
        settings = Settings(tmp_path / f"settings{len(made)}.ini")
        settings.theme = theme
        settings.reduced_motion = still
        session = Session(settings)
        window = MainWindow(settings)
        window.furnish(session, Runner(session), Player(session))
        window.resize(width, height)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        made.append(window)
        return window

    yield make
    for window in made:
        window.runner.close()
        window.session.dirty = False
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    # As when the app starts: with a sheet, each widget would be polished again by every parent it gets.
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")


@pytest.fixture
def show(make_window: Callable[..., MainWindow]) -> Callable[..., MainWindow]:
    """A window that shows a program as if it had just run."""

    def open_with(source: str, cursor: int | None = None, **how: object) -> MainWindow:
        window = make_window(**how)
        put(window, source)
        if cursor is not None:
            window.session.move(cursor)
        QApplication.processEvents()
        return window

    return open_with


def put(window: MainWindow, source: str) -> None:
    """Give the window a program and its trace, without a worker."""
    window.session.open_text(source, "program.py")
    window.runner._pause.stop()
    window.session.run_ended(trace_of(source), scenes_of(source), 0.01)


@pytest.fixture
def run(qtbot: QtBot) -> Callable[..., None]:
    """Type a program into the window and wait until the real worker has run it."""

    def run_in(window: MainWindow, source: str, timeout: int = 20_000) -> None:
        window.session.open_text(source, "program.py")
        wait_for_run(qtbot, window, timeout)

    return run_in


def wait_for_run(qtbot: QtBot, window: MainWindow, timeout: int = 20_000) -> None:
    """Until no run is waiting, running, or yet to start after a pause in typing."""
    runner = window.runner

    def idle() -> bool:
        return not (runner._pause.isActive() or runner._waiting or runner._active or window.session.running)

    qtbot.waitUntil(idle, timeout=timeout)


def type_in(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Key by key; what no key has comes from an input method, as it does for those who write it."""
    for letter in text:
        if letter == "\n":
            qtbot.keyClick(widget, Qt.Key.Key_Return)
        elif letter.isascii():
            qtbot.keyClick(widget, letter)
        else:
            composed = QInputMethodEvent()
            composed.setCommitString(letter)
            QApplication.sendEvent(widget, composed)


@pytest.fixture
def training(show: Callable[..., MainWindow], qtbot: QtBot) -> MainWindow:
    window = show(TRAINING, 30)
    window.inspector.show_page(2)
    page = window.training
    qtbot.waitUntil(lambda: not page.surface.computing and page.fit.fit is not None, timeout=5000)
    return window
