"""Calls of the program's own functions: told by hooks around each function's body."""

from __future__ import annotations

import ast

from engine.program.patterns import guard_call, placed


def told(node: ast.FunctionDef, label: str) -> list[ast.stmt]:
    """A function's body that tells when it begins and when it is over, however it ends.

    A generator is not told: others run between its parts.
    """
    body = node.body
    if _yields(node):
        return body
    first = body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    head, rest = (body[:1], body[1:]) if documented else ([], body)
    if not rest:
        return body
    begin = placed(first, ast.Expr(guard_call("_call_", ast.Constant(label))))
    end = placed(first, ast.Expr(guard_call("_return_")))
    whole = placed(first, ast.Try(body=rest, handlers=[], orelse=[], finalbody=[end]))
    return [*head, begin, whole]


def _yields(node: ast.AST) -> bool:
    """Whether a function is a generator: what it defines inside may be one without it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)) and _yields(child):
            return True
    return False
