"""What the commands do: one method per command of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

import engine
from engine.trace.events import Span
from gui.base import files
from gui.base.change import Change
from gui.base.commands import COMMANDS
from gui.base.files import Autosave, CannotRead
from gui.base.settings import data_folder
from gui.base.theme import chosen
from gui.choices import open_palette
from gui.editor.highlight import from_utf16
from gui.header import SPEEDS
from gui.lessons.catalogue import Lesson, books, default_lesson
from gui.palette.cheat_sheet import CheatSheet
from gui.training.data_dialog import DataDialog

if TYPE_CHECKING:
    from gui.window import MainWindow

MOVED_MS = 400
"""A text in which a number is being moved is written aside after so long without a move."""
FILTER = "Programs (*.py *.txt *.md);;All files (*)"


class Actions:
    """The hands of the window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session = window.session
        self.autosave = Autosave(data_folder())
        self._table: dict[str, Callable[[], object]] = {
            "new": self.new,
            "open": self.open,
            "save": self.save,
            "save_as": self.save_as,
            "export_picture": self.export_picture,
            "export_trace": self.export_trace,
            "data": self.data,
            "quit": window.close,
            "undo": window.text.undo,
            "redo": window.text.redo,
            "copy_picture": self.copy_picture,
            "find": self.find,
            "next_edge": lambda: window.canvas.view.walking.next_edge(1),
            "previous_edge": lambda: window.canvas.view.walking.next_edge(-1),
            "next_cause": lambda: self.next_cause(1),
            "previous_cause": lambda: self.next_cause(-1),
            "note": self.session.advisor.toggle,
            "palette": lambda: open_palette(window),
            "run": window.runner.run,
            "cancel": self.cancel,
            "play": window.player.toggle,
            "step": self.step,
            "back": window.player.back,
            "next_phase": lambda: window.player.phase(1),
            "previous_phase": lambda: window.player.phase(-1),
            "first": window.player.first,
            "last": window.player.last,
            "slower": lambda: self.change_speed(-1),
            "faster": lambda: self.change_speed(1),
            "fit": window.canvas.view.fit_all,
            "zoom_original": window.canvas.view.zoom_original,
            "zoom_in": window.canvas.view.zoom_in,
            "zoom_out": window.canvas.view.zoom_out,
            "paths": self.show_paths,
            "peek": window.canvas.view.walking.peek,
            "functions": lambda: self.session.set_functions(not self.session.functions),
            "queue": lambda: self.toggle_layer("queue", "The ready queue is {}."),
            "higher": lambda: self.toggle_layer("higher", "Nodes of higher derivatives are {}."),
            "present": lambda: self.session.set_presenting(not self.session.presenting),
            "fold": lambda: self._folded(window.canvas.view.folder.here(), "Select a card of a group first."),
            "fold_all": lambda: self._folded(window.canvas.view.folder.all(True), "There are no groups here."),
            "unfold_all": lambda: self._folded(window.canvas.view.folder.all(False), "There are no groups here."),
            "theme": self.toggle_theme,
            "contrast": self.toggle_contrast,
            "motion": self.toggle_motion,
            "minimap": self.toggle_minimap,
            "panel_left": lambda: window.places.toggle_panel("panel_left"),
            "panel_right": lambda: window.places.toggle_panel("panel_right"),
            "panel_bottom": lambda: window.places.toggle_panel("panel_bottom"),
            "focus_program": self.focus_program,
            "focus_canvas": window.canvas.view.setFocus,
            "cheat_sheet": lambda: CheatSheet(window).exec(),
            "about": self.about,
            **window.gestures.table(),
        }
        assert set(self._table) == {c.id for c in COMMANDS}
        self._keep_soon = QTimer(window)
        self._keep_soon.setSingleShot(True)
        self._keep_soon.setInterval(MOVED_MS)
        self._keep_soon.timeout.connect(self._keep)
        self.session.changed.connect(self._on_change)

    def run(self, id: str) -> None:
        self._table[id]()

    def _on_change(self, change: Change) -> None:
        if Change.SOURCE in change and self.session.dirty:
            if self.session.live:
                self._keep_soon.start()
            else:
                self._keep()

    def _keep(self) -> None:
        """Write the text aside, if it is still unsaved."""
        if self.session.dirty:
            self.autosave.keep(self.session.source, str(self.session.file) if self.session.file else None)

    # --- documents --------------------------------------------------------------------------

    def may_leave(self) -> bool:
        """Whether the text may be given up: it is saved, or its author says so."""
        if not self.session.dirty or not self.session.source.strip():
            return True
        box = QMessageBox(self.window)
        box.setWindowTitle("Chainrule")
        box.setText(f"“{self.session.title or 'Untitled'}” has changes that are not saved.")
        box.setInformativeText("Save them before going on?")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        if answer == buttons.Save:
            return self.save()
        return bool(answer == buttons.Discard)

    def left(self) -> None:
        """The app is left in good order: nothing is to be rescued."""
        self.autosave.drop()

    def new(self) -> None:
        if self.may_leave():
            self.session.open_text("import torch\n\n", "Untitled")
            self.autosave.drop()
            self.focus_program()
            self.window.text.moveCursor(QTextCursor.MoveOperation.End)

    def open(self) -> None:
        if not self.may_leave():
            return
        folder = str(self.session.file.parent) if self.session.file else str(Path.home())
        name, _ = QFileDialog.getOpenFileName(self.window, "Open a program", folder, FILTER)
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> bool:
        """Open a file; a toast says why if it cannot be read."""
        try:
            text = files.read(path)
        except CannotRead as error:
            self.session.settings.remove_recent(str(path))
            self.window.tell(str(error), error=True)
            return False
        self.session.open_text(text, path.name, path)
        self.session.settings.add_recent(str(path))
        self.autosave.drop()
        self.window.program_tabs.show_page(0)
        return True

    def open_recent(self, name: str) -> None:
        if self.may_leave():
            self.open_file(Path(name))

    def open_lesson(self, lesson: object) -> None:
        if isinstance(lesson, Lesson) and self.may_leave():
            self.session.open_text(lesson.source, lesson.full_title)
            self.autosave.drop()

    def open_default(self) -> None:
        lesson = default_lesson()
        self.session.open_text(lesson.source, lesson.full_title)

    def save(self) -> bool:
        return self.save_as() if self.session.file is None else self._write(self.session.file)

    def save_as(self) -> bool:
        start = self.session.file or Path.home() / "program.py"
        name, _ = QFileDialog.getSaveFileName(self.window, "Save the program", str(start), FILTER)
        return bool(name) and self._write(Path(name))

    def _write(self, path: Path) -> bool:
        try:
            files.write(path, self.session.source)
        except OSError as error:
            self.window.tell(f"{path.name} could not be written: {error}", error=True)
            return False
        self.session.saved(path)
        self.session.settings.add_recent(str(path))
        self.autosave.drop()
        self.window.tell(f"Saved {path.name}")
        return True

    def data(self) -> None:
        """Make a table's columns the data of the program."""
        dialog = DataDialog(self.session.source, self.window)
        if dialog.exec() == DataDialog.DialogCode.Accepted and dialog.edits:
            self.window.text.write(dialog.edits)

    def fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for name in self.session.settings.recent:
            menu.addAction(name, partial(self.open_recent, name))
        if menu.isEmpty():
            menu.addAction("No files yet").setEnabled(False)

    def fill_lessons(self, menu: QMenu) -> None:
        for book in books():
            shelf = menu.addMenu(book.title)
            part: QMenu | None = None
            for lesson in book.lessons:
                if not book.divided(lesson):
                    shelf.addAction(lesson.title, partial(self.open_lesson, lesson))
                    continue
                if part is None or part.title() != lesson.part:
                    part = shelf.addMenu(lesson.part)
                part.addAction(lesson.title, partial(self.open_lesson, lesson))

    def rescue(self) -> bool:
        """Offer what an app that did not end well left behind; whether there was anything."""
        found = self.autosave.rescue()
        if found is None or not found.text.strip():
            return False
        path = Path(found.file) if found.file else None
        self.session.open_text(found.text, path.name if path else "Recovered program", path)
        self.session.dirty = True
        self.session.notify(Change.DOCUMENT)
        self.autosave.keep(found.text, found.file)
        self.window.tell("Chainrule did not close properly. Your unsaved program is back.")
        return True

    # --- export -----------------------------------------------------------------------------

    def export_picture(self) -> None:
        from gui.export import export_picture

        start = Path.home() / f"{(self.session.title or 'graph').split('.')[0].replace('/', '-')[:40]}.png"
        name, _ = QFileDialog.getSaveFileName(
            self.window, "Export the picture", str(start), "Picture (*.png);;Drawing (*.svg)"
        )
        if not name:
            return
        try:
            s, pictures = self.session, self.window.canvas.view.pictures
            export_picture(s.moment, s.theme, Path(name), s.functions, pictures)
        except (OSError, ValueError) as error:
            self.window.tell(f"The picture could not be written: {error}", error=True)
        else:
            self.window.tell(f"Exported {Path(name).name}")

    def copy_picture(self) -> None:
        """The graph, or the selected cards, as PNG and SVG on the clipboard."""
        from gui.export import clipboard_data

        s = self.session
        if not len(s.trace):
            self.window.tell("There is no graph yet.")
            return
        several = s.selected if s.selected else ()
        data = clipboard_data(s.moment, s.theme, s.functions, several, self.window.canvas.view.pictures)
        QGuiApplication.clipboard().setMimeData(data)
        self.window.tell("The selected cards are on the clipboard." if several else "The picture is on the clipboard.")

    def export_trace(self) -> None:
        from engine.trace import codec

        start = Path.home() / "trace.json"
        name, _ = QFileDialog.getSaveFileName(self.window, "Export the trace", str(start), "Trace (*.json)")
        if not name:
            return
        try:
            files.write(Path(name), codec.to_json(self.session.trace.source, self.session.trace.events).decode())
        except OSError as error:
            self.window.tell(f"The trace could not be written: {error}", error=True)
        else:
            self.window.tell(f"Exported {Path(name).name}")

    # --- running and moving -----------------------------------------------------------------

    def cancel(self) -> None:
        """Esc: the most pressing thing first."""
        if self.session.presenting:
            self.session.set_presenting(False)
        elif self.window.find_bar.isVisible():
            self.window.find_bar.leave()
        elif self.session.running:
            self.window.runner.cancel()
            self.window.tell("The run was cancelled. Ctrl+Enter runs the program again.")
        elif self.window.canvas.view.walking.back_out():
            return
        elif self.session.playing:
            self.window.player.pause()

    def step(self) -> None:
        self.window.player.pause()
        self.window.player.step()

    def change_speed(self, direction: int) -> None:
        speeds = list(SPEEDS)
        now = min(range(len(speeds)), key=lambda i: abs(speeds[i] - self.session.speed))
        self.session.set_speed(speeds[max(0, min(len(speeds) - 1, now + direction))])

    # --- look -------------------------------------------------------------------------------

    def apply_theme(self) -> None:
        """Light or dark, as chosen or as the system has it."""
        settings = self.session.settings
        self.session.set_theme(chosen(settings.theme, settings.contrast))

    def toggle_theme(self) -> None:
        self.session.settings.theme = "light" if self.session.theme.dark else "dark"
        self.apply_theme()

    def toggle_contrast(self) -> None:
        settings = self.session.settings
        strong = chosen(settings.theme, "on")
        settings.contrast = "off" if self.session.theme is strong else "on"
        self.apply_theme()

    def _folded(self, done: bool, otherwise: str) -> None:
        if not done:
            self.window.tell(otherwise)

    def toggle_layer(self, name: str, said: str) -> None:
        """Show or hide what a switch of the canvas is for, and say so: it may not be in sight."""
        shown = not getattr(self.session.layers, name)
        self.session.set_layers(replace(self.session.layers, **{name: shown}))
        self.window.tell(said.format("shown" if shown else "hidden"))

    def toggle_motion(self) -> None:
        settings = self.session.settings
        settings.reduced_motion = not settings.reduced_motion
        self.window.tell("Steps switch at once." if settings.reduced_motion else "Steps move smoothly.")

    def toggle_minimap(self) -> None:
        shown = self.window.canvas.minimap.toggle()
        self.window.tell("A map is shown where a graph is larger than the view." if shown else "The map is hidden.")

    def focus_program(self) -> None:
        self.window.places.show_panel("panel_left", True)
        self.window.program_tabs.show_page(0)
        self.window.text.setFocus()

    def find(self) -> None:
        self.focus_program()
        self.window.find_bar.enter()

    def go_to_problem(self) -> None:
        failure = self.session.problem
        if failure is not None and failure.span is not None:
            self.go_to(failure.span)

    def point_to(self, span: object) -> None:
        """Put the text cursor where a span begins, and leave the keyboard where it is."""
        if isinstance(span, Span):
            cursor = self.window.text.cursor_for(span)
            cursor.setPosition(cursor.selectionStart())
            self.window.text.setTextCursor(cursor)

    def go_to(self, span: object) -> None:
        """Put the text cursor where a span begins, to write there."""
        if isinstance(span, Span):
            self.point_to(span)
            self.window.text.setFocus()

    def next_cause(self, direction: int) -> None:
        """From one guilty statement to the next, and to where it happened; without any, nothing."""
        advisor = self.session.advisor
        if advisor.marked is None and advisor.note is not None:
            advisor.toggle()
        advice = advisor.marked
        if advice is None:
            self.go_to_problem()
            return
        spans = [c.span for c in advice.causes]
        if advice.span is not None and advice.span not in spans:
            spans.append(advice.span)
        if not spans:
            return
        text = self.window.text
        here = from_utf16(text.toPlainText(), text.textCursor().position())
        at = next((i for i, s in enumerate(spans) if s.start == here), -1 if direction > 0 else 0)
        self.go_to(spans[(at + direction) % len(spans)])

    def go_to_card(self, key: str) -> None:
        """Select a card and bring it into sight."""
        view = self.window.canvas.view
        if key in view.picture:
            view.folder.uncover(key)
            view.setFocus()
            view.reveal(key)

    def show_paths(self) -> None:
        """Every path from the root to the selected card, or the plain picture again."""
        s = self.session
        if s.paths.on:
            s.paths.show(False)
            return
        if s.selection is None:
            self.window.tell("Select a leaf or a result first: Tab on the graph, or a click.")
            return
        s.paths.show(True)
        if s.paths.found is None:
            s.paths.show(False)
            self.window.tell("No path leads here: no gradient comes to this card.")

    def about(self) -> None:
        QMessageBox.about(
            self.window,
            "About Chainrule",
            f"<b>Chainrule {engine.__version__}</b><p>See autograd at work.</p>"
            "<p>MIT licence. Fonts: Inter, JetBrains Mono and Noto Sans CJK under the SIL Open Font License. "
            "Icons: Lucide, ISC licence.</p>",
        )
