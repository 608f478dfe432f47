"""Calls: keyword arguments put in, changed and taken away, with their commas."""

from __future__ import annotations

import ast

from engine.edit import Refused, TextEdit
from engine.edit.pieces import with_brackets
from engine.edit.syntax import Syntax
from engine.trace.events import Span


def set_keyword(
    syntax: Syntax, call: ast.expr, name: str, value: bool, default: bool, place: int | None = None
) -> list[TextEdit] | Refused:
    """The edits that give a call a flag: as a keyword argument, which is left out where it says the ``default``.

    ``place`` is where the flag may stand without its name. Refused where it stands there as something else than True
    or False.
    """
    assert isinstance(call, ast.Call)
    found = next((k for k in call.keywords if k.arg == name), None)
    bare = call.args[place] if place is not None and len(call.args) > place else None
    given = found.value if found is not None else bare
    if given is not None and not (isinstance(given, ast.Constant) and isinstance(given.value, bool)):
        text = syntax.text(given)
        return Refused(f"Line {given.lineno} says {name}={text}: change {text} there.", syntax.span(given))
    if given is not None and (value != default or found is None):
        return [TextEdit(syntax.span(given), str(value))]
    if found is not None:
        return [TextEdit(_with_comma(syntax, call, found), "")]
    given_before = _arguments(syntax, call)
    if given_before:
        return [TextEdit(Span(given_before[-1].stop, given_before[-1].stop), f", {name}={value}")]
    end = syntax.span(call).stop - 1
    return [TextEdit(Span(end, end), f"{name}={value}")]


def _arguments(syntax: Syntax, call: ast.Call) -> list[Span]:
    """Where the arguments of a call stand, in order."""
    found = [with_brackets(syntax, a) for a in call.args] + [syntax.span(k) for k in call.keywords]
    return sorted(found, key=lambda span: span.start)


def _with_comma(syntax: Syntax, call: ast.Call, keyword: ast.keyword) -> Span:
    """A keyword argument with the comma that goes with it; comments stay."""
    source, here = syntax.source, syntax.span(keyword)
    earlier = [span.stop for span in _arguments(syntax, call) if span.stop <= here.start]
    if earlier and source[earlier[-1] : here.start].strip() == ",":
        return Span(earlier[-1], here.stop)
    rest = source[here.stop :]
    if not rest.lstrip().startswith(","):
        return here
    stop = here.stop + rest.index(",") + 1
    after = len(source[stop:]) - len(source[stop:].lstrip(" \t"))
    begin = source.rfind("\n", 0, here.start) + 1
    if source[stop + after : stop + after + 1] == "\n" and not source[begin : here.start].strip():
        return Span(begin, stop + after + 1)
    return Span(here.start, stop + after)
