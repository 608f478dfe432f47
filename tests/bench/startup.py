"""From the start of the process to the painted window and to the first picture, beside a bare QGraphicsView."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 11
BASE = "a bare QGraphicsView window"

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
DRAWN = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

def look():
    for w in app.topLevelWidgets():
        if getattr(w, "furnished", False) and w.canvas.view.picture.cards:
            w.canvas.view.viewport().repaint()
            os._exit(0)

app = QApplication(sys.argv)
timer = QTimer()
timer.timeout.connect(look)
timer.start(5)
from gui.app import open_window
open_window(None)
"""


def _seconds(code: str, home: str) -> float:
    # Compiled files as after the first start of an installed app, wherever they may be written here.
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "CHAINRULE_HOME": home, "PYTHONPYCACHEPREFIX": home}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", code], env=env, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def run() -> str:
    """A Markdown table: medians over interleaved fresh processes, files warm in the cache."""
    times: dict[str, list[float]] = {BASE: [], "Chainrule's window": [], "its first program run and drawn": []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for lap in range(ROUNDS + 1):
            for name, code in zip(times, (BARE, APP, DRAWN), strict=True):
                took = _seconds(code, home)
                if lap:
                    times[name].append(took)
    rows = ["| from the start of the process | median | ratio |", "| --- | --- | --- |"]
    medians = {name: statistics.median(values) for name, values in times.items()}
    rows += [f"| {name} | {1000 * m:.0f} ms | {m / medians[BASE]:.2f} |" for name, m in medians.items()]
    return "\n".join(rows)
