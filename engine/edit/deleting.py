"""Deleting: cards with all that is made of them, as statements taken out of the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.scopes import DEFINITIONS, reads, writes
from engine.edit.syntax import Syntax, blocks_of
from engine.edit.words import cut, listed
from engine.graph.scenes import CONSTANT
from engine.trace.events import Span

HEADS = ("test", "iter", "subject", "items")
"""What compound statements look at before their bodies run."""


def dependents(ground: Ground, keys: Sequence[str]) -> list[ast.stmt] | Refused:
    """The statements that go with those of the cards: all that use what is deleted, in the order of the text."""
    seeds = _statements(ground, keys)
    if isinstance(seeds, Refused):
        return seeds
    return [s for s in _gone(ground.syntax, seeds) if s not in seeds]


def delete(ground: Ground, keys: Sequence[str]) -> Proposal | Refused:
    """Take out the statements of cards, and everything that uses what they make."""
    seeds = _statements(ground, keys)
    if isinstance(seeds, Refused):
        return seeds
    syntax, draft = ground.syntax, Draft.on(ground)
    gone = _gone(syntax, seeds)
    draft.edits += _edits(syntax, syntax.tree.body, set(gone))
    names = dict.fromkeys(name for s in gone for name in (_made(s) or [cut(syntax.text(s))]))
    lines = {n for e in draft.edits for n in range(syntax.line_of(e.span.start), syntax.line_of(e.span.stop - 1) + 1)}
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    return draft.proposal(f"Deletes {listed(names)}: {count}")


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


def _gone(syntax: Syntax, seeds: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements with all that use what they make, outer ones in place of the inner ones, in the order of the text."""
    sweep = _Sweep(syntax, seeds)
    return [s for s in _walk(syntax.tree.body) if s in sweep.gone and not sweep.covered(s)]


def _walk(block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in block:
        yield statement
        for inner in _inner(statement):
            yield from _walk(inner)


def _inner(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks inside a statement, those of handlers and cases too."""
    yield from blocks_of(statement)
    for part in [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]:
        yield part.body


class _Sweep:
    """Goes through a program as it runs, with the names that have lost their values; until nothing more is lost."""

    def __init__(self, syntax: Syntax, seeds: Sequence[ast.stmt]) -> None:
        self.syntax = syntax
        self.gone: set[ast.stmt] = set(seeds)
        self._reads: dict[ast.AST, set[str]] = {}
        self.definitions = {s.name: s for s in syntax.tree.body if isinstance(s, DEFINITIONS)}
        count = -1
        while count != len(self.gone):
            count = len(self.gone)
            lost = self._block(syntax.tree.body, set())
            for definition in self.definitions.values():
                if self._needs(definition) & lost:
                    self.gone.add(definition)

    def covered(self, statement: ast.stmt) -> bool:
        """Whether what a statement stands in goes as a whole."""
        return any(outer in self.gone for outer in self.syntax.around(statement) if isinstance(outer, ast.stmt))

    def _needs(self, node: ast.AST) -> set[str]:
        """The names that something reads, also by the functions of the program that it mentions."""
        found: set[str] = set()
        waiting = [node]
        seen: set[ast.AST] = set()
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                names = self._reads.get(here)
                if names is None:
                    names = self._reads[here] = reads(here)
                found |= names
                waiting += [self.definitions[name] for name in names if name in self.definitions]
        return found

    def _block(self, block: Sequence[ast.stmt], lost: set[str]) -> set[str]:
        for statement in block:
            if statement not in self.gone:
                self._look_at(statement, lost)
            if statement in self.gone:
                lost |= writes(statement)
        return lost

    def _look_at(self, statement: ast.stmt, lost: set[str]) -> None:
        """Whether a statement goes; what it makes anew is not lost any more."""
        blocks = list(_inner(statement))
        if isinstance(statement, DEFINITIONS):
            if not isinstance(statement, ast.ClassDef):
                self._block(statement.body, set())
                returns = any(isinstance(s, ast.Return) and s in self.gone for s in _walk(statement.body))
                if returns or all(s in self.gone for s in statement.body):
                    self.gone.add(statement)
            lost.discard(statement.name)
        elif not blocks:
            if self._needs(statement) & lost:
                self.gone.add(statement)
                for name in reads(statement):
                    if name in self.definitions and self._needs(self.definitions[name]) & lost:
                        self.gone.add(self.definitions[name])
            else:
                lost -= writes(statement)
        elif any(self._needs(part) & lost for part in _head(statement)):
            self.gone.add(statement)
        else:
            if isinstance(statement, ast.For | ast.AsyncFor):
                lost -= writes(statement.target)
            ends = []
            for _ in range(2):
                ends = [self._block(inner, set(lost)) for inner in blocks]
                if not isinstance(statement, ast.For | ast.AsyncFor | ast.While):
                    break
                lost.update(*ends)
            always = isinstance(statement, ast.With | ast.AsyncWith) or (
                isinstance(statement, ast.If) and len(blocks) > 1
            )
            if always:
                lost.clear()
            lost.update(*ends)
            if all(s in self.gone for s in blocks[0]):
                self.gone.add(statement)


def _head(statement: ast.stmt) -> list[ast.AST]:
    found: list[ast.AST] = []
    for field in HEADS:
        value = getattr(statement, field, None)
        found += value if isinstance(value, list) else [value] if value is not None else []
    return found


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
    blocks = list(_inner(statement))
    for inner in blocks:
        if not all(s in gone for s in inner):
            edits += _edits(syntax, inner, gone)
        elif inner is getattr(statement, "orelse", None) and not isinstance(statement, ast.Try):
            begin = syntax.lines(blocks[0][-1]).stop
            edits.append(TextEdit(Span(begin, syntax.lines(inner[-1]).stop), ""))
        else:
            edits.append(TextEdit(Span(syntax.span(inner[0]).start, syntax.span(inner[-1]).stop), "pass"))
    return edits
