"""LossPanel: the loss turn by turn, growing with the cursor; a click goes to that turn."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series import LossReader, LossSeries
from gui.base import fonts
from gui.base.change import Change
from gui.base.theme import faded
from gui.session import Session


class LossPanel(QWidget):
    """Shown when the program trains. ``moved`` asks for a cursor, ``appeared`` tells whether there is a curve."""

    moved = Signal(int)
    appeared = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.series: LossSeries | None = None
        self._reader = LossReader(session.trace, session.scenes)
        self._x: list[float] = []
        self._y: list[float] = []
        self._plot: Any = None
        self._curve: Any = None
        self._ahead: Any = None
        self._dot: Any = None
        self._label: Any = None
        self.title = QLabel("Loss")
        self.title.setFont(fonts.ui(13, fonts.SEMIBOLD))
        self.title.setContentsMargins(16, 10, 16, 0)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 6)
        self._box.setSpacing(0)
        self._box.addWidget(self.title)
        self.setAccessibleName("Loss curve")
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.TRACE in change:
            self._read()
        elif Change.CURSOR in change and self.series is not None:
            self._draw()
        if Change.THEME in change and self._plot is not None:
            self._style()
            self._draw()

    def _read(self) -> None:
        s = self._session
        if self._reader.trace is not s.trace:
            self._reader = LossReader(s.trace, s.scenes)
        self.series = self._reader.read()
        self.appeared.emit(self.series is not None)
        if self.series is None:
            return
        self.title.setText(self.series.name[:1].upper() + self.series.name[1:])
        self.prepare()
        self._frame()
        self._draw()

    def prepare(self) -> None:
        """Make the plot, if there is none yet."""
        if self._plot is not None:
            return
        import pyqtgraph as pg

        pg.setConfigOptions(antialias=True)
        self._plot = pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.hideAxis("bottom")
        for name in ("left",):
            item.getAxis(name).setStyle(tickFont=fonts.ui(10), tickLength=0)
            item.getAxis(name).setWidth(46)
        self._ahead = self._plot.plot()
        self._curve = self._plot.plot()
        for curve in (self._ahead, self._curve):
            curve.setDownsampling(auto=True, method="peak")
        self._dot = pg.ScatterPlotItem(size=11, pxMode=True)
        self._label = pg.TextItem(anchor=(0, 1))
        self._label.setFont(fonts.ui(12))
        self._plot.addItem(self._dot)
        self._plot.addItem(self._label)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._box.addWidget(self._plot, 1)
        self._style()

    def _style(self) -> None:
        import pyqtgraph as pg

        t = self._session.theme
        self._plot.setBackground(t.panel)
        self._curve.setPen(pg.mkPen(t.forward, width=2))
        self._ahead.setPen(pg.mkPen(faded(t.forward, 0.25), width=1.5))
        self._dot.setBrush(t.gradient)
        self._dot.setPen(pg.mkPen(t.panel, width=1.5))
        self._label.setColor(t.dim)
        axis = self._plot.getPlotItem().getAxis("left")
        axis.setPen(pg.mkPen(t.panel))
        axis.setTextPen(t.faint)
        self._plot.getPlotItem().showGrid(y=True, alpha=0.12)

    def _frame(self) -> None:
        """Axes for the whole curve, so that it does not jump while it grows."""
        assert self.series is not None
        self._x = [float(p.turn) for p in self.series.points]
        self._y = [p.value for p in self.series.points]
        self._ahead.setData(self._x, self._y, connect="finite")
        finite = [y for y in self._y if math.isfinite(y)]
        if not finite:
            return
        low, high = min(finite), max(finite)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        self._plot.setXRange(-0.02 * max(1, self._x[-1]), max(1.0, self._x[-1]) * 1.02, padding=0)
        self._plot.setYRange(low - room, high + room * 2.4, padding=0)

    def _draw(self) -> None:
        assert self.series is not None
        count = self.series.reached(self._session.cursor)
        self._curve.setData(self._x[:count], self._y[:count], connect="finite")
        if not count:
            self._dot.setData([])
            self._label.setText("")
            return
        point = self.series.points[count - 1]
        text = f"{self.series.loop} {point.turn} · {number(point.value)}"
        self._label.setText(text)
        if math.isfinite(point.value):
            self._dot.setData([point.turn], [point.value])
            right = point.turn > 0.6 * max(1, self._x[-1])
            self._label.setAnchor((1, 1) if right else (0, 1))
            self._label.setPos(point.turn, point.value)
        self.setAccessibleDescription(text)

    @Slot(object)
    def _clicked(self, event: Any) -> None:
        if self.series is None or event.button() != Qt.MouseButton.LeftButton:
            return
        where = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos())
        self.go_to(where.x())

    def go_to(self, turn: float) -> None:
        """Ask for the step of the turn that is nearest."""
        if self.series is not None:
            nearest = min(self.series.points, key=lambda p: abs(p.turn - turn))
            self.moved.emit(nearest.cursor)
