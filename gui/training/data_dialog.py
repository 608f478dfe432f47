"""DataDialog: a table as data of the program: its first rows shown, its columns chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.edit import TextEdit
from engine.edit.table import BadTable, Table, column, numeric, read_table, thinned, with_data
from gui.base import files, fonts
from gui.base.files import CannotRead

SHOWN = 8
"""Rows that are shown."""
FILTER = "Tables (*.csv *.tsv *.txt);;All files (*)"


class DataDialog(QDialog):
    """``edits`` are what makes the chosen columns the data of ``source``, once it was accepted."""

    def __init__(self, source: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Data from a table")
        self.resize(560, 470)
        self.edits: list[TextEdit] = []
        self._source = source
        self._table: Table | None = None
        self.opened = QPushButton("Open file…")
        self.opened.setProperty("role", "outlined")
        self.opened.clicked.connect(self._open)
        self.pasted = QPushButton("Paste")
        self.pasted.setProperty("role", "outlined")
        self.pasted.clicked.connect(self._paste)
        head = QHBoxLayout()
        head.addWidget(self.opened)
        head.addWidget(self.pasted)
        head.addStretch(1)
        self.preview = QTableWidget()
        self.preview.setAccessibleName("First rows")
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.setFont(fonts.mono(12))
        self.preview.verticalHeader().setDefaultSectionSize(24)
        self.inputs = QListWidget()
        self.inputs.setAccessibleName("Inputs (x)")
        self.inputs.setMaximumHeight(92)
        self.inputs.itemChanged.connect(self._check)
        self.target = QComboBox()
        self.target.setAccessibleName("Target (y)")
        self.target.activated.connect(self._check)
        columns = QHBoxLayout()
        for word, widget in (("Inputs, x", self.inputs), ("Target, y", self.target)):
            side = QVBoxLayout()
            label = QLabel(word)
            label.setBuddy(widget)
            side.addWidget(label)
            side.addWidget(widget)
            side.addStretch(1)
            columns.addLayout(side, 1)
        self.said = QLabel("Open a file with columns of numbers, or copy some cells and paste them.")
        self.said.setWordWrap(True)
        self.said.setProperty("role", "dim")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Use as data")
        self.ok.setProperty("role", "primary")
        self.ok.setEnabled(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self.preview, 1)
        box.addLayout(columns)
        box.addWidget(self.said)
        box.addWidget(buttons)

    @Slot()
    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a table", str(Path.home()), FILTER)
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Show a file's table; say why if it cannot be read."""
        try:
            self.show_text(files.read_table(path))
        except CannotRead as error:
            self._refuse(str(error))

    @Slot()
    def _paste(self) -> None:
        self.show_text(QGuiApplication.clipboard().text())

    def show_text(self, text: str) -> None:
        """Show a table; say why if it is none."""
        try:
            self._table = read_table(text)
        except BadTable as error:
            self._table = None
            self.preview.clear()
            self._refuse(str(error))
            return
        self._fill(self._table)
        self._check()

    def _fill(self, table: Table) -> None:
        self.preview.setColumnCount(len(table.columns))
        self.preview.setRowCount(min(SHOWN, len(table.rows)))
        self.preview.setHorizontalHeaderLabels(list(table.columns))
        self.preview.setVerticalHeaderLabels([str(number) for number in table.numbers[:SHOWN]])
        for i, row in enumerate(table.rows[:SHOWN]):
            for j, cell in enumerate(row):
                self.preview.setItem(i, j, QTableWidgetItem(cell))
        numbers = numeric(table)
        self.inputs.blockSignals(True)
        self.inputs.clear()
        self.target.clear()
        for place, index in enumerate(numbers):
            item = QListWidgetItem(table.columns[index])
            item.setData(Qt.ItemDataRole.UserRole, index)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if place == 0 else Qt.CheckState.Unchecked)
            self.inputs.addItem(item)
            self.target.addItem(table.columns[index], index)
        self.target.setCurrentIndex(len(numbers) - 1)
        self.inputs.blockSignals(False)

    @Slot()
    def _check(self) -> None:
        """Whether the chosen columns can be used; if so, with which edits."""
        table = self._table
        if table is None:
            return
        chosen = [
            self.inputs.item(i).data(Qt.ItemDataRole.UserRole)
            for i in range(self.inputs.count())
            if self.inputs.item(i).checkState() == Qt.CheckState.Checked
        ]
        target = self.target.currentData()
        if not chosen or target is None:
            self._refuse("Choose at least one column of numbers as input, and one as target.")
            return
        try:
            every = thinned(len(table.rows))
            columns = [column(table, i)[::every] for i in (*chosen, target)]
            self.edits = with_data(self._source, columns[:-1], columns[-1])
        except BadTable as error:
            self._refuse(str(error))
            return
        except SyntaxError:
            self._refuse("The program has a mistake: mend it first.")
            return
        count = len(columns[-1])
        rows = f"{count:,} row{'s' if count > 1 else ''}" if every == 1 else f"{count:,} rows, 1 of {every},"
        self.said.setText(f"{rows} become{'' if count > 1 else 's'} the program's x and y. Ctrl+Z takes that back.")
        self.ok.setEnabled(True)

    def _refuse(self, text: str) -> None:
        self.edits = []
        self.said.setText(text)
        self.ok.setEnabled(False)
