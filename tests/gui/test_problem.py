"""Error cards and notes: what they say, which places they mark, where their causes lead, and that nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.base.advice_body import CauseRow, breakable
from gui.window import MainWindow
from tests.gui.conftest import put, wait_for_run

Show = Callable[..., MainWindow]
Run = Callable[..., None]

IN_PLACE = """import torch
x = torch.tensor([1., 2.], requires_grad=True)
y = x.exp()
y += 1
y.sum().backward()
"""
NO_ZERO = """import torch
w = torch.tensor(1., requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01)
for epoch in range(4):
    loss = (w * 3 - 2) ** 2
    loss.backward()
    optimizer.step()
"""
TWO_NOTES = """import torch
w = torch.tensor(1., requires_grad=True)
losses = []
for i in range(6):
    loss = (w * 3 - 2) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    losses.append(loss)
"""


def words(card: QWidget) -> str:
    shown = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    return "\n".join(shown).replace("\u200b", "")


def line_of_cursor(window: MainWindow) -> int:
    return window.text.textCursor().blockNumber() + 1


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


# --- errors -----------------------------------------------------------------------------------


def test_an_error_says_all_of_it(show: Show) -> None:
    window = show(IN_PLACE)
    card = window.problem
    assert card.isVisible()
    assert card.title.text() == "Line 5 · Edited in place after it was saved"
    said = words(card)
    assert window.session.problem is not None
    assert f"RuntimeError: {window.session.problem.message}" in said, "torch's message in full"
    assert "ExpBackward0 saved its result y at version 0" in said
    assert "line 3 · saved here at version 0" in said
    assert "line 4 · edited in place here: version 1" in said
    assert "y = y + 1" in said
    assert said.index("RuntimeError") < said.index("ExpBackward0") < said.index("y = y + 1")


def test_the_guilty_lines_are_marked_in_the_text(show: Show) -> None:
    window = show(IN_PLACE)
    assert window.text.causes.lines == {
        3: [(1, "saved here at version 0")],
        4: [(2, "edited in place here: version 1")],
    }
    assert [c.selectedText() for c in window.text.causes._cursors] == ["x.exp()", "y += 1"]
    assert window.text.causes.tip(4) == "2  edited in place here: version 1"
    assert window.text.error_lines == {5}


def test_a_click_on_a_cause_goes_to_its_line(show: Show, qtbot: QtBot) -> None:
    window = show(IN_PLACE)
    first, second = window.problem.body.causes
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert line_of_cursor(window) == 4
    assert window.text.hasFocus()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert line_of_cursor(window) == 3
    assert window.text.textCursor().positionInBlock() == 4, "where the expression begins"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_causes_are_reached_and_followed_by_keys(show: Show, qtbot: QtBot, key: Qt.Key) -> None:
    window = show(IN_PLACE)
    row = window.problem.body.causes[1]
    assert row.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert row.accessibleName() == "Line 4: edited in place here: version 1"
    row.setFocus()
    qtbot.keyClick(row, key)
    assert line_of_cursor(window) == 4
    assert window.text.hasFocus()
    assert not window.session.playing


def test_f8_walks_through_the_guilty_lines(show: Show, qtbot: QtBot) -> None:
    window = show(IN_PLACE)
    visited = []
    for _ in range(4):
        window.do("next_cause")
        visited.append(line_of_cursor(window))
    assert visited == [3, 4, 5, 3]
    window.do("previous_cause")
    assert line_of_cursor(window) == 5


def test_the_cards_are_ringed_when_the_error_is_reached(show: Show) -> None:
    window = show(IN_PLACE)
    advisor = window.session.advisor
    window.session.move(len(window.session.trace))
    advice = advisor.pictured
    assert advice is not None
    picture = window.canvas.view.picture
    titles = [picture[key].card.aside for key in advice.keys if key in picture]
    assert titles == ["exp(x)", "y + 1"]
    assert [advice.number_of(key) for key in advice.keys] == [1, 2]
    window.session.move(2)
    assert advisor.pictured is None, "nothing has happened yet"
    assert window.problem.isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rings_and_numbers_are_painted(show: Show, theme: str) -> None:
    window = show(IN_PLACE, theme=theme)
    window.session.move(len(window.session.trace))
    settle()
    error = window.session.theme.error
    assert _holds(window.canvas.view.grab().toImage(), error)
    assert _holds(window.text.grab().toImage(), error)
    window.session.move(2)
    settle()
    assert not _holds(window.canvas.view.grab().toImage(), error)


def _holds(image: QImage, colour: QColor) -> bool:
    wanted = colour.rgb()
    return any(image.pixel(x, y) == wanted for y in range(image.height()) for x in range(image.width()))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (1024, 700)])
@pytest.mark.parametrize("source", [IN_PLACE, NO_ZERO])
def test_nothing_is_cut_off(show: Show, source: str, size: tuple[int, int], theme: str) -> None:
    window = show(source, width=size[0], height=size[1], theme=theme)
    window.session.move(len(window.session.trace))
    if window.session.problem is None:
        window.session.advisor.toggle()
    settle()
    card = window.problem if window.session.problem is not None else window.note
    assert card.isVisible()
    assert card.area.widget().width() <= card.area.viewport().width(), "it need not be scrolled sideways"
    assert window.text.viewport().height() > 4 * window.text.fontMetrics().height(), "there is room for the program"
    for label in card.findChildren(QLabel):
        if label.isVisibleTo(card) and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    bar = card.area.verticalScrollBar()
    last = card.inside.height() - card.area.viewport().height()
    assert bar.maximum() == max(0, last), "what does not fit can be scrolled to"


def test_a_card_takes_the_room_that_the_program_leaves(show: Show) -> None:
    window = show(IN_PLACE, width=1280, height=720)
    window.session.move(len(window.session.trace))
    settle()
    card = window.problem
    needed = card.inside.height()
    window.resize(1280, 780)
    settle()
    room = window.text.parentWidget().height() - window.text.needed_height()
    assert card.height() >= min(needed, room), (card.height(), needed, room)


def test_the_explanation_stands_in_the_inspector_too(show: Show, qtbot: QtBot) -> None:
    window = show(IN_PLACE)
    window.session.move(len(window.session.trace))
    window.explain.write()
    said = words(window.explain)
    assert "Edited in place after it was saved" in said
    assert "RuntimeError · line 5" in said
    rows = window.explain.findChildren(CauseRow)
    assert len(rows) == 2
    qtbot.mouseClick(rows[1], Qt.MouseButton.LeftButton)
    assert line_of_cursor(window) == 4


def test_what_is_spelt_wrong_is_explained_while_the_last_picture_stays(
    make_window: Callable[..., MainWindow], run: Run, qtbot: QtBot
) -> None:
    window = make_window()
    run(window, "import torch\nx = torch.tensor(1., requires_grad=True)\nloss = x * 2\n")
    window.text.setFocus()
    window.text.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.text, "print(los)")
    wait_for_run(qtbot, window)
    assert window.canvas.stale.isVisible()
    assert window.problem.title.text() == "Line 4 · loss is probably meant"
    assert window.text.causes.lines == {4: [(1, "loss?")]}
    qtbot.keyClicks(window.text, " ")
    assert window.text.causes.lines == {}, "the text is another one now"
    qtbot.keyClick(window.text, Qt.Key.Key_Backspace)
    wait_for_run(qtbot, window)
    qtbot.keyClick(window.text, Qt.Key.Key_Backspace)
    qtbot.keyClicks(window.text, "s)")
    wait_for_run(qtbot, window)
    assert not window.problem.isVisible()
    assert window.session.advisor.error is None


def test_an_error_without_advice_keeps_its_hint(show: Show) -> None:
    window = show("import torch\nprint(1 / 0)\n")
    assert window.problem.title.text() == "Line 2 · ZeroDivisionError"
    assert window.problem.body.causes == []
    assert not window.problem.body.isVisible()


def test_the_message_is_no_html(show: Show) -> None:
    window = show("raise ValueError('<b>bold</b>')\n")
    assert window.problem.message.text() == "ValueError: <b>bold</b>"
    assert window.problem.message.textFormat() == Qt.TextFormat.PlainText


def test_long_words_may_break() -> None:
    assert breakable("torch.autograd.set_detect_anomaly(True,") == (
        "torch.\u200bautograd.\u200bset_\u200bdetect_\u200banomaly(\u200bTrue,"
    )
    assert breakable("0.5 seconds, x.grad and RuntimeError: nothing") == "0.5 seconds, x.grad and RuntimeError: nothing"


# --- notes ------------------------------------------------------------------------------------


def test_a_note_waits_for_its_step(show: Show) -> None:
    window = show(NO_ZERO)
    session, trace = window.session, window.session.trace
    (told,) = session.advisor._told
    at = trace.cursor_of(told.event)
    session.move(at - 1)
    assert not window.note.isVisible(), "it does not tell what is to come"
    session.move(at)
    assert window.note.isVisible()
    assert window.note.fold.text() == "Line 6 · Gradients add up"
    assert window.text.causes.lines == {}, "it is quiet until it is unfolded"
    session.move(0)
    assert not window.note.isVisible()


def test_unfolding_a_note_marks_its_lines_and_cards(show: Show, qtbot: QtBot) -> None:
    window = show(NO_ZERO)
    session = window.session
    session.move(len(session.trace))
    folded = window.note.height()
    qtbot.mouseClick(window.note.fold, Qt.MouseButton.LeftButton)
    settle()
    assert window.note.height() > folded
    assert "w.grad still held 6.0 from the step before" in words(window.note)
    assert "optimizer.zero_grad()" in words(window.note)
    assert set(window.text.causes.lines) == {6, 7}
    assert session.advisor.pictured is not None
    qtbot.mouseClick(window.note.body.causes[1], Qt.MouseButton.LeftButton)
    assert line_of_cursor(window) == 7
    qtbot.mouseClick(window.note.step, Qt.MouseButton.LeftButton)
    assert session.cursor == session.trace.cursor_of(session.advisor._told[0].event)
    assert not window.note.step.isVisible()
    window.note.fold.setFocus()
    qtbot.keyClick(window.note.fold, Qt.Key.Key_Space)
    settle()
    assert window.note.height() == folded
    assert window.text.causes.lines == {}


def test_the_key_of_notes(show: Show) -> None:
    window = show(NO_ZERO)
    window.do("note")
    assert not window.session.advisor.opened, "there is none yet"
    window.session.move(len(window.session.trace))
    window.do("note")
    assert window.session.advisor.opened
    window.do("note")
    assert not window.session.advisor.opened
    window.do("next_cause")
    assert window.session.advisor.opened, "its places are to be walked through"
    assert line_of_cursor(window) == 6


def test_of_two_notes_one_is_shown(show: Show, qtbot: QtBot) -> None:
    window = show(TWO_NOTES)
    window.session.move(len(window.session.trace))
    advisor = window.session.advisor
    assert [n.kind for n in advisor.notes] == ["accumulation", "kept-graphs"]
    assert window.note.other.text() == "2 of 2"
    assert window.note.fold.text() == "Line 9 · Every turn's graph is kept"
    qtbot.mouseClick(window.note.other, Qt.MouseButton.LeftButton)
    assert window.note.other.text() == "1 of 2"
    assert window.note.fold.text() == "Line 6 · Gradients add up"
    qtbot.mouseClick(window.note.away, Qt.MouseButton.LeftButton)
    assert [n.kind for n in advisor.notes] == ["kept-graphs"]
    assert not window.note.other.isVisible()
    qtbot.mouseClick(window.note.away, Qt.MouseButton.LeftButton)
    assert not window.note.isVisible()
    window.session.open_text(TWO_NOTES, "again.py")
    put(window, TWO_NOTES)
    window.session.move(len(window.session.trace))
    assert len(advisor.notes) == 2, "another document is another matter"


def test_a_right_program_has_neither(show: Show) -> None:
    window = show(NO_ZERO.replace("    loss.backward()", "    optimizer.zero_grad()\n    loss.backward()"))
    window.session.move(len(window.session.trace))
    assert not window.note.isVisible()
    assert not window.problem.isVisible()


def test_a_presentation_shows_no_notes(show: Show) -> None:
    window = show(NO_ZERO)
    window.session.move(len(window.session.trace))
    assert window.note.isVisible()
    window.do("present")
    assert not window.note.isVisible()
    window.do("present")
    assert window.note.isVisible()


def test_a_long_run_is_read_in_slices(show: Show, qtbot: QtBot) -> None:
    source = NO_ZERO.replace("range(4)", "range(400)")
    window = show(source)
    advisor = window.session.advisor
    qtbot.waitUntil(lambda: not advisor._pump.busy, timeout=20_000)
    window.session.move(len(window.session.trace))
    assert [n.kind for n in advisor.notes] == ["accumulation"]


def test_a_full_line_has_its_number_in_the_gutter(show: Show) -> None:
    window = show("import torch\nw = torch.tensor(2., requires_grad=True)\nw += 1\n", width=1280, height=720)
    text = window.text
    assert text.causes.lines == {2: [(1, "a leaf that requires grad")]}
    assert not text.causes.fits(2)
    height = text.fontMetrics().height()
    second = QRect(text.gutter.width() // 4, height, text.gutter.width() // 2, height)
    assert _holds(text.gutter.grab(second).toImage(), window.session.theme.error)
    window.places.upper.setSizes([700, 300, 280])
    settle()
    assert text.causes.fits(2)
    assert not _holds(text.gutter.grab(second).toImage(), window.session.theme.error)
