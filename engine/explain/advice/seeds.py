"""What a backward pass starts from: one number, or a vector of the output's shape."""

from __future__ import annotations

import ast

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past, last_event
from engine.trace import events as ev


def no_scalar(past: Past, failed: ev.Failed) -> Advice | None:
    """``grad can be implicitly created only for scalar outputs``."""
    root = _refused(past)
    if root is None:
        return None
    tensor = next((t for t in root.outputs if (i := past.info(t)) is not None and i.value.size != 1), None)
    info = None if tensor is None else past.info(tensor)
    if tensor is None or info is None:
        return None
    name = past.name(tensor)
    call = past.source.call(failed.span)
    return Advice(
        "no-scalar",
        "backward() needs one number to start from",
        f"{name} has {info.value.size} elements, shape {past.shape(tensor)}. The gradient of a single number starts "
        "with 1.0; of many numbers it is not said how much each of them counts.",
        "Reduce it to one number first; or pass the weights, a tensor of the same shape, as the argument.",
        _reduced(past, failed, call),
        failed.span,
        _made(past, tensor),
    )


def _refused(past: Past) -> ev.BackwardRefused | None:
    found = last_event(past, ev.BackwardRefused)
    return found[1] if found is not None and isinstance(found[1], ev.BackwardRefused) else None


def _made(past: Past, tensor: int) -> tuple[Cause, ...]:
    entity = past.entity(tensor)
    if entity is None or entity.span is None:
        return ()
    return (Cause(f"shape {past.shape(tensor)} since here", entity.span, (entity.key,)),)


def _reduced(past: Past, failed: ev.Failed, call: ast.Call | None) -> str:
    """``y.sum().backward()`` for ``y.backward()``."""
    if call is None:
        return ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "backward" and not _is_module(call.func.value):
        node = call.func.value
    elif call.args:
        node = call.args[0]
    else:
        return ""
    if isinstance(node, (ast.List, ast.Tuple)):
        return ""
    return past.source.changed(failed.span, (past.source.outer(node), f"{past.source.bracketed(node)}.sum()"))


def _is_module(node: ast.expr) -> bool:
    """``torch.autograd``, or ``autograd``."""
    return (isinstance(node, ast.Attribute) and node.attr == "autograd") or (
        isinstance(node, ast.Name) and node.id in ("torch", "autograd")
    )


def wrong_shape(past: Past, failed: ev.Failed) -> Advice | None:
    """``Mismatch in shape: grad_output[0] has a shape of …``."""
    root = _refused(past)
    call = past.source.call(failed.span)
    if root is None or not root.outputs:
        return None
    tensor = root.outputs[0]
    name = past.name(tensor)
    info = past.info(tensor)
    code = ""
    if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr == "backward" and call.args:
        node = call.args[0] if not _is_module(call.func.value) else call.args[-1]
        code = past.source.changed(failed.span, (past.source.span(node), f"torch.ones_like({name})"))
    return Advice(
        "wrong-seed",
        "The vector does not fit",
        f"{name} has shape {past.shape(tensor)}: the argument says how much each of its "
        f"{0 if info is None else info.value.size} elements counts, so it must have the same shape.",
        f"Pass one weight for each element of {name}; ones give the gradient of the sum.",
        code if name.isidentifier() else "",
        failed.span,
        _made(past, tensor),
    )
