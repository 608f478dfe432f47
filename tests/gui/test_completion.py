"""Completion and help in the editor, by keys and pointer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.gui.conftest import type_in
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]


@pytest.fixture
def editing(show: Show) -> MainWindow:
    window = show(FIRST)
    window.text.setFocus()
    window.text.moveCursor(QTextCursor.MoveOperation.End)
    window.runner._pause.stop()
    return window


def names(window: MainWindow) -> list[str]:
    menu = window.text.completer.list
    return [menu.item(i).data(Qt.ItemDataRole.UserRole).name for i in range(menu.count())]


def last_line(window: MainWindow) -> str:
    return window.text.toPlainText().split("\n")[-1]


def test_tab_takes_what_is_offered(editing: MainWindow, qtbot: QtBot) -> None:
    type_in(qtbot, editing.text, "y.back")
    assert editing.text.completer.isVisible()
    assert names(editing) == ["backward"]
    assert "Add the gradients" in editing.text.completer.help.text()
    qtbot.keyClick(editing.text, Qt.Key.Key_Tab)
    assert last_line(editing) == "y.backward"
    assert not editing.text.completer.isVisible()


def test_enter_begins_a_line_unless_one_was_chosen(editing: MainWindow, qtbot: QtBot) -> None:
    type_in(qtbot, editing.text, "torch.si")
    assert editing.text.completer.isVisible()
    qtbot.keyClick(editing.text, Qt.Key.Key_Return)
    assert editing.text.toPlainText().endswith("torch.si\n")
    type_in(qtbot, editing.text, "torch.si")
    wanted = names(editing)[1]
    qtbot.keyClick(editing.text, Qt.Key.Key_Down)
    qtbot.keyClick(editing.text, Qt.Key.Key_Return)
    assert last_line(editing) == f"torch.{wanted}"


def test_escape_and_leaving_the_word_close_the_list(editing: MainWindow, qtbot: QtBot) -> None:
    type_in(qtbot, editing.text, "torch.si")
    qtbot.keyClick(editing.text, Qt.Key.Key_Escape)
    assert not editing.text.completer.isVisible()
    type_in(qtbot, editing.text, "g")
    assert editing.text.completer.isVisible()
    qtbot.keyClick(editing.text, Qt.Key.Key_Home)
    assert not editing.text.completer.isVisible()


def test_the_list_is_asked_for_by_key(editing: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(editing.text, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert {"torch", "w", "y"} <= set(names(editing))


def test_the_list_stays_inside_the_window(editing: MainWindow, qtbot: QtBot) -> None:
    editing.resize(1280, 720)
    type_in(qtbot, editing.text, "\n" * 40 + "torch.")
    menu = editing.text.completer
    assert menu.isVisible()
    assert editing.rect().contains(menu.geometry())


def test_brackets_tell_what_a_call_takes(editing: MainWindow, qtbot: QtBot) -> None:
    type_in(qtbot, editing.text, "torch.matmul(")
    assert QToolTip.text().startswith("matmul(input, other)")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("a = torch", "a = 3.0"), ("mul(", "mul(input, other)"), ("w.grad", "w = 1.0")],
)
def test_the_pointer_tells_values_and_signatures(editing: MainWindow, word: str, wanted: str) -> None:
    cursor = editing.text.textCursor()
    cursor.setPosition(FIRST.index(word))
    at = editing.text.cursorRect(cursor).center() + QPoint(2, 0)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, editing.text.viewport().mapToGlobal(at))
    QApplication.sendEvent(editing.text, event)
    assert QToolTip.text().startswith(wanted)
