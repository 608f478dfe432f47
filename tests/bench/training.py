"""The tutorial's regression: training steps per second, alone and in the window, beside torch; frames while it plays."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import engine
from engine.program.run import record_program

STEPS = 3_000
CURVE = 10_000
PLAYED = 600
RERUNS = 40
DRAGGED = 4.0
"""Seconds that the slider is dragged."""
MOVE_MS = 16
"""Between two moves of the mouse."""
PROGRAM = """import torch
import torch.nn as nn
model = nn.Linear(1, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.0], [6.0]])
for epoch in range({steps}):
    predictions = model(x)
    loss = criterion(predictions, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def plain(torch: Any, steps: int) -> float:
    """Steps per second of the loop without anybody who looks."""
    model = torch.nn.Linear(1, 1)
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0], [4.0], [6.0]])
    began = time.perf_counter()
    for _ in range(steps):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return steps / (time.perf_counter() - began)


def recorded(steps: int) -> float:
    """Steps per second as a program under the policy, every event packed."""
    began = time.perf_counter()
    if record_program(PROGRAM.format(steps=steps), lambda body: None) is not None:
        raise RuntimeError("the program did not run")
    return steps / (time.perf_counter() - began)


def windowed() -> list[tuple[str, str]]:
    """Rows of what needs the window; none where Qt is not installed."""
    if importlib.util.find_spec("PySide6") is None:
        return []
    from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

    from gui.session import Pace
    from tests.bench.kit.app import open_app

    opened = open_app()
    session, window = opened.session, opened.window
    window.preload()
    window.inspector.show_page(2)

    def run(source: str) -> float:
        began = time.perf_counter()
        session.open_text(source, "training")
        opened.settle()
        while not window.loss.series:
            opened.app.processEvents()
        return time.perf_counter() - began

    rows = [("recorded, in the window", f"{STEPS / run(PROGRAM.format(steps=STEPS)):,.0f} steps/s")]
    rows.append((f"{CURVE:,} epochs to a full curve", f"{run(PROGRAM.format(steps=CURVE)):.1f} s"))
    run(PROGRAM.format(steps=PLAYED))
    frames = [0]

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            frames[0] += event.type() == QEvent.Type.Paint
            return False

    watch = Watch()
    window.canvas.view.viewport().installEventFilter(watch)
    session.move(0)
    session.set_pace(Pace.FULL)
    began = time.perf_counter()
    opened.player.play()
    while session.playing:
        opened.app.processEvents()
    took = time.perf_counter() - began
    rows.append((f"frames while {PLAYED} epochs play at full speed", f"{frames[0] / took:.0f} per s"))

    run(PROGRAM.format(steps=60))
    slider = window.training.controls.rows["lr"].slider
    times = []
    for k in range(RERUNS):
        trace, began = session.trace, time.perf_counter()
        slider.setValue(150 + 4 * k)
        opened.settle()
        if session.trace is trace:
            raise RuntimeError("moving the slider made no new run")
        times.append(time.perf_counter() - began)
    rows.append(
        ("from a key on the slider of lr to the new picture (60 epochs)", f"{1000 * statistics.median(times):.0f} ms")
    )

    def drag() -> tuple[float, float]:
        """Runs that are shown per second, and per second of the window's own time, while the slider is dragged."""
        shown, seen, moves = 0, session.trace, [0]

        def move() -> None:
            moves[0] += 1
            slider.setValue(150 + abs(3 * moves[0] % 300 - 150))

        hand = QTimer()
        hand.timeout.connect(move)
        began, worked = time.perf_counter(), time.process_time()
        slider.setSliderDown(True)
        hand.start(MOVE_MS)
        while time.perf_counter() < began + DRAGGED:
            opened.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if session.trace is not seen:
                shown, seen = shown + 1, session.trace
        hand.stop()
        took, work = time.perf_counter() - began, time.process_time() - worked
        slider.setSliderDown(False)
        opened.settle()
        return shown / took, shown / work

    for page, name in ((0, "Explain page open"), (2, "Training page open")):
        window.inspector.show_page(page)
        per_second, per_work = drag()
        rows.append((f"runs shown while the slider is dragged, {name}", f"{per_second:.0f} per s"))
        rows.append((f"the same per second of the window's processor time, {name}", f"{per_work:.0f}"))
    opened.runner.close()
    return rows


def run() -> str:
    """A Markdown table."""
    rows: list[tuple[str, str]] = []
    loops: list[tuple[str, Callable[[], float]]] = [
        ("our engine, not recorded", lambda: plain(engine, STEPS)),
        ("recorded and packed, without a window", lambda: recorded(STEPS)),
    ]
    if importlib.util.find_spec("torch") is not None:
        torch = importlib.import_module("torch")
        torch.set_num_threads(1)
        loops.insert(0, ("torch, not recorded", lambda: plain(torch, STEPS)))
    for name, loop in loops:
        loop()
        rows.append((name, f"{statistics.median(loop() for _ in range(3)):,.0f} steps/s"))
    rows += windowed()
    body = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"| the tutorial's regression | |\n| --- | --- |\n{body}"
