"""Advisor: what there is to say about mistakes in the run that is shown, and which of it is on display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from engine.explain.advice import Advice, NoteReader, failure_advice
from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.trace import Trace
from gui.base.change import Change
from gui.base.pump import Pump

if TYPE_CHECKING:
    from gui.session import Session

REST_MS = 200
"""After so long without another run a number that was moved has come to rest."""


class Advisor(QObject):
    """The error's explanation, and the notes: each from the step on at which its mistake happens."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.error: Advice | None = None
        self.opened = False
        """Whether the note on display is unfolded."""
        self._explained: ev.Failed | None = None
        self._explained_text = ""
        self._chosen: str | None = None
        self._dismissed: set[str] = set()
        self._reader = NoteReader(session.trace, session.scenes)
        self._told: list[Advice] = []
        self._pump = Pump(self._read, session.rounds)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._pump.go_on)
        session.changed.connect(self._on_change)

    # --- what is on display -----------------------------------------------------------------

    @property
    def notes(self) -> list[Advice]:
        """The notes on what has been reached of the run, without those that the error or its author settles."""
        trace = self._session.trace
        known = self._dismissed | ({self.error.kind} if self.error is not None else set())
        return [n for n in self._told if n.kind not in known and trace.cursor_of(n.event) <= self._session.cursor]

    @property
    def note(self) -> Advice | None:
        """The note on display: the chosen one, else the latest."""
        notes = self.notes
        return next((n for n in notes if n.kind == self._chosen), notes[-1] if notes else None)

    @property
    def marked(self) -> Advice | None:
        """The advice whose places are marked in the text: the opened note, else the error."""
        if self.opened and self.note is not None:
            return self.note
        return None if self._session.running or self._session.problem is None else self.error

    @property
    def marked_text(self) -> str:
        """The text in which the places of ``marked`` are."""
        marked = self.marked
        return self._explained_text if marked is not None and marked.error else self._session.trace.source

    @property
    def pictured(self) -> Advice | None:
        """The advice whose cards are marked in the picture: when its step has been reached."""
        marked, s = self.marked, self._session
        if marked is None or not s.trace.events or (marked.error and s.trace.failure is not s.problem):
            return None
        return marked if s.trace.cursor_of(marked.event) <= s.cursor else None

    # --- orders -----------------------------------------------------------------------------

    def toggle(self) -> None:
        """Unfold the note on display, or fold it."""
        self.opened = not self.opened and self.note is not None
        self._session.notify(Change.ADVICE)

    def next(self) -> None:
        """Put another note on display."""
        notes, note = self.notes, self.note
        if note is not None:
            self._chosen = notes[(notes.index(note) + 1) % len(notes)].kind
            self._session.notify(Change.ADVICE)

    def dismiss(self) -> None:
        """The note on display is not wanted any more, in this document."""
        if self.note is not None:
            self._dismissed.add(self.note.kind)
            self.opened = False
            self._session.notify(Change.ADVICE)

    # --- following the session --------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change):
            return
        s = self._session
        if Change.DOCUMENT in change and s.fresh_document:
            self._dismissed, self._chosen, self.opened = set(), None, False
        if change & (Change.RUNNING | Change.TRACE | Change.DOCUMENT) and s.problem is not self._explained:
            self._explained, self._explained_text = s.problem, s.source
            self.error = None if s.problem is None else self._explain(s.problem)
        if Change.TRACE in change:
            if self._reader.trace is not s.trace:
                self._reader = NoteReader(s.trace, s.scenes)
            if s.live:
                # Nobody reads notes while a number is moved.
                self._pump.stop()
                self._rest.start()
            else:
                self._pump.go_on()
        if self.opened and self.note is None:
            self.opened = False

    def _explain(self, failure: ev.Failed) -> Advice | None:
        """The explanation of a failure; of a run that is not shown only the text is known."""
        s = self._session
        if s.trace.failure is failure:
            return failure_advice(s.trace, s.scenes)
        trace, scenes = Trace(s.source, [failure]), Scenes()
        scenes.extend(trace.events)
        return failure_advice(trace, scenes)

    def _read(self, seconds: float) -> bool:
        """Look through what is new of the trace; whether there is more."""
        more = self._reader.read(seconds)
        if self._told != self._reader.notes:
            self._told = list(self._reader.notes)
            self._session.notify(Change.ADVICE)
        return more
