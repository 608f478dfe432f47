"""Leaves: integers that cannot require grad, results that an optimizer cannot take, flags of results."""

from __future__ import annotations

import ast

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past
from engine.explain.advice.source import Edit, Source
from engine.graph.scenes import OP, Entity
from engine.trace import events as ev


def as_floats(source: Source, call: ast.Call) -> list[Edit]:
    """The edits that write a call's integers as floating point numbers: ``[1, 2]`` as ``[1., 2.]``."""
    edits = []
    for arg in call.args[:1]:
        for node in ast.walk(arg):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                span = source.span(node)
                edits.append((span, f"{source.of(span)}."))
    return edits


def integers(past: Past, failed: ev.Failed) -> Advice | None:
    """``Only Tensors of floating point and complex dtype can require gradients`` and its sisters."""
    call = past.source.call(failed.span)
    if call is None or not call.keywords or _is_method(call, "requires_grad_"):
        return _flag_of_integers(past, failed)
    edits = as_floats(past.source, call)
    dtype = past.source.keyword(call, "dtype")
    code = ""
    if dtype is not None:
        code = past.source.changed(failed.span, (past.source.span(dtype.value), "torch.float32"))
    elif edits:
        code = past.source.changed(failed.span, *edits)
    else:
        code = past.source.changed(failed.span, past.source.with_argument(call, "dtype=torch.float32"))
    return Advice(
        "integers",
        "Whole numbers have no gradient",
        f"{past.source.of(call)} holds integers: between 1 and 2 there is nothing, so there is no slope to follow.",
        "Write floating point numbers:",
        code,
        failed.span,
        (Cause("integers here", past.source.span(call)),),
    )


def _flag_of_integers(past: Past, failed: ev.Failed) -> Advice | None:
    """requires_grad switched on for a tensor of integers."""
    call = past.source.expression(failed.span)
    node = call.func if isinstance(call, ast.Call) else call
    statement = past.source.statement(failed.span)
    if node is None and isinstance(statement, ast.Assign):
        node = statement.targets[0]
    tensor = past.tensor_of(node.value) if isinstance(node, ast.Attribute) else None
    entity = None if tensor is None else past.entity(tensor)
    if tensor is None or entity is None:
        return None
    info = past.info(tensor)
    name = past.name(tensor)
    made = past.source.expression(entity.span)
    code = ""
    if isinstance(made, ast.Call):
        edits = as_floats(past.source, made)
        code = past.source.changed(entity.span, *edits) if edits else ""
    return Advice(
        "integers",
        "Whole numbers have no gradient",
        f"{name} holds integers ({'' if info is None else info.value.dtype}): between 1 and 2 there is nothing, so "
        "there is no slope to follow.",
        f"Make {name} of floating point numbers, with a point or with .float().",
        code,
        failed.span,
        () if entity.span is None else (Cause("integers here", entity.span, (entity.key,)),),
    )


def non_leaf_parameter(past: Past, failed: ev.Failed) -> Advice | None:
    """``can't optimize a non-leaf Tensor``."""
    call = past.source.call(failed.span)
    if call is None:
        return None
    entity = _non_leaf(past, call)
    if entity is None or entity.tensor is None:
        return None
    name = past.title(entity)
    text = past.source.of(entity.span)
    made = past.source.expression(entity.span)
    is_cast = isinstance(made, ast.Call) and entity.op in ("to", "cast", "double", "float", "half", "to_copy")
    code = ""
    if entity.span is not None and made is not None:
        code = past.source.changed(
            entity.span, (entity.span, f"{past.source.bracketed(made)}.detach().requires_grad_()")
        )
    how = "is the copy in another dtype that " if is_cast else "is the result that "
    return Advice(
        "non-leaf-parameter",
        f"{name} is no leaf",
        f"{name} {how}{text} computed {past.line(entity.span)}. An optimizer moves leaves: only they keep their "
        f".grad, and the step would have to change {name} without its origin.",
        "Cut the result from its origin and let it require grad itself; or give the dtype where the tensor is made.",
        code,
        failed.span,
        () if entity.span is None else (Cause("made by an op here", entity.span, (entity.key,)),),
    )


def _non_leaf(past: Past, call: ast.Call) -> Entity | None:
    """The first tensor among the arguments of an optimizer that an op made."""
    for node in ast.walk(call):
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            for tensor in _tensors(past, node):
                entity = past.entity(tensor)
                if entity is not None and entity.kind == OP and entity.tracked:
                    return entity
    return None


def _tensors(past: Past, node: ast.expr) -> list[int]:
    """The tensors of a name: its own, or those of the list that it stands for."""
    one = past.tensor_of(node)
    if one is not None:
        return [one]
    text = past.source.of(node)
    return [t for (_, n), b in past.state.names.items() if n == text for _, t in b.tensors]


def flag_of_result(past: Past, failed: ev.Failed) -> Advice | None:
    """``you can only change requires_grad flags of leaf variables``."""
    statement = past.source.statement(failed.span)
    node: ast.AST | None = past.source.expression(failed.span)
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(statement, ast.Assign):
        node = statement.targets[0]
    tensor = past.tensor_of(node.value) if isinstance(node, ast.Attribute) else None
    entity = None if tensor is None else past.entity(tensor)
    if tensor is None or entity is None:
        return None
    name = past.name(tensor)
    code = f"{name} = {name}.detach()" if name.isidentifier() else ""
    return Advice(
        "flag-of-result",
        "Only leaves can be switched off",
        f"{name} is the result of {entity.grad_fn or 'an op'}: whether it is tracked follows from what it was "
        "computed from.",
        f"To go on with the numbers of {name} alone, take them out of the graph.",
        code,
        failed.span,
        () if entity.span is None else (Cause("made by an op here", entity.span, (entity.key,)),),
    )


def to_numpy(past: Past, failed: ev.Failed) -> Advice | None:
    """``Can't call numpy() on Tensor that requires grad``."""
    call = past.source.call(failed.span)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    inner = past.source.of(call.func.value)
    tensor = past.tensor_of(call.func.value)
    span = past.source.span(call)
    eval_line = next(
        (n for n in past.source.walk(ast.Call) if isinstance(n, ast.Call) and _is_method(n, "eval")),
        None,
    )
    also = " model.eval() changes dropout and batch norm; it does not switch tracking off." if eval_line else ""
    entity = None if tensor is None else past.entity(tensor)
    return Advice(
        "numpy",
        "numpy cannot follow gradients",
        f"{inner} is tracked, and what numpy would do with its memory could not be recorded.{also}",
        "Take the numbers out of the graph first.",
        past.source.changed(span, (past.source.span(call.func.value), f"{inner}.detach()")),
        failed.span,
        () if entity is None or entity.span is None else (Cause("tracked since here", entity.span, (entity.key,)),),
    )


def _is_method(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == name
