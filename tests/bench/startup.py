"""From the start of the process to the first painted window, beside a bare QGraphicsView in the same run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 11

PROBE = """
import os, sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView, QMainWindow

class Probe(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and isinstance(watched, QMainWindow):
            QTimer.singleShot(0, lambda: os._exit(0))  # after the children, which are painted in the same go
        return False

app = QApplication(sys.argv)
probe = Probe()
app.installEventFilter(probe)
"""
BARE = PROBE + "w = QMainWindow(); w.setCentralWidget(QGraphicsView()); w.resize(1280, 800); w.show(); app.exec()\n"
APP = PROBE + "from gui.app import open_window; open_window(None)\n"


def _seconds(code: str, home: str) -> float:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "CHAINRULE_HOME": home}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", code], env=env, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def run() -> str:
    """A Markdown table: medians over interleaved fresh processes, files warm in the cache."""
    times: dict[str, list[float]] = {"a bare QGraphicsView window": [], "Chainrule": []}
    with tempfile.TemporaryDirectory() as home:
        for lap in range(ROUNDS + 1):
            for name, code in zip(times, (BARE, APP), strict=True):
                took = _seconds(code, home)
                if lap:
                    times[name].append(took)
    rows = ["| start to first painted window | median | ratio |", "| --- | --- | --- |"]
    medians = {name: statistics.median(values) for name, values in times.items()}
    bare = medians["a bare QGraphicsView window"]
    rows += [f"| {name} | {1000 * m:.0f} ms | {m / bare:.2f} |" for name, m in medians.items()]
    return "\n".join(rows)
