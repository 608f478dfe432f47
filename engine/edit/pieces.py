"""Pieces of text: expressions put in the place of others, with the brackets that they need there."""

from __future__ import annotations

import ast

from engine.edit.syntax import Syntax
from engine.trace.events import Span


def root(path: str) -> str:
    """``layer`` of ``layer.weight``."""
    return path.split(".")[0].split("[")[0]


def atom(text: str) -> str:
    """A text that can stand before a dot or an operator that binds closely."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text
    closed = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.List | ast.Tuple)
    return text if closed or (isinstance(node, ast.Constant) and text[-1:] != ".") else f"({text})"


def on_one_line(syntax: Syntax, expression: ast.expr) -> str:
    """An expression's text; in brackets where it goes over several lines."""
    text = syntax.text(expression)
    return f"({text})" if "\n" in text and not text.endswith((")", "]", "}")) else text


def with_brackets(syntax: Syntax, expression: ast.expr) -> Span:
    """Where an expression stands, with the brackets around it that are there for its sake."""
    span = syntax.span(expression)
    source = syntax.source
    before, after = span.start, span.stop
    while source[before - 1 : before].isspace():
        before -= 1
    while source[after : after + 1].isspace():
        after += 1
    if source[before - 1 : before] != "(" or source[after : after + 1] != ")":
        return span
    wider = Span(before - 1, after + 1)
    tested = source[: wider.start] + "_" + source[wider.stop :]
    plain = source[: span.start] + "_" + source[span.stop :]
    try:
        same = ast.dump(ast.parse(tested)) == ast.dump(ast.parse(plain))
    except SyntaxError:
        return span
    return wider if same else span


def fitting(syntax: Syntax, place: ast.expr, text: str) -> str:
    """A text in the place of an expression: in brackets where its neighbours would tear it apart."""
    outer: ast.AST = place
    while not isinstance(syntax.parents[outer], ast.stmt | ast.withitem | ast.excepthandler | ast.match_case):
        outer = syntax.parents[outer]
    if not isinstance(outer, ast.expr):
        return atom(text)
    whole, inner = syntax.span(outer), with_brackets(syntax, place)
    if inner.start < whole.start:
        return text

    def put(piece: str) -> str:
        return f"({syntax.source[whole.start : inner.start]}{piece}{syntax.source[inner.stop : whole.stop]})"

    try:
        return text if ast.dump(ast.parse(put(text))) == ast.dump(ast.parse(put(f"({text})"))) else f"({text})"
    except SyntaxError:
        return f"({text})"


def conditional(syntax: Syntax, expression: ast.expr) -> bool:
    """Whether an expression is computed only under a condition within its statement."""
    for outer in syntax.around(expression):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.IfExp | ast.BoolOp | ast.Lambda | ast.NamedExpr):
            return True
    return False
