"""GridView: a row of numbers times a grid of numbers is a row of numbers; or the grid alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain.jacobian import Jacobian
from engine.explain.numbers import number
from engine.trace.values import Value
from gui.base import fonts
from gui.base.heat_map import heat_map
from gui.base.theme import Theme

CELL, LOW = 24, 8
"""Height of a cell with a number, and of one without."""
WIDE = 42.0
"""Width of the narrowest cell with a number."""
LABEL = 64
"""Width of the words at the left."""
GAP = 10
HEADER = 18


class GridView(QWidget):
    """Numbers in the cells where they have room, colours where they have not."""

    def __init__(self, jacobian: Jacobian, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.jacobian = jacobian
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LABEL + 80)
        j = jacobian
        self.setAccessibleName(f"Jacobian of {j.target} with respect to {j.source}")
        rows, columns = j.grid.shape
        said = [f"{rows} × {columns}", *(_line(j.grid, i) for i in range(min(rows, 8)))]
        if j.upstream is not None and j.sent is not None:
            said = [f"{_line(j.upstream, 0)} times", *said, f"is {_line(j.sent, 0)}"]
        self.setAccessibleDescription("; ".join(said))
        self.setToolTip("\n".join(said))

    def _tall(self) -> int:
        rows = self.jacobian.grid.shape[0]
        return CELL * rows if rows <= 12 else max(90, LOW * rows)

    def sizeHint(self) -> QSize:
        around = 2 * (CELL + GAP) if self.jacobian.upstream is not None else 0
        return QSize(200, HEADER + self._tall() + around + 4)

    def parts(self) -> list[tuple[str, Value, QRectF]]:
        """What stands where: word, numbers and place of each block, from the top."""
        j = self.jacobian
        left = LABEL if j.upstream is not None else 0.5
        wide = self.width() - left - 1.0
        y = float(HEADER)
        out = []
        if j.upstream is not None:
            # The row that arrives has as many elements as the grid has rows: it keeps the width of its cells.
            out.append(("arrives", j.upstream, QRectF(left, y, wide, CELL)))
            y += CELL + GAP
        out.append(("× grid" if j.upstream is not None else "", j.grid, QRectF(left, y, wide, self._tall())))
        y += self._tall() + GAP
        if j.sent is not None:
            out.append(("= sent", j.sent, QRectF(left, y, wide, CELL)))
        return out

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setFont(fonts.ui(11))
        p.setPen(t.dim)
        rows, columns = self.jacobian.grid.shape
        head = f"{rows} element{'s' * (rows > 1)} of {self.jacobian.target} ↓   {columns} of {self.jacobian.source} →"
        p.drawText(QRectF(0, 0, self.width(), HEADER), Qt.AlignmentFlag.AlignLeft, head)
        for word, value, rect in self.parts():
            p.setFont(fonts.ui(12))
            p.setPen(t.gradient if word.startswith(("arrives", "=")) else t.dim)
            p.drawText(QRectF(0, rect.top(), LABEL - 8, CELL), Qt.AlignmentFlag.AlignVCenter, word)
            self._block(p, value, rect)
        p.end()

    def _block(self, p: QPainter, value: Value, rect: QRectF) -> None:
        t = self._theme
        rows, columns = value.shape
        array = value.array
        if array is None or rect.width() / columns < WIDE or rows > 12:
            heat_map(p, rect, value, t)
            return
        p.setPen(QPen(t.hairline, 1))
        p.setBrush(t.card)
        p.drawRoundedRect(rect, 5, 5)
        wide, tall = rect.width() / columns, rect.height() / rows
        p.setFont(fonts.mono(12))
        metrics = QFontMetricsF(fonts.mono(12))
        for r in range(rows):
            for c in range(columns):
                cell = QRectF(rect.left() + c * wide, rect.top() + r * tall, wide, tall)
                text = metrics.elidedText(number(array[r, c].item()), Qt.TextElideMode.ElideRight, wide - 4)
                p.setPen(t.faint if array[r, c] == 0 else t.forward if array[r, c] > 0 else t.gradient)
                p.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)


def _line(value: Value, row: int) -> str:
    array = value.array
    return "" if array is None else "[" + ", ".join(number(x) for x in array[row].tolist()) + "]"
