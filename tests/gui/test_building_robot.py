"""A robot that drags, clicks and presses keys at random: nothing is lost, and undo leads back letter by letter."""

from __future__ import annotations

import ast
import os
import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from gui.lessons.catalogue import books
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.gui.hands import LEFT, drag, text

Make = Callable[..., MainWindow]
Run = Callable[..., None]
EDITS = int(os.environ.get("CHAINRULE_ROBOT", "6"))
"""Edits in each program; more of them by hand."""
MOST = 20
"""Gestures for each of them."""
KEYS = [*"+-*/^mrbxnv12e", Qt.Key.Key_Delete, Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Right]
WORDS = (
    "leaf",
    "add",
    "sigmoid",
    "sum",
    "matmul",
    "cat",
    "mse",
    "reshape",
    "u * v + 1",
    "3.5",
    "[1, 2]",
    "no such thing",
)
VALUES = ("2.5", "q", "[1., 2.]", "1e3", "-4", "for", "weight")
PROGRAMS = {lesson.title: lesson.source for book in books() for lesson in book.lessons}


class Robot:
    """Hands without a plan, but with a seed."""

    def __init__(self, window: MainWindow, qtbot: QtBot, seed: int) -> None:
        self.window, self.qtbot = window, qtbot
        self.random = random.Random(seed)

    def point(self) -> QPoint:
        """Mostly on a card, sometimes anywhere."""
        view = self.window.canvas.view
        cards = view.picture.cards
        if cards and self.random.random() < 0.85:
            rect = self.random.choice(cards).rect
            x, y = self.random.random() * rect.width(), self.random.random() * rect.height()
            point = view.mapFromScene(QPointF(rect.left() + x, rect.top() + y))
            if view.viewport().rect().contains(point):
                return point
        port = view.viewport()
        return QPoint(self.random.randrange(20, port.width() - 20), self.random.randrange(20, port.height() - 20))

    def act(self) -> None:
        """One gesture, and an answer to whatever it opens."""
        view, what = self.window.canvas.view, self.random.random()
        if what < 0.4:
            drag(self.window, self.point(), self.point(), 3)
        elif what < 0.55:
            more = self.random.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
            self.qtbot.mouseClick(view.viewport(), LEFT, more, pos=self.point())
        elif what < 0.7:
            self.qtbot.mouseDClick(view.viewport(), LEFT, pos=self.point())
        else:
            self.window.activateWindow()
            view.setFocus()
            self.qtbot.keyClick(view, self.random.choice(KEYS))
        self.answer()
        self.qtbot.wait(self.random.choice([0, 5, 30]))

    def answer(self) -> None:
        field = self.window.gestures.cards.field
        if field.isVisible():
            self.qtbot.keyClicks(field, self.random.choice(VALUES))
            self.qtbot.keyClick(field, Qt.Key.Key_Return)
            field.leave()
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            popup.close()
        elif popup is not None:
            typed = popup.findChild(QLineEdit)
            self.qtbot.keyClicks(typed, self.random.choice(WORDS))
            self.qtbot.keyClick(typed, Qt.Key.Key_Return)
            popup.close()


@pytest.mark.parametrize(
    ("title", "seed"), [("Paths add up", 1), ("In-place roulette", 2), ("Straight line through three points", 3)]
)
def test_whatever_hands_do_can_be_taken_back(make_window: Make, run: Run, qtbot: QtBot, title: str, seed: int) -> None:
    window = make_window()
    run(window, PROGRAMS[title])
    first = text(window)
    robot = Robot(window, qtbot, seed)
    edits: list[int] = []
    window.builder.done.connect(lambda: edits.append(1))
    for _ in range(MOST * EDITS):
        robot.act()
        ast.parse(text(window))
        if len(edits) >= EDITS:
            break
    window.gestures.give_up()
    window.player.pause()
    wait_for_run(qtbot, window)
    assert window.session.problem is None or window.session.problem.kind != "internal"
    assert len(edits) >= EDITS // 3, "a training loop has less that can be edited by hand"
    while window.text.document().isUndoAvailable():
        window.do("undo")
    assert text(window) == first
    wait_for_run(qtbot, window)
    assert window.session.trace.source == first
