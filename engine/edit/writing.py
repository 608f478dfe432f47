"""Writing: names that a person would choose, and where new lines stand."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from engine.edit import Refused, TextEdit
from engine.edit.ground import Ground
from engine.edit.syntax import Syntax, loaded, names_of, stored
from engine.trace.events import Span

LEAVES = ("w", "x", "b", "u", "v", "p", "q", "r", "s", "t")
INNER = ("a", "b", "c", "d", "e", "g", "h", "k", "m", "n")
"""Names of what is made of leaves and numbers alone."""
OUTER = ("y", "z", "s", "t", "r", "o")
"""Names of what is made of other results."""
USUAL = {
    "loss": "loss",
    "cross_entropy": "loss",
    "nll_loss": "loss",
    "softmax": "probs",
    "log_softmax": "log_probs",
    "mean": "mean",
    "sum": "total",
    "var": "var",
    "std": "std",
    "norm": "norm",
}
RESERVED = frozenset((*keyword.kwlist, *dir(builtins), "torch", "nn", "F", "np", "plt", "optim", "math"))


def taken(syntax: Syntax) -> set[str]:
    """The names that something new must not have."""
    return syntax.identifiers() | RESERVED


def fresh(taken: Collection[str], wishes: Iterable[str]) -> str:
    """The first of the wishes that is free, else the first of them with a number."""
    wishes = list(wishes)
    free = next((name for name in wishes if name not in taken), None)
    if free is not None:
        return free
    return next(name for n in count(2) if (name := f"{wishes[0]}{n}") not in taken)


def usual_names(op: str) -> list[str]:
    """What people call the result of an op, if they agree."""
    usual = USUAL.get(op) or ("loss" if op.endswith("_loss") else "")
    return [usual] if usual else []


def is_name(text: str) -> bool:
    """Whether a text can be the name of something in a program."""
    return text.isidentifier() and not keyword.iskeyword(text)


def name_trouble(syntax: Syntax, name: str) -> Refused | None:
    """Why something new cannot have a name; None if it can."""
    if not name.strip():
        return Refused("There is no name. Use letters, digits and _, and no digit in front.")
    if not name.isidentifier():
        return Refused(f"“{name}” is no name. Use letters, digits and _, and no digit in front.")
    if keyword.iskeyword(name):
        return Refused(f"“{name}” is a word of Python's own. Choose another name.")
    nodes = (node for node in ast.walk(syntax.tree) if not isinstance(node, ast.Attribute))
    user = next((node for node in nodes if name in names_of(node)), None)
    if user is not None:
        line = getattr(user, "lineno", 1)
        return Refused(f"{name} is taken: it stands in line {line}. Choose another name.")
    if name in RESERVED:
        return Refused(f"{name} already means something in Python or torch. Choose another name.")
    return None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for new lines: a character of the text, and the indent there."""

    at: int
    indent: str = ""
    before: str = ""
    """What has to stand between the text before and new lines: the end of a line, an empty line."""

    def edit(self, lines: Sequence[str]) -> TextEdit:
        """The edit that puts lines there."""
        text = "".join(f"{self.indent}{line}\n" if line else "\n" for line in lines)
        return TextEdit(Span(self.at, self.at), self.before + text)


def spot_after(syntax: Syntax, statement: ast.stmt) -> Spot:
    """The line after a statement, and after all that share its last line."""
    block = syntax.block(statement)
    last = statement
    for other in block[block.index(statement) + 1 :]:
        if other.lineno > (last.end_lineno or 0):
            break
        last = other
    at = syntax.lines(last).stop
    if not isinstance(last, ast.Import | ast.ImportFrom):
        return _spot(syntax, at, syntax.indent(statement))
    # An empty line parts imports from what follows them.
    text = syntax.source
    following = len(text[at:]) - len(text[at:].lstrip("\n"))
    spot = _spot(syntax, at + following, syntax.indent(statement))
    return spot if following else replace(spot, before=spot.before + "\n")


def spot_before(syntax: Syntax, statement: ast.stmt) -> Spot:
    """The line before a statement."""
    return Spot(syntax.lines(statement).start, syntax.indent(statement))


def spot_at_end(syntax: Syntax) -> Spot:
    """After the last statement of the program, or after its comments where it has none."""
    if syntax.tree.body:
        return spot_after(syntax, syntax.tree.body[-1])
    return _spot(syntax, len(syntax.source), "")


def _spot(syntax: Syntax, at: int, indent: str) -> Spot:
    return Spot(at, indent, "\n" if at > 0 and syntax.source[at - 1] != "\n" else "")


def spot_for(ground: Ground, statements: Sequence[ast.stmt], names: Collection[str]) -> Spot | Refused:
    """Where a line may stand that uses what ``statements`` make, by ``names``: after the last of them, and after the
    assignments that follow it, as long as the names keep their values."""
    syntax = ground.syntax
    if not statements:
        return spot_after(syntax, last) if (last := _last_assignment(syntax)) is not None else spot_at_end(syntax)
    block = syntax.block(statements[0])
    apart = next((s for s in statements if syntax.block(s) is not block), None)
    if apart is not None:
        why = f"Line {statements[0].lineno} and line {apart.lineno} stand in different blocks."
        return Refused(f"{why} Write the line that joins them.", syntax.span(apart))
    place = max(block.index(s) for s in statements)
    while place + 1 < len(block):
        following = block[place + 1]
        reads_grad = any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in ast.walk(following))
        if not isinstance(following, ast.Assign | ast.AnnAssign) or stored(following) & set(names) or reads_grad:
            break
        place += 1
    last = block[place]
    return spot_before(syntax, last) if isinstance(last, ast.Return) else spot_after(syntax, last)


def _last_assignment(syntax: Syntax) -> ast.stmt | None:
    """The last assignment or import before the program does something else than making things."""
    found: ast.stmt | None = None
    for statement in syntax.tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom):
            found = statement
        elif found is not None and not is_text(statement):
            break
    return found


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is only a text, such as the one that says what a program does."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def sets_flag(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but switch requires_grad."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="requires_grad_"))):
            return True
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")]):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Import:
    """How a module of torch's is written here, and the line that has to be added for it, if any."""

    alias: str
    line: str = ""


def module(syntax: Syntax, name: str) -> Import:
    """How to write a module of torch's in a program: by the alias that it has, or by one that an import gives it."""
    alias = next((alias for alias, full in syntax.imports().items() if full == name), "")
    if alias:
        return Import(alias)
    if name == "torch":
        return Import("torch", "import torch")
    torch = module(syntax, "torch")
    if not torch.line and name == "torch.nn":
        return Import(f"{torch.alias}.nn")
    short = "F" if name.endswith("functional") else name.rsplit(".", 1)[-1]
    return Import(short, f"import {name} as {short}")


def import_edit(syntax: Syntax, line: str) -> TextEdit:
    """The edit that adds an import after the others, or at the top."""
    imports = [s for s in syntax.tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    if imports:
        at = syntax.lines(imports[-1]).stop
        return _spot(syntax, at, "").edit([line])
    body = syntax.tree.body
    if body and is_text(body[0]):
        return spot_after(syntax, body[0]).edit(["", line])
    if body:
        return TextEdit(Span(syntax.lines(body[0]).start, syntax.lines(body[0]).start), f"{line}\n\n")
    at = len(syntax.source)
    return TextEdit(Span(at, at), ("" if not syntax.source or syntax.source.endswith("\n") else "\n") + f"{line}\n\n")


def uses(statement: ast.stmt, names: Collection[str]) -> bool:
    """Whether a statement reads or writes any of the names."""
    return bool((loaded(statement) | stored(statement)) & set(names))


def merged(edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """Edits with those that only insert at the same place made one, in the order given."""
    found: dict[Span, TextEdit] = {}
    for edit in edits:
        before = found.get(edit.span)
        found[edit.span] = edit if before is None else TextEdit(edit.span, before.text + edit.text)
    return tuple(sorted(found.values(), key=lambda e: (e.span.start, e.span.stop)))
