"""HistoryList: what a tensor and its ``.grad`` were over the run; a click goes there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from engine.explain.history import change
from engine.explain.moment import Moment
from gui.base import fonts
from gui.session import Session

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
ROWS = 6
"""Entries that are seen at once."""
ROW = 26


class HistoryModel(QAbstractListModel):
    """One row for each event; its words are made when it is seen."""

    def __init__(self, session: Session, grad: bool) -> None:
        super().__init__()
        self._session = session
        self._grad = grad
        self._places: Sequence[int] = ()
        self._tensor = -1
        self._moment: Moment | None = None

    def show(self, m: Moment, tensor: int, places: Sequence[int]) -> None:
        if tensor != self._tensor or len(places) != len(self._places) or self._of_other_run(m):
            self.beginResetModel()
            self._moment, self._tensor, self._places = m, tensor, places
            self.endResetModel()
        else:
            self._moment = m
            self.dataChanged.emit(self.index(0), self.index(len(places) - 1))

    def _of_other_run(self, m: Moment) -> bool:
        return self._moment is None or self._moment.trace is not m.trace

    @property
    def present(self) -> int:
        """The row that stands at the moment; -1 before the first."""
        return -1 if self._moment is None else bisect_right(self._places, self._moment.place - 1) - 1

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self._places)

    def cursor(self, row: int) -> int:
        """The step that shows an entry."""
        assert self._moment is not None
        return self._moment.trace.cursor_of(self._places[row])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._moment is None:
            return None
        theme = self._session.theme
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.faint if index.row() > self.present else theme.text
        if role == Qt.ItemDataRole.FontRole:
            return fonts.mono(12, fonts.SEMIBOLD) if index.row() == self.present else None
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        entry = change(self._moment.trace, self._places[index.row()], self._tensor, self._grad)
        if role == Qt.ItemDataRole.DisplayRole:
            here = "▸" if index.row() == self.present else " "
            return f"{here}{entry.cursor:>4}  {entry.value}  {entry.what}"
        now = ", now" if index.row() == self.present else ""
        return f"step {entry.cursor}: {entry.value}, {entry.what}{now}"


class HistoryList(QListView):
    """A small list. ``moved`` asks for a cursor."""

    moved = Signal(int)

    def __init__(self, session: Session, grad: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = HistoryModel(session, grad)
        self.setModel(self._model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(fonts.mono(12))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("History of .grad" if grad else "Versions")
        self.setToolTip("A click goes to that step")
        self.clicked.connect(self._go)
        self.activated.connect(self._go)

    def show_history(self, m: Moment, tensor: int, places: Sequence[int]) -> None:
        """The entries of a tensor; that of the moment is marked and in sight."""
        self._model.show(m, tensor, places)
        row = max(ROW, self.sizeHintForRow(0))
        self.setFixedHeight(min(ROWS, len(places)) * row + 4)
        if self._model.present >= 0:
            self.scrollTo(self._model.index(self._model.present))

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        self.moved.emit(self._model.cursor(index.row()))
