"""Building beside everything else that goes on: errors, long runs, playing, menus, the keyboard's place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.gui import hands
from tests.gui.hands import (
    FIRST,
    LEAVES,
    LEFT,
    at,
    blank,
    card,
    drag,
    input_at,
    open_menu,
    pick,
    settle,
    text,
    value_at,
)

Make = Callable[..., MainWindow]
Show = Callable[..., MainWindow]
Run = Callable[..., None]


def test_what_is_made_in_a_loop_is_left_to_its_author(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = LEAVES + "for i in range(2):\n    y = w * x\n"
    window = make_window()
    run(window, source)
    drag(window, at(window, "w"), input_at(window, "y", 1))
    assert text(window) == source
    assert "made in a loop" in window.toast.text()
    line = window.text.textCursor().blockNumber() + 1
    assert line == 6, "the cursor stands on the line"


def test_text_with_an_error_is_not_edited(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    window.text.replace_all(FIRST + "y = = 2\n")
    settle(qtbot, window)
    broken = text(window)
    begin = value_at(window, "w")
    drag(window, begin, begin + QPoint(60, 0))
    drag(window, at(window, "x"), input_at(window, "y", 1))
    assert text(window) == broken
    assert "has an error" in window.toast.text()


def test_gestures_do_not_wait_for_a_long_run(make_window: Make, run: Run, qtbot: QtBot) -> None:
    """The second gesture is made before the program has been run with the first."""
    source = LEAVES + "y = w * x\nfor i in range(3000):\n    z = w * i\n"
    window = make_window()
    run(window, source)
    keys = [e.key for e in window.session.scenes.entities.values() if e.kind == "leaf"][:2]
    window.session.select(keys[0])
    window.do("track")
    window.session.select(keys[1])
    window.do("track")
    assert window.session.running
    settle(qtbot, window)
    assert text(window) == source.replace(", requires_grad=True", "")


def menu_of(window: MainWindow, point: QPoint) -> list[str]:
    """What stands in the menu at a point of the canvas."""
    menu = open_menu(window, point)
    words = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
    menu.close()
    return words


def test_menus_offer_what_applies(make_window: Make, run: Run) -> None:
    window = make_window()
    run(window, FIRST)
    leaf, result = menu_of(window, at(window, "w")), menu_of(window, at(window, "y"))
    number, free = menu_of(window, at(window, "1")), menu_of(window, blank(window))
    assert {"Change the value…", "Do not require grad", "Rename…", "Delete"} <= set(leaf)
    assert "Call backward()" in result
    assert "Call backward()" not in leaf
    assert "Require grad" not in number
    assert "Rename…" not in number
    assert free[0] == "Add here…"
    window.do("functions")
    assert "Delete" not in menu_of(window, blank(window, (0.5, 0.9)))


def test_a_click_and_a_drag_on_the_free_canvas_do_as_before(make_window: Make, run: Run) -> None:
    window = make_window()
    run(window, FIRST)
    before = window.canvas.view.mapToScene(QPoint(0, 0))
    begin = blank(window)
    drag(window, begin, begin + QPoint(60, 0))
    assert (before - window.canvas.view.mapToScene(QPoint(0, 0))).x() > 40
    assert text(window) == FIRST


def test_gestures_while_it_plays(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    window.player.toggle()
    assert window.session.playing
    drag(window, at(window, "x"), input_at(window, "y", 1))
    settle(qtbot, window)
    assert not window.session.playing
    assert text(window) == FIRST.replace("a * b", "a * x")
    window.do("undo")
    settle(qtbot, window)
    assert text(window) == FIRST


def test_a_refusal_leaves_the_keyboard_on_the_graph(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = LEAVES + "for i in range(2):\n    y = w * x\n"
    window = make_window()
    run(window, source)
    window.canvas.view.setFocus()
    drag(window, at(window, "w"), input_at(window, "y", 1))
    assert "made in a loop" in window.toast.text()
    assert window.canvas.view.hasFocus()
    qtbot.keyClick(window.canvas.view, "q")
    assert text(window) == source


def test_letters_are_no_commands_while_an_op_waits(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    view = window.canvas.view
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "w"))
    place = hands.card(window, "w").rect
    seen = view.mapFromScene(place.center())
    qtbot.keyClick(view, "*")
    qtbot.keyClick(view, "b")
    assert text(window) == FIRST
    assert window.gestures.filling.op is not None
    assert "waits for its input" in window.toast.text()
    assert view.mapFromScene(place.center()) == seen, "the cards stay where they were"
    assert view.clear_part().contains(window.gestures.filling.op.rect)


def test_autograd_functions_are_not_edited(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, "y"))
    window.do("functions")
    for key in ("+", "b", Qt.Key.Key_F2, Qt.Key.Key_Delete):
        qtbot.keyClick(window.canvas.view, key)
        assert "Press T" in window.toast.text()
        window.toast.setText("")
    assert text(window) == FIRST
    assert window.gestures.filling.op is None


def test_what_was_in_the_picture_is_still_there(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, LEAVES + "y = w * x\n")
    window.do("last")
    window.session.select(None)
    window.do("add")
    pick(qtbot, window, "Leaf")
    settle(qtbot, window)
    assert {"w", "x", "y", "b"} <= {c.card.title for c in window.canvas.view.picture.cards}


def test_words_at_an_op_leave_cards_free_where_they_can(show: Show) -> None:
    window = show(FIRST, 5, width=1280, height=720)
    view = window.canvas.view
    view.reveal(card(window, "a").card.key)
    before = window.canvas.view.grab().toImage()
    window.do("op_mul")
    op = window.gestures.filling.op
    assert op is not None
    QApplication.processEvents()
    after = view.grab().toImage()
    for name in ("w", "x", "b", "y"):
        box = view.mapFromScene(card(window, name).rect.adjusted(12, 12, -24, -12)).boundingRect()
        assert before.copy(box) == after.copy(box), f"{name} is hidden"
