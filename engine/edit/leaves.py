"""Leaves: new tensors of numbers, and the numbers of those that are there."""

from __future__ import annotations

import ast

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.numbers import as_floats, numbers_in, read_numbers
from engine.edit.pieces import fitting, with_brackets
from engine.edit.predict import attempt, torch_function, trial_of_value, value_of
from engine.edit.syntax import last_name
from engine.edit.words import cut
from engine.edit.writing import LEAVES, Spot, is_text, name_trouble, sets_flag, spot_after, spot_at_end
from engine.graph.scenes import CONSTANT, LEAF, OP
from engine.program.namespaces import words
from engine.trace.events import Span

DRAWN = frozenset(
    words("rand randn randint randperm normal bernoulli multinomial poisson rand_like randn_like randint_like")
)
QUIET = frozenset(words("manual_seed set_default_dtype set_printoptions filterwarnings"))
"""Calls among a program's first lines after which leaves may still be made."""
FULL = frozenset(("full", "full_like", "new_full"))


def add_leaf(ground: Ground, value: str = "1.0", requires_grad: bool = True, name: str = "") -> Proposal | Refused:
    """A new tensor after the leaves of the program: ``w = torch.tensor(1.0, requires_grad=True)``.

    ``value`` is a number, or lists of numbers; whole ones become floats where the tensor requires grad. Refused where
    it is neither, or where the name is none or taken.
    """
    text = read_numbers(value)
    if isinstance(text, Refused):
        return text
    says, wrong = "", _trial(text, requires_grad)
    if wrong is not None and _trial(as_floats(text), requires_grad) is None:
        says, text = f" (not of {text}: {wrong.why})", as_floats(text)
    elif wrong is not None:
        return _with_advice(wrong, text)
    if name and (trouble := name_trouble(ground.syntax, name)) is not None:
        return trouble
    draft = Draft.on(ground)
    made = name or draft.new_name(LEAVES)
    line = f"{made} = {draft.alias('torch')}.tensor({text}{', requires_grad=True' if requires_grad else ''})"
    edit = _spot(ground).edit([line])
    if draft.edits and not any(isinstance(s, ast.Import | ast.ImportFrom) for s in ground.syntax.tree.body):
        # The import opens the program, and the leaf follows it.
        first = draft.edits.pop()
        edit = TextEdit(first.span, first.text.rstrip("\n") + "\n\n" + line + "\n")
    draft.edits.append(edit)
    return draft.proposal(line + says, made)


def add_constant(ground: Ground, value: str = "1.0", name: str = "") -> Proposal | Refused:
    """A new tensor that does not require grad."""
    return add_leaf(ground, value, False, name)


def set_value(ground: Ground, key: str, text: str) -> Proposal | Refused:
    """Other numbers for a leaf, or another number for an op, written where the old ones stand.

    Lists may be replaced by lists of another shape, unless an op that uses them cannot take it. What is of floats stays
    so: ``1`` is written ``1.0`` then.
    """
    old = _literal(ground, key)
    if isinstance(old, Refused):
        return old
    written = read_numbers(text)
    if isinstance(written, Refused):
        return written
    syntax, entity = ground.syntax, ground.entity(key)
    filled = last_name(getattr(syntax.parents[old], "func", old)) in FULL
    if (entity.kind == CONSTANT or filled) and written.startswith(("[", "(")):
        return Refused(f"Only one number fits here. Write one, such as {syntax.text(old)}.", syntax.span(old))
    held = value_of(ground, key) if entity.kind == LEAF else None
    if held is not None and held.dtype.startswith("float"):
        written = as_floats(written)
    wrong = _trial(written, entity.tracked)
    if wrong is not None:
        return _with_advice(wrong, written)
    wrong = None if held is None or filled else trial_of_value(ground, key, written)
    if wrong is not None:
        return wrong
    edits = _rewritten(ground, old, written)
    if isinstance(edits, Refused):
        return edits
    if not edits:
        return Refused(f"{_called(ground, key)} is {cut(written)} already. Write another number.", syntax.span(old))
    draft = Draft.on(ground)
    draft.edits += edits
    return draft.proposal(f"{_called(ground, key)} becomes {cut(written)}", ground.name(key))


def written_value(ground: Ground, key: str) -> str | Refused:
    """How the numbers of a leaf, or the number that a card is, stand in the text; in one line."""
    literal = _literal(ground, key)
    if isinstance(literal, Refused):
        return literal
    text = ground.syntax.text(literal)
    return ast.unparse(literal) if "\n" in text else text


def number_at(ground: Ground, key: str) -> Span | None:
    """The one number that a leaf or a constant is, without its sign; None if it is not written as one."""
    literal = _literal(ground, key)
    if isinstance(literal, Refused):
        return None
    found = list(numbers_in(literal))
    if len(found) != 1:
        return None
    number = found[0].operand if isinstance(found[0], ast.UnaryOp) else found[0]
    return None if isinstance(getattr(number, "value", None), bool) else ground.syntax.span(number)


# --- where the numbers stand ----------------------------------------------------------------


def _literal(ground: Ground, key: str) -> ast.expr | Refused:
    """The numbers that a card is, as they stand in the text."""
    entity = ground.entity(key)
    if entity.kind == CONSTANT:
        return ground.expression(key)
    node = ground.maker(key)
    if isinstance(node, Refused):
        return node
    span = ground.syntax.span(node)
    if entity.kind == OP:
        return Refused(f"{ground.called(key)} is computed: change what it is made of.", span)
    if isinstance(node, ast.Call) and last_name(node.func) == "Parameter" and node.args:
        node = node.args[0]
    if isinstance(node, ast.Call):
        place, word = (1, "fill_value") if last_name(node.func) in FULL else (0, "data")
        named = next((k.value for k in node.keywords if k.arg == word), None)
        data = node.args[place] if len(node.args) > place else named
        if data is not None and entity.how in ("tensor", "Parameter", "full", "as_tensor", "full_like", "new_full"):
            try:
                list(numbers_in(data))
            except ValueError:
                return Refused(
                    f"{_called(ground, key)} is not written as numbers: it is made of {cut(ground.syntax.text(data))} "
                    f"in line {ground.line(span)}. Change that.",
                    span,
                )
            return data
    maker = ground.syntax.text(node.func) if isinstance(node, ast.Call) else cut(ground.syntax.text(node))
    does = "is drawn" if isinstance(node, ast.Call) and last_name(node.func) in DRAWN else "is made"
    why = f"{_called(ground, key)} {does} by {maker} in line {ground.line(span)}."
    return Refused(f"{why} Write torch.tensor(…) with numbers there, to choose them.", span)


def _rewritten(ground: Ground, old: ast.expr, text: str) -> list[TextEdit] | Refused:
    """The edits that put other numbers in the place of some: number by number where they are as many, in equal rows."""
    syntax = ground.syntax
    new = ast.parse(text, mode="eval").body
    if isinstance(old, ast.List | ast.Tuple) and _form(old) == _form(new):
        pairs = zip(numbers_in(old), numbers_in(new), strict=True)
        texts = [(node, ast.get_source_segment(text, other) or "") for node, other in pairs]
        return [TextEdit(syntax.span(node), piece) for node, piece in texts if syntax.text(node) != piece]
    if syntax.text(old) == text:
        return []
    if any("#" in line for line in syntax.text(old).split("\n")):
        why = f"There are comments among the numbers of line {old.lineno}: change them there."
        return Refused(why, syntax.span(old))
    return [TextEdit(with_brackets(syntax, old), fitting(syntax, old, text))]


def _form(node: ast.expr) -> object:
    """The nesting of lists of numbers."""
    return [_form(item) for item in node.elts] if isinstance(node, ast.List | ast.Tuple) else None


# --- where new ones stand -------------------------------------------------------------------


def _spot(ground: Ground) -> Spot:
    """After the leaves with which the program begins, else after its imports."""
    syntax = ground.syntax
    after: ast.stmt | None = None
    for statement in syntax.tree.body:
        if not _is_beginning(ground, statement):
            break
        leaf = any(e.kind == LEAF and e.how != "grad" for e in ground.made_in(statement))
        if leaf or (after is not None and not isinstance(after, ast.Import) and sets_flag(statement)):
            after = statement
    imports = [s for s in syntax.tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    last = max((s for s in [after, *imports[-1:]] if s is not None), key=lambda s: s.lineno, default=None)
    if last is not None:
        return spot_after(syntax, last)
    return spot_at_end(syntax)


def _is_beginning(ground: Ground, statement: ast.stmt) -> bool:
    """Whether a statement is one of those that come before a program computes."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case ast.Assign() | ast.AnnAssign():
            made = ground.made_in(statement)
            return any(e.kind == LEAF for e in made) or all(e.kind != OP for e in made)
        case ast.Expr(value=ast.Call(func=function)):
            return last_name(function) in QUIET or sets_flag(statement)
    return is_text(statement)


# --- words ----------------------------------------------------------------------------------


def _trial(text: str, requires_grad: bool) -> Refused | None:
    """Why numbers cannot be a tensor."""
    return attempt(lambda: torch_function("tensor")(ast.literal_eval(text), requires_grad=requires_grad))


def _with_advice(wrong: Refused, text: str) -> Refused:
    """What is wrong with numbers in torch's words, and what to do."""
    flags = "require gradients" in wrong.why
    advice = "Write numbers with a point instead, such as 1.0." if flags else "Give every row as many numbers."
    return Refused(f"{wrong.why}\n{advice}")


def _called(ground: Ground, key: str) -> str:
    """A leaf by its name, a number by itself."""
    entity = ground.entity(key)
    if entity.kind == CONSTANT:
        return str(entity.number)
    return ground.name(key) or "This tensor"
