"""What a name of the program stands for at the moment: a few lines for a pointer that rests on it."""

from __future__ import annotations

from engine.explain.moment import Moment
from engine.explain.numbers import compact, shape_text
from engine.trace.known import TensorInfo

GRAD = ".grad"


def name_text(m: Moment, name: str, scope: str = "") -> str | None:
    """The value of ``w``, ``w.grad`` or ``model.weight``; None for what is no name here."""
    tensor = _tensor(m, name.removesuffix(GRAD), scope)
    if tensor is not None:
        info = m.state.tensors.get(tensor)
        if info is None:
            return None
        return _grad_text(m, name, tensor) if name.endswith(GRAD) else _tensor_text(m, name, tensor, info)
    binding = m.state.names.get((scope, name)) or m.state.names.get(("", name))
    return None if binding is None or binding.text is None else f"{name} = {binding.text}"


def _tensor(m: Moment, name: str, scope: str) -> int | None:
    """The tensor that a dotted name leads to."""
    root, dot, rest = name.partition(".")
    binding = m.state.names.get((scope, root)) or m.state.names.get(("", root))
    if binding is None:
        return None
    return next((tensor for path, tensor in binding.tensors if path == dot + rest), None)


def _grad_text(m: Moment, name: str, tensor: int) -> str:
    grad = m.state.grad(tensor)
    return f"{name} is None" if grad is None else f"{name} = {compact(grad)}"


def _tensor_text(m: Moment, name: str, tensor: int, info: TensorInfo) -> str:
    lines = [f"{name} = {compact(info.value)}"]
    if info.requires_grad:
        lines.append(_grad_text(m, f"{name}{GRAD}", tensor))
    kind = (
        "leaf" if info.requires_grad and info.node is None else "requires grad" if info.requires_grad else "not tracked"
    )
    shape = shape_text(info.value.shape) or "one number"
    lines.append(f"{shape} · {info.value.dtype} · {kind} · version {info.version}")
    return "\n".join(lines)
