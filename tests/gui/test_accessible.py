"""Screen readers: every card, edge and step can be walked to, with a name, a role and a place."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]
NAME = QAccessible.Text.Name
ITEM = QAccessible.Role.ListItem


def children(widget: QWidget) -> Iterator[QAccessibleInterface]:
    whole = QAccessible.queryAccessibleInterface(widget)
    assert whole is not None
    for i in range(whole.childCount()):
        child = whole.child(i)
        assert whole.indexOfChild(child) == i
        yield child


def painted(widget: QWidget) -> list[QAccessibleInterface]:
    return [child for child in children(widget) if child.role() == ITEM]


def test_cards_and_edges(show: Show) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    items = painted(view)
    names = [item.text(NAME) for item in items]
    assert names[0] == "card w, kind leaf · [1], value 1.0, grad 5.0, shape [1], float32, line 2"
    assert names[5].startswith("card y = a · b, grad_fn MulBackward0, value 6.0")
    assert len(items) == len(view.picture.cards) + len(view.picture.edges)
    edge = next(name for name in names if name.startswith("edge a → y"))
    assert "local derivative 2.0" in edge
    assert "sent to a 2.0" in edge
    for item in items:
        assert item.isValid()
        assert item.parent().text(NAME) == "Computation graph"
        assert window.canvas.rect().contains(window.canvas.mapFromGlobal(item.rect().center()))


def test_what_lies_on_the_canvas_can_be_reached_too(show: Show) -> None:
    names = [child.text(NAME) for child in children(show(FIRST, 11).canvas.view) if child.role() != ITEM]
    assert "Zoom" in names
    assert "What the cards stand for" in names


def test_the_tree_follows_cursor_view_and_selection(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 2)
    view, s = window.canvas.view, window.session
    assert len(painted(view)) == 2
    s.move(11)
    s.set_functions(True)
    names = [item.text(NAME) for item in painted(view)]
    assert names[0].startswith("card AccumulateGrad, of w")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    qtbot.keyClick(view, Qt.Key.Key_E)
    states = [(item.state().selected, item.state().focused) for item in painted(view)]
    assert states.count((1, 1)) == 1
    assert states.index((1, 1)) == view.things.at_hand() == 5, "the first edge, behind five nodes"


def test_steps(show: Show) -> None:
    window = show(FIRST, 8)
    strip = window.timeline.strip
    steps = painted(strip)
    assert len(steps) == len(window.session.trace) == 11
    assert (
        steps[0].text(NAME)
        == "step 1 of 11, leaves: w = torch.tensor([1.], requires_grad=True) w = 1.0 is a leaf that requires grad"
    )
    assert steps[7].text(NAME).startswith("step 8 of 11, backward: y.backward() step 3 of 5")
    assert [step.state().selected for step in steps].index(1) == 7
    for step in steps:
        assert strip.rect().contains(strip.mapFromGlobal(step.rect().center()))
    whole = QAccessible.queryAccessibleInterface(strip)
    middle = steps[4].rect().center()
    assert whole.childAt(middle.x(), middle.y()).text(NAME) == steps[4].text(NAME)


def test_what_is_under_a_point(show: Show) -> None:
    window = show(FIRST, 11)
    whole = QAccessible.queryAccessibleInterface(window.canvas.view)
    for item in painted(window.canvas.view):
        middle = item.rect().center()
        found = whole.childAt(middle.x(), middle.y())
        if item.text(NAME).startswith("card"):
            assert found.text(NAME) == item.text(NAME)


def test_a_tree_that_was_walked_ends_with_its_window(show: Show) -> None:
    window = show(FIRST, 11)
    items = painted(window.canvas.view)
    window.session.move(1)
    assert [item.isValid() for item in items][:2] == [True, False], "what is gone says so"
    del items
    gc.collect()
    assert len(painted(window.canvas.view)) == 1


def test_the_whole_window_can_be_walked(show: Show) -> None:
    """From the window down: nothing is without a role, and all that can be pressed has a name."""
    window = show(FIRST, 8)
    seen = set()
    waiting = [QAccessible.queryAccessibleInterface(window)]
    while waiting:
        at = waiting.pop()
        role = at.role()
        seen.add(role)
        if role in (QAccessible.Role.Button, QAccessible.Role.CheckBox, ITEM) and not at.state().invisible:
            assert at.text(NAME)
        waiting += [child for i in range(at.childCount()) if (child := at.child(i)) is not None]
    assert {ITEM, QAccessible.Role.Button, QAccessible.Role.EditableText} <= seen
