"""Finding one's way: several cards, edges, paths to the root, what is told where the pointer rests, menus, copies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from gui.inspector.paths import PathList
from gui.window import MainWindow
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def key(window: MainWindow, title: str) -> str:
    return next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == title)


def place(window: MainWindow, title: str) -> QPoint:
    view = window.canvas.view
    return view.mapFromScene(view.picture[key(window, title)].rect.center())


def middle(window: MainWindow, source: str, target: str) -> QPoint:
    """Where an edge is, away from its chip."""
    view = window.canvas.view
    ends = key(window, source), key(window, target)
    edge = next(e for e in view.picture.edges if e.key[:2] == ends)
    (x, y), _ = edge.route.at(0.25)
    return view.mapFromScene(QPointF(x, y))


def point_at(window: MainWindow, where: QPoint) -> None:
    view = window.canvas.view
    none = Qt.MouseButton.NoButton
    at = QPointF(where)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, view.viewport().mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view.viewport(), event)


def test_shift_and_ctrl_select_several(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view, s = window.canvas.view.viewport(), window.session
    qtbot.mouseClick(view, LEFT, pos=place(window, "a"))
    qtbot.mouseClick(view, LEFT, SHIFT, pos=place(window, "b"))
    qtbot.mouseClick(view, LEFT, CTRL, pos=place(window, "w"))
    assert s.selected == (key(window, "a"), key(window, "b"), key(window, "w"))
    qtbot.mouseClick(view, LEFT, CTRL, pos=place(window, "a"))
    assert s.selected == (key(window, "b"), key(window, "w")), "a second click takes a card away"
    qtbot.mouseClick(view, LEFT, pos=place(window, "y"))
    assert s.selected == (key(window, "y"),)
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_A, CTRL)
    assert len(s.selected) == 6


def test_a_rubber_band(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    rects = [view.picture[key(window, n)].rect for n in ("w", "x")]
    area = view.mapFromScene(rects[0].united(rects[1]).adjusted(-12, -12, 12, 12)).boundingRect()
    assert view.card_at(area.topLeft()) is None
    qtbot.mousePress(view.viewport(), LEFT, SHIFT, pos=area.topLeft())
    for at in (area.center(), area.bottomRight()):
        move = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(at), view.viewport().mapToGlobal(QPointF(at)), LEFT, LEFT, SHIFT
        )
        QApplication.sendEvent(view.viewport(), move)
    qtbot.mouseRelease(view.viewport(), LEFT, SHIFT, pos=area.bottomRight())
    assert set(window.session.selected) == {key(window, "w"), key(window, "x")}


def test_the_pointer_rests_on_cards_and_edges(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    card = window.canvas.view.pointing.card
    point_at(window, place(window, "a"))
    assert not card.isVisible(), "not at once"
    qtbot.waitUntil(card.isVisible, timeout=2000)
    assert card.accessibleName().startswith("a = w + x, grad_fn AddBackward0, value 3.0")
    assert window.canvas.view.rect().contains(card.geometry())
    point_at(window, middle(window, "a", "y"))
    assert not card.isVisible()
    qtbot.waitUntil(card.isVisible, timeout=2000)
    assert "a → y" in card.accessibleName()
    assert "local derivative 2.0" in card.accessibleName()
    assert "sent to a 2.0" in card.accessibleName()
    point_at(window, QPoint(3, 3))
    assert not card.isVisible()


def test_edges_by_key(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view, s = window.canvas.view, window.session
    card = view.pointing.card
    s.select(key(window, "a"))
    view.setFocus()
    seen = []
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_E)
        seen.append(s.edge)
        assert card.isVisible()
    w, x, a, y = (key(window, n) for n in "wxay")
    assert seen == [(w, a, 0), (x, a, 1), (a, y, 0), (w, a, 0)], "round the edges of one card"
    assert "w → a" in card.accessibleName()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert s.edge == (x, a, 1)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert (s.selection, s.edge) == (x, None)
    qtbot.keyClick(view, Qt.Key.Key_I)
    assert card.accessibleName().startswith("x, kind leaf")
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert s.selection == x
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert s.selection is None


def test_a_click_selects_an_edge(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    qtbot.mouseClick(window.canvas.view.viewport(), LEFT, pos=middle(window, "b", "y"))
    assert window.session.edge == (key(window, "b"), key(window, "y"), 1)


def test_paths_to_the_root(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    s = window.session
    window.do("paths")
    assert not s.paths.on
    assert window.toast.isVisible(), "nothing is selected yet"
    s.select(key(window, "w"))
    qtbot.keyClick(window, Qt.Key.Key_P)
    QApplication.processEvents()
    QApplication.processEvents()
    page = window.explain.widget()
    assert page.findChildren(QLabel)[0].text() == "2 paths from y to w"
    entries = page.findChild(PathList).list
    assert [entries.item(i).text() for i in range(2)] == ["y → a → w\n2.0 × 1.0 = 2.0", "y → b → w\n3.0 × 1.0 = 3.0"]
    plain = window.canvas.view.viewport().grab().toImage()
    entries.setCurrentRow(1)
    QApplication.processEvents()
    assert s.paths.chosen == 1
    assert window.explain.widget() is page, "the list stays while one is chosen"
    assert window.canvas.view.viewport().grab().toImage() != plain
    s.select(key(window, "x"))
    assert s.paths.found.count == 1, "another card: its paths"
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Escape)
    assert not s.paths.on
    assert s.selection == key(window, "x")


def test_paths_are_brought_into_sight_and_the_view_goes_back(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view, s = window.canvas.view, window.session
    s.select(key(window, "w"))
    view.zoom_by(4.0)
    view.go_to(view.picture[key(window, "w")].rect.center())
    before = view.zoom, view.middle()
    window.do("paths")
    assert view.clear_part().contains(view.picture[key(window, "y")].rect), "the root is in sight"
    assert view.clear_part().contains(view.picture[key(window, "w")].rect)
    window.do("paths")
    assert view.zoom == before[0]
    assert (view.middle() - before[1]).manhattanLength() < 2
    window.do("paths")
    view.zoom_in()
    moved = view.zoom
    window.do("paths")
    assert view.zoom == moved, "who moved the view stays"


def test_what_no_gradient_reaches_has_no_paths(show: Show) -> None:
    window = show("import torch\nc = torch.ones(2)\nd = c * 2\n", 2)
    window.session.select(key(window, "d"))
    window.do("paths")
    assert not window.session.paths.on
    assert "No path" in window.toast.text()


@pytest.mark.parametrize(
    ("what", "offered"),
    [
        ("w", ["Explain", "Show paths to root", "Go to line 2", "Go to the step that made it", "Copy the value"]),
        ("1", ["Explain", "Go to the step that made it", "Copy the picture"]),
        ("edge", ["Select a", "Select y", "Go to the step in which its gradient passes", "Copy the gradient"]),
        ("ground", ["Add here…", "Show the whole graph", "Tensors or autograd", "Copy the picture"]),
    ],
)
def test_menus_offer_what_applies(show: Show, what: str, offered: list[str]) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    where = {"edge": lambda: middle(window, "a", "y"), "ground": lambda: QPoint(3, 60)}.get(
        what, lambda: place(window, what)
    )()
    reason = QContextMenuEvent.Reason.Mouse
    view.contextMenuEvent(QContextMenuEvent(reason, where, view.viewport().mapToGlobal(where)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text().partition("\t")[0] for action in menu.actions()]
    menu.close()
    assert [w for w in words if w in offered] == offered


def test_a_menus_entries_act(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    window.session.select(key(window, "a"))
    view.setFocus()
    where = QPoint(0, 0)
    view.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, where, where))
    menu = QApplication.activePopupWidget()
    actions = {action.text().partition("\t")[0]: action for action in menu.actions()}
    actions["Copy the value"].trigger()
    assert QGuiApplication.clipboard().text() == "tensor([3.])"
    actions["Go to the step in which its gradient is passed on"].trigger()
    assert window.session.cursor == 8
    actions["Go to line 4"].trigger()
    assert window.text.textCursor().blockNumber() == 3
    menu.close()


def test_the_picture_on_the_clipboard(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    data = QGuiApplication.clipboard().mimeData()
    whole = data.imageData().size()
    assert b"<svg" in data.data("image/svg+xml").data()
    window.session.select(key(window, "a"), [key(window, "y")])
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    part = QGuiApplication.clipboard().mimeData().imageData().size()
    assert part.width() < whole.width()
    window.text.setFocus()
    window.text.selectAll()
    qtbot.keyClick(window.text, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == FIRST, "the editor copies text"
