"""match statements under the policy, and what policy and patterns share.

A class pattern reads attributes of its subject without a guard, so its class is looked up by one beforehand
and kept under a name that no program can write.
"""

from __future__ import annotations

import ast
from typing import Any


class Refusal(Exception):
    """A construct that the policy does not allow."""

    def __init__(self, message: str, node: ast.AST) -> None:
        super().__init__(message)
        self.node = node


def guard_call(name: str, *args: ast.expr) -> ast.Call:
    """The syntax of a call of a guard."""
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(args), keywords=[])


def placed(place: Any, new: Any) -> Any:
    """``new``, with the position of ``place`` in the source.

    What is new inside it gets that position when the whole program is ready to be compiled.
    """
    return ast.copy_location(new, place)


class Patterns:
    """The part of the policy that allows match statements."""

    _matches = 0
    _wanted: list[ast.stmt] | None = None

    def visit_Match(self: Any, node: ast.Match) -> Any:
        outer, self._wanted = self._wanted, []
        subject = self.visit(node.subject)
        patterns = [self._pattern(case.pattern) for case in node.cases]
        classes, self._wanted = self._wanted, outer
        for case, pattern in zip(node.cases, patterns, strict=True):
            case.pattern = pattern
            case.guard = None if case.guard is None else self.visit(case.guard)
            body: list[ast.stmt] = []
            for statement in case.body:
                done = self.visit(statement)
                body += done if isinstance(done, list) else [done]
            told = [name for name in _captured(pattern) if not self._in_class]
            case.body = [self._told_name(case.body[0], name) for name in told] + body
        node.subject = subject
        return [*classes, node]

    def _told_name(self: Any, place: ast.AST, name: str) -> ast.stmt:
        call = guard_call("_bound_", ast.Constant(name), ast.Name(name, ast.Load()), ast.Constant(self._scope()))
        told: ast.stmt = placed(place, ast.Expr(call))
        return told

    def _pattern(self: Any, node: Any) -> Any:
        for name in (getattr(node, "name", None), getattr(node, "rest", None)):
            self.check_name(node, name)
        match node:
            case ast.MatchValue():
                node.value = self._value(node.value)
            case ast.MatchSequence() | ast.MatchOr():
                node.patterns = [self._pattern(p) for p in node.patterns]
            case ast.MatchMapping():
                node.patterns = [self._pattern(p) for p in node.patterns]
                node.keys = [self._value(key) for key in node.keys]
            case ast.MatchAs() if node.pattern is not None:
                node.pattern = self._pattern(node.pattern)
            case ast.MatchClass():
                names = ast.Tuple([ast.Constant(name) for name in node.kwd_attrs], ast.Load())
                count = ast.Constant(len(node.patterns))
                node.cls = self._kept(node.cls, guard_call("_matched_", self.visit(node.cls), count, names))
                node.patterns = [self._pattern(p) for p in node.patterns]
                node.kwd_patterns = [self._pattern(p) for p in node.kwd_patterns]
        return node

    def _value(self: Any, node: Any) -> Any:
        """A dotted name is looked up beforehand; Python wants an attribute in its place."""
        value = self.visit(node)
        if not isinstance(node, ast.Attribute):
            return value
        return placed(node, ast.Attribute(self._kept(node, guard_call("_constant_", value)), "value", ast.Load()))

    def _kept(self: Any, place: ast.AST, value: ast.expr) -> ast.expr:
        self._matches += 1
        name = f"_kept_{self._matches}_"
        self._wanted.append(placed(place, ast.Assign(targets=[ast.Name(name, ast.Store())], value=value)))
        out: ast.expr = placed(place, ast.Name(name, ast.Load()))
        return out


def _captured(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds."""
    return [
        name
        for node in ast.walk(pattern)
        for name in (getattr(node, "rest", None), node.name if isinstance(node, (ast.MatchAs, ast.MatchStar)) else None)
        if name is not None
    ]
