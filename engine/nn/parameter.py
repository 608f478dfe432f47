"""Parameter: a leaf that a Module finds by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import dtypes, printing
from engine.state import check_bytes, state
from engine.tensors import Tensor, leaf


def blank(*shape: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Storage for a parameter that its module fills at once; no event of its own."""
    kind = (dtype or state.default_dtype).numpy
    check_bytes(math.prod(shape) * kind.itemsize)
    return leaf(np.zeros(shape, kind))


class Parameter(Tensor):
    """A tensor that requires grad and, as an attribute of a Module, is one of its parameters."""

    __slots__ = ()
    __module__ = "torch.nn.parameter"

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = blank(0)
        if not isinstance(data, Tensor):
            raise AttributeError(f"{type(data).__name__!r} object has no attribute 'detach'")
        source = data._array() if data._data.ndim else data._data
        if requires_grad and source.dtype.kind != "f":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        out = leaf(source, requires_grad, cls)
        if state.recorder is not None:
            state.recorder.created(out, "Parameter")
        assert isinstance(out, Parameter)
        return out

    def __repr__(self) -> str:
        return "Parameter containing:\n" + printing.tensor_text(self)
