"""Losing: which statements of a program cannot be run any more once others are taken out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set

from engine.edit.grads import Fills, grads_read, grads_set
from engine.edit.members import members
from engine.edit.scopes import DEFINITIONS, reads, writes
from engine.edit.syntax import Syntax, blocks_of

HEADS = ("test", "iter", "subject", "items")
"""What compound statements look at before their bodies run."""


def walk(block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in block:
        yield statement
        for inner in inner_blocks(statement):
            yield from walk(inner)


def inner_blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks inside a statement, those of handlers and cases too."""
    yield from blocks_of(statement)
    for part in [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]:
        yield part.body


class Sweep:
    """Goes through a program as it runs, with the names that have lost their values; until nothing more is lost.

    A gradient that no pass fills any more is lost as well, under what it is written as: ``w.grad``.
    """

    def __init__(self, syntax: Syntax, seeds: Sequence[ast.stmt], fills: Fills) -> None:
        self.syntax = syntax
        self._seeds = seeds
        self.gone: set[ast.stmt] = set(seeds)
        self.shortened: dict[ast.stmt, list[ast.Name]] = {}
        """Statements that stay without some members of their lists."""
        self._fills = fills
        self._filled: set[str] = set()
        self._reads: dict[ast.AST, set[str]] = {}
        self.definitions = {s.name: s for s in syntax.tree.body if isinstance(s, DEFINITIONS)}
        count = -1
        while count != len(self.gone):
            count = len(self.gone)
            self._filled.clear()
            self.shortened.clear()
            lost = self._block(syntax.tree.body, set())
            for definition in self.definitions.values():
                if self._needs(definition) & lost:
                    self.gone.add(definition)

    def statements(self) -> list[ast.stmt]:
        """What goes, outer statements in place of the inner ones, in the order of the text."""
        return [s for s in walk(self.syntax.tree.body) if s in self.gone and not self.covered(s)]

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
                    names = self._reads[here] = reads(here) | grads_read(here)
                found |= names
                waiting += [self.definitions[name] for name in names if name in self.definitions]
        return found

    def _block(self, block: Sequence[ast.stmt], lost: set[str]) -> set[str]:
        for statement in block:
            if statement not in self.gone:
                self._look_at(statement, lost)
            fills = self._fills_of(statement)
            if statement in self.gone:
                lost |= (fills - self._filled) | self._unmade(statement, lost)
            else:
                lost -= fills
                self._filled |= fills
        return lost

    def _unmade(self, statement: ast.stmt, lost: Set[str]) -> set[str]:
        """The names that have no value once a statement is gone.

        What it only steps along a gradient that is gone as well, ``w -= 0.1 * w.grad``, stays what it was.
        """
        made = writes(statement)
        if statement in self._seeds:
            return made
        steps = [s for s in walk([statement]) if isinstance(s, ast.AugAssign)]
        stays = {n for s in steps if self._needs(s) & lost <= grads_read(s) for n in writes(s)}
        others = [s for s in walk([statement]) if s not in steps and not list(inner_blocks(s))]
        return made - (stays - {name for s in others for name in writes(s)})

    def _fills_of(self, statement: ast.stmt) -> Set[str]:
        """The gradients that a statement fills; one that goes as a whole, also inside."""
        inside = walk([statement]) if statement in self.gone else [statement]
        return {grad for s in inside for grad in self._fills.get(s, ())}

    def _look_at(self, statement: ast.stmt, lost: set[str]) -> None:
        """Whether a statement goes; what it makes anew is not lost any more."""
        blocks = list(inner_blocks(statement))
        if isinstance(statement, DEFINITIONS):
            if not isinstance(statement, ast.ClassDef):
                self._block(statement.body, set())
                returns = any(isinstance(s, ast.Return) and s in self.gone for s in walk(statement.body))
                if returns or all(s in self.gone for s in statement.body):
                    self.gone.add(statement)
            lost.discard(statement.name)
        elif not blocks:
            needed = self._needs(statement) & lost
            staying = members(self.syntax, statement, lost) if needed else None
            if staying is not None:
                self.shortened[statement] = staying
            if needed and staying is None:
                self.gone.add(statement)
                for name in reads(statement):
                    if name in self.definitions and self._needs(self.definitions[name]) & lost:
                        self.gone.add(self.definitions[name])
            else:
                lost -= writes(statement) | grads_set(statement)
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
