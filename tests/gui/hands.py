"""Hands on the canvas for tests: where cards and their inputs are, and real drags with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from gui.building.targets import targets_of
from gui.building.zones import name_box, value_box
from gui.canvas.placed import PlacedCard
from gui.palette.entries import Entry
from gui.palette.palette import CommandPalette
from gui.palette.rows import ENTRY
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
FIRST = LEAVES + "a = w + x\nb = w + 1\ny = a * b\ny.backward()\nprint(w.grad)\n"


def card(window: MainWindow, title: str) -> PlacedCard:
    """The card of that title."""
    titles = {c.card.title: c for c in window.canvas.view.picture.cards}
    assert title in titles, f"{title} is not among {sorted(titles)}"
    return titles[title]


def at(window: MainWindow, title: str) -> QPoint:
    """A point of a card's body, beside its rows of numbers."""
    rect = card(window, title).rect
    return window.canvas.view.mapFromScene(QPointF(rect.right() - 6, rect.bottom() - 6))


def value_at(window: MainWindow, title: str) -> QPoint:
    box = value_box(card(window, title))
    return window.canvas.view.mapFromScene(QPointF(box.left() + 12, box.center().y()))


def name_at(window: MainWindow, title: str) -> QPoint:
    box = name_box(card(window, title))
    return window.canvas.view.mapFromScene(QPointF(box.left() + 6, box.center().y()))


def input_at(window: MainWindow, title: str, argument: int) -> QPoint:
    """Where an input of a card's op arrives."""
    view = window.canvas.view
    return view.mapFromScene(targets_of(view.picture, card(window, title))[argument].at + QPointF(4, 0))


def blank(window: MainWindow, share: tuple[float, float] = (0.5, 0.85)) -> QPoint:
    """A point of the canvas where no card is."""
    view = window.canvas.view
    point = QPoint(round(view.viewport().width() * share[0]), round(view.viewport().height() * share[1]))
    assert view.card_at(point) is None
    return point


def press(window: MainWindow, point: QPoint) -> None:
    _send(window, QEvent.Type.MouseButtonPress, point, LEFT, LEFT)


def move(window: MainWindow, point: QPoint, held: bool = True) -> None:
    _send(window, QEvent.Type.MouseMove, point, NONE, LEFT if held else NONE)


def release(window: MainWindow, point: QPoint) -> None:
    _send(window, QEvent.Type.MouseButtonRelease, point, LEFT, NONE)


def drag(window: MainWindow, begin: QPoint, end: QPoint, steps: int = 6) -> None:
    """Press, move in steps, let go."""
    press(window, begin)
    for i in range(1, steps + 1):
        move(window, begin + (end - begin) * i / steps)
    release(window, end)


def _send(window: MainWindow, kind: QEvent.Type, point: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    port = window.canvas.view.viewport()
    where = QPointF(point)
    event = QMouseEvent(kind, where, port.mapToGlobal(where), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(port, event)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Until the run that an edit began is over and shown."""
    wait_for_run(qtbot, window)
    # There is no window manager that would do so when a list closes.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QApplication.processEvents()


def text(window: MainWindow) -> str:
    return window.text.toPlainText()


def pick(qtbot: QtBot, window: MainWindow, title: str) -> None:
    """Click an entry of the list that is open."""
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, CommandPalette), "no list is open"
    rows = [popup.list.item(i) for i in range(popup.list.count())]
    item = next(row for row in rows if isinstance(row.data(ENTRY), Entry) and row.data(ENTRY).title == title)
    popup.list.scrollToItem(item)
    qtbot.mouseClick(popup.list.viewport(), LEFT, pos=popup.list.visualItemRect(item).center())


def open_menu(window: MainWindow, point: QPoint) -> QMenu:
    """The menu at a point of the canvas."""
    port = window.canvas.view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, port.mapToGlobal(point))
    QApplication.sendEvent(port, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def from_menu(qtbot: QtBot, window: MainWindow, point: QPoint, words: str) -> None:
    """Open the menu at a point of the canvas, and click an entry."""
    menu = open_menu(window, point)
    action = next(a for a in menu.actions() if a.text().partition("\t")[0] == words)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def choose(qtbot: QtBot, window: MainWindow, words: str) -> None:
    """Type into the list that is open, and take its first entry."""
    popup = QApplication.activePopupWidget()
    assert popup is not None, "no list is open"
    field = popup.focusWidget() or popup
    qtbot.keyClicks(field, words)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def port(window: MainWindow) -> QWidget:
    """What takes the mouse on the canvas."""
    return window.canvas.view.viewport()


def value(window: MainWindow, name: str) -> float:
    """The number of a name at the cursor."""
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
