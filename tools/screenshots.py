"""Draws docs/screenshots: the real window at chosen steps, offscreen. Look at each picture before committing it.

Usage: python tools/screenshots.py [NAME ...]
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

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from gui.base import fonts
from gui.base.settings import Settings
from gui.lessons.catalogue import books, lessons
from gui.player import Player
from gui.runner import Runner
from gui.session import Session
from gui.window import MainWindow

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"

IN_PLACE = """import torch

w = torch.tensor([1.], requires_grad=True)
y = w.exp()
y += 1
y.sum().backward()
"""


@dataclass(frozen=True)
class Shot:
    """A program (the number of one of the tutorial's lessons, another lesson's title, or a text), where its cursor
    stands, and how it is shown. ``page`` is the inspector's."""

    program: int | str
    cursor: int
    theme: str
    size: tuple[int, int] = (1440, 900)
    progress: float = 1.0
    command: str = ""
    page: int = 0


SHOTS = {
    "backward-light": Shot(2, 11, "light"),
    "backward-dark": Shot(2, 11, "dark"),
    "moving-light": Shot(2, 12, "light", progress=0.45),
    "accumulation-light": Shot(5, 7, "light", (1280, 720)),
    "second-derivative-dark": Shot(4, 6, "dark", (1280, 720)),
    "cuts-light": Shot(9, 10, "light"),
    "jacobian-dark": Shot(8, 44, "dark", (1920, 1080)),
    "training-light": Shot(11, 330, "light"),
    "training-dark": Shot(11, 97, "dark", (1920, 1080)),
    "descent-light": Shot("Momentum in a narrow valley", 330, "light", page=2),
    "decisions-dark": Shot("Two moons", 900, "dark", page=2),
    "functions-light": Shot(2, 11, "light", (1280, 720), command="functions"),
    "contrast-dark": Shot("Paths add up", 5, "dark", (1280, 720), command="contrast"),
    "error-light": Shot(IN_PLACE, -1, "light"),
    "presentation-dark": Shot(2, 12, "dark", (1920, 1080), command="present"),
    "palette-light": Shot(2, 11, "light", (1280, 720), command="palette"),
}


def wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def take(name: str, shot: Shot) -> None:
    settings = Settings(Path(HOME.name) / f"{name}.ini")
    settings.theme = shot.theme
    settings.hint_seen = True
    session = Session(settings)
    runner = Runner(session)
    window = MainWindow(settings)
    window.furnish(session, runner, Player(session))
    window.resize(*shot.size)
    window.show()
    if isinstance(shot.program, int):
        lesson = lessons()[shot.program]
        session.open_text(lesson.source, lesson.full_title)
    else:
        found = [lesson for book in books() for lesson in book.lessons if lesson.title == shot.program]
        session.open_text(found[0].source if found else shot.program, found[0].full_title if found else "Untitled")
    while session.fresh_document or session.running:
        wait(30)
    window.inspector.show_page(shot.page)
    session.move(len(session.trace) if shot.cursor < 0 else shot.cursor, shot.progress)
    picture = []

    def grab() -> None:
        popup = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        image = window.grab()
        if popup is not None:
            popup.render(image, popup.mapToGlobal(popup.rect().topLeft()) - window.mapToGlobal(window.rect().topLeft()))
            popup.close()
        picture.append(image)

    QTimer.singleShot(900, grab)
    if shot.command:
        window.do(shot.command)
        window.resize(*shot.size)
    while not picture:
        wait(30)
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture[0].save(str(FOLDER / f"{name}.png"))
    print(f"{name}.png", picture[0].width(), picture[0].height(), f"step {session.cursor} of {len(session.trace)}")
    runner.close()
    session.dirty = False
    window.close()


def main() -> None:
    app = QApplication([])
    app.setStyle("Fusion")
    fonts.load()
    app.setFont(fonts.ui(13))
    for name in sys.argv[1:] or SHOTS:
        take(name, SHOTS[name])


if __name__ == "__main__":
    main()
