"""The inspector: the explanation of the step or the selection, and the tensor whole."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.inspector.formula import Formula
from gui.inspector.ledger import LedgerView
from gui.window import MainWindow
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


def words(window: MainWindow, page: int = 0) -> list[str]:
    """The labels of the page that is shown, top to bottom."""
    window.inspector.show_page(page)
    QApplication.processEvents()
    QApplication.processEvents()
    area = window.explain if page == 0 else window.tensor
    return [label.text() for label in area.widget().findChildren(QLabel)]


def test_a_step_is_explained(show: Show) -> None:
    window = show(FIRST, 8)
    texts = words(window)
    assert texts[0] == "a = w + x"
    assert "Chain rule at this step" in texts
    formulas = [f.accessibleName() for f in window.explain.widget().findChildren(Formula)]
    assert formulas[0] == "gradient for w"
    ledgers = {v.accessibleName(): v.accessibleDescription() for v in window.explain.widget().findChildren(LedgerView)}
    assert "Arriving at w" in ledgers
    assert "2.0" in ledgers["Arriving at w"]


def test_a_selection_is_explained_until_it_is_given_up(show: Show) -> None:
    window = show(FIRST, 11)
    before = words(window)
    key = next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == "a")
    window.session.select(key)
    assert words(window)[0] == "a = w + x"
    window.session.select(None)
    assert words(window) == before


def test_formulas_are_drawn_and_fit(show: Show) -> None:
    for source in (FIRST, TRAINING):
        window = show(source)
        for cursor in range(0, len(window.session.trace) + 1, 2):
            window.session.move(cursor)
            QApplication.processEvents()
            QApplication.processEvents()
            for formula in window.explain.widget().findChildren(Formula):
                lines = formula._lines(float(formula.width()))
                assert lines, formula._latex
                assert all(indent + w <= formula.width() + 1 for _, w, _, indent in lines)
                assert sum(h for _, _, h, _ in lines) <= formula.height() + 1


def test_the_tensor_page_is_whole(show: Show) -> None:
    window = show(
        "import torch\nx = torch.arange(12.).reshape(3, 4).requires_grad_()\ny = (x * 2).sum()\ny.backward()\n", 99
    )
    key = next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == "x")
    window.session.select(key)
    texts = words(window, 1)
    assert any("[ 8.,  9., 10., 11.]" in t for t in texts)
    assert any("[2., 2., 2., 2.]" in t for t in texts)
    assert any("float32" in t for t in texts)


def test_views_are_shown_as_sharing(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\nx = torch.arange(4.)\nv = x[1:]\nw = v * 1\n", 3)
    key = next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == "x")
    window.session.select(key)
    assert any("Shares its storage with v:" in t for t in words(window, 1))
