"""Deleting: cards with all that is made of them, as statements taken out of the text."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.grads import fills_of
from engine.edit.ground import Ground
from engine.edit.losing import Sweep, inner_blocks
from engine.edit.members import without
from engine.edit.scopes import DEFINITIONS
from engine.edit.syntax import Syntax
from engine.edit.words import cut, listed
from engine.graph.scenes import CONSTANT
from engine.trace.events import Span


def dependents(ground: Ground, keys: Sequence[str]) -> list[ast.stmt] | Refused:
    """The statements that go with those of the cards: all that use what is deleted, in the order of the text."""
    seeds = _statements(ground, keys)
    if isinstance(seeds, Refused):
        return seeds
    return [s for s in Sweep(ground.syntax, seeds, fills_of(ground)).statements() if s not in seeds]


def delete(ground: Ground, keys: Sequence[str]) -> Proposal | Refused:
    """Take out the statements of cards, and everything that uses what they make."""
    seeds = _statements(ground, keys)
    if isinstance(seeds, Refused):
        return seeds
    syntax, draft = ground.syntax, Draft.on(ground)
    sweep = Sweep(syntax, seeds, fills_of(ground))
    gone = sweep.statements()
    draft.edits += _edits(syntax, syntax.tree.body, set(gone))
    names = dict.fromkeys(name for s in gone for name in (_made(s) or [cut(syntax.text(s))]))
    lines = {n for e in draft.edits for n in range(syntax.line_of(e.span.start), syntax.line_of(e.span.stop - 1) + 1)}
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    says = f"Deletes {listed(names)}: {count}"
    for statement, members in sweep.shortened.items():
        if statement not in gone and not sweep.covered(statement):
            draft.edits += without(syntax, members)
            says += f"; line {statement.lineno} stays without {listed(dict.fromkeys(m.id for m in members))}"
    return draft.proposal(says)


def _statements(ground: Ground, keys: Sequence[str]) -> list[ast.stmt] | Refused:
    found: list[ast.stmt] = []
    for key in keys:
        entity = ground.entity(key)
        if entity.kind == CONSTANT:
            if len(keys) > 1:
                continue
            return Refused("A number is part of an op: write another one, or delete the op.", entity.span)
        statement = ground.statement(key)
        if isinstance(statement, Refused):
            return statement
        if statement not in found:
            found.append(statement)
    if not found:
        return Refused("There is nothing to delete: select a leaf or a result.")
    return found


def _made(statement: ast.stmt) -> list[str]:
    """The names that a statement makes, in the order of the text."""
    if isinstance(statement, DEFINITIONS):
        return [f"{statement.name}()" if not isinstance(statement, ast.ClassDef) else statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return []


# --- the text -------------------------------------------------------------------------------


def _edits(syntax: Syntax, block: Sequence[ast.stmt], gone: set[ast.stmt]) -> list[TextEdit]:
    """The edits that take statements out of a block and of the blocks inside it."""
    edits: list[TextEdit] = []
    for group in _groups(block):
        staying = [s for s in group if s not in gone]
        if not staying:
            span = Span(syntax.lines(group[0]).start, syntax.lines(group[-1]).stop)
            edits.append(TextEdit(span, ""))
            continue
        for i, statement in enumerate(group):
            if statement not in gone:
                edits += _inside(syntax, statement, gone)
            elif any(s in staying for s in group[i:]):
                edits.append(TextEdit(Span(syntax.span(statement).start, syntax.span(group[i + 1]).start), ""))
        if group[-1] in gone:
            edits.append(TextEdit(Span(syntax.span(staying[-1]).stop, syntax.span(group[-1]).stop), ""))
    return edits


def _groups(block: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """The statements of a block, those together that share a line."""
    groups: list[list[ast.stmt]] = []
    for statement in block:
        if groups and statement.lineno == groups[-1][-1].end_lineno:
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def _inside(syntax: Syntax, statement: ast.stmt, gone: set[ast.stmt]) -> list[TextEdit]:
    """The edits inside a statement that stays: an else that would be empty goes, other blocks keep a ``pass``."""
    edits: list[TextEdit] = []
    blocks = list(inner_blocks(statement))
    for inner in blocks:
        if not all(s in gone for s in inner):
            edits += _edits(syntax, inner, gone)
        elif inner is getattr(statement, "orelse", None) and not isinstance(statement, ast.Try):
            begin = syntax.lines(blocks[0][-1]).stop
            edits.append(TextEdit(Span(begin, syntax.lines(inner[-1]).stop), ""))
        else:
            edits.append(TextEdit(Span(syntax.span(inner[0]).start, syntax.span(inner[-1]).stop), "pass"))
    return edits
