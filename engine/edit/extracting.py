"""Extracting: the lines that make some cards become a function, and a call of it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.lines import reindented, whole_lines
from engine.edit.pieces import fitting, on_one_line, with_brackets
from engine.edit.scopes import DEFINITIONS, reads, writes
from engine.edit.syntax import Syntax
from engine.edit.writing import fresh, name_trouble
from engine.trace.events import Span

NAMES = ("f", "g", "h")
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


def extract(ground: Ground, keys: Sequence[str], name: str = "") -> Proposal | Refused:
    """Make a function of the lines of cards, or of a part of one, and call it in their place.

    What they read becomes its parameters, what is used of them later its results. Leaves stay outside. Refused where
    the lines stand in several blocks, or where a line between them can stand neither before nor after them.
    """
    syntax = ground.syntax
    if name and (trouble := name_trouble(syntax, name)) is not None:
        return trouble
    chosen = _chosen(ground, keys)
    if isinstance(chosen, Refused):
        return chosen
    if isinstance(chosen, ast.expr):
        return _of_part(ground, chosen, name)
    run = _run(syntax, chosen)
    if isinstance(run, Refused):
        return run
    return _of_lines(ground, run, name)


def _chosen(ground: Ground, keys: Sequence[str]) -> list[ast.stmt] | ast.expr | Refused:
    """The statements of the results among cards, or the part of one statement that they are."""
    results = ground.results(keys)
    if isinstance(results, Refused):
        return results
    wholes, parts = results
    outer = list(dict.fromkeys(parts.values()))
    if not wholes and not outer:
        return Refused("A function computes something: select results, not only leaves.")
    if not wholes and len(outer) == 1:
        return outer[0]
    if outer:
        text, line = ground.syntax.text(outer[0]), outer[0].lineno
        why = f"{text} is only part of line {line}: select all of it, or that part alone."
        return Refused(why, ground.syntax.span(outer[0]))
    return wholes


def _run(syntax: Syntax, chosen: Sequence[ast.stmt]) -> list[ast.stmt] | Refused:
    """Statements in order, if they can be run together."""
    block = syntax.block(chosen[0])
    apart = next((s for s in chosen if s not in block), None)
    if apart is not None:
        why = f"Line {chosen[0].lineno} and line {apart.lineno} stand in different blocks."
        return Refused(f"{why} Make a function of each.", syntax.span(apart))
    run = sorted(chosen, key=block.index)
    strange = next((s for s in run if not isinstance(s, SIMPLE)), None)
    if strange is not None:
        return Refused(f"Line {strange.lineno} is no plain line: write the function by hand.", syntax.span(strange))
    first, last = block.index(run[0]), block.index(run[-1])
    for other in block[first:last]:
        if other not in run and _tied(other, [s for s in run if block.index(s) < block.index(other)]):
            why = f"Line {other.lineno} stands between them and needs what they make, or changes what they need."
            return Refused(f"{why} Select it as well, or fewer lines.", syntax.span(other))
    return run


def _tied(statement: ast.stmt, earlier: Sequence[ast.stmt]) -> bool:
    """Whether a statement cannot be run before others that come before it."""
    read = {name for s in earlier for name in reads(s)}
    made = {name for s in earlier for name in writes(s)}
    if reads(statement) & made or writes(statement) & (read | made):
        return True
    quiet = isinstance(statement, ast.Assign | ast.AnnAssign) and not any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr.endswith("_")
        for n in ast.walk(statement)
    )
    return not quiet and bool(reads(statement) & read - set(dir(builtins)))


# --- the function ---------------------------------------------------------------------------


def _of_part(ground: Ground, part: ast.expr, name: str) -> Proposal | Refused:
    """A function of a part of a line."""
    syntax, draft = ground.syntax, Draft.on(ground)
    if any(isinstance(n, ast.NamedExpr) for n in ast.walk(part)):
        return Refused(f"{syntax.text(part)} cannot stand alone: write the function by hand.", syntax.span(part))
    called = name or fresh(draft.taken, NAMES)
    call = f"{called}({', '.join(_parameters(ground, [part]))})"
    head = f"def {call}:\n{syntax.step()}return {on_one_line(syntax, part)}\n"
    draft.edits.append(_inserted(syntax, part, head))
    draft.edits.append(TextEdit(with_brackets(syntax, part), fitting(syntax, part, call)))
    whole = next((ground.name(e.key) for e in ground.made_at(part)), "")
    return draft.proposal(f"{call} makes {' '.join(syntax.text(part).split())}", whole)


def _of_lines(ground: Ground, run: Sequence[ast.stmt], name: str) -> Proposal | Refused:
    """A function of whole lines."""
    syntax, draft = ground.syntax, Draft.on(ground)
    segments: list[tuple[Span, list[ast.stmt]]] = []
    for group in _neighbours(syntax, run):
        whole = whole_lines(syntax, group)
        if isinstance(whole, Refused):
            return whole
        segments.append((whole, group))
    last = run[-1]
    results = _results(syntax, run)
    if name:
        called = name
    else:
        long = results and len(results) == 1 and len(results[0]) > 1
        called = fresh(draft.taken, [f"compute_{results[0]}"] if long else NAMES)
    call = f"{called}({', '.join(_parameters(ground, run))})"
    returned = last if _is_result(last, results) else None
    body = "".join(_body(syntax, whole, group, returned) for whole, group in segments).rstrip("\n")
    if returned is None and results and not isinstance(last, ast.Return):
        body += f"\n{syntax.step()}return {', '.join(results)}"
    draft.edits.append(_inserted(syntax, segments[-1][1][0], f"def {call}:\n{body}\n"))
    line = call
    if isinstance(last, ast.Return):
        line = f"return {call}"
    elif results:
        line = f"{', '.join(results)} = {call}"
    for whole, group in segments:
        text = ""
        if last in group:
            text = syntax.indent(last) + line + ("\n" if syntax.source[whole.stop - 1] == "\n" else "")
        draft.edits.append(TextEdit(whole, text))
    return draft.proposal(line, results[-1] if results else "")


def _is_result(last: ast.stmt, results: Sequence[str]) -> bool:
    """Whether the last line can simply return what it makes."""
    match last:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [name] == list(results)
        case ast.Expr():
            return not results
    return False


def _body(syntax: Syntax, whole: Span, group: Sequence[ast.stmt], returned: ast.stmt | None) -> str:
    """The lines of neighbours as they stand in the function; ``returned`` gives back what it makes."""
    indent, step = syntax.indent(group[0]), syntax.step()
    if returned is None or returned not in group:
        text = reindented(syntax, whole, indent, step)
    else:
        value = getattr(returned, "value", None)
        assert isinstance(value, ast.expr)
        start = with_brackets(syntax, value).start
        text = reindented(syntax, Span(whole.start, syntax.lines(returned).start), indent, step)
        text += f"{step}return {reindented(syntax, Span(start, whole.stop), indent, step).removeprefix(step)}"
    return text if text.endswith("\n") else f"{text}\n"


def _neighbours(syntax: Syntax, run: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    groups: list[list[ast.stmt]] = []
    for statement in run:
        block = syntax.block(statement)
        if groups and block.index(groups[-1][-1]) + 1 == block.index(statement):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def _parameters(ground: Ground, nodes: Sequence[ast.stmt | ast.expr]) -> list[str]:
    """The variables that some code reads from around it, in the order in which it does."""
    syntax = ground.syntax
    known = set(syntax.imports()) | {s.name for s in syntax.tree.body if isinstance(s, DEFINITIONS)}
    known |= set(dir(builtins)) - {name for s in syntax.tree.body for name in writes(s)}
    found: dict[str, None] = {}
    made: set[str] = set()
    for node in nodes:
        names = reads(node) - made - known
        order = [n.id for n in sorted(_names(node), key=lambda n: (n.lineno, n.col_offset))]
        found |= dict.fromkeys(sorted(names, key=lambda n: order.index(n) if n in order else len(order)))
        made |= writes(node)
    return list(found)


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Name))


def _results(syntax: Syntax, run: Sequence[ast.stmt]) -> list[str]:
    """What lines make that is used after them; if nothing is, what the last of them makes."""
    later: set[str] = set()
    inside: ast.AST = run[-1]
    while isinstance(inside, ast.stmt):
        block = syntax.block(inside)
        later |= {name for s in block[block.index(inside) + 1 :] for name in reads(s)}
        outer = next((o for o in syntax.around(inside) if isinstance(o, ast.stmt | ast.Module)), syntax.tree)
        if isinstance(outer, DEFINITIONS):
            break
        inside = outer
    else:
        later |= {name for s in syntax.tree.body if isinstance(s, DEFINITIONS) for name in reads(s)}
    block = syntax.block(run[-1])
    between = [s for s in block[block.index(run[0]) : block.index(run[-1])] if s not in run]
    later |= {name for s in between for name in reads(s)}
    made = [name for s in run for name in sorted(writes(s), key=lambda n: _first(s, n))]
    used = [name for name in dict.fromkeys(made) if name in later]
    return used or sorted(writes(run[-1]), key=lambda n: _first(run[-1], n))


def _first(statement: ast.stmt, name: str) -> tuple[int, int]:
    return min(((n.lineno, n.col_offset) for n in _names(statement) if n.id == name), default=(0, 0))


def _inserted(syntax: Syntax, node: ast.AST, text: str) -> TextEdit:
    """The edit that puts a function behind the functions and imports before the line that calls it.

    Without any, before that line. Comments stay with the line below them; empty lines stand as PEP 8 has it.
    """
    body = syntax.tree.body
    place = next(i for i, s in enumerate(body) if s is node or s in syntax.around(node))
    for kinds in (DEFINITIONS, (ast.Import, ast.ImportFrom)):
        found = [i for i in range(place) if isinstance(body[i], kinds)]
        if found:
            last = body[found[-1]].end_lineno
            place = next((i for i in range(found[-1] + 1, place) if body[i].lineno != last), place)
            break
    source, at = syntax.source, syntax.lines(body[place]).start
    while at > 0:
        begin = source.rfind("\n", 0, at - 1) + 1
        if not source[begin:at].startswith("#"):
            break
        at = begin
    before = source[:at]
    empty = len(before) - len(before.rstrip("\n")) - 1
    above = "\n" * max(0, 2 - empty) if before.strip() else ""
    return TextEdit(Span(at, at), f"{above}{text}\n\n")
