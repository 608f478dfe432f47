"""Data of a program by hand: points that are dragged, tables that are pasted or opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.training.data_dialog import DataDialog
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.gui.training import settle
from tests.support.runs import TRAINING

Show = Callable[..., MainWindow]


def test_dragging_a_data_point_edits_its_numbers(training: MainWindow, qtbot: QtBot) -> None:
    plot = training.training.fit
    viewport = plot._plot.viewport()
    start = plot.place_of(2)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for k in range(1, 5):
        at = QPointF(start + QPoint(-4 * k, 6 * k))
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            at,
            QPointF(viewport.mapToGlobal(at.toPoint())),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, move)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at.toPoint())
    wait_for_run(qtbot, training)
    text = training.text.toPlainText()
    assert "x = torch.tensor([[1.0], [2.0], [" in text
    x = float(text.partition("x = torch.tensor([[1.0], [2.0], [")[2].partition("]")[0])
    y = float(text.partition("y = torch.tensor([[2.0], [4.0], [")[2].partition("]")[0])
    assert 2.5 < x < 3.0
    assert y < 6.0
    assert training.session.problem is None
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING


def test_data_that_are_computed_cannot_be_dragged(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING.replace("torch.tensor([[2.0], [4.0], [6.0]])", "2 * x"), 20)
    window.inspector.show_page(2)
    settle(qtbot, window)
    assert window.training.fit.fit is not None
    assert not window.training.fit.movable


def filled(qtbot: QtBot, window: MainWindow, text: str) -> DataDialog:
    dialog = DataDialog(window.session.source, window)
    qtbot.addWidget(dialog)
    QApplication.clipboard().setText(text)
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    return dialog


def test_a_pasted_table_becomes_the_data(training: MainWindow, qtbot: QtBot) -> None:
    dialog = filled(qtbot, training, "size\tprice\n1\t2\n2\t3.9\n4\t8.1\n")
    assert dialog.preview.item(2, 1).text() == "8.1"
    assert dialog.target.currentText() == "price"
    assert dialog.ok.isEnabled()
    training.text.write(dialog.edits)
    wait_for_run(qtbot, training)
    assert "x = torch.tensor([[1.], [2.], [4.]])" in training.text.toPlainText()
    qtbot.waitUntil(lambda: training.training.fit.fit.target.tolist() == pytest.approx([2.0, 3.9, 8.1]), timeout=3000)
    qtbot.keyClick(training.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert training.text.toPlainText() == TRAINING


def test_a_table_as_spreadsheets_write_it(training: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = DataDialog(training.session.source, training)
    qtbot.addWidget(dialog)
    rows = "\r\n".join(f"{i},5;{2 * i},25" for i in range(5000))
    (tmp_path / "a.csv").write_bytes(f"sep=;\r\nGröße;Preis\r\n{rows}\r\n".encode("cp1252"))
    dialog.open_file(tmp_path / "a.csv")
    assert dialog.target.currentText() == "Preis"
    assert dialog.preview.horizontalHeaderItem(0).text() == "Größe"
    assert dialog.said.text() == "1,667 rows, 1 of 3, become the program's x and y. Ctrl+Z takes that back."
    (tmp_path / "b.txt").write_bytes("x\ty\n1\t2\n".encode("utf-16"))
    dialog.open_file(tmp_path / "b.txt")
    assert dialog.said.text().startswith("1 row becomes the")
    dialog.open_file(tmp_path / "none.csv")
    assert "does not exist" in dialog.said.text()
    assert not dialog.ok.isEnabled()


def test_a_table_with_a_hole_says_where(training: MainWindow, qtbot: QtBot) -> None:
    dialog = filled(qtbot, training, "size,price,town\n1,2,A\n2,,B\n")
    assert "Row 3, price: the value is missing" in dialog.said.text()
    assert not dialog.ok.isEnabled()
    dialog.target.setCurrentIndex(0)
    dialog.target.activated.emit(0)
    assert dialog.ok.isEnabled(), "another column has no hole"
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    QApplication.clipboard().setText("")
    qtbot.mouseClick(dialog.pasted, Qt.MouseButton.LeftButton)
    assert dialog.said.text() == "There is nothing in it."
    assert dialog.edits == []
