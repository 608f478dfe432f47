"""Formulas: bare expressions such as ``sigmoid(w*x+b)``, whose unknown names become leaves of the program."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.catalogue import catalogue
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.notation import Reader, Token, parts, tokens
from engine.edit.numbers import as_floats, read_numbers
from engine.edit.offers import MODULES, Offer
from engine.edit.predict import trial_of_expression
from engine.edit.syntax import Syntax, stored
from engine.edit.writing import INNER, OUTER, RESERVED, Spot, name_trouble, spot_for, usual_names
from engine.trace.events import Span

CONSTANTS = ("pi", "e")
"""Names that stand for numbers unless the program, or who writes the formula, gives them a value."""
SPELLINGS = {
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "sgn": "sign",
    "tg": "tan",
    "logistic": "sigmoid",
    "mse": "mse_loss",
    "transpose": "t",
    "swish": "silu",
    "mae": "l1_loss",
    "bce": "binary_cross_entropy",
}
"""What functions of torch's are called elsewhere."""
OF_TWO = {"max": "maximum", "min": "minimum"}
"""What a function is with two inputs."""
ALLOWED = (
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.keyword),
    *(ast.Tuple, ast.List, ast.Subscript, ast.Slice, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop),
)


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression that has been read: Python's, with functions of torch's by their bare names.

    ``unknown`` are the names that nothing stands for, in the order of the text, ``values`` the numbers that were given
    for names, ``name`` the one that the result was given. ``notes`` say what was understood in another way than Python
    would.
    """

    text: str
    expression: str
    unknown: tuple[str, ...]
    values: Mapping[str, str]
    name: str = ""
    notes: tuple[str, ...] = ()

    def offered(self) -> dict[str, str]:
        """A value for each unknown name: the one that was given, else 1.0, 2.0 …; as many numbers for a product of
        vectors as another has."""
        lists = [v for v in self.values.values() if v.startswith("[") and not v.startswith("[[")]
        count = lists[0].count(",") + 1 if lists else 2
        vector = f"[{', '.join(f'{i}.0' for i in range(1, count + 1))}]"
        vectors = {
            part.id
            for product in ast.walk(_path(self.expression))
            if isinstance(product, ast.BinOp) and isinstance(product.op, ast.MatMult)
            for part in (product.left, product.right)
            if isinstance(part, ast.Name)
        }
        plain = {n: vector if n in vectors else f"{i}.0" for i, n in enumerate(self.unknown, 1)}
        return {n: self.values.get(n, number) for n, number in plain.items()}


def read_on(ground: Ground, text: str) -> Formula | Refused:
    """A formula that may use what stands at the top of a program."""
    bound = ground.end.state.names.items()
    tensors = {name for (scope, name), held in bound if not scope and any(not path for path, _ in held.tensors)}
    formula = read(text, makers(ground.syntax), tensors)
    if isinstance(formula, Formula) and formula.expression.isidentifier():
        alone = formula.expression
        return Refused(f"{alone} alone is no formula yet: go on, such as {alone} * 2.", Span(0, len(text)))
    return formula


def read(text: str, known: Collection[str] = (), tensors: Collection[str] = ()) -> Formula | Refused:
    """A formula, with values or without: ``(w + x) * (w + 1) with w=1, x=2``, ``y = x^2 + 3x``.

    ``known`` are the names of the program, ``tensors`` those that cannot be called. Refused, with the part of the text
    that it is about, where it is none.
    """
    pieces = tokens(text)
    values: dict[str, str] = {}
    formulas: list[tuple[str, list[Token]]] = []
    for part in parts(pieces):
        named = len(part) > 2 and part[0].kind == "name" and part[1].text == "="
        number = read_numbers(_between(text, part[2:])) if named else None
        if named and isinstance(number, str):
            values[part[0].text] = ast.unparse(_path(number))
        else:
            formulas.append((part[0].text, part[2:]) if named else ("", part))
    if not formulas and values:
        name, number = next(iter(values.items()))
        why = f"There is only a value: write what is made of it as well, such as {name} * 2 with {name}={number}."
        return Refused(why, Span(0, len(text)))
    if not formulas:
        return Refused("Write a formula, such as (w + x) * (w + 1).", Span(0, len(text)))
    if len(formulas) > 1:
        comma = re.search(r"(?<![\d.])(\d+),(\d+)(?![\d.])", text)
        if comma is not None:
            why = f"Write {comma[1]}.{comma[2]} with a point: a comma parts a formula from the values of its names."
            return Refused(why, Span(*comma.span()))
        second = formulas[1][1]
        span = Span(second[0].span.start, second[-1].span.stop)
        why = "Write one formula at a time; values look like w=1."
        return Refused(why, span)
    name, body = formulas[0]
    return _read(text, name, body, values, frozenset(known), frozenset(tensors))


def _between(text: str, part: Sequence[Token]) -> str:
    """What was typed from the first of some pieces to the last, with Python's minus."""
    return re.sub("[−–]", "-", text[part[0].span.start : part[-1].span.stop])


def _read(
    text: str,
    name: str,
    body: list[Token],
    values: dict[str, str],
    known: frozenset[str],
    tensors: frozenset[str],
) -> Formula | Refused:
    bare = {p.text for p, q in pairwise([*body, None]) if p is not None and (q is None or q.text != "(")}

    def is_function(word: str) -> bool:
        return word not in values and word not in tensors and (word in known or word in _functions())

    def is_value(word: str) -> bool:
        return word in values or word in tensors or word in bare or (len(word) == 1 and word not in "fgh")

    tree = Reader(is_function, is_value).python(body)
    if isinstance(tree, Refused):
        return _helped(tree, text)
    wrong = _unfit(tree, body, known)
    if wrong is not None:
        return wrong
    if not any(isinstance(n, ast.Call | ast.Name) and getattr(n, "id", "") not in CONSTANTS for n in ast.walk(tree)):
        return Refused("There are only numbers: a formula has a name as well, such as w * 2.", _span(body))
    if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree)):
        return Refused(f"{name} cannot be made of itself: give the result another name.", body[0].span)
    notes = []
    if any(text[p.span.start : p.span.stop] == "^" for p in body):
        notes.append("^ is a power here; Python writes it **.")
    expression = ast.unparse(tree)
    names = [n for n in _names(tree) if n not in known and (n not in CONSTANTS or n in values)]
    return Formula(text, expression, tuple(dict.fromkeys(names)), values, name, tuple(notes))


def names_in(tree: ast.expr) -> set[str]:
    """The names that stand in an expression, those of functions included."""
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _names(tree: ast.expr) -> Iterator[str]:
    """The names that stand for values, in the order of the text."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called and n.id not in MODULES]
    yield from (n.id for n in sorted(found, key=lambda n: n.col_offset))


def _span(body: Sequence[Token]) -> Span:
    return Span(body[0].span.start, body[-1].span.stop)


def _unfit(tree: ast.expr, body: Sequence[Token], known: Collection[str]) -> Refused | None:
    """What does not belong in a formula, and functions that nobody knows."""
    whole = _span(body)
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            return Refused("Only numbers, names, signs and functions belong in a formula.", whole)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = node.func.id
            if function not in known and function not in _functions():
                place = next((p.span for p in body if p.text == function), whole)
                return Refused(_no_function(function), place)
        if isinstance(node, ast.Name) and node.id in _functions() and node.id not in known:
            if node.id not in CONSTANTS and not _is_called(tree, node) and len(node.id) > 1:
                place = next((p.span for p in body if p.text == node.id), whole)
                return Refused(f"{node.id} is a function: write {node.id}(…), with what it is of in brackets.", place)
    return None


def _is_called(tree: ast.expr, name: ast.Name) -> bool:
    return any(isinstance(node, ast.Call) and node.func is name for node in ast.walk(tree))


def _helped(wrong: Refused, text: str) -> Refused:
    """A refusal of the notation, with the function that may have been meant."""
    word = "" if wrong.span is None else text[wrong.span.start : wrong.span.stop]
    return Refused(_no_function(word), wrong.span) if "is no function" in wrong.why else wrong


def _no_function(name: str) -> str:
    near = difflib.get_close_matches(name, _functions(), 1, 0.7)
    return f"“{name}” is no function that is known here." + (f" Did you mean {near[0]}?" if near else "")


# --- functions of torch's ---------------------------------------------------------------------


@cache
def _functions() -> Mapping[str, Offer]:
    """The functions that a formula may name, with how they are written."""
    found = {offer.name: offer for offer in catalogue() if offer.name.isidentifier() and not offer.layer}
    found |= {offer.name.split(" ")[0]: offer for offer in catalogue() if offer.name.split(" ")[0] not in found}
    return found | {other: found[name] for other, name in SPELLINGS.items()}


class _Resolved(ast.NodeTransformer):
    """A formula's tree with torch's names in full."""

    def __init__(self, draft: Draft, known: Collection[str]) -> None:
        self.draft = draft
        self.known = known

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name) and self._is_constant(node.left, "e"):
            return _call(f"{self.draft.alias('torch')}.exp", [self.visit(node.right)], [])
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        for constant in CONSTANTS:
            if self._is_constant(node, constant):
                return _path(f"{self.draft.alias('torch')}.{constant}")
        return node

    def _is_constant(self, node: ast.Name, name: str) -> bool:
        return node.id == name and name not in self.known

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in MODULES and node.value.id not in self.known:
            return ast.Attribute(_path(self.draft.alias(node.value.id)), node.attr, ast.Load())
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name) or node.func.id in self.known:
            self.generic_visit(node)
            return node
        args = [self.visit(a) for a in node.args]
        given = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
        name = OF_TWO.get(node.func.id, node.func.id) if len(args) == 2 else node.func.id
        offer = _functions()[name]
        if len(args) == len(offer.inputs) and not given and not offer.pattern:
            places = [f"_{i}" for i in range(len(args))]
            written = _path(self.draft.call(offer, places))
            return _Filled(dict(zip(places, args, strict=True))).visit(written)  # type: ignore[no-any-return]
        place = offer.template.partition("(")[0]
        if not place.startswith(("{torch}", "{F}")):
            place = f"{{torch}}.{offer.name.split(' ')[0]}"
        aliases = {m: self.draft.alias(m) for m in MODULES if f"{{{m}}}" in place}
        return _call(place.format(**aliases), args, given)


class _Filled(ast.NodeTransformer):
    """A tree with others in the place of some of its names."""

    def __init__(self, others: Mapping[str, ast.expr]) -> None:
        self.others = others

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.others.get(node.id, node)


def _path(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _call(path: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    return ast.Call(_path(path), args, keywords)


# --- writing ----------------------------------------------------------------------------------


def makers(syntax: Syntax, before: ast.stmt | None = None) -> dict[str, ast.stmt]:
    """The names that stand for something at the top of a program, or before one of its statements, with what made each
    last."""
    body = syntax.tree.body
    found: dict[str, ast.stmt] = {}
    for statement in body if before is None else body[: body.index(before)]:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = statement
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found |= {(alias.asname or alias.name).split(".")[0]: statement for alias in aliases}
            case _:
                found |= dict.fromkeys(stored(statement), statement)
    return found


def write(
    ground: Ground, formula: Formula, values: Mapping[str, str] | None = None, tracked: Collection[str] | None = None
) -> Proposal | Refused:
    """The lines that make a formula's leaves and its result.

    ``values`` are numbers for unknown names, ``tracked`` those that require grad; those offered, and all, by default.
    """
    draft = Draft.on(ground)
    known = makers(ground.syntax)
    bound = {name for name, maker in known.items() if not isinstance(maker, ast.Import | ast.ImportFrom)}
    used = sorted((names_in(_path(formula.expression)) & bound) - set(formula.unknown))
    if formula.name and (trouble := name_trouble(ground.syntax, formula.name)) is not None:
        return trouble
    lines = leaf_lines(draft, formula, values, tracked)
    if isinstance(lines, Refused):
        return lines
    expression = expression_of(draft, formula, known)
    wrong = trial(ground, formula, expression, values, tracked)
    if wrong is not None:
        return wrong
    spot = spot_for(ground, [known[name] for name in used], used)
    if isinstance(spot, Refused):
        return spot
    made = formula.name or draft.new_name(wishes_for(expression))
    lines.append(f"{made} = {expression}")
    insert_lines(draft, spot, lines)
    return draft.proposal("; ".join(lines), made)


def insert_lines(draft: Draft, spot: Spot, lines: Sequence[str]) -> None:
    """Put lines at a spot; an import that opens the program is parted from them."""
    edit = spot.edit(lines)
    same = [e for e in draft.edits if e.span == edit.span]
    if same and not draft.ground.syntax.imports():
        draft.edits = [e for e in draft.edits if e not in same]
        opening = "".join(e.text.rstrip("\n") + "\n" for e in same)
        edit = TextEdit(edit.span, opening + "\n" + "".join(f"{line}\n" for line in lines))
    draft.edits.append(edit)


def leaf_lines(
    draft: Draft, formula: Formula, values: Mapping[str, str] | None, tracked: Collection[str] | None
) -> list[str] | Refused:
    lines = []
    for name, offered in formula.offered().items():
        number = read_numbers((values or {}).get(name, offered))
        if isinstance(number, Refused):
            return Refused(f"{name}: {number.why}")
        if name in RESERVED:
            return Refused(f"{name} already means something in Python or torch. Choose another name.")
        flag = tracked is None or name in tracked
        text = as_floats(number)
        lines.append(f"{name} = {draft.alias('torch')}.tensor({text}{', requires_grad=True' if flag else ''})")
        draft.taken.add(name)
    return lines


def expression_of(draft: Draft, formula: Formula, known: Collection[str]) -> str:
    """A formula as a program writes it."""
    tree = _Resolved(draft, {*known, *formula.unknown}).visit(_path(formula.expression))
    return ast.unparse(ast.fix_missing_locations(tree))


def wishes_for(expression: str) -> list[str]:
    """Names for the result."""
    tree = _path(expression)
    last = tree.func.attr if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) else ""
    return [*usual_names(last), *OUTER, *INNER]


def trial(
    ground: Ground,
    formula: Formula,
    expression: str,
    values: Mapping[str, str] | None,
    tracked: Collection[str] | None,
) -> Refused | None:
    """Why a formula cannot be computed, in torch's words."""
    given = formula.offered() | dict(values or {})
    leaves = {n: (as_floats(given[n]), tracked is None or n in tracked) for n in formula.unknown}
    return trial_of_expression(ground, expression, leaves)
