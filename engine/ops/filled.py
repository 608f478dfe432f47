"""Tensors made from a shape, a range or a grid: zeros, full, eye, arange, linspace, meshgrid ..."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.device import expect_cpu
from engine.dtypes import FROM_NUMPY, as_dtype
from engine.fused import fused
from engine.node import Raw
from engine.ops.create import created, infer_dtype, numpy_dtype, sizes
from engine.ops.dispatch import as_number, checked_scalar
from engine.ops.front import functions, methods
from engine.ops.functions import expect_int, expect_tensor, public, type_name
from engine.state import check_bytes, warn, warn_once
from engine.tensors import Tensor

# --- one value everywhere ---------------------------------------------------------------------


def _filler(name: str, value: int, doc: str) -> Callable[..., Tensor]:
    """zeros, ones or empty."""

    def call(
        *size: Any,
        out: Tensor | None = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        expect_cpu(device)
        size = named.get("size", size)
        if not size and "size" not in named:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        kind = numpy_dtype(dtype, name)
        shape = sizes(name, size, kind)
        return created(np.full(shape, value, kind), requires_grad, name)

    call.__name__ = name
    call.__doc__ = doc
    return call


zeros = _filler("zeros", 0, "A tensor of the given shape, filled with 0.")
ones = _filler("ones", 1, "A tensor of the given shape, filled with 1.")
empty = _filler("empty", 0, "A tensor of the given shape; what it holds is not to be relied on (here zeros).")


def _like(name: str, value: int, doc: str) -> Callable[..., Tensor]:
    """zeros_like, ones_like or empty_like."""

    def call(
        input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **rest: Any
    ) -> Tensor:
        x = expect_tensor(input, name)
        expect_cpu(device)
        kind = x._data.dtype if dtype is None else as_dtype(dtype, name).numpy
        return created(np.full(sizes(name, (x._data.shape,), kind), value, kind), requires_grad, name)

    call.__name__ = name
    call.__doc__ = doc
    return call


zeros_like = _like("zeros_like", 0, "Zeros in the shape and dtype of input.")
ones_like = _like("ones_like", 1, "Ones in the shape and dtype of input.")
empty_like = _like("empty_like", 0, "A tensor in the shape and dtype of input.")


def _filled(shape: tuple[int, ...], value: Any, kind: np.dtype[Any], name: str) -> Raw:
    number = value.item() if isinstance(value, Tensor) else value
    if not isinstance(number, (bool, int, float)):
        raise TypeError(f"{name}(): argument 'fill_value' (position 2) must be Number, not {type_name(number)}")
    return np.full(shape, checked_scalar(as_number(number), kind, FROM_NUMPY[kind].storage_name), kind)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of the given shape, filled with fill_value, whose type decides the dtype."""
    expect_cpu(device)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type_name(size)}")
    if dtype is None and isinstance(fill_value, (bool, int, float, Tensor)):
        dtype = infer_dtype(fill_value)
    kind = numpy_dtype(dtype, "full")
    return created(_filled(sizes("full", (size,), kind), fill_value, kind, "full"), requires_grad, "full")


def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor in the shape and dtype of input, filled with fill_value."""
    x = expect_tensor(input, "full_like")
    kind = x._data.dtype if dtype is None else as_dtype(dtype, "full_like").numpy
    shape = sizes("full_like", (x._data.shape,), kind)
    return created(_filled(shape, fill_value, kind, "full_like"), requires_grad, "full_like")


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix."""
    expect_cpu(device)
    kind = numpy_dtype(dtype, "eye")
    rows = expect_int(n, "eye", "n")
    columns = rows if m is None else expect_int(m, "eye", "m", 2)
    for size, name in ((rows, "n"), (columns, "m")):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    check_bytes(rows * columns * kind.itemsize)
    return created(np.eye(rows, columns, dtype=kind), requires_grad, "eye")


# --- ranges -----------------------------------------------------------------------------------


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """From start (0 if only one number is given) up to but not including end."""
    expect_cpu(device)
    if start is None and end is None:
        raise TypeError("arange() needs an end")
    given = (0, start, step) if end is None else (start or 0, end, step)
    low, high, by = (v.item() if isinstance(v, Tensor) else v for v in given)
    for v in (low, high, by):
        if not isinstance(v, (int, float)):
            raise TypeError(f"arange(): argument 'end' (position 1) must be Number, not {type_name(v)}")
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (high - low) / by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = dtype is None and all(isinstance(v, int) for v in (low, high, by))
    kind = np.dtype(np.int64) if whole else numpy_dtype(dtype, "arange")
    n = math.ceil((high - low) / by)
    check_bytes(n * kind.itemsize)
    return created((low + np.arange(n) * by).astype(kind), requires_grad, "arange")


def torch_range(start: Any, end: Any, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """From start up to and including end; deprecated."""
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    kind = numpy_dtype(dtype, "range")
    n = math.floor((end - start) / step) + 1
    check_bytes(n * kind.itemsize)
    return created((start + np.arange(n) * step).astype(kind), requires_grad, "range")


def _even_steps(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> Raw:
    """``steps`` numbers from start to end, computed as torch does: from both ends to the middle."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    check_bytes(steps * kind.itemsize)
    first, last = (float(v.item() if isinstance(v, Tensor) else v) for v in (start, end))
    if steps == 1:
        return np.array([first], kind)
    i = np.arange(steps)
    if kind.kind != "f":
        by = (last - first) / (steps - 1)
        return np.where(i < steps // 2, first + by * i, last - by * (steps - 1 - i)).astype(kind)
    wide = np.float64 if kind == np.float64 else np.float32
    a, b = wide(first), wide(last)
    step = (b - a) / wide(steps - 1)
    forward = fused(i.astype(wide), step, a)
    back = fused((steps - 1 - i).astype(wide), -step, b)
    return np.where(i < steps // 2, forward, back).astype(kind)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` numbers at even distance from start to end, both included."""
    expect_cpu(device)
    return created(_even_steps(start, end, steps, numpy_dtype(dtype, "linspace")), requires_grad, "linspace")


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` numbers from base**start to base**end, at even distance of exponents."""
    kind = numpy_dtype(dtype, "logspace")
    exponents = _even_steps(start, end, steps, np.dtype(np.float64))
    return created((base**exponents).astype(kind), requires_grad, "logspace")


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinate grids of vectors; 'ij' counts the first vector along rows, 'xy' along columns."""
    vectors = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors)
    for i, v in enumerate(vectors):
        if not isinstance(v, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type_name(v)}")
    if indexing is None:
        warn_once("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    swapped = indexing == "xy" and len(vectors) >= 2
    if swapped:
        vectors[0], vectors[1] = vectors[1], vectors[0]
    shape = tuple(v.numel() for v in vectors)
    rank = len(vectors)
    grids = [v.reshape(tuple(-1 if d == i else 1 for d in range(rank))).expand(shape) for i, v in enumerate(vectors)]
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


# --- with another tensor's dtype --------------------------------------------------------------


def new_zeros(self: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """Zeros in this tensor's dtype."""
    return zeros(*size, dtype=dtype or self.dtype, **rest)


def new_ones(self: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """Ones in this tensor's dtype."""
    return ones(*size, dtype=dtype or self.dtype, **rest)


def new_empty(self: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """A tensor of the given shape in this tensor's dtype."""
    return empty(*size, dtype=dtype or self.dtype, **rest)


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of the given shape and strides; what it holds is not to be relied on (here zeros)."""
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    kind = numpy_dtype(dtype, "empty_strided")
    sizes("empty_strided", (size,), kind)
    if any(step < 0 for step in stride):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    last = 0 if 0 in size else 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    check_bytes(last * kind.itemsize)
    steps = tuple(step * kind.itemsize for step in stride)
    return created(as_strided(np.zeros(last, kind), tuple(size), steps), requires_grad, "empty_strided")


def new_empty_strided(self: Tensor, size: Any, stride: Any, *, dtype: Any = None, **rest: Any) -> Tensor:
    """A tensor of the given shape and strides in this tensor's dtype."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, **rest)


def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, **rest: Any) -> Tensor:
    """A tensor filled with fill_value, in this tensor's dtype."""
    return full(size, fill_value, dtype=dtype or self.dtype, **rest)


METHODS: dict[str, Any] = public(new_zeros, new_ones, new_empty, new_full) | methods(new_empty_strided)
FUNCTIONS: dict[str, Any] = public(
    zeros,
    ones,
    empty,
    zeros_like,
    ones_like,
    empty_like,
    full,
    full_like,
    eye,
    arange,
    torch_range,
    linspace,
    logspace,
    meshgrid,
) | functions(empty_strided)
OPERATORS: dict[str, Any] = {}
