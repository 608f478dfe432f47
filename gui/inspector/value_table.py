"""ValueTable: a tensor's numbers in rows and columns. A cell is made when it is seen, so that size does not matter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from engine.explain.numbers import number
from engine.trace.values import Value
from gui.base import fonts
from gui.session import Session

Index = QModelIndex | QPersistentModelIndex
WRAP = 10
"""Columns into which a long row of numbers is cut."""
LONG = 60
"""Elements from which a tensor of one dimension is cut into rows."""
ROWS = 9
"""Rows that are seen at once."""
ROW = 24
COLUMN = 72
NOTHING = QModelIndex()


class ValueModel(QAbstractTableModel):
    """The last dimension is the columns; all others together are the rows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._value: Value | None = None
        self._array = np.zeros((0, 0))
        self._wrapped = False

    def show(self, value: Value) -> None:
        """Another value; of the same shape, the place that is looked at stays."""
        array = value.array
        assert array is not None
        if self._value is not None and self._value.shape == value.shape:
            self._value, self._array = value, self._laid_out(array)
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._value, self._array = value, self._laid_out(array)
        self.endResetModel()

    def _laid_out(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        self._wrapped = array.ndim == 1 and array.size >= LONG
        if self._wrapped:
            return array
        return array.reshape(-1, 1) if array.ndim <= 1 else array.reshape(-1, array.shape[-1])

    def rowCount(self, parent: Index = NOTHING) -> int:
        if parent.isValid():
            return 0
        return math.ceil(self._array.size / WRAP) if self._wrapped else self._array.shape[0]

    def columnCount(self, parent: Index = NOTHING) -> int:
        if parent.isValid():
            return 0
        return WRAP if self._wrapped else self._array.shape[1]

    def _at(self, index: Index) -> Any:
        if self._wrapped:
            place = index.row() * WRAP + index.column()
            return self._array[place].item() if place < self._array.size else None
        return self._array[index.row(), index.column()].item()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.ForegroundRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        item = self._at(index)
        if item is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return number(item)
        if role == Qt.ItemDataRole.ForegroundRole:
            theme = self._session.theme
            odd = isinstance(item, float) and not math.isfinite(item)
            return theme.error if odd else theme.gradient if item < 0 else theme.text
        return f"{self.place(index)} = {item!r}"

    def place(self, index: Index) -> str:
        """``[1, 0, 2]``: the cell's own index in the tensor."""
        assert self._value is not None
        columns = self.columnCount()
        flat = index.row() * columns + index.column()
        return f"[{', '.join(str(int(i)) for i in np.unravel_index(flat, self._value.shape))}]"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or self._value is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return "" if len(self._value.shape) < 2 and not self._wrapped else str(section)
        if self._wrapped:
            return str(section * WRAP)
        if len(self._value.shape) <= 2:
            return str(section)
        return ", ".join(str(int(i)) for i in np.unravel_index(section, self._value.shape[:-1]))


class ValueTable(QTableView):
    """At most ``ROWS`` rows are seen at once; the rest is scrolled to."""

    def __init__(self, session: Session, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ValueModel(session)
        self.setModel(self._model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(fonts.mono(12))
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setCornerButtonEnabled(False)
        self.setStyleSheet("QTableCornerButton::section { background: transparent; border: none; }")
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header, size in ((self.verticalHeader(), ROW), (self.horizontalHeader(), COLUMN)):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setMinimumSectionSize(size)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_value(self, value: Value) -> None:
        self._model.show(value)
        flat = len(value.shape) < 2 and value.size < LONG
        self.horizontalHeader().setVisible(not flat)
        self.horizontalHeader().setStretchLastSection(flat)
        head = 0 if flat else self.horizontalHeader().sizeHint().height()
        wide = self._model.columnCount() * COLUMN > 240
        bar = self.horizontalScrollBar().sizeHint().height() if wide else 0
        self.setFixedHeight(min(ROWS, self._model.rowCount()) * ROW + head + bar + 2)
