"""Places: where the panels of the window stand, which of them are shown, and the memory of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from gui.base.settings import Settings
from gui.base.tabs import Tabs
from gui.front import BOTTOM, LEFT, RIGHT

if TYPE_CHECKING:
    from gui.window import MainWindow

FOLD_RIGHT, FOLD_LEFT = 1120, 760
"""Below these widths the side panels fold away one by one."""
FIGURE = 300
"""Height of the panel in which figures are drawn, when the first one comes."""
SPLITTERS = ("left", "upper", "bottom", "whole")


def hairline() -> QFrame:
    line = QFrame()
    line.setProperty("role", "hairline")
    line.setFixedHeight(1)
    return line


def _height(*widgets: QWidget) -> int:
    """What those of the widgets take that are shown."""
    return sum(widget.height() for widget in widgets if widget.isVisible())


class Places(QWidget):
    """All panels of a window, in splitters and tabs."""

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._presenting = False
        self._folded: set[str] = set()
        self._fitted = 0
        """The width for which panels were folded last."""
        self.setObjectName("root")
        self.program_tabs = Tabs()
        self.program_tabs.add("Program", self._editor(window))
        self.program_tabs.add("Lessons", window.lessons)
        self.output_tabs = Tabs()
        self.output_tabs.add("Output", window.output)
        self.output_tabs.add("Variables", window.variables)
        self._figures = self.output_tabs.add("Figures", window.figures)
        self._has_figures = False
        self.output_tabs.set_shown(self._figures, False)
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.program_tabs)
        self.left.addWidget(self.output_tabs)
        self.left.setStretchFactor(0, 4)
        self.left.setStretchFactor(1, 1)
        self.inspector = Tabs()
        self.inspector.add("Explain", window.explain)
        self.inspector.add("Tensor", window.tensor)
        self._training = self.inspector.add("Training", window.training)
        self.inspector.set_shown(self._training, False)
        self.upper = QSplitter(Qt.Orientation.Horizontal)
        for i, panel in enumerate((self.left, window.canvas, self.inspector)):
            self.upper.addWidget(panel)
            self.upper.setStretchFactor(i, int(panel is window.canvas))
        self.bottom = QSplitter(Qt.Orientation.Horizontal)
        self.bottom.addWidget(window.timeline)
        self.bottom.addWidget(window.loss)
        self.bottom.setStretchFactor(0, 1)
        self.bottom.setStretchFactor(1, 0)
        window.loss.hide()
        self.whole = QSplitter(Qt.Orientation.Vertical)
        self.whole.addWidget(self.upper)
        self.whole.addWidget(self.bottom)
        self.whole.setStretchFactor(0, 1)
        self.whole.setStretchFactor(1, 0)
        for splitter in (self.left, self.upper, self.bottom, self.whole):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        window.text.setMinimumWidth(180)
        self.inspector.setMinimumWidth(210)
        window.canvas.setMinimumSize(240, 160)
        window.timeline.setMinimumHeight(124)
        window.loss.setMinimumWidth(200)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._header = window.header, hairline()
        for widget in self._header:
            box.addWidget(widget)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.whole)
        box.addLayout(row, 1)
        self._panels: dict[str, QWidget] = {
            "panel_left": self.left,
            "panel_right": self.inspector,
            "panel_bottom": self.bottom,
        }
        self._restore()

    @staticmethod
    def _editor(window: MainWindow) -> QWidget:
        editor = QWidget()
        editor.setProperty("role", "panel")
        editor.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (window.find_bar, window.text, window.problem, window.note):
            column.addWidget(widget, 1 if widget is window.text else 0)
        window.problem.beside = lambda: window.text.needed_height() + _height(window.find_bar, window.note)
        window.note.beside = lambda: window.text.needed_height() + _height(window.find_bar, window.problem)
        return editor

    # --- which are shown --------------------------------------------------------------------

    def show_panel(self, id: str, shown: bool) -> None:
        self._folded.discard(id)
        self._settings.put_panel(id, shown)
        self._panels[id].setVisible(shown)

    def toggle_panel(self, id: str) -> None:
        self.show_panel(id, not self._panels[id].isVisible())

    def show_inspector(self) -> None:
        """Unfold it where it gave way; who has hidden it keeps it hidden."""
        if "panel_right" in self._folded:
            self.show_panel("panel_right", True)

    def show_training(self, there: bool) -> None:
        self.inspector.set_shown(self._training, there)

    def show_figures(self, there: bool) -> None:
        """The first figure of a program comes to the front by itself; afterwards its reader chooses."""
        first = there and not self._has_figures
        self._has_figures = there
        self.output_tabs.set_shown(self._figures, there)
        if first:
            self.output_tabs.show_page(self._figures)
            above, below = self.left.sizes()
            if below < FIGURE:
                self.left.setSizes([above + below - FIGURE, FIGURE])

    def fold(self, width: int) -> None:
        """Show the panels that are wanted and for which a window of this width has room."""
        if self._presenting:
            return
        self._fitted = width
        self._folded = set()
        if width < FOLD_RIGHT:
            self._folded.add("panel_right")
        if width < FOLD_LEFT:
            self._folded.add("panel_left")
        for id, panel in self._panels.items():
            panel.setVisible(self._settings.panel(id) and id not in self._folded)

    def fit(self, width: int) -> None:
        """Follow the width of the window."""
        # The width before is not the event's: a window that was resized while it was hidden has none there.
        if any((self._fitted < limit) != (width < limit) for limit in (FOLD_RIGHT, FOLD_LEFT)):
            self.fold(width)
        if self._presenting:
            self._share_stage(width)

    # --- presentation -----------------------------------------------------------------------

    def present(self, on: bool, width: int) -> None:
        """Canvas, caption and code only, or again what there was."""
        self._presenting = on
        if on:
            self._before = self.upper.sizes()
        for widget in (*self._header, self.output_tabs):
            widget.setVisible(not on)
        self.program_tabs.show_page(0)
        if on:
            self.bottom.hide()
            self.inspector.hide()
            self._share_stage(width)
        else:
            self.fold(width)
            self.upper.setSizes(self._before)

    def _share_stage(self, width: int) -> None:
        """In a presentation most of the width is the graph's, whose type is large, too."""
        code = round(0.28 * width)
        self.upper.setSizes([code, width - code, 0])

    # --- remembering ------------------------------------------------------------------------

    def _restore(self) -> None:
        self.upper.setSizes([LEFT, 780, RIGHT])
        self.whole.setSizes([744, BOTTOM])
        self.left.setSizes([540, 164])
        self.bottom.setSizes([1080, 340])
        for name in SPLITTERS:
            state = self._settings.bytes(name)
            if state is not None:
                getattr(self, name).restoreState(state)

    def remember(self) -> None:
        for name in SPLITTERS:
            self._settings.put_bytes(name, getattr(self, name).saveState())
