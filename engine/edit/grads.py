"""Grads: which statements fill the ``.grad`` of which variables, as the run had it, and which of them read it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from engine.edit.ground import Ground, written
from engine.edit.syntax import FUNCTIONS
from engine.trace import events as ev
from engine.trace.events import Span

Fills = Mapping[ast.stmt, frozenset[str]]
"""By statement the gradients that it writes, such as ``w.grad``."""


def fills_of(ground: Ground) -> Fills:
    """The statements whose passes wrote gradients, with those that no pass inside a function wrote."""
    syntax = ground.syntax
    names: dict[int, set[str]] = {}
    filled: dict[int, set[Span]] = {}
    retained: set[int] = set()
    for event in ground.trace.events:
        match event:
            case ev.Bound(name=name, tensors=tensors):
                for path, tensor in tensors:
                    names.setdefault(tensor, set()).add(f"{written(name, path)}.grad")
            case ev.Retained(tensor=tensor):
                retained.add(tensor)
            case ev.GradWritten(tensor=tensor, span=Span() as span):
                filled.setdefault(tensor, set()).add(span)
            case ev.BackwardBegan(span=Span() as span):
                for tensor in retained:
                    filled.setdefault(tensor, set()).add(span)
    found: dict[ast.stmt, set[str]] = {}
    hidden: set[str] = set()
    for tensor, spans in filled.items():
        for statement in {syntax.statement_at(span) for span in spans}:
            if statement is None or any(isinstance(outer, FUNCTIONS) for outer in syntax.around(statement)):
                # Where a function that is called writes it cannot be seen in the order of the text.
                hidden |= names.get(tensor, set())
            else:
                found.setdefault(statement, set()).update(names.get(tensor, ()))
    return {statement: frozenset(grads - hidden) for statement, grads in found.items()}


def grads_read(node: ast.AST) -> set[str]:
    """The gradients that something reads, as it writes them: ``w.grad``."""
    return {ast.unparse(n) for n in _grads(node) if isinstance(n.ctx, ast.Load)}


def grads_set(node: ast.AST) -> set[str]:
    """The gradients that something sets by hand: ``w.grad = …``."""
    return {ast.unparse(n) for n in _grads(node) if isinstance(n.ctx, ast.Store)}


def _grads(node: ast.AST) -> Iterable[ast.Attribute]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and n.attr == "grad")
