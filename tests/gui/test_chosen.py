"""The program and the canvas show each other what is selected."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]

LINE = "import torch\nx = torch.tensor(2., requires_grad=True)\ny = (x * 3).exp() + x * 2\ny.backward()\n"


def select(window: MainWindow, part: str) -> None:
    """As with the mouse: the text has the focus."""
    start = window.session.source.index(part)
    cursor = window.text.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(start + len(part), QTextCursor.MoveMode.KeepAnchor)
    window.text.setFocus()
    window.text.setTextCursor(cursor)


def titles(window: MainWindow) -> list[str]:
    picture = window.canvas.view.picture
    return [picture[key].card.title for key in window.session.selected]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("x * 3", ["mul"]),
        ("(x * 3).exp()", ["exp", "mul"]),
        ("y = (x * 3).exp() + x * 2", ["y", "mul", "exp", "mul", "2", "3"]),
        ("exp", ["exp"]),
        ("y", ["y"]),
    ],
)
def test_what_is_selected_in_the_program_is_selected_on_the_canvas(show: Show, part: str, wanted: list[str]) -> None:
    window = show(LINE, 5)
    select(window, part)
    assert sorted(titles(window)) == sorted(w for w in wanted if not w.isdigit())
    assert titles(window)[0] == wanted[0]


def test_without_a_selection_in_the_program_it_is_given_up(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    select(window, "torch.add(w, x)")
    assert titles(window) == ["a"]
    qtbot.keyClick(window.text, Qt.Key.Key_Home)
    assert window.session.selected == ()
    window.session.select(window.canvas.view.picture.keys[0])
    qtbot.keyClick(window.text, Qt.Key.Key_End)
    assert window.session.selected, "what was selected on the canvas stays"


def test_what_is_selected_on_the_canvas_is_marked_in_the_program(show: Show) -> None:
    window = show(FIRST, 11)
    by_title = {c.card.title: c.card.key for c in window.canvas.view.picture.cards}
    before = len(window.text.extraSelections())
    window.session.select(by_title["a"], [by_title["b"]])
    QApplication.processEvents()
    marked = [s.cursor.selectedText() for s in window.text.extraSelections()]
    assert "torch.add(w, x)" in marked
    assert "torch.add(w, 1)" in marked
    window.session.select(None)
    assert len(window.text.extraSelections()) == before


def test_a_place_out_of_sight_is_brought_into_sight(show: Show) -> None:
    source = "import torch\nx = torch.ones(1, requires_grad=True)\n" + "# \n" * 120 + "y = x * 2\n"
    window = show(source, 2)
    x = next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == "x")
    window.session.select(x)
    QApplication.processEvents()
    assert window.text.firstVisibleBlock().blockNumber() <= 1
