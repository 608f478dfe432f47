"""Themes, sizes, presentation, palette and cheat sheet; the whole app by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.base.commands import COMMANDS, key_text
from gui.base.theme import DARK, LIGHT
from gui.palette.cheat_sheet import CheatSheet
from gui.palette.entries import matches
from gui.palette.palette import CommandPalette
from gui.window import MainWindow
from tests.gui.conftest import type_in, wait_for_run
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720), (1440, 900), (1920, 1080), (640, 480)])
@pytest.mark.parametrize("source", [FIRST, TRAINING])
def test_nothing_is_clipped(show: Show, size: tuple[int, int], source: str) -> None:
    window = show(source, width=size[0], height=size[1])
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for widget in (window.header, window.canvas, window.text, window.timeline):
        if widget.isVisible():
            inside = widget.rect().translated(widget.mapTo(window, widget.rect().topLeft()))
            assert window.rect().contains(inside), widget
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text() and button.menu() is None:
            room = QFontMetrics(button.font()).horizontalAdvance(button.text())
            assert button.width() >= room, button.text()
    header = [w for w in window.header.findChildren(QWidget) if w.isVisible() and w.parent() is window.header]
    for i, a in enumerate(header):
        for b in header[i + 1 :]:
            assert not a.geometry().intersects(b.geometry()), (a, b)


def test_side_panels_fold_when_it_gets_narrow_and_come_back(show: Show) -> None:
    window = show(FIRST, width=1280, height=800)
    assert window.inspector.isVisible()
    window.resize(1000, 700)
    QApplication.processEvents()
    assert not window.inspector.isVisible()
    assert window.places.left.isVisible()
    window.resize(700, 600)
    QApplication.processEvents()
    assert not window.places.left.isVisible()
    window.resize(1280, 800)
    QApplication.processEvents()
    assert window.inspector.isVisible()
    assert window.places.left.isVisible()


def test_a_window_that_was_narrowed_while_hidden_folds_its_panels(make_window: Callable[..., MainWindow]) -> None:
    window = make_window(1280, 800)
    window.hide()
    window.resize(700, 600)
    window.show()
    QApplication.processEvents()
    assert not window.inspector.isVisible()
    assert not window.places.left.isVisible()


def test_a_hidden_panel_stays_hidden(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    qtbot.keyClick(window, Qt.Key.Key_2, CTRL)
    assert not window.inspector.isVisible()
    window.resize(1000, 700)
    window.resize(1300, 800)
    QApplication.processEvents()
    assert not window.inspector.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_2, CTRL)
    assert window.inspector.isVisible()


def test_the_theme_changes_everything_at_once(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 8)
    light = window.grab().toImage()
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    QApplication.processEvents()
    assert window.session.theme is DARK
    dark = window.grab().toImage()
    points = [(20, 20), (300, 300), (700, 150), (window.width() - 60, 300), (400, window.height() - 20)]
    for x, y in points:
        assert light.pixelColor(x, y).lightness() > 180
        assert dark.pixelColor(x, y).lightness() < 75, (x, y)
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    QApplication.processEvents()
    assert window.session.theme is LIGHT
    assert window.session.settings.theme == "light"


def test_presentation(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 8)
    small = window.text.font().pixelSize()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.isFullScreen()
    assert not window.header.isVisible()
    assert not window.inspector.isVisible()
    assert window.canvas.isVisible()
    assert window.text.font().pixelSize() >= 22 > small
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert window.session.cursor == 9, "a presenter's remote works"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.header.isVisible()
    assert window.inspector.isVisible()
    assert window.text.font().pixelSize() == small


def test_the_palette_runs_what_is_typed(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 3)
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = window.findChild(CommandPalette)
    assert palette is not None
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "last ste")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.session.cursor == 11


def test_the_palette_opens_lessons_and_closes(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 3)
    window.do("palette")
    palette = window.findChild(CommandPalette)
    qtbot.keyClicks(palette.field, "zzzz")
    assert palette.list.item(0).text() == "Nothing fits"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.field.clear()
    type_in(qtbot, palette.field, "雅可比")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    wait_for_run(qtbot, window)
    assert "雅可比" in window.session.title


def test_how_the_palette_matches() -> None:
    assert matches("step", "Step forward") == 0
    assert matches("sf", "Step forward") is not None
    assert matches("fs", "Step forward") is None
    assert matches("", "anything") == 0


def test_the_cheat_sheet_names_every_key(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST)
    seen: list[str] = []
    sizes: list[tuple[int, int]] = []

    def look() -> None:
        sheet = window.findChild(CheatSheet)
        seen.extend(label.text() for label in sheet.findChildren(QLabel))
        sizes.append((sheet.width(), sheet.height()))
        sheet.accept()

    QTimer.singleShot(0, look)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert sizes[0][0] <= window.width()
    assert sizes[0][1] <= 720
    for command in COMMANDS:
        if command.keys:
            assert command.title in seen
            assert any(key_text(command) in text for text in seen)


def test_no_two_commands_share_a_key() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_everything_can_be_reached_by_tab(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING)
    window.activateWindow()
    window.header.logo.setFocus()
    reached = set()
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget is None or widget is window.canvas.view or widget is window.text:
            break
        reached.add(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    words = {w.accessibleName() or getattr(w, "text", lambda: "")() for w in reached}
    assert {"Menu", "Play"} <= words
    qtbot.keyClick(window, Qt.Key.Key_G, CTRL)
    assert window.canvas.view.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL)
    assert window.text.hasFocus(), "and the editor, which keeps Tab to itself, is left by Ctrl+G"
    qtbot.keyClick(window.text, Qt.Key.Key_G, CTRL)
    assert window.canvas.view.hasFocus()


def test_every_control_has_a_name(show: Show) -> None:
    window = show(TRAINING)
    for button in window.findChildren(QPushButton):
        assert button.text() or button.accessibleName()


def test_size_and_splitters_are_remembered(make_window: Callable[..., MainWindow], show: Show) -> None:
    window = show(FIRST, width=790, height=700)
    window.places.upper.setSizes([320, 470])
    wanted = window.places.upper.sizes()
    window.remember()
    again = MainWindow(window.session.settings)
    again.furnish(window.session, window.runner, window.player)
    try:
        again.show()
        QApplication.processEvents()
        assert (again.width(), again.height()) == (790, 700)
        assert again.places.upper.sizes() == pytest.approx(wanted, abs=4)
    finally:
        again.hide()
        again.deleteLater()


def test_a_fault_of_the_app_is_told_and_logged(show: Show, tmp_path: object) -> None:
    from gui.base.crash import CrashLog
    from gui.base.settings import data_folder

    window = show(FIRST)
    log = CrashLog(data_folder(), lambda text: window.tell(text, error=True))
    try:
        raise ZeroDivisionError("a test")
    except ZeroDivisionError as error:
        log.caught(type(error), error, error.__traceback__)
    assert "ZeroDivisionError: a test" in window.toast.text()
    assert window.toast.isVisible()
    left = log.take()
    assert left is not None
    assert "test_look.py" in left
    assert log.take() is None
