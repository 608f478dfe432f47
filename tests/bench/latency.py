"""From the end of the pause after the last key to the new picture on the canvas, over edits of the first program."""

from __future__ import annotations

import statistics
import time

from tests.bench.kit.app import open_app

EDITS = 50
AIM = 60.0
"""Milliseconds after the pause that an edit may take."""


def _measure() -> list[float]:
    """Milliseconds of each edit."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtTest import QTest

    opened = open_app()
    app, session, runner, window = opened.app, opened.session, opened.runner, opened.window
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
        opened.settle()
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
    took = sorted(_measure())
    middle, worst = statistics.median(took), took[int(0.95 * len(took))]
    return (
        f"| edit to picture, {EDITS} edits of the first program | median | 95th percentile | aim |\n"
        "| --- | --- | --- | --- |\n"
        f"| after the pause in typing | {middle:.1f} ms | {worst:.1f} ms | {AIM:.0f} ms |"
    )
