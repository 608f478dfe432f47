"""Parameter: a leaf that a Module finds by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes, printing
from engine.device import expect_cpu
from engine.ops.create import numpy_dtype, sizes
from engine.state import state
from engine.tensors import Tensor, leaf


def blank(*shape: Any, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """Storage for a parameter that its module fills at once; no event of its own."""
    expect_cpu(device)
    kind = numpy_dtype(dtype, "empty")
    return leaf(np.zeros(sizes("empty", (shape,), kind), kind))


class _Marked(type):
    """Whether a tensor is a Buffer is told by its mark: its class is Tensor."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and bool(instance.__dict__.get("_is_buffer", False))


class Buffer(metaclass=_Marked):
    """A tensor that, as an attribute of a Module, is one of its buffers; saved with it if ``persistent``."""

    __module__ = "torch.nn.parameter"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        source: Tensor = blank(0) if data is None else data
        out: Any = source.detach().requires_grad_(source.requires_grad)
        out.persistent = persistent
        out._is_buffer = True
        return out


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
