"""Gestures as text edits: whatever is changed by hand is a change of the program's text.

A gesture is a function of the text and of the run that came of it (:class:`engine.edit.ground.Ground`). It answers
with a :class:`Proposal`, the edits that it would make, or with :class:`Refused`, which says why there are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.trace.events import Span


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the characters of ``span`` by ``text``."""

    span: Span
    text: str

    def apply(self, source: str) -> str:
        return source[: self.span.start] + self.text + source[self.span.stop :]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a gesture would do to the text: edits that do not overlap, at most one at a place.

    ``says`` tells it in a sentence without a full stop; ``makes`` is the name of what it makes, which is selected then.
    """

    edits: tuple[TextEdit, ...]
    says: str
    makes: str = ""

    def apply(self, source: str) -> str:
        """The text with all of them."""
        return applied(source, self.edits)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a gesture is not possible, in sentences; ``span`` is the part of the text that it is about."""

    why: str
    span: Span | None = None


def applied(source: str, edits: Iterable[TextEdit]) -> str:
    """The text with edits that do not overlap, given in any order."""
    # What is put in before a piece that is replaced comes last: the piece must not have moved by then.
    for edit in sorted(edits, key=lambda e: (-e.span.start, -e.span.stop)):
        source = edit.apply(source)
    return source
