"""From the end of the pause after the last key to the new picture on the canvas, over edits of the first program."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

EDITS = 50
AIM = 60.0
"""Milliseconds after the pause that an edit may take."""


def _measure() -> list[float]:
    """Milliseconds of each edit."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from gui.base import fonts
    from gui.base.settings import Settings
    from gui.player import Player
    from gui.runner import Runner
    from gui.session import Session
    from gui.window import MainWindow

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    fonts.load()
    settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
    session = Session(settings)
    runner = Runner(session)
    window = MainWindow(settings)
    window.furnish(session, runner, Player(session))
    window.resize(1440, 900)
    window.show()
    window.actions_.open_default()

    began = [0.0]
    painted = [0.0]

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted[0] = time.perf_counter()
            return False

    watch = Watch()
    window.canvas.view.viewport().installEventFilter(watch)
    runner._pause.timeout.connect(lambda: began.__setitem__(0, time.perf_counter()))

    def settle() -> None:
        end = time.monotonic() + 20
        while (session.fresh_document or session.running or session.stale) and time.monotonic() < end:
            app.processEvents()
        if session.stale or session.running:
            raise RuntimeError("the program did not run")

    settle()
    text = window.text
    place = session.source.index("[2.]") + 1
    took = []
    for number in range(EDITS):
        cursor = text.textCursor()
        cursor.setPosition(place)
        cursor.setPosition(place + 1, cursor.MoveMode.KeepAnchor)
        text.setTextCursor(cursor)
        QTest.keyClicks(text, str(3 + number % 6))
        trace = session.trace
        settle()
        shown = time.perf_counter()
        while painted[0] < shown:
            app.processEvents()
        if session.trace is trace:
            raise RuntimeError("an edit made no new run")
        took.append(1000 * (painted[0] - began[0]))
    runner.close()
    return took


def run() -> str:
    """A Markdown table in milliseconds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    took = sorted(_measure())
    middle, worst = statistics.median(took), took[int(0.95 * len(took))]
    return (
        f"| edit to picture, {EDITS} edits of the first program | median | 95th percentile | aim |\n"
        "| --- | --- | --- | --- |\n"
        f"| after the pause in typing | {middle:.1f} ms | {worst:.1f} ms | {AIM:.0f} ms |"
    )
