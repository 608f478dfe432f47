"""MainWindow: places the panels, makes the menus from the command table, remembers its look."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui.base import fonts
from gui.base.change import Change
from gui.base.commands import COMMANDS, MENUS
from gui.base.settings import Settings
from gui.base.style import palette, style_sheet
from gui.base.tabs import Tabs
from gui.base.theme import chosen
from gui.front import BOTTOM, LEFT, RIGHT, Front

if TYPE_CHECKING:
    from gui.player import Player
    from gui.runner import Runner
    from gui.session import Session

FOLD = 1120
"""Below this width the side panels fold away one by one."""
FIGURE = 300
"""Height of the panel in which figures are drawn, when the first one comes."""
TOAST_MS = 6000
ICON_MS = 700
"""After so long a window that was shown is furnished, painted or not."""


def hairline(vertical: bool = False) -> QFrame:
    line = QFrame()
    line.setProperty("role", "hairline")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


class MainWindow(QMainWindow):
    """The window. It wires panels to the session and to each other's requests; it knows nothing itself."""

    painted = Signal()
    """The frame is on the screen; emitted once, also where nothing is ever painted (a start as an icon)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.furnished = False
        self._told = False
        self._has_figures = False
        self._folded: set[str] = set()
        self._fitted = 0
        """The width for which panels were folded last."""
        self.setWindowTitle("Chainrule")
        self.setMinimumSize(640, 480)
        geometry = settings.bytes("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1440, 900)
        front = Front(chosen(settings.theme, settings.contrast))
        front.painted.connect(self._on_painted)
        self.setCentralWidget(front)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.furnished:
            QTimer.singleShot(ICON_MS, self._on_painted)

    @Slot()
    def _on_painted(self) -> None:
        if not self._told:
            self._told = True
            self.painted.emit()

    def furnish(self, session: Session, runner: Runner, player: Player) -> None:
        """Put in the panels."""
        from gui import panels

        self.session = session
        self.runner = runner
        self.player = player
        self.menu = QMenu(self)
        self.header = panels.Header(session, self.menu)
        self.text = panels.ProgramText(session)
        self.find_bar = panels.FindBar(self.text)
        self.problem = panels.ProblemCard(session)
        self.note = panels.NoteCard(session)
        self.lessons = panels.LessonsPanel(session)
        self.output = panels.Output(session)
        self.variables = panels.Variables(session)
        self.figures = panels.FiguresPage(session)
        self.canvas = panels.CanvasPanel(session)
        self.explain = panels.ExplainPage(session)
        self.tensor = panels.TensorPage(session)
        self.timeline = panels.TimelinePanel(session)
        self.loss = panels.LossPanel(session)
        self.training = panels.TrainingPage(session)
        self.toast = QLabel(self)
        self.toast.setFont(fonts.ui(13))
        self.toast.setWordWrap(True)
        self.toast.hide()
        self._toast_timer = QTimer(self)
        self._toast_timer.setSingleShot(True)
        self._toast_timer.timeout.connect(self.toast.hide)
        self._lesson_of = panels.lesson_of
        self.actions_ = panels.Actions(self)
        root = self._placed()
        self._make_actions()
        self._connect()
        self._restore()
        self._apply_panels()
        self.actions_.apply_theme()
        self.furnished = True
        self.setCentralWidget(root)
        self.canvas.view.setFocus()

    def preload(self) -> None:
        """Load what the first formula and the first curve will need, so that neither holds a running program up."""
        from gui.inspector.formula import svg

        svg("x", 12.0, "#000000")
        self.loss.prepare()
        # Modules stay; the garbage collector need not look through them again (some 80 ms each time).
        gc.collect()
        gc.freeze()

    # --- making -----------------------------------------------------------------------------

    def _placed(self) -> QWidget:
        """Everything in its place."""
        editor = QWidget()
        editor.setProperty("role", "panel")
        editor.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.find_bar, self.text, self.problem, self.note):
            column.addWidget(widget, 1 if widget is self.text else 0)
        self.program_tabs = Tabs()
        self.program_tabs.add("Program", editor)
        self.program_tabs.add("Lessons", self.lessons)
        self.output_tabs = Tabs()
        self.output_tabs.add("Output", self.output)
        self.output_tabs.add("Variables", self.variables)
        self._figures_tab = self.output_tabs.add("Figures", self.figures)
        self.output_tabs.set_shown(self._figures_tab, False)
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.program_tabs)
        self.left.addWidget(self.output_tabs)
        self.left.setStretchFactor(0, 4)
        self.left.setStretchFactor(1, 1)
        self.inspector = Tabs()
        self.inspector.add("Explain", self.explain)
        self.inspector.add("Tensor", self.tensor)
        self._training_tab = self.inspector.add("Training", self.training)
        self.inspector.set_shown(self._training_tab, False)
        self.upper = QSplitter(Qt.Orientation.Horizontal)
        for i, panel in enumerate((self.left, self.canvas, self.inspector)):
            self.upper.addWidget(panel)
            self.upper.setStretchFactor(i, int(panel is self.canvas))
        self.bottom = QSplitter(Qt.Orientation.Horizontal)
        self.bottom.addWidget(self.timeline)
        self.bottom.addWidget(self.loss)
        self.bottom.setStretchFactor(0, 1)
        self.bottom.setStretchFactor(1, 0)
        self.loss.hide()
        self.whole = QSplitter(Qt.Orientation.Vertical)
        self.whole.addWidget(self.upper)
        self.whole.addWidget(self.bottom)
        self.whole.setStretchFactor(0, 1)
        self.whole.setStretchFactor(1, 0)
        for splitter in (self.left, self.upper, self.bottom, self.whole):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self.text.setMinimumWidth(180)
        self.inspector.setMinimumWidth(210)
        self.canvas.setMinimumSize(240, 160)
        self.timeline.setMinimumHeight(124)
        self.loss.setMinimumWidth(200)
        root = QWidget()
        root.setObjectName("root")
        box = QVBoxLayout(root)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.header)
        self._under_header = hairline()
        box.addWidget(self._under_header)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.whole)
        box.addLayout(row, 1)
        return root

    def _make_actions(self) -> None:
        """One QAction per command; menus from the same table."""
        self.by_id: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.title, self)
            action.setShortcuts([QKeySequence(k) for k in command.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _=False, i=command.id: self.do(i))
            self.by_id[command.id] = action
            self.addAction(action)
        for name in MENUS:
            part = self.menu.addMenu(name)
            for command in COMMANDS:
                if command.menu == name and command.shown:
                    part.addAction(self.by_id[command.id])
                if name == "File" and command.id == "open":
                    self.recent = part.addMenu("Open recent")
                    self.recent.aboutToShow.connect(self._fill_recent)
            if name == "File":
                part.addSeparator()
        lessons = QMenu("Lessons", self.menu)
        self.actions_.fill_lessons(lessons)
        self.menu.insertMenu(self.menu.actions()[1], lessons)
        opener = QAction("Menu", self)
        opener.setShortcut(QKeySequence("F10"))
        opener.triggered.connect(self.header.logo.showMenu)
        self.addAction(opener)

    def _connect(self) -> None:
        self.header.command.connect(self.do)
        self.header.phase.connect(self.player.to_phase)
        self.timeline.moved.connect(self.scrub)
        self.loss.moved.connect(self.scrub)
        self.loss.appeared.connect(self.loss.setVisible)
        self.training.moved.connect(self.scrub)
        self.training.controls.edited.connect(self.text.write)
        self.training.appeared.connect(lambda there: self.inspector.set_shown(self._training_tab, there))
        self.figures.appeared.connect(self._show_figures)
        self.lessons.list.chosen.connect(self._open_lesson)
        self.text.noted.connect(self.tell)
        self.problem.clicked.connect(self.actions_.go_to_problem)
        for card in (self.problem, self.note, self.explain):
            card.wanted.connect(self.actions_.go_to)
        self.note.stepped.connect(self.scrub)
        self.canvas.view.inspected.connect(self._inspect)
        self.canvas.view.asked.connect(self.do)
        self.canvas.view.wanted.connect(self.actions_.go_to)
        self.canvas.view.moved.connect(self.scrub)
        self.tensor.moved.connect(self.scrub)
        self.session.changed.connect(self._on_change)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.styleHints().colorSchemeChanged.connect(self._system_theme)

    # --- doing ------------------------------------------------------------------------------

    @Slot(str)
    def do(self, id: str) -> None:
        """Run a command. Space on a focused button presses the button."""
        focus = QApplication.focusWidget()
        if id == "play" and isinstance(focus, QAbstractButton) and focus.isVisible() and self._by_key():
            focus.click()
            return
        self.actions_.run(id)

    @staticmethod
    def _by_key() -> bool:
        return QApplication.mouseButtons() == Qt.MouseButton.NoButton

    @Slot(int)
    def scrub(self, cursor: int) -> None:
        self.player.pause()
        self.player.jump(cursor)

    @Slot(bool)
    def _show_figures(self, there: bool) -> None:
        """The first figure of a program comes to the front by itself; afterwards its reader chooses."""
        first = there and not self._has_figures
        self._has_figures = there
        self.output_tabs.set_shown(self._figures_tab, there)
        if first:
            self.output_tabs.show_page(self._figures_tab)
            above, below = self.left.sizes()
            if below < FIGURE:
                self.left.setSizes([above + below - FIGURE, FIGURE])

    @Slot(object)
    def _open_lesson(self, lesson: object) -> None:
        self.actions_.open_lesson(lesson)
        self.program_tabs.show_page(0)

    @Slot(str)
    def _inspect(self, key: str) -> None:
        if "panel_right" in self._folded:
            self.show_panel("panel_right", True)

    def tell(self, text: str, error: bool = False) -> None:
        """A line at the bottom that goes away by itself."""
        t = self.session.theme
        back, fore = (t.error_soft, t.error) if error else (t.text, t.panel)
        self.toast.setStyleSheet(
            f"background: {back.name()}; color: {fore.name()}; border-radius: 9px; padding: 9px 16px;"
        )
        self.toast.setText(text)
        self.toast.setMaximumWidth(max(240, self.width() - 80))
        self.toast.adjustSize()
        self._place_toast()
        self.toast.show()
        self.toast.raise_()
        self._toast_timer.start(TOAST_MS)

    def _place_toast(self) -> None:
        self.toast.move((self.width() - self.toast.width()) // 2, self.height() - self.toast.height() - 24)

    @Slot()
    def _fill_recent(self) -> None:
        self.actions_.fill_recent(self.recent)

    # --- following --------------------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.THEME in change:
            self._apply_theme()
        if change & (Change.DOCUMENT | Change.SOURCE):
            name = self.session.title or "Untitled"
            self.setWindowTitle(f"{name}{' *' if self.session.dirty else ''} — Chainrule")
            lesson = self._lesson_of(self.session.source)
            self.explain.set_prompt(*((lesson.prompt, lesson.answer) if lesson is not None else (None,)))
        if Change.MODE in change:
            self._apply_mode()

    def _apply_theme(self) -> None:
        theme = self.session.theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(palette(theme))
        sheet = style_sheet(theme)
        if app.styleSheet() != sheet:  # setting it again polishes every widget anew
            app.setStyleSheet(sheet)

    @Slot()
    def _system_theme(self) -> None:
        if self.session.settings.theme == "system":
            self.actions_.apply_theme()

    def _apply_mode(self) -> None:
        """Presentation: canvas, caption and code only, in large type."""
        presenting = self.session.presenting
        for widget in (self.header, self._under_header, self.bottom, self.inspector, self.output_tabs):
            widget.setVisible(not presenting and not self._is_hidden(widget))
        self.program_tabs.show_page(0)
        if presenting:
            self._before = self.windowState(), self.upper.sizes()
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
            self._share_stage()
        else:
            state, sizes = self._before
            self.setWindowState(state)
            self._apply_panels()
            self.upper.setSizes(sizes)

    _before: tuple[Qt.WindowState, list[int]] = (Qt.WindowState.WindowNoState, [])

    def _is_hidden(self, widget: QWidget) -> bool:
        for id, panel in self._panels().items():
            if panel is widget:
                return not self.session.settings.panel(id) or id in self._folded
        return False

    # --- panels -----------------------------------------------------------------------------

    def _panels(self) -> dict[str, QWidget]:
        return {"panel_left": self.left, "panel_right": self.inspector, "panel_bottom": self.bottom}

    def show_panel(self, id: str, shown: bool) -> None:
        self._folded.discard(id)
        self.session.settings.put_panel(id, shown)
        self._panels()[id].setVisible(shown)

    def toggle_panel(self, id: str) -> None:
        self.show_panel(id, not self._panels()[id].isVisible())

    def _apply_panels(self) -> None:
        """Show the panels that are wanted and for which there is room."""
        if self.session.presenting:
            return
        width = self._fitted = self.width()
        self._folded = set()
        if width < FOLD:
            self._folded.add("panel_right")
        if width < 760:
            self._folded.add("panel_left")
        for id, panel in self._panels().items():
            panel.setVisible(self.session.settings.panel(id) and id not in self._folded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.furnished:
            return
        # The width before is not the event's: a window that was resized while it was hidden has none there.
        if any((self._fitted < limit) != (event.size().width() < limit) for limit in (FOLD, 760)):
            self._apply_panels()
        if self.session.presenting:
            self._share_stage()
        self._place_toast()

    def _share_stage(self) -> None:
        """In a presentation most of the width is the graph's, whose type is large, too."""
        code = round(0.28 * self.width())
        self.upper.setSizes([code, self.width() - code, 0])

    # --- remembering ------------------------------------------------------------------------

    def _restore(self) -> None:
        self.upper.setSizes([LEFT, 780, RIGHT])
        self.whole.setSizes([744, BOTTOM])
        self.left.setSizes([540, 164])
        self.bottom.setSizes([1080, 340])
        for name in ("left", "upper", "bottom", "whole"):
            state = self._settings.bytes(name)
            if state is not None:
                getattr(self, name).restoreState(state)

    def remember(self) -> None:
        settings = self._settings
        if not self.session.presenting:
            settings.put_bytes("geometry", self.saveGeometry())
            for name in ("left", "upper", "bottom", "whole"):
                settings.put_bytes(name, getattr(self, name).saveState())
        settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.furnished:
            event.accept()
            return
        if not self.actions_.may_leave():
            event.ignore()
            return
        self.remember()
        self.actions_.left()
        self.runner.close()
        event.accept()
