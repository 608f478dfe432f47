"""Bare: expressions in a program's own text some of whose names nothing stands for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.formula import (
    Formula,
    expression_of,
    insert_lines,
    leaf_lines,
    makers,
    names_in,
    read,
    trial,
    wishes_for,
)
from engine.edit.ground import Ground
from engine.edit.writing import spot_before
from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Bare:
    """A statement of a program that is a formula, some of whose names nothing stands for."""

    formula: Formula
    statement: ast.stmt
    ground: Ground

    @property
    def known(self) -> Collection[str]:
        """The names that stand for something before it."""
        return makers(self.ground.syntax, self.statement)

    def write(
        self, values: Mapping[str, str] | None = None, tracked: Collection[str] | None = None
    ) -> Proposal | Refused:
        """Leaves in lines before it, and its functions by torch's names; its result gets a name."""
        draft, syntax = Draft.on(self.ground), self.ground.syntax
        lines = leaf_lines(draft, self.formula, values, tracked)
        if isinstance(lines, Refused):
            return lines
        expression = expression_of(draft, self.formula, self.known)
        wrong = trial(self.ground, self.formula, expression, values, tracked)
        if wrong is not None:
            return wrong
        named = self.formula.name
        made = named or draft.new_name(wishes_for(expression))
        if lines:
            insert_lines(draft, spot_before(syntax, self.statement), lines)
        draft.edits.append(TextEdit(syntax.span(self.statement), f"{made} = {expression}"))
        return draft.proposal("; ".join([*lines, f"{made} = {expression}"]), made)


def in_program(source: str, failure: ev.Failed) -> Bare | None:
    """The formula at which a program ended because nothing stands for its names; None where it ended otherwise."""
    if failure.type != "NameError" or failure.span is None:
        return None
    try:
        ground = Ground(Trace(source), Scenes())
    except SyntaxError:
        return None
    syntax = ground.syntax
    statement = syntax.statement_at(failure.span)
    if statement not in syntax.tree.body or not syntax.alone(statement):
        return None
    match statement:
        case ast.Expr(value=value) | ast.Assign(targets=[ast.Name()], value=value):
            formula = read(syntax.text(statement), makers(syntax, statement))
            missing = re.search(r"'(\w+)'", failure.message)
            if isinstance(formula, Refused) or missing is None or missing[1] not in names_in(value):
                return None
            return Bare(formula, statement, ground)
    return None
