"""Session: what the window shows, in one place. Panels read it and listen to its one signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.edit.carrying import carried
from engine.edit.rebasing import rewriting
from engine.explain.flow import EdgeKey
from engine.explain.moment import Moment
from engine.graph.groups import Path as GroupPath
from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.steps import Phase
from engine.trace.trace import Trace
from gui.advisor import Advisor
from gui.base.change import Change
from gui.base.layers import Layers
from gui.base.rounds import Rounds
from gui.base.settings import Settings
from gui.base.theme import LIGHT, Theme
from gui.base.turns import Turns
from gui.paths import ShownPaths
from gui.readings import Readings

REPLACES = frozenset(("error",))
QUIET = frozenset(("NameError", "UnboundLocalError", "ModuleNotFoundError", "ImportError", "IndentationError"))
"""Errors of a half-typed program: the last good picture stays."""


CARRIED = 5_000
"""In a longer run the cursor stays at its number when lines come or go: to look for its line would hold the window."""


class Pace(StrEnum):
    """How playing goes on."""

    STEP = "Step by step"
    TURN = "Turn by turn"
    FULL = "Full speed"


class Session(QObject):
    """Source, trace, cursor, selection. Everything on the screen follows from them."""

    changed = Signal(Change)
    computed = Signal()
    """The worker is free: the run of the newest text is on its way into the window, or there."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.theme: Theme = LIGHT
        self.source = ""
        self.file: Path | None = None
        self.title = ""
        self.dirty = False
        self.live = False
        """Whether the last edit is one of a number that is being moved: the picture is to follow at once."""
        self.trace = Trace("")
        self.scenes = Scenes()
        self.cursor = 0
        self.progress = 1.0
        self.selection: str | None = None
        self.others: tuple[str, ...] = ()
        """The cards that are selected beside that one."""
        self.edge: EdgeKey | None = None
        """The edge that is selected in place of a card."""
        self.running = False
        """Whether a run is under way, or on its way into the window."""
        self.computing = False
        """Whether the worker is at a run, or is about to be."""
        self.run_seconds = 0.0
        self.stale = False
        """Whether the picture belongs to an earlier text than the one in the editor."""
        self.problem: ev.Failed | None = None
        self.cancelled = False
        """Whether the last run was given up."""
        self.playing = False
        self.presenting = False
        self.speed = settings.speed
        self.pace = Pace.STEP
        """What playing takes at a time."""
        self.stops: frozenset[int] = frozenset()
        """Cursors at which playing pauses."""
        self.functions = settings.functions
        """Whether autograd functions are shown in place of tensors."""
        self.fresh_document = True
        self.layers = settings.layers
        self._folds: dict[str, dict[GroupPath, bool]] = {}
        self._moment: Moment | None = None
        self._streamed: Trace | None = None
        """The run whose beginning was shown while it went on."""
        self._seen = 0
        """Steps of it when it was last shown."""
        self.rounds = Rounds(self)
        self.turns = Turns(self)
        self.readings = Readings(self)
        self.advisor = Advisor(self)
        self.paths = ShownPaths(self)

    def notify(self, change: Change) -> None:
        if Change.TRACE in change and Change.GREW not in change:
            self.turns.forget()
        self.changed.emit(change)

    def close(self) -> None:
        """The window goes: what it has put off is not done any more."""
        self.rounds.close()
        self.turns.close()

    # --- reading ----------------------------------------------------------------------------

    @property
    def moment(self) -> Moment:
        """The run at the cursor."""
        m = self._moment
        if m is None or m.cursor != self.cursor or m.trace is not self.trace or m.place != self.trace.stop(self.cursor):
            m = self._moment = Moment.at(self.trace, self.scenes, self.cursor)
        return m

    @property
    def phase(self) -> Phase | None:
        step = self.trace.step(self.cursor)
        return None if step is None else step.phase

    @property
    def animate(self) -> bool:
        return not self.settings.reduced_motion

    # --- document ---------------------------------------------------------------------------

    def open_text(self, text: str, title: str, file: Path | None = None) -> None:
        """Another program: its first run decides where the cursor stands."""
        self.title = title
        self.file = file
        self.dirty = self.live = False
        self.fresh_document = True
        self.problem = None
        self.selection, self.others, self.edge = None, (), None
        self.paths.on = False
        self.source = text
        self.notify(Change.DOCUMENT | Change.SOURCE | Change.SELECTION)

    def edit(self, text: str, live: bool = False) -> None:
        """The text was changed by its author; ``live`` while a number of it is being moved."""
        if text == self.source:
            return
        self.live = live
        self.source = text
        self.dirty = True
        self.stale = True
        self.cancelled = False
        self.notify(Change.SOURCE | Change.DOCUMENT)

    def saved(self, file: Path) -> None:
        self.file = file
        self.title = file.name
        self.dirty = False
        self.notify(Change.DOCUMENT)

    # --- runs -------------------------------------------------------------------------------

    def run_started(self) -> None:
        self.running = True
        self.notify(Change.RUNNING)

    def run_streams(self, trace: Trace, scenes: Scenes) -> None:
        """A run takes long enough that its beginning is shown."""
        self.problem = None
        self.stale = False
        self._show(trace, scenes)
        self._streamed, self._seen = trace, len(trace)
        self.notify(Change.RUNNING | Change.TRACE | Change.CURSOR | Change.GREW)

    def run_grew(self) -> None:
        """More of the run that is shown has arrived. A cursor at its end goes along."""
        self._moment = None
        change = Change.TRACE | Change.GREW
        if self.cursor == self._seen < len(self.trace) and not self.fresh_document:
            self.cursor = len(self.trace)
            change |= Change.CURSOR
        self._seen = len(self.trace)
        self.notify(change)

    def run_ended(self, trace: Trace, scenes: Scenes, seconds: float) -> None:
        """A run is over: its picture replaces the last one, unless the text is only half typed."""
        self.running = False
        self.run_seconds = seconds
        failure = trace.failure
        self.problem = failure
        self.cancelled = False
        shows = failure is None or self.fresh_document or not len(self.trace) or trace is self.trace
        # A program that fails before anything is made has no picture of its own.
        if failure is not None and not shows and (len(trace) <= 1 or not self._teaches(failure)):
            self.stale = True
            self.notify(Change.RUNNING | Change.TRACE)
            return
        # While a number is moved, the picture of one text is shown when there is a newer one already.
        self.stale = trace.source != self.source
        change = Change.RUNNING | Change.TRACE | Change.CURSOR
        if trace is not self._streamed:
            self._show(trace, scenes)
        else:
            change |= Change.GREW
            if self.cursor == self._seen and not self.fresh_document:
                self.cursor = len(trace)
        self._moment = None
        self.fresh_document = False
        self.notify(change)

    def run_broke(self, failure: ev.Failed) -> None:
        """A run ended without an answer; the last picture stays."""
        self.running = False
        self.stale = True
        self.problem = failure
        self.notify(Change.RUNNING | Change.TRACE)

    def run_cancelled(self) -> None:
        """A run was given up; what of it is shown stays, else the last picture."""
        self.running = False
        self.cancelled = True
        self.problem = None
        self._moment = None
        self.notify(Change.RUNNING | Change.TRACE)

    @staticmethod
    def _teaches(failure: ev.Failed) -> bool:
        """Whether the way to the error is worth a picture: torch's errors are, typing errors are not."""
        return failure.kind in REPLACES and failure.type not in QUIET

    def _show(self, trace: Trace, scenes: Scenes) -> None:
        cursor = start_cursor(trace) if self.fresh_document else carried_cursor(self.trace, self.cursor, trace)
        self.trace, self.scenes = trace, scenes
        self._moment = None
        self.cursor = max(0, min(cursor, len(trace)))
        self.progress = 1.0
        kept = [key for key in self.selected if key in scenes.entities]
        self.selection, self.others = (kept[0], tuple(kept[1:])) if kept else (None, ())
        self.edge = None

    # --- moving -----------------------------------------------------------------------------

    def move(self, cursor: int, progress: float = 1.0) -> None:
        """Set the cursor; with ``progress`` below 1 the step is shown on its way."""
        cursor = max(0, min(cursor, len(self.trace)))
        if cursor == self.cursor and progress == self.progress:
            return
        change = Change.PROGRESS
        if cursor != self.cursor:
            change |= Change.CURSOR
        self.cursor = cursor
        self.progress = progress
        self.notify(change)

    def advance(self, progress: float) -> None:
        """How far the step at hand has been animated, from 0 to 1."""
        if progress != self.progress:
            self.progress = progress
            self.notify(Change.PROGRESS)

    @property
    def selected(self) -> tuple[str, ...]:
        """All selected cards, the one that is inspected first."""
        return () if self.selection is None else (self.selection, *self.others)

    def select(self, key: str | None, others: Iterable[str] = ()) -> None:
        """Select a card, and others beside it, in place of what was selected."""
        rest = tuple(other for other in dict.fromkeys(others) if other != key)
        if (key, rest) != (self.selection, self.others) or self.edge is not None:
            self.selection, self.others, self.edge = key, rest, None
            if key is None:
                self.paths.on = False
            self.notify(Change.SELECTION)

    def select_also(self, keys: Iterable[str]) -> None:
        """Add cards to the selection; a single one that is selected already is taken away."""
        wanted = list(dict.fromkeys(keys))
        if len(wanted) == 1 and wanted[0] in self.selected:
            rest = [key for key in self.selected if key != wanted[0]]
        else:
            rest = [*self.selected, *wanted]
        self.select(rest[0] if rest else None, rest[1:])

    def select_edge(self, edge: EdgeKey) -> None:
        """Select an edge in place of cards."""
        if edge != self.edge:
            self.selection, self.others, self.edge = None, (), edge
            self.paths.on = False
            self.notify(Change.SELECTION)

    def set_playing(self, playing: bool) -> None:
        if playing != self.playing:
            self.playing = playing
            self.notify(Change.PLAYING)

    def set_speed(self, speed: float) -> None:
        self.speed = self.settings.speed = min(8.0, max(0.25, speed))
        self.notify(Change.PLAYING)

    def set_pace(self, pace: Pace) -> None:
        """Play step by step, turn by turn, or as fast as can be seen."""
        self.pace = pace
        self.notify(Change.PLAYING)

    def set_functions(self, functions: bool) -> None:
        """Show autograd functions, or tensors."""
        if functions != self.functions:
            self.functions = self.settings.functions = functions
            self.notify(Change.VIEW)

    @property
    def folds(self) -> Mapping[GroupPath, bool]:
        """The groups of the present document that somebody collapsed (True) or opened (False)."""
        return self._folds.get(self._document, {})

    @property
    def _document(self) -> str:
        return self.title if self.file is None else str(self.file)

    def fold(self, folds: Mapping[GroupPath, bool]) -> None:
        """Collapse or open groups."""
        self._folds[self._document] = {**self.folds, **folds}
        self.notify(Change.FOLDS)

    def set_layers(self, layers: Layers) -> None:
        """Show or hide what the switches are for."""
        if layers != self.layers:
            self.layers = self.settings.layers = layers
            self.notify(Change.VIEW)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.notify(Change.THEME)

    def set_presenting(self, presenting: bool) -> None:
        if presenting != self.presenting:
            self.presenting = presenting
            self.notify(Change.MODE)


def start_cursor(trace: Trace) -> int:
    """Where a fresh program is shown: paused before its first backward pass."""
    for i, step in enumerate(trace.steps):
        if step.phase is Phase.BACKWARD:
            return i
    return len(trace)


def carried_cursor(old: Trace, cursor: int, new: Trace) -> int:
    """The cursor after an edit: where it stood, the end if it stood there, the start of another program."""
    if not len(old) or not _begin_alike(old, new):
        return start_cursor(new)
    if cursor >= len(old):
        return len(new)
    if len(old) <= CARRIED and old.source.count("\n") != new.source.count("\n"):
        return carried(old, cursor, new, [rewriting(old.source, new.source)])
    return min(cursor, len(new))


def _begin_alike(old: Trace, new: Trace) -> bool:
    """Whether two runs may be of one program: they have a line in common that is not every program's."""
    lines = [{line.strip() for line in t.source.splitlines()} - {"", "import torch"} for t in (old, new)]
    return bool(lines[0] & lines[1]) or not lines[0]
