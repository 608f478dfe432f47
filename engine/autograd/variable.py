"""torch.autograd.Variable: what tensors with gradients were called once."""

from __future__ import annotations

from typing import Any

from engine.ops.create import tensor
from engine.state import warn
from engine.tensors import Tensor

_MISSING = object()


class VariableMeta(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """``Variable(data, requires_grad=False)`` is a tensor on the storage of ``data``."""

    __module__ = "torch.autograd.variable"

    def __new__(cls, data: Any = _MISSING, requires_grad: bool = False, volatile: Any = None) -> Any:
        if data is _MISSING:
            return tensor([])
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if volatile:
            warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")
        if requires_grad and not data.is_floating_point():
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        out = data.data
        return out.requires_grad_() if requires_grad else out
