"""PathList: the paths from the root to the selected card; the chosen one is bold on the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.explain.numbers import inline
from engine.explain.page import Ledger, LedgerRow
from engine.explain.paths import Paths
from gui.base import fonts
from gui.inspector.ledger import LedgerView
from gui.session import Session

TALLEST = 420
SIDES = 22
"""What an entry has beside its words."""


class PathList(QWidget):
    """One entry for each listed path, with what it contributes, and the sum below."""

    def __init__(self, paths: Paths, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._paths = paths
        t = session.theme
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("Paths")
        self.list.setFont(fonts.mono(12))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for path in paths.listed:
            item = QListWidgetItem(f"{path.label}\n{path.amount}")
            item.setForeground(t.text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{path.label}: {path.amount}")
            item.setToolTip(f"{path.label}\n{path.amount}")
            self.list.addItem(item)
        if session.paths.chosen is not None:
            self.list.setCurrentRow(session.paths.chosen)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        tall = self.list.count() * (2 * self.list.fontMetrics().lineSpacing() + 12) + 4
        self.list.setFixedHeight(min(TALLEST, tall))
        self.list.currentRowChanged.connect(self._chosen)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.list)
        rows = total(paths)
        if rows:
            box.addWidget(LedgerView(Ledger("sum", rows), t, "Sum of the paths"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Two lines for each entry; what is too long for its line is cut in its middle."""
        metrics = self.list.fontMetrics()
        room = self.list.viewport().width() - SIDES
        for i, path in enumerate(self._paths.listed):
            lines = [metrics.elidedText(t, Qt.TextElideMode.ElideMiddle, room) for t in (path.label, path.amount)]
            self.list.item(i).setText("\n".join(lines))

    @Slot(int)
    def _chosen(self, row: int) -> None:
        self._session.paths.choose(row if row >= 0 else None)


def total(paths: Paths) -> tuple[LedgerRow, ...]:
    """The sum of all paths beside the gradient that backward brought, as far as they are known."""
    rows = []
    more = paths.count - len(paths.listed)
    if more > 0:
        rows.append(LedgerRow("and more paths", f"{more}" if more < 10**6 else "…", "past"))
    if paths.total is not None:
        rows.append(LedgerRow("sum", inline(paths.total), "total"))
    elif paths.gradient is not None:
        rows.append(LedgerRow("sum, by backward", inline(paths.gradient), "total"))
    return tuple(rows)
