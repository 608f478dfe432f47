"""MainWindow: furnishes itself with the panels, wires them to each other, follows the session."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QMenu

from gui.base.change import Change
from gui.base.garbage import Garbage
from gui.base.settings import Settings
from gui.base.style import palette, style_sheet
from gui.base.theme import chosen
from gui.front import Front

if TYPE_CHECKING:
    from gui.player import Player
    from gui.runner import Runner
    from gui.session import Session

ICON_MS = 700
"""After so long a window that was shown is furnished, painted or not."""


class MainWindow(QMainWindow):
    """The window. It wires panels to the session and to each other's requests; it knows nothing itself."""

    painted = Signal()
    """The frame is on the screen; emitted once, also where nothing is ever painted (a start as an icon)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._garbage = Garbage(self)
        self.furnished = False
        self._told = False
        self._state_before = Qt.WindowState.WindowNoState
        """What the window was before it presented."""
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

    # --- making -----------------------------------------------------------------------------

    def furnish(self, session: Session, runner: Runner, player: Player) -> None:
        """Put in the panels."""
        from gui import panels

        self.session = session
        self.runner = runner
        self.player = player
        self.menu = panels.MainMenu(self)
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
        self.toast = panels.Toast(self)
        self._lesson_of = panels.lesson_of
        self.builder = panels.Builder(session, self.text)
        self.gestures = panels.Gestures(self.builder, self.canvas.view, self.text)
        self.canvas.view.hands = self.gestures
        self.actions_ = panels.Actions(self)
        self.places = panels.Places(self, self._settings)
        self.program_tabs = self.places.program_tabs
        self.output_tabs = self.places.output_tabs
        self.inspector = self.places.inspector
        self._fill_menu()
        self._connect()
        self.places.fold(self.width())
        self.actions_.apply_theme()
        self.furnished = True
        self.setCentralWidget(self.places)
        self.canvas.view.setFocus()

    def preload(self) -> None:
        """Load what the first formula and the first curve will need, so that neither holds a running program up."""
        from gui.inspector.formula import svg

        svg("x", 12.0, "#000000")
        self.loss.prepare()
        # Modules stay; the garbage collector need not look through them again (some 80 ms each time).
        gc.collect()
        gc.freeze()

    def _fill_menu(self) -> None:
        lessons = QMenu("Lessons", self.menu)
        self.actions_.fill_lessons(lessons)
        self.menu.fill(self, self.do, lessons)
        self.menu.recent.aboutToShow.connect(self._fill_recent)
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
        self.training.appeared.connect(self.places.show_training)
        self.figures.appeared.connect(self.places.show_figures)
        self.lessons.list.chosen.connect(self._open_lesson)
        self.text.noted.connect(self.tell)
        self.problem.clicked.connect(self.actions_.go_to_problem)
        self.problem.mended.connect(self.gestures.make_leaves)
        for card in (self.problem, self.note, self.explain):
            card.wanted.connect(self.actions_.go_to)
        self.note.stepped.connect(self.scrub)
        self.canvas.view.inspected.connect(self.places.show_inspector)
        self.canvas.view.asked.connect(self.do)
        self.canvas.view.wanted.connect(self.actions_.go_to)
        self.canvas.view.moved.connect(self.scrub)
        self.tensor.moved.connect(self.scrub)
        self.builder.told.connect(self.tell)
        self.builder.wanted.connect(self.actions_.point_to)
        self.builder.began.connect(self.player.pause)
        self.builder.done.connect(self.player.pause)
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

    @Slot(object)
    def _open_lesson(self, lesson: object) -> None:
        self.actions_.open_lesson(lesson)
        self.program_tabs.show_page(0)

    def tell(self, text: str, error: bool = False) -> None:
        """A line at the bottom that goes away by itself."""
        self.toast.tell(text, error, self.session.theme)

    @Slot()
    def _fill_recent(self) -> None:
        self.actions_.fill_recent(self.menu.recent)

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
        """Presentation fills the screen."""
        if self.session.presenting:
            self._state_before = self.windowState()
            self.places.present(True, self.width())
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self._state_before)
            self.places.present(False, self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.furnished:
            self.places.fit(event.size().width())
            self.toast.place()

    # --- remembering ------------------------------------------------------------------------

    def remember(self) -> None:
        if not self.session.presenting:
            self._settings.put_bytes("geometry", self.saveGeometry())
            self.places.remember()
        self._settings.sync()

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
        self._garbage.close()
        event.accept()
