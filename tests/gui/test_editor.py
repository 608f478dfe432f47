"""The program's text: marks, keys that help, numbers that can be dragged, search, undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def write(window: MainWindow, text: str) -> None:
    """Another text, the text cursor at its end."""
    window.text.setFocus()
    window.text.selectAll()
    window.text.insertPlainText(text)


def select(window: MainWindow, first: int, last: int) -> None:
    document = window.text.document()
    cursor = QTextCursor(document.findBlockByNumber(first - 1))
    end = document.findBlockByNumber(last - 1)
    cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    window.text.setTextCursor(cursor)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("for i in range(3):", "for i in range(3):\n    |"),
        ("    x = 1", "    x = 1\n    |"),
        ("    return x", "    return x\n|"),
        ("        pass", "        pass\n    |"),
        ("x = 1  # note:", "x = 1  # note:\n|"),
        ("returned = 1", "returned = 1\n|"),
    ],
)
def test_a_new_line_is_indented(show: Show, qtbot: QtBot, before: str, after: str) -> None:
    window = show("import torch\n")
    write(window, before)
    qtbot.keyClick(window.text, Qt.Key.Key_Return)
    text, cursor = window.text.toPlainText(), window.text.textCursor().position()
    assert text[:cursor] + "|" + text[cursor:] == after


def test_tab_and_backtab(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n")
    write(window, "a\n\n  b\nc")
    select(window, 1, 3)
    qtbot.keyClick(window.text, Qt.Key.Key_Tab)
    assert window.text.toPlainText() == "    a\n\n      b\nc"
    qtbot.keyClick(window.text, Qt.Key.Key_Backtab, SHIFT)
    qtbot.keyClick(window.text, Qt.Key.Key_Backtab, SHIFT)
    assert window.text.toPlainText() == "a\n\nb\nc"
    qtbot.keyClick(window.text, Qt.Key.Key_Z, CTRL)
    assert window.text.toPlainText() == "a\n\n  b\nc", "each press is one step to undo"
    window.text.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(window.text, Qt.Key.Key_Tab)
    assert window.text.toPlainText().endswith("\nc   "), "up to the next stop"


def test_backspace_goes_back_a_stop(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n")
    write(window, "if x:\n        ")
    qtbot.keyClick(window.text, Qt.Key.Key_Backspace)
    assert window.text.toPlainText() == "if x:\n    "
    qtbot.keyClicks(window.text, "ab")
    qtbot.keyClick(window.text, Qt.Key.Key_Backspace)
    assert window.text.toPlainText() == "if x:\n    a"


def test_comments(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n")
    write(window, "if x:\n    y\n\n    z")
    select(window, 2, 4)
    qtbot.keyClick(window.text, Qt.Key.Key_Slash, CTRL)
    assert window.text.toPlainText() == "if x:\n    # y\n\n    # z"
    qtbot.keyClick(window.text, Qt.Key.Key_Slash, CTRL)
    assert window.text.toPlainText() == "if x:\n    y\n\n    z"


def test_undo_and_redo_from_the_menu(show: Show) -> None:
    window = show(FIRST)
    write(window, "x = 1")
    window.actions_.run("undo")
    assert window.text.toPlainText() == FIRST
    assert window.session.source == FIRST
    window.actions_.run("redo")
    assert window.session.source == "x = 1"


def place_of(window: MainWindow, text: str, after: int = 1) -> QPoint:
    """A point of the viewport just behind the ``after``-th character of ``text``."""
    start = window.text.toPlainText().index(text)
    cursor = QTextCursor(window.text.document())
    cursor.setPosition(start + after)
    rect = window.text.cursorRect(cursor)
    return rect.center()


@pytest.mark.parametrize(
    ("literal", "pixels", "result"), [("2.]", 42, "2.7]"), ("2.]", -400, "0.]"), ("1)", 30, "6)"), ("1)", -100, "0)")]
)
def test_a_number_is_dragged(show: Show, qtbot: QtBot, literal: str, pixels: int, result: str) -> None:
    window = show(FIRST)
    view = window.text.viewport()
    place = place_of(window, literal)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place)
    for part in (0.3, 0.6, 1.0):
        point = place + QPoint(round(pixels * part), 2)
        qtbot.mouseMove(view, point)
    text = window.text.toPlainText()
    assert text == FIRST.replace(literal, result), text
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place + QPoint(pixels, 0))
    window.actions_.run("undo")
    assert window.text.toPlainText() == FIRST, "one drag is one step to undo"


def test_a_click_on_a_number_changes_nothing(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.mouseClick(window.text.viewport(), Qt.MouseButton.LeftButton, pos=place_of(window, "2.]"))
    assert window.text.toPlainText() == FIRST
    assert not window.session.dirty


def test_find(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, Qt.Key.Key_F, CTRL)
    assert window.find_bar.field.hasFocus()
    qtbot.keyClicks(window.find_bar.field, "grad")
    assert window.find_bar.count.text() == "4 found"
    starts = [window.text.textCursor().selectionStart()]
    for _ in range(4):
        qtbot.keyClick(window.find_bar.field, Qt.Key.Key_Return)
        starts.append(window.text.textCursor().selectionStart())
    assert starts[4] == starts[0]
    assert len(set(starts)) == 4
    qtbot.keyClick(window.find_bar.field, Qt.Key.Key_Return, SHIFT)
    assert window.text.textCursor().selectionStart() == starts[3]
    qtbot.keyClicks(window.find_bar.field, "zzz")
    assert window.find_bar.count.text() == "nothing found"
    qtbot.keyClick(window.find_bar.field, Qt.Key.Key_Escape)
    assert not window.find_bar.isVisible()
    assert window.text.hasFocus()


UNICODE = 'import torch\ns = "𝛁 梯度 😀"; x = torch.ones(1, requires_grad=True); y = x * 2\ny.backward()\n'


def test_marks_count_characters_as_qt_does(show: Show) -> None:
    window = show(UNICODE, 2)
    assert window.text._marks[0].selectedText() == "x * 2"
    window.session.move(1)
    assert window.text._marks[0].selectedText() == "torch.ones(1, requires_grad=True)"


def test_the_step_scrolls_into_sight(show: Show) -> None:
    source = "import torch\n" + "# a line\n" * 200 + "x = torch.ones(1, requires_grad=True)\ny = x * 2\n"
    window = show(source, 2)
    QApplication.processEvents()
    rects = window.text.rects(window.text._marks[0])
    assert window.text.viewport().rect().contains(rects[0])


def test_the_gutter_selects_a_line(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    height = window.text.fontMetrics().height()
    qtbot.mouseClick(window.text.gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, 4 + height + height // 2))
    assert window.text.textCursor().selectedText() == "w = torch.tensor([1.], requires_grad=True)"


def test_a_click_on_the_problem_goes_to_its_line(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\nx = torch.ones(1)\nx.backward()\n")
    assert window.problem.isVisible()
    qtbot.mouseClick(window.problem, Qt.MouseButton.LeftButton)
    assert window.text.textCursor().blockNumber() == 2
    assert window.text.hasFocus()


def test_colours_know_python(show: Show) -> None:
    window = show('import torch\nt = """a\nb"""\nx = 1.5  # 梯度\n')
    document = window.text.document()

    def colour(line: int, column: int) -> str:
        for part in document.findBlockByNumber(line).layout().formats():
            if part.start <= column < part.start + part.length:
                return part.format.foreground().color().name()
        return ""

    t = window.session.theme
    assert colour(0, 0) == t.keyword.name()
    assert colour(2, 0) == t.string.name(), "a string runs over lines"
    assert colour(3, 4) == t.literal.name()
    assert colour(3, 10) == t.comment.name()
    assert colour(0, 8) == ""


def test_pasted_notebook_text_is_cleaned_with_a_note_and_undone_in_one_step(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n")
    window.text.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.clipboard().setText(">>> x = torch.ones(2)\n>>> print(x)\ntensor([1., 1.])\n%matplotlib inline\n")
    qtbot.keyClick(window.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    text = window.text.toPlainText()
    assert "x = torch.ones(2)\nprint(x)\n" in text
    assert ">>>" not in text
    assert "tensor(" not in text
    assert window.toast.text().startswith("Removed from the pasted text: ")
    qtbot.keyClick(window.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.text.toPlainText() == "import torch\n"


def test_pasted_python_stays_as_it_is(show: Show, qtbot: QtBot) -> None:
    window = show("")
    program = "class A:\n    def f(self):\n\n        return '''>>> x'''\n"
    QApplication.clipboard().setText(program)
    qtbot.keyClick(window.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.text.toPlainText() == program
    assert not window.toast.isVisible()
