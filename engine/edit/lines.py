"""Lines moved right and left as wholes, with their comments; what stands inside a text stays where it is."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.edit import Refused, TextEdit
from engine.edit.syntax import Syntax
from engine.trace.events import Span


def whole_lines(syntax: Syntax, run: Sequence[ast.stmt]) -> Span | Refused:
    """The lines of neighbours. Refused where others stand in them."""
    begin, end = syntax.lines(run[0]).start, syntax.lines(run[-1]).stop
    before = syntax.source[begin : syntax.span(run[0]).start]
    after = syntax.source[syntax.span(run[-1]).stop : end].lstrip()
    if before.strip() or after[:1] not in ("", "#"):
        line = run[0].lineno if before.strip() else run[-1].lineno
        return Refused(f"Line {line} holds several statements: put each on a line of its own first.", Span(begin, end))
    return Span(begin, end)


def indented(syntax: Syntax, whole: Span, step: str) -> list[TextEdit]:
    """The edits that move whole lines right by ``step``."""
    return [TextEdit(Span(at, at), step) for at in _movable(syntax, whole)]


def outdented(syntax: Syntax, head: ast.stmt, body: Sequence[ast.stmt], end_of_head: int) -> list[TextEdit]:
    """The edits that take a head away, up to its colon, and move its body left to where it stood.

    A comment behind the head gets a line of its own.
    """
    source, start = syntax.source, syntax.span(head).start
    if head.lineno == body[0].lineno:
        return [TextEdit(Span(start, syntax.span(body[0]).start), "")]
    end_of_line = source.index("\n", end_of_head)
    comment = source[end_of_head:end_of_line].strip()
    if comment:
        edits = [TextEdit(Span(start, source.index("#", end_of_head)), "")]
    else:
        edits = [TextEdit(Span(syntax.lines(head).start, end_of_line + 1), "")]
    width = len(syntax.indent(body[0])) - len(syntax.indent(head))
    for at in _movable(syntax, Span(end_of_line + 1, syntax.lines(body[-1]).stop)):
        line = source[at : at + width]
        edits.append(TextEdit(Span(at, at + len(line) - len(line.lstrip())), ""))
    return [e for e in edits if e.span.stop > e.span.start]


def after_head(syntax: Syntax, last: ast.expr) -> int:
    """The place behind the colon that follows the last expression of a head."""
    return syntax.source.index(":", syntax.span(last).stop) + 1


def reindented(syntax: Syntax, whole: Span, old: str, new: str) -> str:
    """The text of whole lines with another indent; what stands inside a text stays as it is."""
    begins = _movable(syntax, whole)
    text, last = "", whole.start
    for at in begins:
        text += syntax.source[last:at] + new
        last = at + (len(old) if syntax.source.startswith(old, at) else 0)
    return text + syntax.source[last : whole.stop]


def _movable(syntax: Syntax, whole: Span) -> list[int]:
    """Where the lines of a part of the text begin, of those that are not blank and not the inside of a text."""
    fixed = inside_texts(syntax)
    found, at = [], whole.start
    line = syntax.line_of(at)
    while at < whole.stop:
        end = syntax.source.find("\n", at)
        end = len(syntax.source) if end < 0 else end
        if syntax.source[at:end].strip() and line not in fixed:
            found.append(at)
        at, line = end + 1, line + 1
    return found


def inside_texts(syntax: Syntax) -> set[int]:
    """Lines (from 1) that begin inside a text of several lines: white space there is part of it."""
    found: set[int] = set()
    for node in ast.walk(syntax.tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            found.update(range(node.lineno + 1, node.end_lineno + 1))
    return found
