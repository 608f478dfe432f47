"""Cutting: parts of a program taken out of the graph, by detach on an operand or no_grad around statements."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.lines import after_head, indented, outdented, whole_lines
from engine.edit.pieces import fitting, with_brackets
from engine.edit.syntax import Syntax, last_name
from engine.edit.words import listed
from engine.edit.writing import merged
from engine.graph.scenes import CONSTANT, OP
from engine.trace import events as ev
from engine.trace.events import Span


def toggle_detach(ground: Ground, user_key: str, argument: int) -> Proposal | Refused:
    """Cut the edge to an op's input number ``argument`` by ``.detach()``, or join it again."""
    user = ground.entity(user_key)
    place = ground.maker(user_key) if user.op == "detach" else ground.operand(user_key, argument)
    if isinstance(place, Refused):
        return place
    syntax, draft = ground.syntax, Draft.on(ground)
    match place:
        case ast.Call(func=ast.Attribute(value=owner, attr="detach"), args=[], keywords=[]):
            text = syntax.text(owner)
            if "\n" in text:
                draft.edits.append(TextEdit(Span(with_brackets(syntax, owner).stop, syntax.span(place).stop), ""))
            else:
                draft.edits.append(TextEdit(with_brackets(syntax, place), fitting(syntax, place, text)))
            return draft.proposal(f"{text} is part of the graph again")
    source = ground.entity(user.sources[argument])
    text = syntax.text(place)
    if source.kind == CONSTANT:
        return Refused(f"{text} is a number: it has no graph that could be cut.", syntax.span(place))
    if not source.tracked:
        return Refused(f"{text} does not require grad: there is nothing to cut.", syntax.span(place))
    inner, outer = syntax.span(place), with_brackets(syntax, place)
    bare = inner == outer and not isinstance(place, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    if bare:
        draft.edits.append(TextEdit(Span(outer.start, outer.start), "("))
    draft.edits.append(TextEdit(Span(outer.stop, outer.stop), ").detach()" if bare else ".detach()"))
    return draft.proposal(f"{text} is cut from the graph: no gradient comes back to it from here")


def toggle_no_grad(ground: Ground, keys: Sequence[str]) -> Proposal | Refused:
    """Put the statements of cards into ``with torch.no_grad():``, or take that away from around them.

    Neighbouring statements get one block. Parts of a line get a line of their own first.
    """
    results = ground.results(keys)
    if isinstance(results, Refused):
        return results
    wholes, parts = results
    if not wholes and not parts:
        return Refused("no_grad is for ops: select one that is to be computed without a graph.")
    inside = {s: block for s in wholes if (block := _no_grad_around(ground.syntax, s)) is not None}
    within = [node for node in parts.values() if _no_grad_around(ground.syntax, node) is not None]
    if len(inside) + len(within) == len(wholes) + len(parts):
        blocks = [*inside.values(), *(b for n in within if (b := _no_grad_around(ground.syntax, n)) is not None)]
        return _unwrapped(ground, wholes, list(dict.fromkeys(blocks)))
    free = [s for s in wholes if s not in inside]
    off = next((k for k in keys if ground.statement(k) in free and not _graphed(ground, k)), None)
    if off is not None:
        why = f"{ground.called(off)} is computed without a graph already: no_grad is on where its line is called."
        return Refused(why, ground.entity(off).span)
    return _wrapped(ground, free, {k: n for k, n in parts.items() if n not in within}, keys)


def _graphed(ground: Ground, key: str) -> bool:
    """Whether an op was computed with grad mode on."""
    event = ground.trace.events[ground.entity(key).made]
    return not isinstance(event, ev.Applied) or event.grad_mode


def _no_grad_around(syntax: Syntax, node: ast.AST) -> ast.With | None:
    """The innermost ``with torch.no_grad():`` around a node, in the same function."""
    for outer in syntax.around(node):
        match outer:
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=function), optional_vars=None)]) if (
                last_name(function) == "no_grad"
            ):
                return outer
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return None
    return None


def _wrapped(
    ground: Ground, wholes: Sequence[ast.stmt], parts: dict[str, ast.expr], keys: Sequence[str]
) -> Proposal | Refused:
    syntax, draft = ground.syntax, Draft.on(ground)
    lines: dict[ast.stmt, list[str]] = {}
    for node in parts.values():
        drawn = draft.draw(node)
        if isinstance(drawn, Refused):
            return drawn
        lines.setdefault(syntax.statement(node), []).append(drawn.line)
        draft.edits.append(drawn.edit)
    head = f"with {draft.alias('torch')}.no_grad():\n"
    for run in _runs(syntax, [*wholes, *lines]):
        inner = [s for s in run if s in wholes]
        whole = whole_lines(syntax, inner) if inner else None
        if isinstance(whole, Refused):
            return whole
        first = run[0]
        indent, step = syntax.indent(first), syntax.step()
        at = syntax.lines(first).start
        draft.edits.append(TextEdit(Span(at, at), indent + head))
        if whole is not None:
            draft.edits += indented(syntax, whole, step)
            at = whole.stop
        text = "".join(f"{indent}{step}{line}\n" for line in lines.get(run[-1], ()))
        if text:
            draft.edits.append(TextEdit(Span(at, at), text))
    names = listed(dict.fromkeys(ground.called(k) for k in keys if ground.entity(k).kind == OP))
    draft.edits = list(merged(draft.edits))
    return draft.proposal(f"{names}: computed without a graph", next((n for k in keys if (n := ground.name(k))), ""))


def _runs(syntax: Syntax, statements: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements in runs of neighbours of one block, in the order of the text."""
    runs: list[list[ast.stmt]] = []
    for statement in sorted(set(statements), key=lambda s: (s.lineno, s.col_offset)):
        block = syntax.block(statement)
        last = runs[-1][-1] if runs else None
        if last is not None and last in block and block.index(last) + 1 == block.index(statement):
            runs[-1].append(statement)
        else:
            runs.append([statement])
    return runs


def _unwrapped(ground: Ground, wholes: Sequence[ast.stmt], blocks: Sequence[ast.With]) -> Proposal | Refused:
    syntax, draft = ground.syntax, Draft.on(ground)
    for block in blocks:
        for other in block.body:
            if other not in wholes and any(e.kind == OP for e in ground.made_in(other)):
                line = other.lineno
                why = f"Line {line} stands in the same no_grad block: select what it makes, too, or move it by hand."
                return Refused(why, syntax.span(other))
        draft.edits += outdented(syntax, block, block.body, after_head(syntax, block.items[-1].context_expr))
    return draft.proposal("Computed with a graph again")
