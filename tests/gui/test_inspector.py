"""The inspector: the explanation of the step or the selection, and the tensor whole."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from gui.inspector.formula import Formula
from gui.inspector.ledger import LedgerView
from gui.window import MainWindow
from tests.support.runs import FIRST, TRAINING, tensor_named

Show = Callable[..., MainWindow]


def select(window: MainWindow, title: str) -> None:
    entities = window.session.scenes.entities
    m = window.session.moment
    window.session.select(next(k for k in entities if m.name(k) == title))


def words(window: MainWindow, page: int = 0) -> list[str]:
    """The labels of the page that is shown, top to bottom."""
    window.inspector.show_page(page)
    QApplication.processEvents()
    QApplication.processEvents()
    area = window.explain if page == 0 else window.tensor
    return [label.text() for label in area.widget().findChildren(QLabel) if label.isVisible()]


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
        for cursor in range(0, min(15, len(window.session.trace)), 2):
            window.session.move(cursor)
            QApplication.processEvents()
            QApplication.processEvents()
            for formula in window.explain.widget().findChildren(Formula):
                lines = formula._lines(float(formula.width()))
                assert lines, formula._latex
                assert all(indent + w <= formula.width() + 1 for _, w, _, indent in lines)
                assert sum(h for _, _, h, _ in lines) <= formula.height() + 1


def test_a_page_that_is_made_ready_while_a_run_goes_on_gives_way_to_that_of_its_end(show: Show) -> None:
    window = show(FIRST + "print('end')\n", 9)
    words(window)
    page = window.explain.widget()
    window.session.running = True
    window.session.move(8)
    window.explain.write()
    assert window.explain.widget() is page, "the page is turned when its formulas are drawn"
    window.session.running = False
    window.session.move(len(window.session.trace))
    for _ in range(8):
        QApplication.processEvents()
    assert not window.explain.widget().findChildren(Formula)
    assert any("print" in text for text in words(window))


def test_a_page_is_turned_by_and_by_while_a_run_goes_on(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 9)
    words(window)
    window.session.running = True
    window.session.move(8)
    qtbot.waitUntil(lambda: bool(window.explain.widget().findChildren(Formula)))
    assert words(window)[0] == "a = w + x"


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


def test_a_large_tensor_has_a_table(show: Show) -> None:
    window = show("import torch\nx = torch.arange(24.).reshape(2, 3, 4)\nx[1, 2, 3] = -5.\n", 99)
    select(window, "x")
    words(window, 1)
    model = window.tensor.value.table.model()
    assert (model.rowCount(), model.columnCount()) == (6, 4)
    side, top = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
    assert [model.headerData(i, side) for i in (0, 5)] == ["0, 0", "1, 2"]
    assert [model.headerData(i, top) for i in range(4)] == ["0", "1", "2", "3"]
    last = model.index(5, 3)
    assert model.data(last) == "-5.0"
    assert model.data(last, Qt.ItemDataRole.ToolTipRole) == "[1, 2, 3] = -5.0"
    assert not window.tensor.value.printed.isVisible()
    assert window.tensor.value.map.accessibleName() == "Heat map from -5.0 to 22.0"
    assert window.tensor.value.histogram.accessibleDescription().startswith("mean 10.33")


def test_a_million_numbers_are_at_hand_at_once(show: Show) -> None:
    window = show("import torch\nx = torch.zeros(1000000)\nx[-1] = float('nan')\n", 99)
    select(window, "x")
    words(window, 1)
    table = window.tensor.value.table
    assert table.model().rowCount() == 100_000
    table.scrollToBottom()
    QApplication.processEvents()
    assert table.model().data(table.model().index(99_999, 9)) == "nan"
    assert table.model().headerData(99_999, Qt.Orientation.Vertical) == "999990"
    assert table.height() < 300


DESCENT = """import torch
w = torch.tensor([1., 2.], requires_grad=True)
for i in range(3):
    (w * w).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
w.grad = None
"""


def test_the_history_of_a_tensor_and_its_gradient(show: Show, qtbot: QtBot) -> None:
    window = show(DESCENT, 99)
    select(window, "w")
    words(window, 1)
    versions, grads = window.tensor.versions, window.tensor.grads
    said = [versions.model().data(versions.model().index(i))[5:].strip() for i in range(4)]
    assert said[0] == "[1.0, 2.0]  tensor"
    assert said[2] == "[0.64, 1.28]  sub_ v2"
    wrote = [grads.model().data(grads.model().index(i))[5:].strip() for i in range(7)]
    assert wrote[:2] == ["[2.0, 4.0]  backward", "[0.0, 0.0]  zero_"]
    assert wrote[-1] == "None  taken away"
    place = versions.visualRect(versions.model().index(1)).center()
    qtbot.mouseClick(versions.viewport(), Qt.MouseButton.LeftButton, pos=place)
    m = window.session.moment
    assert m.state.tensors[tensor_named(m, "w")].version == 1
    assert window.tensor.value.printed.text() == "tensor([0.8000, 1.6000])"
    spoken = versions.model().data(versions.model().index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith("sub_ v1, now")


def test_views_of_views_share_a_storage(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\nx = torch.zeros(4)\nv = x[1:]\nu = v[:2]\nc = x.clone()\n", 99)
    select(window, "u")
    assert any("Shares its storage with x, v:" in t for t in words(window, 1))
    button = next(b for b in window.tensor.widget().findChildren(QPushButton) if b.text().startswith("x"))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.canvas.view.picture[window.session.selection].card.title == "x"
    select(window, "c")
    assert not any("Shares" in t for t in words(window, 1))


def test_views_are_shown_as_sharing(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\nx = torch.arange(4.)\nv = x[1:]\nw = v * 1\n", 3)
    key = next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == "x")
    window.session.select(key)
    assert any("Shares its storage with v:" in t for t in words(window, 1))
