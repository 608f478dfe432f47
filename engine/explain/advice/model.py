"""Advice: one mistake, recognised: what it is, where it happened, what caused it, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from engine.trace.events import Span


@dataclass(frozen=True, slots=True)
class Cause:
    """A guilty statement: its place in the source, a few words for it, and the cards that show it."""

    word: str
    span: Span
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What an error card or a note says.

    ``kind`` names the mistake for programs, ``title`` for people. ``message`` is torch's or Python's own text
    in full; notes about what nobody complained of have none. ``span`` is where it happened, ``event`` the
    event with which it did. ``code`` is the line as it could be, or several.
    """

    kind: str
    title: str
    why: str
    todo: str = ""
    code: str = ""
    span: Span | None = None
    causes: tuple[Cause, ...] = ()
    message: str = ""
    event: int = 0
    error: bool = False
    """Whether it ended the program; else it is a note."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The cards to be marked, each once, in the order of the causes."""
        return tuple(dict.fromkeys(key for cause in self.causes for key in cause.keys))

    def number_of(self, key: str) -> int:
        """The place, from 1, of the first cause that shows a card; 0 if none does."""
        return next((i for i, cause in enumerate(self.causes, 1) if key in cause.keys), 0)
