"""Gestures as text edits: whatever is changed by hand is a change of the program's text."""

from __future__ import annotations

from dataclasses import dataclass

from engine.trace.events import Span


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the characters of ``span`` by ``text``."""

    span: Span
    text: str

    def apply(self, source: str) -> str:
        return source[: self.span.start] + self.text + source[self.span.stop :]
