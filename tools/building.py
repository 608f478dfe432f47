"""Draws docs/screenshots/building.png: the first program built from an empty canvas by mouse, frame by frame.

Usage: python tools/building.py [light|dark]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = tempfile.TemporaryDirectory()
os.environ["CHAINRULE_HOME"] = HOME.name

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.base import fonts
from gui.base.settings import Settings
from gui.base.theme import chosen
from gui.player import Player
from gui.runner import Runner
from gui.session import Session
from gui.window import MainWindow
from tests.gui.hands import LEFT, at, blank, from_menu, input_at, move, open_menu, pick, press, release, value_at

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
WIDE, ACROSS, LINE = 640, 3, 30
"""Pixels of a frame, frames side by side, pixels of the line below each."""


class Film:
    """A window with hands, and the frames that were taken of it."""

    def __init__(self, theme: str) -> None:
        settings = Settings(Path(HOME.name) / "settings.ini")
        settings.theme = theme
        settings.hint_seen = settings.reduced_motion = True
        self.session = Session(settings)
        self.window = MainWindow(settings)
        self.window.furnish(self.session, Runner(self.session), Player(self.session))
        self.window.resize(1280, 800)
        self.window.show()
        self.frames: list[tuple[str, QImage]] = []
        self.session.open_text("", "program.py")
        self.settle()

    def settle(self) -> None:
        """Until the program has been run and shown."""
        QTest.qWait(60)
        runner, waited = self.window.runner, 0
        while (runner._pause.isActive() or runner._waiting or runner._active) and waited < 20_000:
            QTest.qWait(20)
            waited += 20
        self.window.activateWindow()
        QTest.qWait(60)

    def frame(self, says: str) -> None:
        """Keep what is to be seen, an open list included."""
        QTest.qWait(60)
        image = self.window.grab().toImage()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            place = popup.mapToGlobal(popup.rect().topLeft()) - self.window.mapToGlobal(self.window.rect().topLeft())
            popup.render(image, place)
        self.frames.append((says, image))

    def choose(self, title: str, says: str = "") -> None:
        """Click an entry of the list that is open; ``says`` keeps the moment before."""
        if says:
            self.frame(says)
        pick(QTest, self.window, title)
        self.settle()

    def leaf(self, says: str = "") -> None:
        QTest.mouseDClick(self.window.canvas.view.viewport(), LEFT, pos=blank(self.window))
        self.choose("Leaf", says)

    def pull(self, begin: QPoint, end: QPoint, says: str) -> None:
        """Pull a line, and keep the moment before it is let go."""
        press(self.window, begin)
        for i in range(1, 5):
            move(self.window, begin + (end - begin) * i / 4)
        self.frame(says)
        release(self.window, end)

    def sheet(self) -> QImage:
        """All frames on one sheet, each with its line."""
        high = round(WIDE * self.frames[0][1].height() / self.frames[0][1].width())
        rows = -(-len(self.frames) // ACROSS)
        theme = chosen(self.session.settings.theme, "off")
        sheet = QImage(ACROSS * (WIDE + 12) + 12, rows * (high + LINE + 12) + 12, QImage.Format.Format_RGB32)
        sheet.fill(theme.window)
        p = QPainter(sheet)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.setFont(fonts.ui(14, fonts.MEDIUM))
        for i, (says, image) in enumerate(self.frames):
            x, y = 12 + i % ACROSS * (WIDE + 12), 12 + i // ACROSS * (high + LINE + 12)
            mode = Qt.TransformationMode.SmoothTransformation
            p.drawImage(x, y + LINE, image.scaledToWidth(WIDE, mode))
            p.setPen(theme.text)
            p.drawText(x + 4, y + 20, f"{i + 1}  {says}")
        p.end()
        return sheet


def build(film: Film) -> None:
    """The gestures that build ``y = (w + x) * (w + 1)``, call backward on it, and step it: by mouse alone."""
    window, view = film.window, film.window.canvas.view
    film.leaf("Double-click on the empty canvas, and choose a leaf")
    film.leaf()
    begin = value_at(window, "x")
    press(window, begin)
    for pixels in (12, 30, 60):
        move(window, begin + QPoint(pixels, 0))
        film.settle()
    film.frame("A second leaf; drag its number from 1.0 to 2.0")
    release(window, begin + QPoint(60, 0))
    film.settle()
    film.pull(at(window, "w"), at(window, "x"), "Pull a line from w to x …")
    film.choose("add", "… and choose what to make of the two")
    film.pull(at(window, "w"), blank(window), "Pull a line from w to a free place, and choose add")
    film.choose("add")
    op = window.gestures.filling.op
    assert op is not None
    film.frame("Its other input can be a card, a number, or a 1 by a click")
    QTest.mouseClick(view.viewport(), LEFT, pos=view.mapFromScene(op.ports[1]))
    film.settle()
    film.pull(at(window, "a"), at(window, "b"), "Pull a line from a to b, and choose mul")
    film.choose("mul")
    film.frame("The product is there, and selected")
    film.pull(at(window, "y"), input_at(window, "a", 1), "What cannot be is said before the drop")
    film.window.toast.hide()
    menu = open_menu(window, at(window, "y"))
    film.frame("backward() stands in the menu of y")
    menu.close()
    from_menu(QTest, window, at(window, "y"), "Call backward()")
    film.settle()
    for _ in range(3):
        window.do("step")
        film.settle()
    film.frame("Steps go back along the edges")
    window.do("last")
    film.frame("w.grad is 5.0, x.grad is 2.0")


def main() -> None:
    app = QApplication([])
    app.setStyle("Fusion")
    fonts.load()
    app.setFont(fonts.ui(13))
    theme = sys.argv[1] if len(sys.argv) > 1 else "light"
    film = Film(theme)
    build(film)
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = "building.png" if theme == "light" else f"building-{theme}.png"
    film.sheet().save(str(FOLDER / name))
    print(name, len(film.frames), "frames")
    film.window.runner.close()
    film.session.dirty = False
    film.window.close()


if __name__ == "__main__":
    main()
