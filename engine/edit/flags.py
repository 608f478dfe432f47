"""Flags: requires_grad switched on and off, where the tensor is made or in a line after it."""

from __future__ import annotations

import ast

import numpy as np

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.calls import set_keyword
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.pieces import with_brackets
from engine.edit.predict import attempt, torch_function
from engine.edit.syntax import last_name
from engine.edit.writing import spot_after
from engine.graph.scenes import CONSTANT
from engine.program.namespaces import words
from engine.tensors import wrap
from engine.trace import events as ev
from engine.trace.events import Span

CREATORS = frozenset(
    words(
        "tensor zeros ones full empty eye arange linspace logspace rand randn randint randperm normal zeros_like "
        "ones_like full_like empty_like rand_like randn_like randint_like new_tensor new_zeros new_ones new_full "
        "new_empty"
    )
)
"""Functions and methods that take ``requires_grad``."""


def toggle_requires_grad(ground: Ground, key: str) -> Proposal | Refused:
    """Let a leaf require grad, or no more. Refused for results and whole numbers, with torch's words."""
    entity = ground.entity(key)
    if entity.kind == CONSTANT:
        return Refused("A number cannot require grad: put a leaf in its place, which can.")
    if entity.tensor is None or entity.how == "grad":
        return Refused("A gradient is no leaf of the program: write .requires_grad_() by hand where it is needed.")
    wanted = not entity.tracked
    wrong = _trouble(ground, key, wanted)
    if wrong is not None:
        return wrong
    draft = Draft.on(ground)
    switches = [e for e in ground.trace.events if isinstance(e, ev.Flagged) and e.tensor == entity.tensor]
    last = _last_switch(ground, key, switches)
    edits = _by_maker(ground, key, wanted) if last is None else _by_switch(ground, key, switches, last, wanted)
    if edits is None:
        edits = _by_line(ground, key, switches, wanted, draft)
    if isinstance(edits, Refused):
        return edits
    draft.edits += edits
    name = ground.called(key)
    return draft.proposal(f"{name} requires grad" if wanted else f"{name} does not require grad any more", name)


def _trouble(ground: Ground, key: str, wanted: bool) -> Refused | None:
    """Why torch does not let the flag be switched."""
    entity = ground.entity(key)
    assert entity.tensor is not None
    info = ground.end.state.tensors[entity.tensor]
    span = entity.span
    if not wanted and not info.leaf:
        result = torch_function("ones")(1, requires_grad=True) * 2
        wrong = attempt(lambda: result.requires_grad_(False))
        assert wrong is not None
        line = f"line {ground.line(span)}" if span is not None else "an op"
        advice = (
            f"{ground.called(key)} is made by {line}: only leaves can be switched. Detach it instead: select an edge"
        )
        return Refused(f"{advice} and press X.\n{wrong.why}", span)
    node = ground.maker(key)
    made = isinstance(node, ast.Call) and last_name(node.func) in CREATORS
    kind = info.value.dtype
    array = np.zeros(1, kind)
    wrong = attempt(
        (lambda: torch_function("zeros")(1, dtype=torch_function(kind), requires_grad=wanted))
        if made
        else (lambda: wrap(array).requires_grad_(wanted))
    )
    if wrong is None:
        return None
    advice = f"{ground.called(key)} is {kind}: give it numbers with a point, such as 1.0, or dtype=torch.float32."
    return Refused(f"{wrong.why}\n{advice}", span)


def _by_maker(ground: Ground, key: str, wanted: bool) -> list[TextEdit] | Refused | None:
    """The flag where a tensor is made. None where that is not its place."""
    entity, syntax = ground.entity(key), ground.syntax
    node = ground.maker(key)
    if isinstance(node, Refused):
        return node if not ground.name(key) or entity.how != "Parameter" else None
    called = last_name(node.func) if isinstance(node, ast.Call) else ""
    if entity.how == "Parameter":
        return set_keyword(syntax, node, "requires_grad", wanted, True, 1) if called == "Parameter" else None
    if isinstance(node, ast.Call) and called in CREATORS:
        return set_keyword(syntax, node, "requires_grad", wanted, False)
    if not wanted:
        return None
    if isinstance(node, ast.Call) and not isinstance(ground.expression(key), Refused):
        end = syntax.span(node).stop
        return [TextEdit(Span(end, end), ".requires_grad_()")]
    return None


def _last_switch(ground: Ground, key: str, switches: list[ev.Flagged]) -> Span | None:
    """Where the flag was set last: by what the run tells, or by a line that changed nothing in it."""
    found = [e.span for e in switches[-1:] if e.span is not None]
    names = ground.names(key)
    for node in ground.syntax.expressions():
        flag = node.func if isinstance(node, ast.Call) else node
        if isinstance(flag, ast.Attribute) and ground.syntax.text(flag.value) in names:
            set_here = flag.attr == "requires_grad_" if flag is not node else isinstance(flag.ctx, ast.Store)
            if set_here and flag.attr.startswith("requires_grad"):
                found.append(ground.syntax.span(node))
    return max(found, key=lambda span: span.stop, default=None)


def _by_switch(ground: Ground, key: str, switches: list[ev.Flagged], last: Span, wanted: bool) -> list[TextEdit] | None:
    """The last switch of a flag taken back, or turned. None where it is not this tensor's alone."""
    syntax, node = ground.syntax, ground.syntax.at(last)
    others = {e.tensor for e in ground.trace.events if isinstance(e, ev.Flagged) and e.span == last}
    if node is None or ground.repeated(node) is not None or len(others) > 1:
        return None
    made = ground.trace.events[ground.entity(key).made]
    before = isinstance(made, ev.Created) and made.requires_grad
    if len(switches) > 1:
        before = switches[-2].requires_grad
    if not switches or switches[-1].span != last:
        before = not wanted
    statement = syntax.statement(node)
    turned = before != wanted or not syntax.alone(statement) or len(syntax.block(statement)) == 1
    match node, statement:
        case ast.Call(func=ast.Attribute(attr="requires_grad_", value=owner) as function), _:
            if before == wanted and not isinstance(statement, ast.Expr):
                return [TextEdit(Span(with_brackets(syntax, owner).stop, last.stop), "")]
            if turned:
                return [TextEdit(Span(syntax.span(function).stop, last.stop), "()" if wanted else "(False)")]
        case ast.Attribute(attr="requires_grad"), ast.Assign(targets=[target], value=value) if target is node:
            if turned:
                return [TextEdit(syntax.span(value), str(wanted))]
        case _:
            return None
    return [TextEdit(syntax.lines(statement), "")]


def _by_line(
    ground: Ground, key: str, switches: list[ev.Flagged], wanted: bool, draft: Draft
) -> list[TextEdit] | Refused:
    """The flag in a line of its own, after what made the tensor and after what else switched it."""
    syntax, name = ground.syntax, ground.name(key)
    made = draft.named_by(name) if name else None
    if made is None:
        expression = ground.expression(key)
        if isinstance(expression, Refused):
            return expression
        return Refused("This has no name: give it one, and then the flag.", syntax.span(expression))
    places = [s for e in switches if e.span is not None and (s := syntax.outermost(e.span)) is not None]
    last = max([made, *places], key=lambda s: s.lineno)
    line = f"{name}.requires_grad_({'' if wanted else 'False'})"
    return [spot_after(syntax, last).edit([line])]
