"""The map of a graph that is larger than the view."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import MainWindow
from tests.support.runs import FIRST

Show = Callable[..., MainWindow]

LONG = (
    """import torch
x = torch.tensor(1., requires_grad=True)
a = x
"""
    + "".join("a = torch.sin(a) + x\n" for _ in range(40))
    + "a.backward()\n"
)


def middle(window: MainWindow) -> float:
    view = window.canvas.view
    return view.mapToScene(view.viewport().rect().center()).x()


def test_it_comes_by_itself_and_goes_when_all_is_in_sight(show: Show, qtbot: QtBot) -> None:
    window = show(LONG)
    assert window.canvas.minimap.isVisible()
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_F)
    assert not window.canvas.minimap.isVisible()
    window.canvas.view.zoom_original()
    assert window.canvas.minimap.isVisible()


def test_a_small_graph_has_none(show: Show) -> None:
    assert not show(FIRST).canvas.minimap.isVisible()


def test_a_click_goes_there_and_a_drag_further(show: Show, qtbot: QtBot) -> None:
    window = show(LONG)
    minimap, bounds = window.canvas.minimap, window.canvas.view.picture.bounds
    here = minimap.rect().center()
    qtbot.mousePress(minimap, Qt.MouseButton.LeftButton, pos=here)
    assert middle(window) == pytest.approx(bounds.center().x(), abs=bounds.width() / 60)
    qtbot.mouseMove(minimap, here + QPoint(40, 0))
    assert middle(window) > bounds.center().x() + bounds.width() / 8
    qtbot.mouseRelease(minimap, Qt.MouseButton.LeftButton)
    assert window.session.selection is None


def test_it_can_be_switched_off_for_good(show: Show) -> None:
    window = show(LONG)
    window.do("minimap")
    assert not window.canvas.minimap.isVisible()
    window.canvas.view.zoom_original()
    assert not window.canvas.minimap.isVisible()
    assert not window.session.settings.panel("map")
    window.do("minimap")
    assert window.canvas.minimap.isVisible()


def test_no_map_in_a_presentation(show: Show) -> None:
    window = show(LONG)
    window.session.set_presenting(True)
    assert not window.canvas.minimap.isVisible()


def test_it_leaves_the_cards_of_the_step_alone(show: Show) -> None:
    window = show(LONG)
    view, minimap = window.canvas.view, window.canvas.minimap
    view.zoom_original()
    for cursor in range(0, len(window.session.trace), 7):
        window.session.move(cursor)
        rect = view.picture.active_rect()
        view.go_to(
            rect.center() - (view.mapToScene(minimap.geometry().center()) - view.mapToScene(view.rect().center()))
        )
        busy = view.mapFromScene(rect).boundingRect()
        assert not busy.intersects(QRect(minimap.pos(), minimap.size()))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_shows_the_cards_that_there_are_and_where_one_is(show: Show, theme: str) -> None:
    window = show(LONG, theme=theme)
    minimap, t = window.canvas.minimap, window.session.theme
    assert "cards" in minimap.accessibleDescription()
    assert minimap.accessibleName()

    def colours() -> dict[int, int]:
        QApplication.processEvents()
        image = minimap.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        seen = [image.pixel(x, y) for x in range(image.width()) for y in range(image.height())]
        return {colour: seen.count(colour) for colour in set(seen)}

    window.session.move(20)
    few = colours()
    window.session.move(60)
    many = colours()
    assert t.gradient.rgb() in few, "the mark of the step"
    assert len(many) > 8
    plain = t.panel.rgb()
    assert sum(n for c, n in many.items() if c != plain) != sum(n for c, n in few.items() if c != plain)


def test_of_a_new_graph_it_takes_the_corner_with_the_fewest_cards(show: Show) -> None:
    chains = "".join(f"b{i} = x\n" + f"b{i} = b{i} * x\n" * (9 - 2 * i) for i in range(4))
    window = show(f"import torch\nx = torch.tensor(1., requires_grad=True)\n{chains}", 10_000, width=900, height=560)
    QApplication.processEvents()
    view, minimap = window.canvas.view, window.canvas.minimap
    assert minimap.isVisible()
    cards = [view.mapFromScene(c.rect).boundingRect() for c in view.picture.cards]

    def covered(part: QRect) -> int:
        return sum(card.intersects(part) for card in cards)

    mine = minimap.geometry()
    right, low = view.width() - 14 - mine.width(), view.height() - 52 - mine.height()
    corners = [QRect(at, mine.size()) for at in (QPoint(right, low), QPoint(right, 34), QPoint(14, low))]
    assert mine in corners
    assert covered(mine) == min(map(covered, corners))
    assert max(map(covered, corners)) > 0, "not all corners are alike"
