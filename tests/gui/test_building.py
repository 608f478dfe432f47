"""Building by mouse and keys: each gesture changes the text, the picture follows, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.gui import hands
from tests.gui.hands import (
    FIRST,
    LEAVES,
    LEFT,
    SHIFT,
    at,
    blank,
    choose,
    drag,
    from_menu,
    input_at,
    move,
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
