"""Rebasing: edits of a text that has been edited meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.trace.events import Span

BUSY = Refused("The last change to this place is still being run. Try again when the picture is there.")


def moved_span(span: Span, edits: Sequence[TextEdit]) -> Span | None:
    """Where a part of a text stands after edits of the text; None where one of them lies in it."""
    shift = 0
    for edit in edits:
        if edit.span.stop <= span.start:
            shift += len(edit.text) - (edit.span.stop - edit.span.start)
        elif edit.span.start < span.stop:
            return None
    return Span(span.start + shift, span.stop + shift)


def rewriting(old: str, new: str) -> Proposal:
    """The one edit that makes one text of another: of whole lines, from the first that differs to the last."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    least = min(len(before), len(after))
    head = next((i for i in range(least) if before[i] != after[i]), least)
    tail = next((i for i in range(least - head) if before[-1 - i] != after[-1 - i]), least - head)
    start, stop = sum(map(len, before[:head])), len(old) - sum(map(len, before[len(before) - tail :]))
    return Proposal((TextEdit(Span(start, stop), "".join(after[head : len(after) - tail])),), "rewritten")


def rebased(answer: Proposal | Refused, steps: Sequence[Proposal]) -> Proposal | Refused:
    """A proposal for a text, as one for the text after ``steps``; refused where they touch the same place or name."""
    for step in steps:
        if isinstance(answer, Refused):
            return answer
        if answer.makes and answer.makes == step.makes:
            return BUSY
        moved = [(moved_span(edit.span, step.edits), edit.text) for edit in answer.edits]
        edits = tuple(TextEdit(span, text) for span, text in moved if span is not None)
        if len(edits) < len(moved):
            return BUSY
        answer = Proposal(edits, answer.says, answer.makes)
    return answer
