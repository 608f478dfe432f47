"""Building: ops made of cards, and cards put into ops, as edits of the text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.offers import Offer
from engine.edit.pieces import fitting, with_brackets
from engine.edit.predict import trial_of_change, trial_of_offer, value_of
from engine.edit.syntax import Syntax, loaded, stored
from engine.edit.writing import INNER, OUTER, spot_before, spot_for, usual_names
from engine.graph.scenes import CONSTANT, OP
from engine.trace.events import Span


@dataclass(frozen=True, slots=True)
class Operand:
    """An input: a card by its key, or else a text: a number, a name."""

    key: str | None = None
    text: str = ""


def add_op(ground: Ground, offer: Offer, operands: Sequence[Operand], name: str = "") -> Proposal | Refused:
    """A new line that makes an op of the operands. Refused where the op cannot take them, with torch's words."""
    first = None if not operands or operands[0].key is None else value_of(ground, operands[0].key)
    if first is not None:
        offer = offer.fitted(first.shape)
    wrong = trial_of_offer(ground, offer, [_number(o.text) if o.key is None else o.key for o in operands])
    if wrong is not None:
        return wrong
    draft = Draft.on(ground)
    texts = []
    for operand in operands:
        text = operand.text if operand.key is None else draft.reference(operand.key)
        if isinstance(text, Refused):
            return text
        texts.append(text)
    spot = spot_for(ground, draft.statements, draft.names)
    if isinstance(spot, Refused):
        return spot
    layer = draft.new_name([offer.name.rpartition(".")[2].rstrip("123d").lower()]) if offer.layer else ""
    made = name or draft.new_name(_wishes(ground, offer, operands))
    line = f"{made} = {draft.call(offer, texts, layer)}"
    lines = [f"{layer} = {draft.layer(offer)}", line] if layer else [line]
    draft.edits.append(spot.edit(lines))
    return draft.proposal("; ".join(lines), made)


def connect(ground: Ground, source: str, target: str, argument: int) -> Proposal | Refused:
    """Put a card into an op in place of its input number ``argument``."""
    if ground.entity(source).kind != CONSTANT and ground.makes(target, source):
        return Refused(_cycle(ground, source, target))
    place = ground.operand(target, argument)
    if isinstance(place, Refused):
        return place
    entity = ground.entity(target)
    if entity.sources[argument] == source:
        return Refused(f"{ground.called(source)} is that input already.")
    expression = ground.maker(target)
    assert isinstance(expression, ast.expr)
    wrong = trial_of_change(ground, expression, place, source)
    if wrong is not None:
        return wrong
    draft = Draft.on(ground)
    text = draft.reference(source)
    if isinstance(text, Refused):
        return text
    syntax = ground.syntax
    statement = syntax.statement(place)
    later = _moved_before(ground, draft, statement)
    if isinstance(later, Refused):
        return later
    draft.edits.append(TextEdit(with_brackets(syntax, place), fitting(syntax, place, text)))
    return draft.proposal(f"{text} becomes an input of {ground.called(target)}", ground.name(target))


def _moved_before(ground: Ground, draft: Draft, statement: ast.stmt) -> Refused | None:
    """Move the lines that make the operands before a statement, where they stand after it."""
    syntax = ground.syntax
    block = syntax.block(statement)
    here = block.index(statement)
    wanted: list[ast.stmt] = []
    waiting = [s for s in draft.statements if s in block and block.index(s) > here]
    if draft.drawn and waiting:
        return Refused(f"Line {waiting[0].lineno} stands after line {statement.lineno}: give that part a name first.")
    while waiting:
        line = waiting.pop()
        if line in wanted:
            continue
        if not isinstance(line, ast.Assign | ast.AnnAssign):
            why = f"Line {line.lineno} stands after line {statement.lineno} and cannot be moved before it."
            return Refused(why, syntax.span(line))
        wanted.append(line)
        needs = loaded(line)
        waiting += [
            s for s in block[here + 1 :] if s is not line and stored(s) & needs and block.index(s) < block.index(line)
        ]
        if stored(statement) & needs:
            return Refused(_cycle_of_lines(syntax, line, statement), syntax.span(line))
    if wanted:
        wanted.sort(key=block.index)
        lines = [syntax.lines(s) for s in wanted]
        text = "".join(syntax.source[s.start : s.stop].rstrip("\n") + "\n" for s in lines)
        at = spot_before(syntax, statement).at
        draft.edits += [TextEdit(Span(at, at), text), *(TextEdit(span, "") for span in lines)]
    return None


def _cycle_of_lines(syntax: Syntax, line: ast.stmt, statement: ast.stmt) -> str:
    return f"Line {line.lineno} uses what line {statement.lineno} makes: it cannot stand before it."


def _cycle(ground: Ground, source: str, target: str) -> str:
    if source == target:
        return f"{ground.called(source)} cannot be an input of itself."
    return f"{ground.called(source)} is made of {ground.called(target)}: it cannot be an input of it."


def _wishes(ground: Ground, offer: Offer, operands: Sequence[Operand]) -> list[str]:
    """The names that a person would give the result of an op, the likeliest first."""
    usual = usual_names(offer.name.split(" ")[0])
    if usual:
        return usual
    plain = all(o.key is None or ground.entity(o.key).kind != OP for o in operands)
    return [*INNER, *OUTER] if plain else [*OUTER, *INNER]


def _number(text: str) -> float | str:
    """A number that was typed, as one; other texts stay."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
