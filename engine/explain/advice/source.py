"""Source: the program's text as a syntax tree, with places in characters, and lines as they could be."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache

from engine.trace.events import Span
from engine.trace.spans import SpanFinder

LONGEST = 200
"""Characters of a changed statement that is still worth showing."""
LOOPS = (ast.For, ast.While)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

Edit = tuple[Span, str]
"""A stretch of the source and what is to stand there."""


class Source:
    """A program's text. ``tree`` is None if it is no Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._finder = SpanFinder(text, "")
        try:
            self.tree: ast.Module | None = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.tree = None
        nodes = [] if self.tree is None else [n for n in ast.walk(self.tree) if isinstance(n, (ast.expr, ast.stmt))]
        self._nodes = [(self.span(n), n) for n in nodes]

    def span(self, node: ast.AST) -> Span:
        """A node's characters."""
        return Span(
            self._finder.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._finder.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def of(self, part: Span | ast.AST | None) -> str:
        """The text of a part, on one line."""
        if part is None:
            return ""
        span = part if isinstance(part, Span) else self.span(part)
        return " ".join(self.text[span.start : span.stop].split())

    def line(self, span: Span | None) -> int:
        """The number, from 1, of the line in which a span begins."""
        return 0 if span is None else self.text.count("\n", 0, span.start) + 1

    # --- finding ----------------------------------------------------------------------------

    def around(self, span: Span) -> Iterator[ast.AST]:
        """The expressions and statements that contain a span, innermost first."""
        found = [(s, n) for s, n in self._nodes if s.start <= span.start and span.stop <= s.stop]
        found.sort(key=lambda pair: pair[0].stop - pair[0].start)
        return (node for _, node in found)

    def expression(self, span: Span | None) -> ast.expr | None:
        """The expression that stands exactly there."""
        if span is None:
            return None
        return next((n for s, n in self._nodes if s == span and isinstance(n, ast.expr)), None)

    def call(self, span: Span | None) -> ast.Call | None:
        """The call that stands exactly there, or the innermost around it."""
        if span is None:
            return None
        return next((n for n in self.around(span) if isinstance(n, ast.Call)), None)

    def statement(self, span: Span | None) -> ast.stmt | None:
        """The innermost statement around a span."""
        if span is None:
            return None
        return next((n for n in self.around(span) if isinstance(n, ast.stmt)), None)

    def loop(self, span: Span | None) -> ast.For | ast.While | None:
        """The innermost loop whose body contains a span, in the same function."""
        if span is None:
            return None
        for node in self.around(span):
            if isinstance(node, FUNCTIONS):
                return None
            if isinstance(node, LOOPS) and self._in_body(node, span):
                return node
        return None

    def _in_body(self, node: ast.For | ast.While, span: Span) -> bool:
        head = self.span(node.iter if isinstance(node, ast.For) else node.test)
        return span.start > head.stop

    def scope(self, span: Span | None) -> str:
        """The function in which a span stands; ``""`` outside of all."""
        if span is None:
            return ""
        return next((n.name for n in self.around(span) if isinstance(n, ast.FunctionDef)), "")

    def walk(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """All expressions and statements of some kinds, in the order of the text."""
        in_order = sorted(self._nodes, key=lambda pair: pair[0].start)
        return (n for _, n in in_order if isinstance(n, kinds))

    def head(self, span: Span) -> Span:
        """Of a statement with a block its first line; any other span as it is."""
        node = next((n for s, n in self._nodes if s == span and isinstance(n, ast.stmt)), None)
        body: Sequence[ast.stmt] = getattr(node, "body", ())
        if not body:
            return span
        return Span(span.start, self.text.rfind(":", span.start, self.span(body[0]).start) + 1)

    def outer(self, node: ast.expr) -> Span:
        """An expression's characters with the brackets that stand around it for themselves."""
        span = self.span(node)
        while self.text[span.start - 1 : span.start] == "(" and self.text[span.stop : span.stop + 1] == ")":
            if re.search(r"[\w\])]\s?$", self.text[: span.start - 1]):
                break  # the brackets of a call
            span = Span(span.start - 1, span.stop + 1)
        return span

    def receiver(self, span: Span | None) -> str:
        """``loss`` of ``loss.backward()``: what the called method belongs to; ``""`` for plain functions."""
        call = self.call(span)
        if call is None or not isinstance(call.func, ast.Attribute):
            return ""
        return self.of(call.func.value)

    # --- changing ---------------------------------------------------------------------------

    def changed(self, span: Span | None, *edits: Edit) -> str:
        """The statement around a span with some stretches replaced; ``""`` if it is too long to be shown.

        Of a compound statement only the head is given.
        """
        statement = self.statement(span)
        if statement is None:
            return ""
        whole = self.span(statement)
        body: Sequence[ast.stmt] = getattr(statement, "body", ())
        stop = whole.stop if not body else self.text.rfind(":", whole.start, self.span(body[0]).start) + 1
        if any(not (whole.start <= s.start <= s.stop <= stop) for s, _ in edits):
            return ""
        out = self.text[whole.start : stop]
        for s, new in sorted(edits, key=lambda e: -e[0].start):
            out = out[: s.start - whole.start] + new + out[s.stop - whole.start :]
        indent = whole.start - (self.text.rfind("\n", 0, whole.start) + 1)
        out = textwrap.dedent(" " * indent + out)
        return out if len(out) <= LONGEST else ""

    def with_argument(self, call: ast.Call, argument: str) -> Edit:
        """The edit that puts another argument at the end of a call."""
        span = self.span(call)
        inside = self.text[span.start : span.stop - 1].rstrip().rstrip(",")
        glue = ", " if call.args or call.keywords else ""
        return Span(span.start + len(inside), span.stop), f"{glue}{argument})"

    def keyword(self, call: ast.Call, name: str) -> ast.keyword | None:
        return next((k for k in call.keywords if k.arg == name), None)

    def bracketed(self, node: ast.expr) -> str:
        """An expression's text as something a method can be called on."""
        text = self.of(node)
        return text if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)) else f"({text})"


@lru_cache(maxsize=4)
def source_of(text: str) -> Source:
    """The Source of a text; the last few are kept."""
    return Source(text)
