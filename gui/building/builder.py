"""Builder: runs gestures on the program that is shown, writes what they propose, and selects what comes of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from engine.edit import Proposal, Refused
from engine.edit.carrying import carried
from engine.edit.ground import Ground
from engine.edit.rebasing import moved_span, rebased
from engine.trace.events import Span
from engine.trace.trace import Trace
from gui.base.change import Change
from gui.editor.text import ProgramText
from gui.session import Session

Gesture = Callable[[Ground], Proposal | Refused]
"""What a gesture would do to the text of a program that has been run."""


class Builder(QObject):
    """``told`` says in a sentence what was done (or, with True, why it was not); ``wanted`` is the part of the text
    that this is about."""

    told = Signal(str, bool)
    wanted = Signal(object)
    began = Signal()
    """A gesture is under way: nothing else is to move meanwhile."""
    done = Signal()
    """A gesture's edit has been written."""

    def __init__(self, session: Session, text: ProgramText) -> None:
        super().__init__(session)
        self.session = session
        self._text = text
        self._ground: Ground | None = None
        self._seen = 0
        """Events of the trace when the ground was made."""
        self._steps: list[Proposal] = []
        """What has been written since the text of the trace: the run with it has not been shown yet."""
        self._makes = ""
        """What is to be selected when the run shows it."""
        self._before: tuple[Trace, int] | None = None
        """The run that was shown when an edit was written, and the cursor in it."""
        session.changed.connect(self._on_change)

    # --- asking -----------------------------------------------------------------------------

    def ground(self) -> Ground | Refused:
        """What gestures stand on now: the text of the picture. Refused where it was changed by hand since."""
        s = self.session
        if not self._follows():
            return self._outdated()
        known = self._ground
        if known is None or known.trace is not s.trace or self._seen != len(s.trace.events):
            try:
                self._ground = Ground(s.trace, s.scenes)
            except SyntaxError as error:
                return Refused(f"Line {error.lineno} cannot be read: {error.msg}. Mend it first.", self._problem())
            self._seen = len(s.trace.events)
        assert self._ground is not None
        return self._ground

    def _follows(self) -> bool:
        """Whether the text is that of the picture, or what gestures have made of it since."""
        text, source = self._text.toPlainText(), self.session.trace.source
        if source == text:
            return True
        for step in self._steps:
            source = step.apply(source)
        return bool(self._steps) and source == text and self.session.problem is None

    def _ahead(self) -> list[Proposal]:
        """What gestures have made of the picture's text since."""
        return self._steps if self.session.trace.source != self._text.toPlainText() else []

    def place(self, span: Span) -> Span | None:
        """Where a part of the picture's text stands in the text now."""
        found: Span | None = span
        for step in self._ahead():
            found = None if found is None else moved_span(found, step.edits)
        return found

    def _outdated(self) -> Refused:
        s = self.session
        if s.problem is not None:
            line = f"line {s.problem.line}" if s.problem.line else "the program"
            why = f"The picture is that of an earlier text: {line} has an error. Mend it first."
            return Refused(why, self._problem())
        return Refused("The picture is that of an earlier text. Run the program first (Ctrl+Enter).")

    def _problem(self) -> Span | None:
        failure = self.session.problem
        return None if failure is None else failure.span

    def begin(self) -> bool:
        """Whether a gesture can be made now; if not, it is said why."""
        ground = self.ground()
        if isinstance(ground, Refused):
            self.refuse(ground)
            return False
        self.began.emit()
        return True

    def ask(self, gesture: Gesture) -> Proposal | Refused:
        """What a gesture would do, without doing it."""
        ground = self.ground()
        return ground if isinstance(ground, Refused) else rebased(gesture(ground), self._ahead())

    def show(self, answer: Proposal | Refused | None) -> None:
        """Show over the text what would be done; nothing to show takes it away."""
        self._text.ghost.show(answer if isinstance(answer, Proposal) else None)

    # --- doing ------------------------------------------------------------------------------

    def propose(self, gesture: Gesture) -> bool:
        """Do a gesture, or say why not. Whether it was not refused."""
        answer = self.ask(gesture)
        if isinstance(answer, Refused):
            self.refuse(answer)
            return False
        self.write(answer)
        return True

    def refuse(self, answer: Refused) -> None:
        """Say why a gesture is not possible, and show the line that it is about."""
        self.show(None)
        self.told.emit(answer.why, True)
        if answer.span is not None:
            self.wanted.emit(answer.span)

    def write(self, proposal: Proposal) -> None:
        """Make a proposal's edits, as one step to undo; the program runs with them."""
        self.show(None)
        if not self._ahead():
            self._steps.clear()
            self._before = None
        self._makes = proposal.makes
        if self._before is None:
            self._before = (self.session.trace, self.session.cursor)
        self._steps.append(proposal)
        self._text.write(proposal.edits)
        self.done.emit()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        s = self.session
        if Change.DOCUMENT in change and s.fresh_document:
            self._steps.clear()
            self._makes, self._before = "", None
        if Change.TRACE not in change or s.running or s.trace.source != self._text.toPlainText():
            return
        before, steps, makes = self._before, list(self._steps), self._makes
        self._makes, self._before = "", None
        self._steps.clear()
        if before is not None:
            s.move(carried(*before, s.trace, steps))
        if makes:
            self._select(makes)

    def _select(self, name: str) -> None:
        """Select the card that a name stands for, and go to where it is made if the cursor stands before that."""
        ground = self.ground()
        if isinstance(ground, Refused):
            return
        key = ground.card(name)
        if key is None:
            return
        s = self.session
        made = s.trace.cursor_of(ground.entity(key).made)
        if s.cursor < made:
            s.move(made)
        s.select(key)
