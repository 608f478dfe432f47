"""NumberDrag: a number of the program's text that is being dragged, in the text or on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.edit import TextEdit, literals
from engine.edit.literals import Literal
from engine.trace.events import Span

if TYPE_CHECKING:
    from gui.editor.text import ProgramText


class NumberDrag:
    """One drag is one step to undo. ``moved`` tells whether it has changed anything."""

    def __init__(self, text: ProgramText, literal: Literal) -> None:
        self._text = text
        self._literal = literal
        self.moved = False

    def to(self, pixels: float) -> None:
        """The number as it is after so many pixels of the drag."""
        steps = round(pixels / literals.PIXELS)
        if steps or self.moved:
            self._write(literals.moved(self._literal.text, steps))

    def _write(self, text: str) -> None:
        literal = self._literal
        now = self._text.toPlainText()
        if now[literal.start : literal.stop] == text and len(text) == literal.stop - literal.start:
            return
        self._text.write([TextEdit(Span(literal.start, literal.stop), text)], joins=self.moved)
        self.moved = True
        self._literal = Literal(literal.start, literal.start + len(text), literal.text)
