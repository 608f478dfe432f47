"""Members: parameters in the lists that optimizers are given, of which one can go while the others stay."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from engine.edit import TextEdit
from engine.edit.optimizers import OPTIMIZERS
from engine.edit.syntax import Syntax, last_name
from engine.trace.events import Span

TAKERS = frozenset((*OPTIMIZERS, "ASGD", "Adamax", "Rprop", "LBFGS", "clip_grad_norm_", "clip_grad_value_"))
"""What takes any number of parameters."""
Listed = ast.List | ast.Tuple


def lists_in(syntax: Syntax, statement: ast.stmt) -> Iterator[Listed]:
    """The lists of parameters in a statement: given to an optimizer, or kept in a variable that is used like one."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() as value):
            if _only_gone_through(syntax, name):
                yield value
    for call in ast.walk(statement):
        if isinstance(call, ast.Call) and last_name(call.func) in TAKERS:
            given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("params", "parameters"))]
            for part in given:
                yield from _groups(part)


def _groups(given: ast.expr) -> Iterator[Listed]:
    """The list that was given, or those of its groups with a learning rate of their own."""
    if isinstance(given, ast.List | ast.Tuple):
        yield given
        for group in given.elts:
            for key, value in zip(group.keys, group.values, strict=True) if isinstance(group, ast.Dict) else ():
                if isinstance(key, ast.Constant) and key.value == "params" and isinstance(value, ast.List | ast.Tuple):
                    yield value


def _only_gone_through(syntax: Syntax, name: str) -> bool:
    """Whether a list is nowhere looked into by place: only gone through, or given to an optimizer."""
    uses = [n for n in ast.walk(syntax.tree) if isinstance(n, ast.Name) and n.id == name]
    read = [n for n in uses if isinstance(n.ctx, ast.Load)]
    return len(uses) == len(read) + 1 and bool(read) and all(_goes_through(syntax.parents[n], n) for n in read)


def _goes_through(user: ast.AST, name: ast.Name) -> bool:
    match user:
        case ast.For(iter=through) | ast.comprehension(iter=through):
            return through is name
        case ast.Call(func=function):
            return last_name(function) in TAKERS
        case ast.keyword(arg="params" | "parameters"):
            return True
    return False


def members(syntax: Syntax, statement: ast.stmt, lost: Collection[str]) -> list[ast.Name] | None:
    """What has to go from the lists of a statement so that it needs nothing that is lost; None where that cannot be.

    Each list keeps at least one member.
    """
    found: list[ast.Name] = []
    for listed in lists_in(syntax, statement):
        gone = [e for e in listed.elts if isinstance(e, ast.Name) and e.id in lost]
        if len(gone) == len(listed.elts):
            return None
        found += gone
    used = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id in lost and isinstance(n.ctx, ast.Load)]
    return found if found and all(n in found for n in used) else None


def without(syntax: Syntax, gone: Sequence[ast.Name]) -> list[TextEdit]:
    """The edits that take members out of their lists."""
    edits: list[TextEdit] = []
    lists = dict.fromkeys(syntax.parents[name] for name in gone)
    for listed in lists:
        assert isinstance(listed, ast.List | ast.Tuple)
        spans = [(syntax.span(e), e in gone) for e in listed.elts]
        last = max(i for i, (_, goes) in enumerate(spans) if not goes)
        for i, (span, goes) in enumerate(spans[:last]):
            if goes:
                edits.append(TextEdit(Span(span.start, spans[i + 1][0].start), ""))
        if last + 1 < len(spans):
            edits.append(TextEdit(Span(spans[last][0].stop, spans[-1][0].stop), ""))
        end = syntax.span(listed).stop
        after = syntax.source[spans[-1][0].stop : end]
        if isinstance(listed, ast.Tuple) and sum(not goes for _, goes in spans) == 1 and "," not in after:
            edits.append(TextEdit(Span(spans[-1][0].stop, spans[-1][0].stop), ","))
    return edits
