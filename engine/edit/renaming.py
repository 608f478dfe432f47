"""Renaming: another name for a variable of the program, wherever it is meant and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.pieces import root
from engine.edit.scopes import DEFINITIONS, globals_of, locals_of, targets_of, writes
from engine.edit.syntax import COMPREHENSIONS, FUNCTIONS, Syntax, names_of
from engine.edit.writing import name_trouble
from engine.trace.events import Span


def rename(ground: Ground, name: str, new: str) -> Proposal | Refused:
    """Give a variable of the program another name: also in functions that read it from there, and in f-strings.

    What only has the same name stays: attributes, keyword arguments, variables of functions and comprehensions, texts.
    Refused where the new name is none, is Python's or torch's own, or is taken.
    """
    syntax = ground.syntax
    if not name.isidentifier():
        return Refused(f"{name} is part of {root(name)}: rename that instead.")
    if name == new:
        return Refused(f"{name} has this name already. Choose another one.")
    trouble = name_trouble(syntax, new)
    if trouble is not None:
        return trouble
    uses = list(_uses(syntax.tree, name, True, True))
    imported = next((node for node in uses if isinstance(node, ast.alias)), None)
    if imported is not None:
        return Refused(f"{name} is imported in line {imported.lineno}: rename it there.", syntax.span(imported))
    if not any(name in writes(node) or isinstance(node, ast.Global) for node in uses):
        return Refused(f"{name} is no variable of the program.")
    places = places_of(syntax, syntax.tree, name, new)
    if isinstance(places, Refused):
        return places
    draft = Draft.on(ground)
    draft.edits += [TextEdit(span, new) for span in places]
    count = len(draft.edits)
    return draft.proposal(f"{name} becomes {new} in {count} place{'' if count == 1 else 's'}", new)


def places_of(syntax: Syntax, part: ast.AST, name: str, new: str) -> list[Span] | Refused:
    """Where a variable of the scope that a part of the tree stands in is meant inside that part.

    ``new`` is what will stand there. Refused where it cannot be told.
    """
    places: list[Span] = []
    formatted: dict[ast.JoinedStr, list[ast.AST]] = {}
    for node in _uses(part, name, True, True):
        text = [outer for outer in syntax.around(node) if isinstance(outer, ast.JoinedStr)]
        if text:
            formatted.setdefault(text[-1], []).append(node)
        else:
            places += _places(syntax, node, name)
    for text_node, nodes in formatted.items():
        found = _in_text(syntax, text_node, nodes, name, new)
        if isinstance(found, Refused):
            return found
        places += found
    return list(dict.fromkeys(places))


def _uses(node: ast.AST, name: str, mine: bool, around: bool) -> Iterator[ast.AST]:
    """What stands for the program's variable ``name``, in a part of the tree.

    ``mine`` says whether the name means that variable here, ``around`` whether it does around the class that this is
    the body of.
    """
    stands = mine and not isinstance(node, ast.Attribute | ast.arg) and name in names_of(node)
    if stands or (isinstance(node, ast.Global) and name in node.names):
        yield node
    if isinstance(node, FUNCTIONS):
        inner = around
        if name in globals_of(node):
            inner = around or any(isinstance(n, ast.Global) and name in n.names for n in ast.walk(node))
        elif name in locals_of(node):
            inner = False
        body: list[ast.AST] = [*node.body] if isinstance(node.body, list) else [node.body]
        # Defaults, decorators and annotations belong to what the function stands in.
        yield from _children(node, body, name, mine, around)
        for child in body:
            yield from _uses(child, name, inner, inner)
    elif isinstance(node, ast.ClassDef):
        own = any(name in writes(s) for s in node.body)
        yield from _children(node, node.body, name, mine, around)
        for statement in node.body:
            yield from _uses(statement, name, mine and not own, around)
    elif isinstance(node, COMPREHENSIONS):
        first = node.generators[0].iter
        inner = mine and name not in targets_of(node)
        yield from _uses(first, name, mine, around)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.comprehension):
                yield from _children(child, [first], name, inner, inner)
            else:
                yield from _uses(child, name, inner, inner)
    else:
        yield from _children(node, [], name, mine, around)


def _children(node: ast.AST, without: Sequence[ast.AST], name: str, mine: bool, around: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if child not in without:
            yield from _uses(child, name, mine, around)


def _places(syntax: Syntax, node: ast.AST, name: str) -> list[Span]:
    """Where a name stands in a node."""
    if isinstance(node, ast.Name):
        return [syntax.span(node)]
    assert isinstance(node, ast.stmt | ast.ExceptHandler | ast.pattern)
    begin = syntax.offset(node.lineno, node.col_offset)
    before = r"\b"
    if isinstance(node, DEFINITIONS):
        before = r"\b(?:def|class)\s+"
    elif isinstance(node, ast.ExceptHandler) or (isinstance(node, ast.MatchAs) and node.pattern is not None):
        before = r"\bas\s+"
    found = re.compile(rf"{before}({name})\b").search(syntax.source, begin)
    return [] if found is None else [Span(*found.span(1))]


def _in_text(syntax: Syntax, node: ast.JoinedStr, uses: list[ast.AST], name: str, new: str) -> list[Span] | Refused:
    """Where names stand in an f-string: found by trying, since Python 3.11 does not tell."""
    whole = syntax.span(node)
    text = syntax.source[whole.start : whole.stop]
    order = list(ast.walk(node))
    wanted = {order.index(use) for use in uses}
    found: dict[int, Span] = {}
    for match in re.finditer(rf"\b{name}\b", text):
        try:
            tried = ast.parse(f"({text[: match.start()]}{new}{text[match.end() :]})", mode="eval").body
        except SyntaxError:
            continue
        changed = [
            i
            for i, (old, other) in enumerate(zip(order, ast.walk(tried), strict=False))
            if isinstance(old, ast.Name) and isinstance(other, ast.Name) and old.id != other.id
        ]
        if len(changed) == 1 and changed[0] in wanted:
            found[changed[0]] = Span(whole.start + match.start(), whole.start + match.end())
    if set(found) != wanted:
        return Refused(f"{name} stands in the text of line {node.lineno}: rename it there by hand.", whole)
    return list(found.values())
