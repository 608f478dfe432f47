"""What stands on cards is written there: numbers, names, marks of autograd; cards are deleted and duplicated."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.gui.hands import (
    FIRST,
    LEAVES,
    LEFT,
    SHIFT,
    at,
    blank,
    drag,
    move,
    name_at,
    open_menu,
    pick,
    press,
    release,
    settle,
    text,
    undone,
    value,
    value_at,
)

Make = Callable[..., MainWindow]
Run = Callable[..., None]


def test_a_number_on_a_card_is_scrubbed_and_is_one_step_to_undo(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    window.session.move(len(window.session.trace))
    begin = value_at(window, "w")
    press(window, begin)
    for dx in (6, 12, 30, 60):
        move(window, begin + QPoint(dx, 0))
    assert text(window) == FIRST.replace("tensor(1.0", "tensor(2.0")
    release(window, begin + QPoint(60, 0))
    settle(qtbot, window)
    assert value(window, "w") == 2.0
    assert value(window, "y") == 12.0
    undone(window, FIRST, qtbot)


def test_a_number_that_an_op_was_given_is_scrubbed_too(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    begin = value_at(window, "1")
    drag(window, begin, begin + QPoint(18, 0))
    settle(qtbot, window)
    assert text(window) == FIRST.replace("w + 1", "w + 4")


def test_a_name_is_written_anew_everywhere(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    qtbot.mouseDClick(window.canvas.view.viewport(), LEFT, pos=name_at(window, "w"))
    field = window.gestures.cards.field
    assert field.text() == "w"
    qtbot.keyClicks(field, "weight")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert text(window) == FIRST.replace("w =", "weight =").replace("w +", "weight +").replace("w.grad", "weight.grad")
    undone(window, FIRST, qtbot)


def test_a_name_that_is_taken_keeps_the_field_open(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    qtbot.mouseDClick(window.canvas.view.viewport(), LEFT, pos=name_at(window, "w"))
    field = window.gestures.cards.field
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "x" in window.toast.text()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert text(window) == FIRST


def test_deleting_shows_first_what_goes_with_it(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    view = window.canvas.view
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "b"))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    removal = window.gestures.cards.removal
    assert removal is not None
    assert text(window) == FIRST
    assert window.text.ghost.lines, "the lines that would go are struck out"
    names = {window.session.moment.name(key) for key in removal.others}
    assert "y" in names
    assert "a" not in names
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert text(window) == FIRST
    assert window.gestures.cards.removal is None
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\n"
    undone(window, FIRST, qtbot)


@pytest.mark.parametrize(
    ("name", "key", "after"),
    [
        ("x", "r", FIRST.replace("tensor(2.0, requires_grad=True)", "tensor(2.0)")),
        ("a", "n", FIRST.replace("a = w + x\n", "with torch.no_grad():\n    a = w + x\n")),
    ],
)
def test_keys_of_autograd(make_window: Make, run: Run, qtbot: QtBot, name: str, key: str, after: str) -> None:
    window = make_window()
    run(window, FIRST)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, name))
    qtbot.keyClick(window.canvas.view, key)
    settle(qtbot, window)
    assert text(window) == after
    undone(window, FIRST, qtbot)


def test_lines_that_go_along_are_shown_even_if_no_card_does(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = LEAVES + "print(w)\n"
    window = make_window()
    run(window, source)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, "w"))
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Delete)
    assert window.gestures.cards.removal is not None
    assert text(window) == source


def test_cards_are_duplicated_and_made_a_function_of(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    view, ctrl = window.canvas.view, Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "a"))
    qtbot.keyClick(view, Qt.Key.Key_D, ctrl)
    settle(qtbot, window)
    assert text(window) == FIRST.replace("a = w + x\n", "a = w + x\na2 = w + x\n")
    assert "a2" in {c.card.title for c in view.picture.cards}
    undone(window, FIRST, qtbot)
    window.do("undo")
    settle(qtbot, window)
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "a"))
    qtbot.mouseClick(view.viewport(), LEFT, SHIFT, pos=at(window, "b"))
    qtbot.keyClick(view, Qt.Key.Key_M, ctrl | SHIFT)
    settle(qtbot, window)
    assert "def " in text(window)
    assert "return a, b" in text(window)
    assert window.session.problem is None
    assert value(window, "y") == 6.0
    undone(window, FIRST, qtbot)


def test_a_result_of_many_numbers_asks_for_a_seed(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = "import torch\nv = torch.tensor([1.0, 2.0], requires_grad=True)\ny = v * 3\n"
    window = make_window()
    run(window, source)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, "y"))
    qtbot.keyClick(window.canvas.view, "b")
    assert text(window) == source
    assert "grad can be implicitly created only for scalar outputs" in window.toast.text()
    menu = open_menu(window, at(window, "y"))
    seeds = next(a.menu() for a in menu.actions() if a.text() == "Call backward()")
    next(a for a in seeds.actions() if a.text() == "With a seed of ones").trigger()
    menu.close()
    settle(qtbot, window)
    assert text(window) == source + "y.backward(torch.ones_like(y))\n"
    undone(window, source, qtbot)


def test_a_vector_is_written_on_its_card_and_a_constant_added(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, "import torch\nv = torch.tensor([1.0, 2.0], requires_grad=True)\ny = v * 3\n")
    view = window.canvas.view
    qtbot.mouseDClick(view.viewport(), LEFT, pos=value_at(window, "v"))
    field = window.gestures.cards.field
    qtbot.keyClicks(field, "[4, 5, 6]")
    assert window.text.ghost.lines, "the text shows what is coming"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert "v = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)" in text(window).replace(",5", ", 5").replace(
        ",6", ", 6"
    )
    qtbot.mouseDClick(view.viewport(), LEFT, pos=blank(window))
    pick(qtbot, window, "Constant")
    settle(qtbot, window)
    assert "= torch.tensor(1.0)\n" in text(window)
