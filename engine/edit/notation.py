"""Notation: formulas as people write them, ``3x^2 + sin(x)``, turned into Python's ``3 * x ** 2 + sin(x)``."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.edit import Refused
from engine.trace.events import Span

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SIGNS = {
    "^": "**",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
"""What Python writes in another way."""
LETTERS = {"π": "pi", "σ": "sigmoid", "√": "sqrt"}
TOKEN = re.compile(
    r"[^\S\n]*(?:"
    r"(?P<number>\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    rf"|(?P<name>√|(?![\d{RAISED}])(?:(?![{RAISED}])\w)+)"
    r"|(?P<text>\"[^\"\n]*\"|'[^'\n]*')"
    rf"|(?P<raised>[{RAISED}]+)"
    r"|(?P<sign>\*\*|//|==|!=|<=|>=|\n|.))"
)
SEPARATORS = frozenset((";", ",", "\n", "with", "where", "for", "and"))
"""What stands between a formula and the values of its names."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula: its kind, how Python writes it, and where it stands."""

    kind: str
    text: str
    span: Span


def tokens(text: str) -> list[Token]:
    """The pieces of a formula."""
    found = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or ""
        piece, span = match[kind], Span(match.start(kind), match.end(kind))
        if kind == "raised":
            found.append(Token("sign", "**", span))
            piece, kind = "".join(str(RAISED.index(c)) for c in piece), "number"
        found.append(Token(kind, SIGNS.get(piece, LETTERS.get(piece, piece)), span))
    return found


def parts(pieces: Sequence[Token]) -> list[list[Token]]:
    """What stands between separators, outside of brackets; without question marks and such at its end."""
    found: list[list[Token]] = [[]]
    depth = 0
    for i, piece in enumerate(pieces):
        depth += (piece.text in "([{") - (piece.text in ")]}") if piece.kind == "sign" else 0
        following = pieces[i + 1].text if i + 1 < len(pieces) else ""
        if depth <= 0 and piece.text in SEPARATORS and not (piece.text == "where" and following == "("):
            found.append([])
        elif piece.text != "\n":
            found[-1].append(piece)
    for part in found:
        while part and part[-1].text in ("?", "=", "."):
            part.pop()
    return [part for part in found if part]


@dataclass(frozen=True, slots=True)
class Reader:
    """What a formula's names are: ``is_function`` of those that are called, ``is_value`` of those that are not."""

    is_function: Callable[[str], bool]
    is_value: Callable[[str], bool]

    def python(self, part: Sequence[Token]) -> ast.expr | Refused:
        """A formula's tree."""
        written: list[Token] = []
        for i, piece in enumerate(part):
            before = part[i - 1] if i else None
            if piece.kind == "name" and keyword.iskeyword(piece.text) and piece.text not in ("True", "False", "None"):
                return Refused(f"“{piece.text}” does not belong in a formula.", piece.span)
            if piece.text == "|":
                return Refused("Write abs(…) for a size without its sign.", piece.span)
            attribute = i > 1 and part[i - 2].text == "."
            if before is not None and (wrong := self._missing(before, piece, attribute, written)) is not None:
                return wrong
            written.append(piece)
        return _parsed(written)

    def _missing(self, before: Token, piece: Token, attribute: bool, written: list[Token]) -> Refused | None:
        """Put in the sign of a product that was left out: ``3x``, ``2(a + b)``, ``(a + b)(a - b)``, ``w x``."""
        ends = before.kind in ("number", "name") or before.text in (")", "]")
        begins = piece.kind in ("number", "name") or piece.text == "("
        if not (ends and begins):
            return None
        if before.kind == "number" and piece.kind == "number":
            span = Span(before.span.start, piece.span.stop)
            one, two = before.text, piece.text
            return Refused(f"Write a sign between {one} and {two}, or a list: [{one}, {two}].", span)
        if before.kind == "name" and self.is_function(before.text) and not attribute:
            if piece.text == "(":
                return None
            span = Span(before.span.start, piece.span.stop)
            return Refused(f"Write brackets: {before.text}({piece.text}).", span)
        if before.kind == "name" and piece.text == "(":
            if attribute:
                return None
            if not self.is_value(before.text):
                return _unknown_function(before)
        written.append(Token("implied", "*", Span(piece.span.start, piece.span.start)))
        return None


def _unknown_function(name: Token) -> Refused:
    return Refused(f"“{name.text}” is no function that is known here.", name.span)


def _parsed(pieces: Sequence[Token]) -> ast.expr | Refused:
    """The tree of pieces that are Python's."""
    text, starts = "", []
    for piece in pieces:
        starts.append(len(text))
        text += piece.text + " "
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        return _place_of(error, pieces, starts)


def _place_of(error: SyntaxError, pieces: Sequence[Token], starts: Sequence[int]) -> Refused:
    """What does not fit, as a part of what was typed."""
    unclosed = _unclosed(pieces)
    if unclosed is not None:
        return unclosed
    for before, piece in pairwise(pieces):
        if before.kind == "sign" and piece.kind == "sign" and before.text in "(+-*/**@" and piece.text in ")*/**@,":
            return Refused(f"Something is missing between “{before.text}” and “{piece.text}”.", piece.span)
    if pieces[-1].kind == "sign" and pieces[-1].text not in ")]":
        return Refused(f"Something is missing after “{pieces[-1].text}”.", pieces[-1].span)
    at = max((i for i, start in enumerate(starts) if start < (error.offset or 1)), default=0)
    return Refused(f"“{pieces[at].text}” does not fit here.", pieces[at].span)


def _unclosed(pieces: Sequence[Token]) -> Refused | None:
    opened: list[Token] = []
    closing = {"(": ")", "[": "]", "{": "}"}
    for piece in pieces:
        if piece.kind == "sign" and piece.text in closing:
            opened.append(piece)
        elif piece.kind == "sign" and piece.text in closing.values():
            if not opened or closing[opened.pop().text] != piece.text:
                return Refused(f"No bracket was opened for this “{piece.text}”.", piece.span)
    return Refused(f"The bracket “{opened[-1].text}” is not closed.", opened[-1].span) if opened else None
