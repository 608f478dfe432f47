"""Duplicating: cards once more, under names of their own."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from itertools import count

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.backwards import freed_by, keeping
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.pieces import on_one_line
from engine.edit.renaming import places_of
from engine.edit.scopes import reads, writes
from engine.edit.syntax import Syntax
from engine.edit.words import listed
from engine.edit.writing import INNER, LEAVES, sets_flag, spot_after, spot_before
from engine.graph.scenes import CONSTANT, LEAF


def duplicate(ground: Ground, keys: Sequence[str]) -> Proposal | Refused:
    """The statements of cards once more after the last of them: ``w`` becomes ``w2``, also where the others read it.

    Refused where a copy would come to something else: in several blocks, or where a name has another value by then.
    """
    syntax = ground.syntax
    found = _chosen(ground, keys)
    if isinstance(found, Refused):
        return found
    statements = [s for s, _ in found]
    block = syntax.block(statements[0])
    apart = next((s for s in statements if s not in block), None)
    if apart is not None:
        why = f"Line {statements[0].lineno} and line {apart.lineno} stand in different blocks."
        return Refused(f"{why} Duplicate them one by one.", syntax.span(apart))
    last = max(statements, key=block.index)
    draft = Draft.on(ground)
    names: dict[str, str] = {}
    lines: list[str] = []
    made: list[str] = []
    for statement, part in found:
        wrong = _changed(syntax, block[block.index(statement) : block.index(last) + 1], part or statement, names)
        if wrong is not None:
            return wrong
        if part is None:
            new = {name: _numbered(name, draft.taken) for name in sorted(writes(statement)) if name not in names}
            draft.taken |= set(new.values())
            names |= new
            made += new.values()
            text = _copied(syntax, statement, names)
        else:
            leaf = any(e.kind == LEAF for e in ground.made_at(part))
            name = draft.new_name(LEAVES if leaf else INNER)
            made.append(name)
            text = _copied(syntax, part, names, on_one_line(syntax, part))
            text = text if isinstance(text, Refused) else f"{name} = {text}"
        if isinstance(text, Refused):
            return text
        lines.append(text)
    edits = _kept(ground, [part or statement for statement, part in found], {s for s, part in found if part is None})
    if isinstance(edits, Refused):
        return edits
    draft.edits += edits
    spot = spot_before(syntax, last) if isinstance(last, ast.Return) else spot_after(syntax, last)
    draft.edits.append(spot.edit(lines))
    return draft.proposal(f"{listed(made)}: the same once more", made[0])


def _chosen(ground: Ground, keys: Sequence[str]) -> list[tuple[ast.stmt, ast.expr | None]] | Refused:
    """The statements of cards in the order of the text, and the part of each that is meant if it is not the whole."""
    syntax = ground.syntax
    wholes: dict[ast.stmt, None] = {}
    parts: dict[ast.expr, ast.stmt] = {}
    for key in keys:
        if ground.entity(key).kind == CONSTANT:
            continue
        statement = ground.statement(key)
        if isinstance(statement, Refused):
            return statement
        node = ground.maker(key)
        assigns = isinstance(statement, ast.Assign | ast.AnnAssign)
        named = assigns and ground.entity(key).kind == LEAF and ground.names(key)
        whole = assigns and node is getattr(statement, "value", None)
        if isinstance(node, ast.expr) and not whole and not named:
            parts[node] = statement
            continue
        if not assigns:
            why = f"Line {statement.lineno} edits a tensor in place: duplicate what it is made of."
            return Refused(why, syntax.span(statement))
        wholes[statement] = None
    for statement in list(wholes):
        block, own = syntax.block(statement), writes(statement)
        if not own:
            return Refused(f"Line {statement.lineno} makes no variable of its own.", syntax.span(statement))
        for other in block[block.index(statement) + 1 :]:
            if sets_flag(other) and reads(other) & own:
                wholes[other] = None
    inner_parts = {
        node: statement
        for node, statement in parts.items()
        if statement not in wholes and not any(outer in parts for outer in syntax.around(node))
    }
    if not wholes and not inner_parts:
        return Refused("Select a leaf or a result: a number is part of its op.")
    chosen: list[tuple[ast.stmt, ast.expr | None]] = [(s, None) for s in wholes]
    chosen += [(statement, node) for node, statement in inner_parts.items()]
    return sorted(chosen, key=lambda c: syntax.span(c[1] or c[0]).start)


def _changed(
    syntax: Syntax, between: Sequence[ast.stmt], copied: ast.expr | ast.stmt, names: Collection[str]
) -> Refused | None:
    """Why a copy after some statements would come to something else: they give what it reads other values."""
    own = reads(copied) - set(names)
    for statement in between:
        changed = own & writes(statement)
        if changed:
            name = min(changed)
            why = f"Line {statement.lineno} gives {name} another value: a copy after it would not be the same."
            return Refused(f"{why} Write it by hand.", syntax.span(statement))
    return None


def _kept(
    ground: Ground, copied: Sequence[ast.expr | ast.stmt], statements: Collection[ast.stmt]
) -> list[TextEdit] | Refused:
    """The edits that let calls keep the graph of what is not copied itself, so that their copies can go through it."""
    syntax, edits = ground.syntax, list[TextEdit]()
    whole = [syntax.span(node) for node in copied]
    for span, freed in freed_by(ground).items():
        if any(w.start <= span.start and span.stop <= w.stop for w in whole):
            makers = (e.span for e in ground.scenes.entities.values() if e.node in freed)
            if any(maker is None or syntax.statement_at(maker) not in statements for maker in makers):
                kept = keeping(ground, span)
                if isinstance(kept, Refused):
                    return kept
                edits += kept
    return edits


def _copied(syntax: Syntax, node: ast.expr | ast.stmt, names: dict[str, str], text: str = "") -> str | Refused:
    """The text of a statement or of a part of one, with other names in it."""
    whole = syntax.span(node)
    places = []
    for old, new in names.items():
        found = places_of(syntax, node, old, new)
        if isinstance(found, Refused):
            return found
        places += [(span, new) for span in found]
    text = text or syntax.text(node)
    shift = text.index(syntax.text(node)) - whole.start
    for span, new in sorted(places, key=lambda p: -p[0].start):
        text = text[: span.start + shift] + new + text[span.stop + shift :]
    return text


def _numbered(name: str, taken: Collection[str]) -> str:
    """``w2`` for ``w``, ``w3`` for ``w2``."""
    base = name.rstrip("0123456789") or name
    return next(new for n in count(2) if (new := f"{base}{n}") not in taken)
