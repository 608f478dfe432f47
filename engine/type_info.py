"""What dtypes can hold and how they mix: finfo, iinfo, typename, result_type, promote_types, can_cast."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.dtypes import dtype
from engine.state import state
from engine.tensors import Tensor


class finfo:
    """The limits of a floating dtype, the default one if none is given."""

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")
    __module__ = "torch"

    def __init__(self, type: dtype | None = None) -> None:
        kind = state.default_dtype if type is None else type
        if not isinstance(kind, dtype):
            raise TypeError(f"finfo(): argument 'type' (position 1) must be torch.dtype, not {_type_name(kind)}")
        if not kind.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        limits = np.finfo(kind.numpy)
        self.bits = limits.bits
        self.dtype = kind.name
        self.eps = float(limits.eps)
        self.max = float(limits.max)
        self.min = float(limits.min)
        self.resolution = float(f"1e-{limits.precision}")
        self.smallest_normal = self.tiny = float(limits.smallest_normal)

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        inside = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({inside}, dtype={self.dtype})"


class iinfo:
    """The limits of a dtype of whole numbers."""

    __slots__ = ("bits", "dtype", "max", "min")
    __module__ = "torch"

    def __init__(self, type: dtype) -> None:
        if not isinstance(type, dtype):
            raise TypeError(f"iinfo(): argument 'type' (position 1) must be torch.dtype, not {_type_name(type)}")
        if type is dtypes.bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if type.is_floating_point:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(type.numpy)
        self.bits = limits.bits
        self.dtype = type.name
        self.max = int(limits.max)
        self.min = int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def _type_name(value: Any) -> str:
    return type(value).__name__


def typename(obj: Any) -> str:
    """The name of a tensor's type (``torch.FloatTensor``), or of any type."""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype.legacy}"
    kind = obj if isinstance(obj, type) else type(obj)
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__builtin__", None) else f"{module}.{kind.__qualname__}"


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype of an operation on two tensors or numbers."""
    tensors = [x for x in (tensor1, tensor2) if isinstance(x, Tensor)]
    return dtypes.result_type(
        [x.dtype for x in tensors if x._data.ndim],
        [x.dtype for x in tensors if not x._data.ndim],
        [x for x in (tensor1, tensor2) if not isinstance(x, Tensor)],
        state.default_dtype,
    )


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both fit into."""
    return dtypes.promote(type1, type2)


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether the result of an operation in one dtype may be written into another."""
    if to is dtypes.bool_ and from_ is not dtypes.bool_:
        return False
    return from_.category <= to.category
