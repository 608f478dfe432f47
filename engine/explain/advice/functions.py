"""Mistakes in a program's own autograd.Function."""

from __future__ import annotations

import ast
import re

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past
from engine.trace import events as ev

WRONG_COUNT = re.compile(
    r"function (\w+)Backward returned an incorrect number of gradients \(expected (\d+), got (\d+)\)"
)


def gradient_count(past: Past, failed: ev.Failed) -> Advice | None:
    """``function MBackward returned an incorrect number of gradients (expected 2, got 1)``."""
    found = WRONG_COUNT.search(failed.message)
    if found is None:
        return None
    name, expected, got = found[1], int(found[2]), int(found[3])
    methods = _methods(past, name)
    arguments = _arguments(methods.get("forward"), expected)
    returns = _returns(methods.get("backward"))
    causes = []
    if "forward" in methods:
        span = past.source.span(methods["forward"])
        stop = past.source.text.find("\n", span.start)
        causes.append(Cause(f"takes {_count(expected, 'argument')}", ev.Span(span.start, min(span.stop, stop))))
    code = ""
    if returns is not None:
        span = past.source.span(returns)
        causes.append(Cause(f"gives {_count(got, 'gradient')}", span))
        if returns.value is not None and got < expected:
            value = past.source.of(returns.value)
            code = f"return {value}{', None' * (expected - got)}"
    listed = f" ({', '.join(arguments)})" if arguments else ""
    return Advice(
        "gradient-count",
        "One gradient for each argument",
        f"{name}.forward takes {_count(expected, 'argument')} besides ctx{listed}, so {name}.backward must return "
        f"{_count(expected, 'gradient')}, in the same order; it returned {got}.",
        "Return None for what needs no gradient."
        if got < expected
        else f"Return no more than {_count(expected, 'gradient')}.",
        code,
        failed.span,
        tuple(causes),
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def _methods(past: Past, name: str) -> dict[str, ast.FunctionDef]:
    for node in past.source.walk(ast.ClassDef):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    return {}


def _arguments(forward: ast.FunctionDef | None, expected: int) -> list[str]:
    """The names after ctx; nothing if forward and setup_context share the work in another way."""
    if forward is None:
        return []
    called = [a.arg for a in (*forward.args.posonlyargs, *forward.args.args)]
    return called[-expected:] if len(called) in (expected, expected + 1) and expected else []


def _returns(method: ast.FunctionDef | None) -> ast.Return | None:
    if method is None:
        return None
    return next((n for n in ast.walk(method) if isinstance(n, ast.Return)), None)
