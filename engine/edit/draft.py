"""Draft: an edit in the making: how to write a card in a new line, and what has to be written first for that."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.ground import Ground
from engine.edit.offers import MODULES, Offer
from engine.edit.pieces import atom, conditional, on_one_line, root, with_brackets
from engine.edit.writing import INNER, fresh, import_edit, merged, module, spot_before, taken
from engine.graph.scenes import CONSTANT


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of a line that gets one of its own: its name, that line, and the edit that puts the name in its place."""

    name: str
    line: str
    edit: TextEdit


@dataclass(slots=True)
class Draft:
    """An edit in the making: the lines and changes that it needs so far."""

    ground: Ground
    edits: list[TextEdit] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    statements: list[ast.stmt] = field(default_factory=list)
    """The statements after which a line that uses the operands may stand."""
    names: list[str] = field(default_factory=list)
    """What the operands are called there."""
    drawn: dict[str, str] = field(default_factory=dict)
    """The cards that get a line of their own, and its name."""

    @classmethod
    def on(cls, ground: Ground) -> Draft:
        return cls(ground, taken=taken(ground.syntax))

    def new_name(self, wishes: Sequence[str]) -> str:
        name = fresh(self.taken, wishes)
        self.taken.add(name)
        return name

    def reference(self, key: str) -> str | Refused:
        """How to write a card: by its name, or by one that it is given for that, in a line of its own."""
        if key in self.drawn:
            return self.drawn[key]
        ground = self.ground
        entity = ground.entity(key)
        expression = ground.expression(key)
        if entity.kind == CONSTANT:
            return str(entity.number) if isinstance(expression, Refused) else ground.syntax.text(expression)
        named = ground.names(key)
        if named:
            statement = self.named_by(named[0])
            if statement is not None:
                self.statements.append(statement)
                self.names.append(root(named[0]))
                return named[0]
        if entity.how == "grad":
            return Refused("A gradient is no value of the program: write .grad by hand where it is needed.")
        if isinstance(expression, Refused):
            return expression
        past = next((name for _, name in reversed(entity.names)), "")
        if past:
            line = ground.line(ground.syntax.span(expression))
            why = f"{past} stands for something else by now: the value made in line {line} has no name any more."
            return Refused(why, ground.syntax.span(expression))
        return self._draw_out(key, expression)

    def named_by(self, name: str) -> ast.stmt | None:
        """The last statement that gives a name its value, as it stands among those of the program."""
        for (scope, bound), binding in self.ground.end.state.names.items():
            if bound == root(name) and not scope and binding.span is not None:
                return self.ground.syntax.outermost(binding.span)
        return None

    def _draw_out(self, key: str, expression: ast.expr) -> str | Refused:
        """Give a part of a line a line of its own before it."""
        drawn = self.draw(expression)
        if isinstance(drawn, Refused):
            return drawn
        statement = self.ground.syntax.statement(expression)
        self.drawn[key] = drawn.name
        self.edits += [spot_before(self.ground.syntax, statement).edit([drawn.line]), drawn.edit]
        self.statements.append(statement)
        self.names.append(drawn.name)
        return drawn.name

    def draw(self, expression: ast.expr) -> Drawn | Refused:
        """A part of a line as a line of its own. Refused where it must not be computed earlier than its statement."""
        syntax = self.ground.syntax
        statement = syntax.statement(expression)
        kept = conditional(syntax, expression)
        simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return)
        if kept or not simple or not syntax.alone(statement):
            why = f"{syntax.text(expression)} is only part of line {statement.lineno}. Give it a name there first."
            return Refused(why, syntax.span(expression))
        name = self.new_name(INNER)
        edit = TextEdit(with_brackets(syntax, expression), name)
        return Drawn(name, f"{name} = {on_one_line(syntax, expression)}", edit)

    def alias(self, name: str) -> str:
        """How to write a module; the line that imports it is added where it is missing."""
        found = module(self.ground.syntax, MODULES[name])
        if found.line:
            edit = import_edit(self.ground.syntax, found.line)
            if edit not in self.edits:
                self.edits.insert(0, edit)
        return found.alias

    def call(self, offer: Offer, texts: Sequence[str], layer: str = "") -> str:
        """An op, written with its inputs; ``layer`` is the name of the layer that it is a call of."""
        bound = offer.template.startswith("{0}.") or "**" in offer.template or offer.template.startswith("-")
        inputs = [atom(text) if bound else text for text in texts]
        return offer.template.format(*inputs, layer=layer, **self._aliases(offer.template))

    def layer(self, offer: Offer) -> str:
        """What makes the layer of an offer."""
        return offer.layer.format(**self._aliases(offer.layer))

    def _aliases(self, text: str) -> dict[str, str]:
        return {name: self.alias(name) for name in MODULES if f"{{{name}}}" in text}

    def proposal(self, says: str, makes: str = "") -> Proposal | Refused:
        return checked(self.ground.source, Proposal(merged(self.edits), says, makes))


def checked(source: str, proposal: Proposal) -> Proposal | Refused:
    """A proposal, if its text is a program."""
    try:
        ast.parse(proposal.apply(source))
    except SyntaxError as error:
        return Refused(f"This cannot be written here: {error.msg}.")
    return proposal
