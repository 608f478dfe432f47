"""Colours of Python, from Pygments' lexer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.base.theme import Theme

Token = tuple[int, int, Any]
"""(start, length, kind), in characters."""

_LEXER = PythonLexer(stripnl=False, ensurenl=False)


@lru_cache(maxsize=4)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of Python text."""
    return tuple((start, len(value), kind) for start, kind, value in _LEXER.get_tokens_unprocessed(text) if value)


def numbers(text: str) -> list[tuple[int, int]]:
    """(start, stop) of each number literal, in characters."""
    return [(start, start + length) for start, length, kind in tokens(text) if kind in Number]


class Highlighter(QSyntaxHighlighter):
    """Lexes the whole text once per change, since strings run over lines; then paints line by line."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._lines: list[list[Token]] = []
        self._text: str | None = None
        self._formats: dict[Any, QTextCharFormat | None] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._formats = {}
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        self._lex()
        number = self.currentBlock().blockNumber()
        if number >= len(self._lines):
            return
        for start, length, kind in self._lines[number]:
            fmt = self._format(kind)
            if fmt is not None:
                # Qt counts UTF-16 units, Pygments characters.
                self.setFormat(utf16(text[:start]), utf16(text[start : start + length]), fmt)

    def _lex(self) -> None:
        text = self.document().toPlainText()
        if text == self._text:
            return
        self._text = text
        lines: list[list[Token]] = [[]]
        column = 0
        for start, length, kind in tokens(text):
            for i, part in enumerate(text[start : start + length].split("\n")):
                if i:
                    lines.append([])
                    column = 0
                if part:
                    lines[-1].append((column, len(part), kind))
                    column += len(part)
        self._lines = lines

    def _format(self, kind: Any) -> QTextCharFormat | None:
        if kind not in self._formats:
            self._formats[kind] = self._make(kind)
        return self._formats[kind]

    def _make(self, kind: Any) -> QTextCharFormat | None:
        t = self._theme
        colour: QColor | None = None
        if kind in Comment:
            colour = t.comment
        elif kind in Keyword.Constant:
            colour = t.leaf
        elif kind in Keyword or kind in Operator.Word:
            colour = t.keyword
        elif kind in String:
            colour = t.string
        elif kind in Number:
            colour = t.literal
        elif kind in Name.Builtin or kind in Name.Decorator:
            colour = t.keyword
        if colour is None:
            return None
        fmt = QTextCharFormat()
        fmt.setForeground(colour)
        fmt.setFontWeight(QFont.Weight.Normal)
        return fmt


def utf16(text: str) -> int:
    """The length of a text as Qt counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def from_utf16(text: str, position: int) -> int:
    """How many characters of ``text`` Qt's ``position`` is behind."""
    if text.isascii():
        return min(position, len(text))
    return len(text.encode("utf-16-le")[: 2 * position].decode("utf-16-le", errors="ignore"))
