"""Draws docs/screenshots/effects-{light,dark}.png and filmstrip.png: what autograd does, on the real canvas, offscreen.

Usage: python tools/effects.py [light] [dark] [filmstrip]. Look at each picture before committing it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = tempfile.TemporaryDirectory()
os.environ["CHAINRULE_HOME"] = HOME.name

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from engine.graph.scenes import Scenes
from engine.program.run import run_program
from engine.trace.events import AnyEvent
from engine.trace.trace import Trace
from gui.base import fonts
from gui.base.layers import Layers
from gui.base.settings import Settings
from gui.base.style import palette, style_sheet
from gui.base.theme import THEMES, Theme
from gui.canvas.panel import CanvasPanel
from gui.session import Session

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
CANVAS, TILE = (880, 480), (540, 295)
"""Size of a canvas, and that in which the sheets show it."""
COLUMNS = 4
TITLE = 26
FRAMES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)

FIRST = """w = torch.tensor([1.], requires_grad=True)
x = torch.tensor([2.], requires_grad=True)
a = torch.add(w, x)
b = torch.add(w, 1)
y = torch.mul(a, b)
y.backward(retain_graph=True)
"""
SUMS = """x = torch.tensor(2., requires_grad=True)
a = x * 3
b = x.exp()
y = a * x + b
y.backward()
"""
SIGNS = """w = torch.tensor(3., requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
y = w * 1000 - b
y.backward()
"""
CALLS = """w = torch.tensor(1., requires_grad=True)
a = w * 2
a.backward()
b = w * 3
b.backward()
"""
HOOKS = """w = torch.tensor(2., requires_grad=True)
x = torch.tensor(3., requires_grad=True)
a = w * x
a.register_hook(lambda g: g * 10)
w.register_hook(lambda g: g.clamp(max=5.))
x.register_post_accumulate_grad_hook(lambda t: None)
y = a + 1
y.backward()
"""
RETAINED = """x = torch.tensor(2., requires_grad=True)
a = x * 3
b = a ** 2
b.retain_grad()
y = b + 1
y.backward()
"""
CUTS = """x = torch.tensor([1., 3.], requires_grad=True)
d = x.detach()
with torch.no_grad():
    n = x * 3
i = x.argmax()
m = x > 1.5
"""
LEAVING = """x = torch.tensor([1., 3.], requires_grad=True)
y = x * 2
s = y.sum().item()
"""
CLASH = """w = torch.tensor([1.], requires_grad=True)
a = w * 2
y = a.exp()
z = a * y
y.add_(1)
"""
STRETCHED = """w = torch.ones(2, 3, requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
y = w + b
z = y.sum()
z.backward()
"""
TWICE = """x = torch.tensor(3., requires_grad=True)
y = x ** 2
g, = torch.autograd.grad(y, x, create_graph=True)
h, = torch.autograd.grad(g, x)
"""
KEPT = """w = torch.tensor(1., requires_grad=True)
total = 0
for i in range(2):
    loss = w * i
    total = total + loss
"""


CALM = Layers()


@dataclass(frozen=True)
class Tile:
    """A program (after ``import torch``), its cursor (from the end, if negative), and what the tile shows."""

    title: str
    program: str
    cursor: int
    layers: Layers = CALM


TILES = (
    Tile("Upstream × local = sent", FIRST, 8),
    Tile("What has arrived + what comes, and what is missing", SUMS, 8),
    Tile("Width by magnitude, a hollow line for a negative one", SIGNS, 9),
    Tile("One write to .grad: old + incoming = new, call by call", CALLS, -1),
    Tile("Hooks are valves", HOOKS, 7),
    Tile("Retained gradients stay, others fade", RETAINED, -1),
    Tile("Detach, no_grad, no derivative", CUTS, -1),
    Tile("A number leaves the graph, and the sum dies", LEAVING, 3),
    Tile("A pin and its tensor's new version", CLASH, -1),
    Tile("Pins that were freed are hollow", SUMS, -1),
    Tile("The ready queue", SUMS, 7, Layers(queue=True)),
    Tile("One becomes six in forward", STRETCHED, 3),
    Tile("Six are summed in backward", STRETCHED, 6),
    Tile("Nodes of the second derivative", TWICE, 4),
    Tile("The same without them", TWICE, 4, Layers(higher=False)),
    Tile("A sum of losses keeps its graphs", KEPT, -1),
)


class Stand:
    """A canvas without a window around it."""

    def __init__(self, theme: Theme) -> None:
        settings = Settings(Path(HOME.name) / f"{theme.name}.ini")
        settings.theme, settings.hint_seen, settings.reduced_motion = theme.name, True, True
        self.session = Session(settings)
        self.panel = CanvasPanel(self.session)
        self.panel.resize(*CANVAS)
        self.panel.show()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(palette(theme))
        app.setStyleSheet(style_sheet(theme))
        self.session.set_theme(theme)

    def open(self, program: str) -> None:
        source = f"import torch\n\n{program}"
        events: list[AnyEvent] = []
        run_program(source, events.append)
        scenes = Scenes()
        scenes.extend(events)
        self.session.open_text(source, "program.py")
        self.session.run_ended(Trace(source, events), scenes, 0.01)

    def picture(self, cursor: int, progress: float = 1.0) -> QImage:
        s = self.session
        s.move(cursor if cursor >= 0 else len(s.trace) + 1 + cursor, progress)
        self.panel.view.fit_all()
        QApplication.processEvents()
        image = self.panel.grab().toImage()
        smooth = Qt.TransformationMode.SmoothTransformation
        return image.scaled(*TILE, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def sheet(pictures: list[tuple[str, QImage]], theme: Theme, name: str) -> None:
    """All pictures under their titles."""
    wide, tall = TILE
    rows = -(-len(pictures) // COLUMNS)
    gap = 8
    out = QImage(COLUMNS * (wide + gap) + gap, rows * (tall + TITLE + gap) + gap, QImage.Format.Format_RGB32)
    out.fill(theme.window)
    p = QPainter(out)
    p.setFont(fonts.ui(13, fonts.MEDIUM))
    p.setPen(theme.text)
    for i, (title, image) in enumerate(pictures):
        x, y = gap + i % COLUMNS * (wide + gap), gap + i // COLUMNS * (tall + TITLE + gap)
        p.drawText(QRectF(x + 4, y, wide, TITLE), Qt.AlignmentFlag.AlignVCenter, title)
        p.drawImage(x, y + TITLE, image)
    p.end()
    FOLDER.mkdir(parents=True, exist_ok=True)
    out.save(str(FOLDER / f"{name}.png"))
    print(f"{name}.png", out.width(), out.height(), (FOLDER / f"{name}.png").stat().st_size // 1000, "kB")


def effects(theme: Theme) -> None:
    stand = Stand(theme)
    pictures = []
    for tile in TILES:
        stand.open(tile.program)
        stand.session.set_layers(tile.layers)
        pictures.append((tile.title, stand.picture(tile.cursor)))
    sheet(pictures, theme, f"effects-{theme.name}")


def filmstrip() -> None:
    """Eight frames of the step in which two gradients go to their leaves."""
    stand = Stand(THEMES["light"])
    stand.open(FIRST)
    sheet([(f"{round(100 * t)} %", stand.picture(8, t)) for t in FRAMES], THEMES["light"], "filmstrip")


def main() -> None:
    app = QApplication([])
    app.setStyle("Fusion")
    fonts.load()
    app.setFont(fonts.ui(13))
    for name in sys.argv[1:] or ("light", "dark", "filmstrip"):
        if name == "filmstrip":
            filmstrip()
        else:
            effects(THEMES[name])


if __name__ == "__main__":
    main()
