"""Frame times of the canvas by the kind and size of the graph: pan, zoom, the whole graph, a step.

CPU milliseconds of an offscreen raster window of 1280 x 800, median / 95th percentile. In a zoom every frame has
another scale. ``BENCH_SIZES=100,1000`` takes other sizes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

from tests.bench.kit.dags import FAMILIES, dag
from tests.bench.kit.timing import table

SIZES = (100, 1_000, 10_000, 50_000)
FRAMES = 40
AIM = "16 ms median, 33 ms at the 95th percentile"
WAIT = 0.02


def _times(frame: Callable[[int], object], settle: Callable[[], object]) -> str:
    took = []
    for number in range(FRAMES):
        began = time.process_time()
        frame(number)
        settle()
        took.append(1000 * (time.process_time() - began))
    took.sort()
    return f"{statistics.median(took):.1f} / {took[int(0.95 * FRAMES)]:.1f}"


def measured(family: str, size: int) -> list[str]:
    """One row of the table."""
    from PySide6.QtCore import QPointF

    from tests.bench.kit.stand import application, shown
    from tests.bench.kit.traced import traced

    app = application()
    graph = dag(family, size)
    trace, scenes = traced(len(graph.labels), graph.edges)
    began = time.process_time()
    view = shown(trace, scenes)
    view.show()
    while view.arranging:
        time.sleep(WAIT)
        app.processEvents()
    app.processEvents()
    laid_out = time.process_time() - began
    middle = len(trace) * 3 // 4

    def pan(number: int) -> None:
        view.move_by(QPointF(7 if number % 2 else -7, 3) / view.zoom)

    def again(_: int) -> None:
        view.repaint_all()

    def step(number: int) -> None:
        view.session.move(middle + number)

    def zoom(low: float, high: float) -> Callable[[int], None]:
        return lambda number: view.set_zoom(low * (high / low) ** (number / (FRAMES - 1)))

    view.session.move(middle)
    view.fit_all()
    app.processEvents()
    whole = view.zoom
    row = [family, f"{len(view.picture.stage.keys):,}", *(_times(f, app.processEvents) for f in (again, pan))]
    boxes = view.picture.stage.boxes
    view.centre(QPointF(*boxes[len(boxes) // 2, :2].tolist()))
    row.append(_times(zoom(whole, 1.0), app.processEvents))
    for scale in (0.35, 1.0):
        view.set_zoom(scale)
        view.centre(QPointF(*boxes[len(boxes) // 2, :2].tolist()))
        app.processEvents()
        row += [_times(f, app.processEvents) for f in (again, pan)]
    row += [_times(zoom(1.3, 0.5), app.processEvents), _times(step, app.processEvents), f"{laid_out:.2f} s"]
    view.close()
    return row


def run() -> str:
    """A Markdown table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "").split(",") if size] or SIZES
    head = ["graph", "cards", "all, painted anew", "all, pan", "zoom from all to 100 %"]
    head += ["names, painted anew", "names, pan", "100 %, painted anew", "100 %, pan", "zoom 130 to 50 %"]
    head += ["a step", "laid out in"]
    rows = [measured(family, size) for size in sizes for family in FAMILIES]
    return f"Aim: {AIM}.\n\n" + table(head, rows)
