"""Syntax: a program's text with its tree, in characters: what stands where, in which statement, in which block."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from functools import cached_property

from engine.trace.events import Span

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Placed = ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias | ast.excepthandler


class Places:
    """Where the nodes of a text's tree stand, in characters (Python's places are in bytes of UTF-8)."""

    def __init__(self, source: str) -> None:
        self.source = source
        # Python counts lines as the parser does: not at form feeds and the like, as splitlines() would.
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """Characters before a place given as line (from 1) and UTF-8 column."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def span(self, node: Placed) -> Span:
        """Where a node stands; of a decorated function or class without the decorators."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset))

    def text(self, node: Placed) -> str:
        span = self.span(node)
        return self.source[span.start : span.stop]


class Syntax(Places):
    """The tree of a text. Raises SyntaxError."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.tree = ast.parse(source)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._blocks: dict[ast.stmt, list[ast.stmt]] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            for block in blocks_of(node):
                self._blocks |= dict.fromkeys(block, block)

    # --- places -----------------------------------------------------------------------------

    def line_of(self, place: int) -> int:
        """The line (from 1) of a character."""
        return self.source.count("\n", 0, place) + 1

    def lines(self, statement: ast.stmt) -> Span:
        """The whole lines of a statement, decorators, comments behind it and line end included."""
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        assert statement.end_lineno is not None
        return Span(self._starts[first - 1], min(self._starts[statement.end_lineno], len(self.source)))

    def alone(self, statement: ast.stmt) -> bool:
        """Whether no other statement stands in the lines of one."""
        here, whole = self.span(statement), self.lines(statement)
        after = self.source[here.stop : whole.stop].lstrip()
        before = "" if getattr(statement, "decorator_list", None) else self.source[whole.start : here.start].strip()
        return not before and after[:1] in ("", "#")

    def indent(self, statement: ast.stmt) -> str:
        """The white space before the line of a statement."""
        line = self._lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def step(self) -> str:
        """What the program's blocks are indented by."""
        return min(filter(None, map(self.indent, self._blocks)), key=len, default="    ")

    # --- structure --------------------------------------------------------------------------

    def expressions(self) -> Iterator[ast.expr]:
        """All but those in f-strings, whose places Python 3.11 does not know; outer ones before inner ones."""
        waiting: deque[ast.AST] = deque((self.tree,))
        while waiting:
            node = waiting.popleft()
            if isinstance(node, ast.expr):
                yield node
            if not isinstance(node, ast.JoinedStr):
                waiting.extend(ast.iter_child_nodes(node))

    def at(self, span: Span) -> ast.expr | None:
        """The expression that stands exactly there."""
        return next((node for node in self.expressions() if self.span(node) == span), None)

    def statement_at(self, span: Span) -> ast.stmt | None:
        """The smallest statement around a part of the text."""
        best: ast.stmt | None = None
        for node in self._blocks:
            here = self.span(node)
            if here.start <= span.start and span.stop <= here.stop:
                best = node  # breadth first: inner ones come later
        return best

    def outermost(self, span: Span) -> ast.stmt | None:
        """The statement of the program itself, in no other one, around a part of the text."""
        return next((s for s in self.tree.body if self.lines(s).start <= span.start < self.span(s).stop), None)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node is part of."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which one stands, in order."""
        return self._blocks[statement]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
        """The innermost function that a node is part of the body of."""
        return next((n for n in self.around(node) if isinstance(n, FUNCTIONS)), None)

    def imports(self) -> dict[str, str]:
        """The modules and names that are imported, by what they are called here: ``F`` -> ``torch.nn.functional``.

        Without those that only a function knows.
        """
        return self._imports

    @cached_property
    def _imports(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            match node if isinstance(node, ast.stmt) and self.function(node) is None else None:
                case ast.Import(names=aliases):
                    for alias in aliases:
                        first = alias.name.split(".")[0]
                        found[alias.asname or first] = alias.name if alias.asname else first
                case ast.ImportFrom(module=str(package), names=aliases, level=0):
                    found |= {alias.asname or alias.name: f"{package}.{alias.name}" for alias in aliases}
        return found

    def identifiers(self) -> set[str]:
        """Every name that occurs, as whatever."""
        return self._identifiers

    @cached_property
    def _identifiers(self) -> set[str]:
        return {name for node in ast.walk(self.tree) for name in names_of(node)}


def names_of(node: ast.AST) -> tuple[str, ...]:
    """The names that stand in a node itself, as whatever."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias():
            return ((node.asname or node.name).split(".")[0],)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return tuple(names)
    return ()


def blocks_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements that a node has: bodies, else branches, handlers."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block


def last_name(node: ast.AST) -> str:
    """``backward`` of ``loss.backward``; ``""`` of what has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def stored(node: ast.AST) -> set[str]:
    """The names to which something inside a node gives a value (or takes it from)."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}


def loaded(node: ast.AST) -> set[str]:
    """The names that are read inside a node."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} | {
        n.target.id for n in ast.walk(node) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
    }
