"""Draws the pictures that the visual tests compare with: ``python -m tests.support.record_pictures``.

Look at each of them before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage

from gui.base.theme import THEMES
from gui.canvas.pictures import Pictures
from gui.export import offscreen, picture_image
from tests.support.runs import FIRST, TRAINING, moment_of

FOLDER = Path(__file__).parent.parent / "goldens" / "pictures"

TWICE = """import torch
x = torch.tensor(3., requires_grad=True)
y = torch.pow(x, 2)
g = torch.autograd.grad(y, x, create_graph=True)[0]
g2 = torch.autograd.grad(g, x)[0]
"""

CUT = """import torch
x = torch.tensor([2., 1.], requires_grad=True)
y = (x ** 2).detach()
with torch.no_grad():
    z = x * 3
(x * y).sum().backward()
"""

PICTURES = {
    "first-8-light": (FIRST, 8, "light"),
    "first-11-dark": (FIRST, 11, "dark"),
    "training-14-light": (TRAINING, 14, "light"),
    "twice-4-dark": (TWICE, 4, "dark"),
    "cut-7-light": (CUT, 7, "light"),
}
"""Name: program, cursor, theme."""


def picture(source: str, cursor: int, theme: str) -> QImage:
    """The canvas at ``cursor``, a scene pixel for each of its pixels."""
    offscreen()
    return picture_image(moment_of(source, cursor), Pictures(), THEMES[theme], 1.0)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        picture(*PICTURES[name]).save(str(FOLDER / f"{name}.png"))
        print(f"{name}.png")


if __name__ == "__main__":
    main()
