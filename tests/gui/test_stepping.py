"""Stepping by keys and buttons: the cursor moves, and everything on the screen follows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


def test_a_fresh_program_stands_before_backward(show: Show) -> None:
    window = show(FIRST)
    assert window.session.cursor == 5
    assert "a = torch.add" not in window.canvas.caption.text()
    assert window.timeline.count.text() == "5 of 11 steps"


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_PageDown])
def test_forward(show: Show, qtbot: QtBot, key: Qt.Key) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, key)
    assert window.session.cursor == 6
    assert "MulBackward0" in window.canvas.caption.text()


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_PageUp])
def test_back(show: Show, qtbot: QtBot, key: Qt.Key) -> None:
    window = show(FIRST, 8)
    qtbot.keyClick(window, key)
    assert window.session.cursor == 7


def test_ends_and_phases(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, Qt.Key.Key_End)
    assert window.session.cursor == 11
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert window.session.cursor == 0
    seen = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        seen.append(window.session.cursor)
    assert seen == [2, 5, 10, 11]
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.cursor == 10


def test_nothing_happens_beyond_the_ends(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert window.session.cursor == 11
    window.session.move(0)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert window.session.cursor == 0


def test_plain_keys_belong_to_the_editor_while_it_has_the_focus(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    window.text.setFocus()
    qtbot.keyClick(window.text, Qt.Key.Key_Right)
    qtbot.keyClick(window.text, Qt.Key.Key_Space)
    assert window.session.cursor == 5
    assert not window.session.playing
    assert window.text.toPlainText() != FIRST
    qtbot.keyClick(window.text, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.session.cursor == 6


def test_play_and_pause(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    window.session.set_speed(8)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.session.playing
    qtbot.waitUntil(lambda: window.session.cursor == 11, timeout=5000)
    qtbot.waitUntil(lambda: not window.session.playing, timeout=2000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.session.cursor <= 1, "after the end it plays from the start"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert not window.session.playing


def test_a_step_arrives_in_its_time(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, still=False)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    tween = window.player.tween
    assert (window.session.cursor, window.session.progress) == (6, 0.0)
    tween.pause()
    tween.setCurrentTime(tween.duration() // 2)
    assert window.session.progress == pytest.approx(0.5, abs=0.02)
    assert window.canvas.view.picture.moving
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert window.session.cursor in (6, 7)
    window.player._finish()
    assert window.session.progress == 1.0


def test_a_second_press_lets_the_step_arrive_at_once(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, still=False)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert (window.session.cursor, window.session.progress) == (6, 1.0)
    assert not window.canvas.view.picture.moving


def test_with_reduced_motion_steps_switch(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, still=True)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert (window.session.cursor, window.session.progress) == (6, 1.0)


def test_buttons(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    buttons = window.header._buttons
    for id, cursor in (("step", 6), ("back", 5), ("last", 11), ("first", 0)):
        qtbot.mouseClick(buttons[id], Qt.MouseButton.LeftButton)
        assert window.session.cursor == cursor
    assert not buttons["back"].isEnabled()
    assert buttons["step"].isEnabled()


def test_space_presses_a_focused_button(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    window.header._buttons["last"].setFocus()
    qtbot.keyClick(window.header._buttons["last"], Qt.Key.Key_Space)
    assert window.session.cursor == 11
    assert not window.session.playing


def test_phase_chips_show_and_select(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING, 1)
    chips = window.header._chips
    assert [w for w, c in chips.items() if c.isChecked()] == ["forward"]
    for word in ("backward", "update", "forward"):
        qtbot.mouseClick(chips[word], Qt.MouseButton.LeftButton)
        assert [w for w, c in chips.items() if c.isChecked()] == [word]
        assert window.session.phase is not None


def test_scrubbing_the_timeline(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    strip = window.timeline.strip
    blocks = strip.arrangement().blocks
    assert len(blocks) == 11
    y = 40
    for cursor in (1, 4, 11):
        x = round(18 + blocks[cursor - 1].x + blocks[cursor - 1].width / 2)
        qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        assert window.session.cursor == cursor
    x = round(18 + blocks[6].x + 5)
    qtbot.mouseMove(strip, QPoint(x, y))
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    label = next(label for label in strip.arrangement().labels if label.text == "y.backward()")
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(18 + label.x + 6), 80))
    assert window.session.cursor == label.first == 6


def test_the_step_is_marked_in_the_text(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert window.text.step_lines == {7}
    assert window.text._marks[0].selectedText() == "y.backward(retain_graph=True)"


def test_output_up_to_the_cursor(show: Show) -> None:
    window = show(TRAINING)
    text = window.output.toPlainText()
    assert text.startswith("after this step:")
    window.session.move(len(window.session.trace))
    assert window.output.toPlainText().startswith("Epoch 0, Loss: 14.7868")
    assert "after this step" not in window.output.toPlainText()


def test_variables_at_the_cursor(show: Show) -> None:
    window = show(FIRST, 1)
    window.output_tabs.show_page(1)

    def rows() -> list[list[str]]:
        table = window.variables
        return [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]

    assert rows() == [["w", "1.0", "None"]]
    window.session.move(11)
    assert rows() == [
        ["w", "1.0", "5.0"],
        ["x", "2.0", "2.0"],
        ["a", "3.0", "None"],
        ["b", "2.0", "None"],
        ["y", "6.0", "None"],
    ]


def test_speed_is_remembered(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert window.session.speed == 2.0
    assert window.session.settings.speed == 2.0
    assert window.header.speed.text() == "2× speed"


def test_all_steps_there_and_back_of_a_training_program(show: Show) -> None:
    window = show(TRAINING)
    total = len(window.session.trace)
    for cursor in [*range(total + 1), *range(total, -1, -3)]:
        window.player.jump(cursor)
        QApplication.processEvents()
        assert window.timeline.count.text().startswith(f"{cursor} of {total} steps")
