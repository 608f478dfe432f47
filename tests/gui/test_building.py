"""Building by mouse and keys: each gesture changes the text, the picture follows, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.gui import hands
from tests.gui.hands import (
    LEFT,
    at,
    blank,
    choose,
    drag,
    from_menu,
    input_at,
    move,
    name_at,
    open_menu,
    pick,
    press,
    release,
    settle,
    text,
    value_at,
)

Make = Callable[..., MainWindow]
Run = Callable[..., None]
LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
FIRST = LEAVES + "a = w + x\nb = w + 1\ny = a * b\ny.backward()\nprint(w.grad)\n"
SHIFT = Qt.KeyboardModifier.ShiftModifier


def port(window: MainWindow) -> object:
    return window.canvas.view.viewport()


def value(window: MainWindow, name: str) -> float:
    m = window.session.moment
    key = next(k for k, e in m.scenes.entities.items() if m.name(k) == name)
    tensor = m.scenes.entities[key].tensor
    assert tensor is not None
    return float(m.state.tensors[tensor].value.item())


def undone(window: MainWindow, before: str, qtbot: QtBot) -> None:
    """Undo takes the gesture back letter by letter, redo brings it again."""
    after = text(window)
    assert after != before
    window.do("undo")
    assert text(window) == before
    settle(qtbot, window)
    window.do("redo")
    assert text(window) == after
    settle(qtbot, window)


def test_the_first_program_is_built_from_nothing_by_mouse_alone(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, "")
    view = window.canvas.view
    for _ in range(2):
        qtbot.mouseDClick(view.viewport(), LEFT, pos=blank(window))
        pick(qtbot, window, "Leaf")
        settle(qtbot, window)
    assert text(window) == LEAVES.replace("2.0", "1.0")
    drag(window, value_at(window, "x"), value_at(window, "x") + QPoint(60, 0))
    settle(qtbot, window)
    assert text(window) == LEAVES
    drag(window, at(window, "w"), at(window, "x"))
    pick(qtbot, window, "add")
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\n"
    drag(window, at(window, "w"), blank(window))
    pick(qtbot, window, "add")
    op = window.gestures.filling.op
    assert op is not None
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.mapFromScene(op.ports[1]))
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\nb = w + 1\n"
    drag(window, at(window, "a"), at(window, "b"))
    pick(qtbot, window, "mul")
    settle(qtbot, window)
    from_menu(qtbot, window, at(window, "y"), "Call backward()")
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\nb = w + 1\ny = a * b\ny.backward()\n"
    assert window.session.problem is None
    forward = next(b for b in window.header.findChildren(QAbstractButton) if "Step forward" in b.toolTip())
    while window.session.cursor < len(window.session.trace):
        qtbot.mouseClick(forward, LEFT)
    assert hands.card(window, "w").card.grad.startswith("5")
    assert hands.card(window, "x").card.grad.startswith("2")
    while text(window):
        window.do("undo")
    settle(qtbot, window)


def test_ops_by_key(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, LEAVES + "a = w + x\n")
    view = window.canvas.view
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "w"))
    qtbot.keyClick(view, "+")
    qtbot.keyClick(view, "1")
    assert window.text.ghost.lines[0][2] == ["b = w + 1"]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\nb = w + 1\n"
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "a"))
    qtbot.mouseClick(view.viewport(), LEFT, SHIFT, pos=at(window, "b"))
    qtbot.keyClick(view, "*")
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = w + x\nb = w + 1\ny = a * b\n"
    assert window.session.moment.name(window.session.selection) == "y", "what was made is selected"
    qtbot.mouseDClick(view.viewport(), LEFT, pos=blank(window))
    choose(qtbot, window, "leaf")
    settle(qtbot, window)
    assert "\nb = w + 1\n" in text(window)
    assert text(window).count("requires_grad=True") == 3


def test_a_line_is_pulled_into_an_input(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    begin, end = at(window, "x"), input_at(window, "y", 1)
    press(window, begin)
    move(window, begin + QPoint(30, 0))
    move(window, end)
    assert window.text.ghost.lines == [(6, 7, ["y = a * x"])], "the text shows what is coming"
    assert text(window) == FIRST, "but nothing is written yet"
    release(window, end)
    settle(qtbot, window)
    assert text(window) == FIRST.replace("a * b", "a * x")
    assert not window.text.ghost.lines
    assert value(window, "y") == 6.0
    undone(window, FIRST, qtbot)


def test_a_cycle_is_refused_before_the_drop(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    window.session.move(len(window.session.trace))
    begin, end = at(window, "y"), input_at(window, "a", 0)
    press(window, begin)
    move(window, begin + QPoint(-30, 0))
    move(window, end)
    wiring = window.gestures.wiring
    assert wiring is not None
    assert wiring.hint() == "y is made of a: it cannot be an input of it."
    assert not window.text.ghost.lines
    release(window, end)
    assert text(window) == FIRST
    assert window.toast.isVisible()
    assert "y is made of a" in window.toast.text()


def test_shapes_that_do_not_fit_are_told_in_torchs_words(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    source = "import torch\na = torch.ones(2, 3)\nb = torch.ones(3, 2)\nc = torch.ones(5, 5)\ny = a @ b\n"
    run(window, source)
    begin, end = at(window, "c"), input_at(window, "y", 1)
    press(window, begin)
    move(window, begin + QPoint(30, 0))
    move(window, end)
    assert window.gestures.wiring is not None
    assert "mat1 and mat2 shapes cannot be multiplied (2x3 and 5x5)" in window.gestures.wiring.hint()
    release(window, end)
    assert text(window) == source


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
    assert text(window) == LEAVES + "a = w + x\nprint(w.grad)\n"
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


def test_an_edge_is_detached_and_joined_again(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    view, s = window.canvas.view, window.session
    keys = {c.card.title: c.card.key for c in view.picture.cards}
    edge = next(e for e in view.picture.edges if e.key[:2] == (keys["a"], keys["y"]))
    s.select_edge(edge.key)
    qtbot.keyClick(view, "x")
    settle(qtbot, window)
    assert text(window) == FIRST.replace("a * b", "a.detach() * b")
    undone(window, FIRST, qtbot)
    window.do("undo")
    settle(qtbot, window)
    keys = {c.card.title: c.card.key for c in view.picture.cards}
    s.select_edge(next(e for e in view.picture.edges if e.key[:2] == (keys["a"], keys["y"])).key)
    qtbot.keyClick(view, "x")
    settle(qtbot, window)
    assert s.edge is not None, "the edge stays selected"
    qtbot.keyClick(view, "x")
    settle(qtbot, window)
    assert text(window) == FIRST


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


def test_esc_leaves_an_op_that_waits_for_inputs(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, FIRST)
    view = window.canvas.view
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(window, "w"))
    qtbot.keyClick(view, "-")
    assert window.gestures.filling.op is not None
    move(window, at(window, "x"), held=False)
    assert window.text.ghost.lines == [(7, 7, ["c = w - x"])]
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert window.gestures.filling.op is None
    assert not window.text.ghost.lines
    assert text(window) == FIRST
    QApplication.processEvents()


def test_backward_is_added_before_the_cursor_goes_on(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, LEAVES + "y = w * x\n")
    window.do("last")
    here = window.session.cursor
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, "y"))
    qtbot.keyClick(window.canvas.view, "b")
    settle(qtbot, window)
    assert text(window) == LEAVES + "y = w * x\ny.backward()\n"
    assert window.session.cursor == here < len(window.session.trace), "what it does is still to be stepped through"


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


def test_lines_that_go_along_are_shown_even_if_no_card_does(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = LEAVES + "print(w)\n"
    window = make_window()
    run(window, source)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=at(window, "w"))
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Delete)
    assert window.gestures.cards.removal is not None
    assert text(window) == source


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
