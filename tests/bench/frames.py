"""Frame times of the canvas by the size of the graph: pan, zoom, the whole graph, a step. Offscreen raster."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SIZES = (100, 1_000, 10_000, 50_000)
FRAMES = 40
AIM = "16 ms median, 33 ms at the 95th percentile"

PROGRAM = """import torch
hidden = [torch.tensor(float(i + 1), requires_grad=True) for i in range(8)]
made = 0
while made < {size}:
    hidden = [(hidden[i] * hidden[(i + 1) % 8]).tanh() + hidden[i] for i in range(8)]
    made += 24
sum(hidden).backward()
"""


def _times(frame: Callable[[int], object], settle: Callable[[], object]) -> str:
    took = []
    for number in range(FRAMES):
        began = time.perf_counter()
        frame(number)
        settle()
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return f"{statistics.median(took):.1f} / {took[int(0.95 * FRAMES)]:.1f}"


def run() -> str:
    """A Markdown table: milliseconds, median / 95th percentile."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    from engine.graph.scenes import Scenes
    from engine.program.budget import Limits
    from engine.program.run import run_program
    from engine.trace import events as ev
    from engine.trace.trace import Trace
    from gui.base import fonts
    from gui.base.settings import Settings
    from gui.canvas.view import CanvasView
    from gui.session import Session

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    fonts.load()
    rows = [
        f"| cards (aim: {AIM}) | pan, all in sight | zoom, all in sight | pan, near | zoom, near | a step, near | laid out in |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES:
        source = PROGRAM.format(size=size)
        events: list[ev.AnyEvent] = []
        run_program(source, events.append, Limits(seconds=300))
        trace, scenes = Trace(source, events), Scenes()
        scenes.extend(trace.events)
        settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
        settings.reduced_motion = True
        session = Session(settings)
        view = CanvasView(session)
        view.resize(1280, 800)
        view.show()
        session.open_text(source, "frames")
        began = time.perf_counter()
        session.run_ended(trace, scenes, 0.0)
        while view.arranging:
            app.processEvents()
        laid_out = time.perf_counter() - began
        cards = len(view.picture.stage.keys)

        def pan(number: int, view: CanvasView = view) -> None:
            view._move_by(QPointF((7 if number % 2 else -7) / view.zoom, 3 / view.zoom))

        def zoom(number: int, view: CanvasView = view) -> None:
            view.zoom_by(1.15 if number % 2 else 1 / 1.15)

        def step(number: int, session: Session = session, middle: int = len(trace) // 2) -> None:
            session.move(middle + number)

        row = [f"{cards:,}"]
        view.fit_all()
        row += [_times(pan, app.processEvents), _times(zoom, app.processEvents)]
        view.zoom_original()
        view._centre(view.picture.bounds.center())
        row += [_times(pan, app.processEvents), _times(zoom, app.processEvents)]
        session.move(len(trace) // 2 - 1)
        app.processEvents()
        row += [_times(step, app.processEvents), f"{laid_out:.2f} s"]
        rows.append("| " + " | ".join(row) + " |")
        view.close()
    return "\n".join(rows)
