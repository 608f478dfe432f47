"""The list of what can be added, the palette with ops and formulas, the dialog of a formula, bare expressions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.edit.catalogue import GROUPS
from gui.building.formula_dialog import FormulaDialog
from gui.palette.entries import Entry
from gui.palette.palette import AddPalette, CommandPalette
from gui.palette.rows import ENTRY
from gui.window import MainWindow
from tests.gui.hands import at, settle, text

Make = Callable[..., MainWindow]
Run = Callable[..., None]
Show = Callable[..., MainWindow]

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


def popup(kind: type[CommandPalette] = CommandPalette) -> CommandPalette:
    found = QApplication.activePopupWidget()
    assert isinstance(found, kind)
    return found


def titles(palette: CommandPalette) -> list[str]:
    """What is listed, headings with a colon."""
    items = [palette.list.item(row) for row in range(palette.list.count())]
    return [i.data(ENTRY).title if isinstance(i.data(ENTRY), Entry) else f"{i.text()}:" for i in items]


def chosen(palette: CommandPalette) -> str:
    entry = palette.list.currentItem().data(ENTRY)
    assert isinstance(entry, Entry)
    return entry.title


def dialog(window: MainWindow, qtbot: QtBot) -> FormulaDialog:
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(FormulaDialog)))
    return next(d for d in window.findChildren(FormulaDialog) if d.isVisible())


# --- the list ---------------------------------------------------------------------------------


def test_everything_is_listed_under_headings_that_are_passed_over(show: Show, qtbot: QtBot) -> None:
    window = show(LEAVES)
    window.canvas.view.setFocus()
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_A)
    palette = popup(AddPalette)
    listed = titles(palette)
    assert listed[:5] == ["Leaf", "Constant", "Formula…", "Arithmetic:", "add"]
    assert [t[:-1] for t in listed if t.endswith(":")] == list(GROUPS)
    for wanted in ("Constant", "Formula…", "add", "sub"):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
        assert chosen(palette) == wanted
    for wanted in ("add", "Formula…"):
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
        assert chosen(palette) == wanted
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert text(window) == LEAVES


@pytest.mark.parametrize(
    ("typed", "first", "among"),
    [
        ("sigm", "sigmoid", "hardsigmoid"),
        ("activations", "sigmoid", "gelu"),
        ("bessel", "var", "std"),
        ("squared differences", "mse_loss", "mse_loss"),
        ("sum along", "sum along dim", "sum along dim"),
    ],
)
def test_ops_are_found_by_name_heading_and_words(show: Show, qtbot: QtBot, typed: str, first: str, among: str) -> None:
    window = show(LEAVES)
    window.do("add")
    palette = popup(AddPalette)
    qtbot.keyClicks(palette.field, typed)
    assert titles(palette)[0] == chosen(palette) == first
    assert among in titles(palette)


def test_an_op_of_the_selected_card_is_added(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, LEAVES)
    qtbot.mouseClick(window.canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=at(window, "x"))
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = popup()
    assert "tanh" not in titles(palette), "ops are listed once they are asked for"
    qtbot.keyClicks(palette.field, "tanh")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert text(window) == LEAVES + "a = torch.tanh(x)\n"
    window.do("undo")
    assert text(window) == LEAVES


@pytest.mark.parametrize(
    ("typed", "row", "line"),
    [
        ("3.5", 0, "b = torch.tensor(3.5, requires_grad=True)"),
        ("[1, 2]", 1, "b = torch.tensor([1, 2])"),
        ("w(x + 1)", 0, "y = w * (x + 1)"),
    ],
)
def test_numbers_and_formulas_are_typed_into_the_list(
    show: Show, qtbot: QtBot, typed: str, row: int, line: str
) -> None:
    window = show(LEAVES)
    window.do("add")
    palette = popup(AddPalette)
    qtbot.keyClicks(palette.field, typed)
    for _ in range(row):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert text(window) == f"{LEAVES}{line}\n"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("sigmod(w*x)", "“sigmod” is no function that is known here. Did you mean sigmoid?"),
        ("1,5", "Write 1.5 with a point; two numbers are [1.0, 5.0]."),
        ("1/2", "“1 / 2” is no number. Write 0.5."),
    ],
)
def test_what_is_wrong_is_said_in_the_list(show: Show, qtbot: QtBot, typed: str, why: str) -> None:
    window = show(LEAVES)
    window.do("palette")
    palette = popup()
    qtbot.keyClicks(palette.field, typed)
    assert titles(palette) == [f"{why}:"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
def test_the_list_fits_into_the_window(show: Show, size: tuple[int, int]) -> None:
    window = show(LEAVES, width=size[0], height=size[1])
    window.do("add")
    palette = popup(AddPalette)
    assert window.frameGeometry().contains(palette.frameGeometry())
    assert palette.list.horizontalScrollBar().maximum() == 0


def test_the_list_is_large_where_it_is_projected(show: Show) -> None:
    window = show(LEAVES, width=1280, height=900)
    window.session.presenting = True
    window.do("add")
    palette = popup(AddPalette)
    assert palette.list.sizeHintForRow(0) > 45
    assert palette.field.font().pixelSize() >= 20


# --- formulas ---------------------------------------------------------------------------------


def test_a_formula_is_the_first_entry_of_the_palette(make_window: Make, run: Run, qtbot: QtBot) -> None:
    window = make_window()
    run(window, "import torch\n\n")
    window.do("palette")
    palette = popup()
    qtbot.keyClicks(palette.field, "(w + x) * (w + 1), w=1, x=2")
    first = palette.list.item(0).data(ENTRY)
    assert first.title == "Add (w + x) * (w + 1)"
    assert first.detail == "With new leaves w = 1, x = 2"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert text(window) == LEAVES + "y = (w + x) * (w + 1)\n"
    assert [c.card.title for c in window.canvas.view.picture.cards if c.card.key == window.session.selection] == ["y"]
    window.do("undo")
    assert text(window) == "import torch\n\n"


def test_values_are_chosen_in_the_dialog(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n\n")
    window.do("formula")
    asks = dialog(window, qtbot)
    assert not asks.ok.isEnabled()
    qtbot.keyClicks(asks.field, "sigmoid(w*x")
    assert asks.said.text() == "The bracket “(” is not closed."
    assert asks.preview.text() == "sigmoid(w*x\n       ^"
    assert not asks.ok.isEnabled()
    qtbot.keyClicks(asks.field, "^2)")
    assert list(asks.rows) == ["w", "x"]
    assert asks.said.text() == "^ is a power here; Python writes it **."
    value, tracked = asks.rows["x"]
    value.selectAll()
    qtbot.keyClicks(value, "[1, 2]")
    qtbot.keyClick(tracked, Qt.Key.Key_Space)
    assert asks.preview.text().split("\n") == [
        "w = torch.tensor(1.0, requires_grad=True)",
        "x = torch.tensor([1.0, 2.0])",
        "y = torch.sigmoid(w * x ** 2)",
    ]
    qtbot.keyClick(value, Qt.Key.Key_Return)
    assert not asks.isVisible()
    assert text(window).splitlines()[-2:] == ["x = torch.tensor([1.0, 2.0])", "y = torch.sigmoid(w * x ** 2)"]
    window.do("undo")
    assert text(window) == "import torch\n\n"
    window.do("redo")
    assert text(window).endswith("y = torch.sigmoid(w * x ** 2)\n")


def test_torchs_words_stand_in_the_dialog(show: Show, qtbot: QtBot) -> None:
    window = show("import torch\n\n", width=640, height=480)
    window.do("palette")
    palette = popup()
    qtbot.keyClicks(palette.field, "a + b")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert chosen(palette) == "Choose the values…"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    asks = dialog(window, qtbot)
    for name, numbers in (("a", "[1, 2]"), ("b", "[1, 2, 3]")):
        asks.rows[name][0].selectAll()
        qtbot.keyClicks(asks.rows[name][0], numbers)
    assert "The size of tensor a (2) must match the size of tensor b (3)" in asks.said.text()
    assert not asks.ok.isEnabled()
    qtbot.keyClick(asks.field, Qt.Key.Key_Return)
    assert asks.isVisible()
    qtbot.keyClick(asks.field, Qt.Key.Key_Escape)
    assert text(window) == "import torch\n\n"


# --- bare expressions -------------------------------------------------------------------------


def test_names_of_a_bare_expression_become_leaves(show: Show, qtbot: QtBot) -> None:
    source = "import torch\n\n(w + x) * (w + 1)  # mine\n"
    window = show(source)
    button = window.problem.leaves
    assert button.isVisible()
    assert button.text() == "Make w and x leaves…"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    asks = dialog(window, qtbot)
    assert asks.field.text() == "(w + x) * (w + 1)"
    qtbot.keyClick(asks.field, Qt.Key.Key_Return)
    assert text(window) == LEAVES + "y = (w + x) * (w + 1)  # mine\n"
    window.do("undo")
    assert text(window) == source


def test_other_problems_have_no_such_button(show: Show) -> None:
    window = show("import torch\nprint(w)\n")
    assert window.problem.isVisible()
    assert not window.problem.leaves.isVisible()
