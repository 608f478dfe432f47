"""PointDrag: moving a data point is an edit of the numbers in the text."""

from __future__ import annotations

from engine.edit import TextEdit
from engine.edit.points import literals_of, moved_to
from engine.series.task import Task
from engine.trace.events import Span
from gui.session import Session


def spans_of(session: Session, task: Task) -> tuple[list[Span], list[Span]] | None:
    """The literals of inputs and targets; None if either is computed, or the text has changed since it ran."""
    if session.source != session.trace.source:
        return None
    place = session.trace.stop(session.cursor)
    x, y = (literals_of(session.trace, tensor, place) for tensor in (task.inputs, task.target))
    return None if x is None or y is None else (x, y)


class PointDrag:
    """One point under way. The text changes at each move, and with it where its two numbers stand."""

    def __init__(self, x: Span, y: Span) -> None:
        self._spans = [x, y]

    def move(self, x: float, y: float, extent: tuple[float, float]) -> list[TextEdit]:
        """The edits for the text as it is now; ``extent`` is that of the data."""
        edits = [moved_to(span, to, size) for span, to, size in zip(self._spans, (x, y), extent, strict=True)]
        grown = [len(edit.text) - (edit.span.stop - edit.span.start) for edit in edits]
        first = 0 if self._spans[0].start < self._spans[1].start else 1
        after = []
        for i, edit in enumerate(edits):
            start = edit.span.start + (grown[first] if i != first else 0)
            after.append(Span(start, start + len(edit.text)))
        self._spans = after
        return edits
