"""Rows and grids on the Explain page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from gui.inspector.grid import GridView
from gui.window import MainWindow
from tests.explain.test_jacobian import LAYER, SHARED

Show = Callable[..., MainWindow]


def views(window: MainWindow, qtbot: QtBot) -> list[GridView]:
    window.explain.write()
    found: list[GridView] = window.explain.widget().findChildren(GridView)
    return found


def key(window: MainWindow, title: str) -> str:
    return next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == title)


def test_a_step_shows_row_times_grid(show: Show, qtbot: QtBot) -> None:
    window = show(LAYER, 10_000)
    window.session.select(key(window, "s"))
    (view,) = views(window, qtbot)
    words = [word for word, _, _ in view.parts()]
    assert words == ["arrives", "× grid", "= sent"]
    tops = [rect.top() for _, _, rect in view.parts()]
    assert tops == sorted(tops)
    assert view.parts()[-1][2].bottom() <= view.sizeHint().height()
    assert view.accessibleName() == "Jacobian of s with respect to y"
    assert "times" in view.accessibleDescription()


@pytest.mark.parametrize("width", [180, 420])
def test_two_selected_cards_show_their_jacobian(show: Show, qtbot: QtBot, width: int) -> None:
    window = show(SHARED, 10_000)
    window.session.select(key(window, "c"), [key(window, "x")])
    (view,) = views(window, qtbot)
    assert [word for word, _, _ in view.parts()] == [""]
    assert view.jacobian.grid.shape == (2, 2)
    view.resize(width, view.sizeHint().height())
    assert not view.grab().isNull()
