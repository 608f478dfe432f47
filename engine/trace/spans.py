"""SpanFinder: which part of the program's text is running."""

from __future__ import annotations

import re
import sys
from types import CodeType
from typing import Any

from engine.trace.events import Span

NEWLINE = re.compile(r"\r\n|\r|\n")
"""Where Python sees a new line."""
Stack = list[tuple[Span, int]]
"""Calls that are under way, the innermost last: where each of them stands, as span and line."""


class SpanFinder:
    """Finds which part of the source is running: the innermost frame of the program's own code.

    Python 3.11 keeps the exact columns of every instruction, in bytes of UTF-8; spans are in characters. The same
    instruction gets the same Span object at each call.
    """

    def __init__(self, source: str, filename: str) -> None:
        self.filename = filename
        self._source = source
        lines = NEWLINE.split(source)
        self._starts = [0, *(found.end() for found in NEWLINE.finditer(source)), len(source) + 1]
        self._lines = [None if line.isascii() else line for line in lines]
        self._codes: dict[int, tuple[CodeType, list[Any]]] = {}
        self._spans: dict[tuple[int, int], Span | None] = {}

    def offset(self, line: int, column: int) -> int:
        """Characters before a place given as line (from 1) and UTF-8 column, at most the line's end."""
        if not 0 < line <= len(self._lines):
            return self._starts[-1] - 1
        text = self._lines[line - 1]
        if text is not None:
            column = len(text.encode()[:column].decode(errors="ignore"))
        return min(self._starts[line - 1] + column, self._starts[line] - 1)

    def of(self, code: CodeType, instruction: int) -> Span | None:
        """The span of an instruction; ``code`` is kept, so that its id stays its own."""
        key = (id(code), instruction)
        if key in self._spans:
            return self._spans[key]
        if id(code) not in self._codes:
            self._codes[id(code)] = (code, list(code.co_positions()))
        positions = self._codes[id(code)][1]
        line, end_line, column, end_column = positions[instruction // 2]
        span = None
        if line and end_line is not None:
            if end_column:
                span = Span(self.offset(line, column or 0), self.offset(end_line, end_column))
            else:
                # What the compiler adds of its own has a line and no columns.
                span = self.line(line)
        self._spans[key] = span
        return span

    def line(self, number: int) -> Span:
        """What stands in a line (from 1)."""
        number = max(1, min(number, len(self._starts) - 1))
        start, text = self._starts[number - 1], self._source[self._starts[number - 1] : self._starts[number] - 1]
        return Span(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))

    def current(self) -> Span | None:
        """What the program is doing now."""
        return self.around(sys._getframe(1))

    def around(self, frame: Any) -> Span | None:
        """What the program is doing in a frame, or in the first of those around it that is its own."""
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.filename:
                return self.of(code, frame.f_lasti)
            frame = frame.f_back
        return None

    def stack(self, frame: Any) -> Stack:
        """The program's calls that are under way in a frame and around it."""
        found: Stack = []
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.filename:
                span = self.of(code, frame.f_lasti)
                if span is not None:
                    found.append((span, frame.f_lineno))
            frame = frame.f_back
        return found[::-1]

    def end(self) -> tuple[Span, int]:
        """The last line that has anything on it, for what comes after the program."""
        last = len(NEWLINE.split(self._source.rstrip()))
        return self.line(last), last
