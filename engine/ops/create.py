"""Tensors made from data: tensor, as_tensor, from_numpy, and the old types such as torch.FloatTensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import dtypes
from engine.device import expect_cpu
from engine.dtypes import as_dtype
from engine.dtypes import dtype as DType
from engine.node import Raw
from engine.ops.dispatch import checked_scalar
from engine.ops.functions import public, type_name
from engine.ops.shape import shape_args
from engine.refusals import COMPLEX, OutOfScope
from engine.state import check_bytes, state, warn
from engine.tensors import Tensor, leaf

NOT_FLOATING = "Only Tensors of floating point and complex dtype can require gradients"
COPIED = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)
SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
    "single numpy.ndarray with numpy.array() before converting to a tensor."
)
NEGATIVE_STRIDE = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
    "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
)


def created(data: Raw, requires_grad: bool, how: str) -> Tensor:
    """A new leaf around ``data`` (kept, not copied), told to the recorder."""
    if requires_grad and data.dtype.kind != "f":
        raise RuntimeError(NOT_FLOATING)
    if isinstance(data, np.ndarray) and data.ndim == 0:
        data = data[()]
    out = leaf(data, bool(requires_grad))
    if state.inference:
        out._extra().inference = True
    if state.recorder is not None:
        state.recorder.created(out, how)
    return out


def numpy_dtype(dtype: Any, function: str) -> np.dtype[Any]:
    """The numpy dtype behind a torch dtype; that of the default for None."""
    return (state.default_dtype if dtype is None else as_dtype(dtype, function)).numpy


def sizes(function: str, size: Sequence[Any], kind: np.dtype[Any]) -> tuple[int, ...]:
    """A shape to allocate, checked: RuntimeError for negative sizes and for more bytes than the run may have."""
    shape = shape_args(size, function)
    for n in shape:
        if n < 0 and function == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    check_bytes(math.prod(shape) * kind.itemsize)
    return shape


# --- from Python's numbers and lists ----------------------------------------------------------


def infer_dtype(data: Any) -> DType:
    """The dtype that torch.tensor chooses for Python data; torch's errors for what is no number."""
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.FROM_NUMPY[data.dtype]  # before float, of which numpy's float64 is one
    if isinstance(data, (bool, int, float)):
        return dtypes.of_number(data, state.default_dtype)
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(data, complex):
        raise OutOfScope(COMPLEX)
    if not isinstance(data, (list, tuple, range)):
        raise RuntimeError(f"Could not infer dtype of {type_name(data)}")
    found = state.default_dtype
    for place, item in enumerate(data):
        kind = infer_dtype(item)
        found = dtypes.promote(found, kind) if place else kind
    return found


def _shape_of(data: Any) -> list[int]:
    """The shape that the first elements tell of."""
    shape: list[int] = []
    while isinstance(data, (list, tuple, range, np.ndarray)) and not (isinstance(data, np.ndarray) and not data.ndim):
        shape.append(len(data))
        if not len(data):
            return shape
        data = data[0]
    if isinstance(data, str):
        raise ValueError("too many dimensions 'str'")
    return shape


def _collect(data: Any, shape: Sequence[int], depth: int, out: list[Any]) -> None:
    """The numbers of nested data, one after another; torch's errors where its shape is not ``shape``."""
    if depth == len(shape):
        out.append(_number(data))
        return
    if not isinstance(data, (list, tuple, range, np.ndarray)):
        raise TypeError("not a sequence")
    if len(data) != shape[depth]:
        raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(data)})")
    for item in data:
        _collect(item, shape, depth + 1, out)


def _number(item: Any) -> Any:
    if isinstance(item, Tensor):
        if item._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return item.item()
    return item.item() if isinstance(item, np.generic) else item


def _as_array(numbers: list[Any], dtype: DType) -> np.ndarray[Any, Any]:
    """Numbers in a dtype; torch's errors for what does not fit."""
    for v in numbers:
        if not isinstance(v, (bool, int, float)):
            must_be = f"must be real number, not {type_name(v)}"
            raise TypeError(
                must_be if dtype.is_floating_point else f"{type_name(v)!r} object cannot be interpreted as an integer"
            )
    if dtype.is_floating_point or dtype is dtypes.bool_:
        return np.array(numbers, dtype.numpy)
    if any(type(v) is int and not -(2**63) <= v < 2**63 for v in numbers):
        raise ValueError("Overflow when unpacking long long")
    return np.array([checked_scalar(v, dtype.numpy, dtype.name) for v in numbers], dtype.numpy)


def _expect_supported(raw: Raw) -> None:
    if raw.dtype not in dtypes.FROM_NUMPY:
        raise TypeError(
            f"can't convert np.ndarray of type {raw.dtype}. The only supported types are: float64, float32, "
            "float16, int64, int32, int16, int8, uint8, and bool."
        )


def from_data(data: Any, dtype: DType | None) -> np.ndarray[Any, Any]:
    """An array with a copy of ``data``; torch's errors for what is no regular data."""
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        raw = data._data if isinstance(data, Tensor) else data
        _expect_supported(raw)
        if any(step < 0 for step in getattr(raw, "strides", ())):
            raise ValueError(NEGATIVE_STRIDE)
        return np.array(raw, dtype.numpy if dtype else raw.dtype)
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    shape = _shape_of(data)
    if isinstance(data, list) and data and isinstance(data[0], np.ndarray):
        warn(SLOW)
    kind = infer_dtype(data) if dtype is None else dtype
    numbers: list[Any] = []
    if 0 not in shape:
        _collect(data, shape, 0, numbers)
    return _as_array(numbers, kind).reshape(shape)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf tensor with a copy of data."""
    expect_cpu(device)
    kind = None if dtype is None else as_dtype(dtype, "tensor")
    if isinstance(data, Tensor):
        warn(COPIED)
    return created(from_data(data, kind), requires_grad, "tensor")


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """data as a tensor: itself if it is one of that dtype, sharing storage if it is such an array, else a copy."""
    expect_cpu(device)
    kind = None if dtype is None else as_dtype(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return data if kind is None else data.to(kind)
    if isinstance(data, np.ndarray) and data.dtype in dtypes.FROM_NUMPY and (kind is None or data.dtype == kind.numpy):
        return from_numpy(data)
    return created(from_data(data, kind), False, "as_tensor")


def scalar_tensor(s: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor of the default dtype, unless dtype says otherwise."""
    return created(from_data(s, dtype or state.default_dtype), requires_grad, "scalar_tensor")


def from_numpy(array: Any) -> Tensor:
    """A tensor that shares the array's storage."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type_name(array)})")
    if any(step < 0 for step in array.strides):
        raise ValueError(NEGATIVE_STRIDE)
    _expect_supported(array)
    out = leaf(array)
    if state.recorder is not None:
        state.recorder.created(out, "from_numpy")
    return out


# --- the old types ----------------------------------------------------------------------------


def legacy_tensor(cls: type[Tensor], dtype: DType, args: tuple[Any, ...]) -> Tensor:
    """``torch.Tensor(2, 3)`` (uninitialised) and ``torch.Tensor([1, 2])`` (from data)."""
    data: Raw
    if len(args) == 1 and isinstance(args[0], Tensor):
        data = args[0]._data
    elif len(args) == 1 and isinstance(args[0], (list, tuple)) and not hasattr(args[0], "numel"):
        data = from_data(list(args[0]), dtype)
    elif len(args) == 1 and isinstance(args[0], np.ndarray):
        data = args[0].astype(dtype.numpy)
    elif any(isinstance(a, str) for a in args):
        raise TypeError("new(): invalid data type 'str'")
    elif any(isinstance(a, float) for a in args):
        raise TypeError("new(): data must be a sequence (got float)")
    else:
        data = np.zeros(sizes("Tensor", args, dtype.numpy) if args else (0,), dtype.numpy)
    out = leaf(data, False, cls)
    if state.recorder is not None:
        state.recorder.created(out, dtype.legacy)
    return out


class LegacyType(type):
    """torch.FloatTensor and its kin: types that make tensors of one dtype and know their instances."""

    tensor_dtype: DType

    def __call__(cls, *args: Any) -> Tensor:
        return legacy_tensor(Tensor, cls.tensor_dtype, args)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.tensor_dtype

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


LEGACY = {d.legacy: LegacyType(d.legacy, (), {"tensor_dtype": d}) for d in dtypes.ALL}


def _new_tensor(cls: type[Tensor], *args: Any, device: Any = None) -> Tensor:
    return legacy_tensor(cls, dtypes.float32, args)


# --- and back ---------------------------------------------------------------------------------


def numpy(self: Tensor, *, force: bool = False) -> np.ndarray[Any, Any]:
    """The storage as a numpy array; RuntimeError if the tensor requires grad."""
    if self._track and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    if state.recorder is not None:
        state.recorder.taken(self, "numpy", None)
    return self._array()


def _array_protocol(self: Tensor, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
    array = numpy(self)
    return array if dtype is None else array.astype(dtype)


def _wrap(self: Tensor, array: np.ndarray[Any, Any], *context: Any) -> Tensor:
    """What numpy's functions make of a tensor is a tensor again; bools become bytes, as in torch."""
    return from_numpy(np.asarray(array.astype(np.uint8) if array.dtype == bool else array))


def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, **rest: Any) -> Tensor:
    """torch.tensor with this tensor's dtype."""
    return tensor(data, dtype=dtype or self.dtype, **rest)


METHODS: dict[str, Any] = public(numpy, new_tensor)
FUNCTIONS: dict[str, Any] = public(tensor, as_tensor, scalar_tensor, from_numpy)
OPERATORS: dict[str, Any] = {
    "__array__": _array_protocol,
    "__array_priority__": 1000,
    "__array_wrap__": _wrap,
    "__new__": staticmethod(_new_tensor),
}
