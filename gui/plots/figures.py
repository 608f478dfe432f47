"""FiguresPage: what the program has drawn with matplotlib up to the cursor; a double click enlarges."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.trace import events as ev
from engine.trace.figures import Figure
from gui.base import fonts
from gui.base.change import Change
from gui.session import Session


class FiguresPage(QWidget):
    """One figure at a time. ``appeared`` tells whether the program has any."""

    appeared = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._chosen = -1
        """Which figure of those there are; -1 for the newest."""
        self._shown: tuple[object, ...] | None = None
        self._plot: Any = None
        self.figures: list[Figure] = []
        self.title = QLabel()
        self.title.setFont(fonts.ui(12))
        self.title.setProperty("role", "dim")
        self.previous = self._button("‹", "Previous figure", -1)
        self.next = self._button("›", "Next figure", 1)
        self.larger = QPushButton("Enlarge")
        self.larger.setProperty("role", "outlined")
        self.larger.clicked.connect(self.enlarge)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(14, 4, 10, 0)
        self._head.addWidget(self.title, 1)
        for button in (self.previous, self.next, self.larger):
            self._head.addWidget(button)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 4)
        self._box.setSpacing(2)
        self._box.addLayout(self._head)
        self._box.addStretch(0)
        self.setAccessibleName("Figures")
        session.changed.connect(self._on_change)

    def _button(self, text: str, name: str, step: int) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", "outlined")
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(lambda: self._turn(step))
        return button

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.TRACE in change:
            self._chosen = -1
            self.appeared.emit(bool(self._session.trace.figures))
        if change & (Change.CURSOR | Change.TRACE | Change.THEME) and self.isVisible():
            self.write()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.write()

    def _turn(self, step: int) -> None:
        if self.figures:
            now = self._chosen if self._chosen >= 0 else len(self.figures) - 1
            self._chosen = max(0, min(len(self.figures) - 1, now + step))
            self.write()

    def write(self) -> None:
        """Draw the figure that is to be seen at the cursor."""
        s = self._session
        stop = s.trace.stop(s.cursor)
        # In a loop each turn's figure takes the place of the last one's; another plt.show() shows another figure.
        latest: dict[tuple[int, object], tuple[int, Figure]] = {}
        for place in s.trace.figures:
            event = s.trace.events[place]
            if place < stop and isinstance(event, ev.Plotted):
                latest[event.figure.number, event.span] = (place, event.figure)
        self.figures = [figure for _, figure in latest.values()]
        number = min(self._chosen if self._chosen >= 0 else len(self.figures) - 1, len(self.figures) - 1)
        key = (id(s.trace), [place for place, _ in latest.values()], number, s.theme.name)
        if key == self._shown:
            return
        self._shown = key
        many = len(self.figures) > 1
        self.previous.setVisible(many)
        self.next.setVisible(many)
        self.larger.setVisible(number >= 0)
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number < len(self.figures) - 1)
        self.title.setText(
            f"Figure {number + 1} of {len(self.figures)}" if many else "" if number >= 0 else "Nothing is drawn yet."
        )
        if self._plot is not None:
            self._box.removeWidget(self._plot)
            self._plot.deleteLater()
            self._plot = None
        if number >= 0:
            self._plot = _drawn(self.figures[number], s)
            self._plot.viewport().installEventFilter(self)
            self._box.insertWidget(1, self._plot, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.enlarge()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def enlarge(self) -> None:
        """The figure in a window of its own, which may stay open."""
        if not self.figures:
            return
        figure = self.figures[self._chosen]
        window = QDialog(self.window(), Qt.WindowType.Window)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.setWindowTitle(figure.title or f"Figure {figure.number}")
        box = QVBoxLayout(window)
        box.addWidget(_drawn(figure, self._session))
        width, height = figure.size
        window.resize(round(max(4.0, min(14.0, width)) * 110), round(max(3.0, min(9.0, height)) * 110))
        window.show()


def _drawn(figure: Figure, session: Session) -> Any:
    import pyqtgraph as pg

    from gui.plots.figure import draw

    pg.setConfigOptions(antialias=True)
    widget = pg.GraphicsLayoutWidget()
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    draw(widget, figure, session.theme)
    return widget
