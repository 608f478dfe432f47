"""Where an index tensor points to, checked; and one builder for both forms of an op that writes there.

A *builder* gives the op, its inputs and its parameters; a new tensor and the in-place form are made of that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply
from engine.ops.front import strict
from engine.ops.inplace import inplace
from engine.ops.picking import NumpyIndex, along
from engine.ops.spec import OpSpec
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

Built = tuple[OpSpec, tuple[Any, ...], dict[str, Any]]


def _check_index(function: str, index: Tensor) -> Raw:
    if index._data.dtype not in (np.int32, np.int64):
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index")
    return np.array(index._data)


def scattered(function: str, x: Tensor, dim: int, index: Tensor, src: Any) -> tuple[NumpyIndex, tuple[int, ...]]:
    """The checked places of a scatter, and the part of src that is used."""
    d = wrap_dim(dim, x._data.ndim)
    places = _check_index(function, index)
    shape = x._data.shape or (1,)
    if isinstance(src, Tensor) and src.dtype is not x.dtype:
        raise RuntimeError(f"{function}(): Expected self.dtype to be equal to src.dtype")
    if not places.size:
        return tuple(np.zeros(0, np.int64) for _ in shape), (0,)
    places = np.atleast_1d(places)
    if places.ndim != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    larger = any(n > m for k, (n, m) in enumerate(zip(places.shape, shape, strict=True)) if k != d)
    if isinstance(src, Tensor):
        if max(1, src._data.ndim) != places.ndim:
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        if larger or any(n > m for n, m in zip(places.shape, src._data.shape or (1,), strict=True)):
            raise RuntimeError(
                f"Expected index {list(places.shape)} to be no larger than self {list(x._data.shape)} apart from "
                f"dimension {d} and to be no larger size than src {list(src._data.shape)}"
            )
    elif larger:
        raise RuntimeError(
            f"Expected index {list(places.shape)} to be no larger than self {list(x._data.shape)} apart from "
            f"dimension {d}"
        )
    outside = places[(places < 0) | (places >= shape[d])]
    if outside.size:
        raise RuntimeError(f"index {outside[0]} is out of bounds for dimension {d} with size {shape[d]}")
    if not x._data.ndim:
        return (...,), ()
    return along(shape, d, places), places.shape


def matching_slices(function: str, x: Tensor, dim: int, index: Tensor, source: Tensor) -> tuple[int, Raw]:
    """The checked dimension and places of slices of ``x`` that those of ``source`` go to, one each."""
    d = wrap_dim(dim, x._data.ndim)
    if index._data.dtype not in (np.int32, np.int64):
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index but got: {index.dtype.scalar_type}")
    if index._data.ndim > 1:
        raise IndexError(
            f"{function}(): Index is supposed to be a vector, but got dim: {index._data.ndim} with type: "
            f"{index.dtype.scalar_type} and size: {list(index._data.shape)}"
        )
    places = np.atleast_1d(np.array(index._data))
    if source.dtype is not x.dtype:
        raise RuntimeError(
            f"{function}(): self ({x.dtype.scalar_type}) and source ({source.dtype.scalar_type}) must have the "
            "same scalar type"
        )
    own, other = list(x._data.shape), list(source._data.shape)
    if other and other[d] != places.size:
        raise RuntimeError(
            f"{function}(): Number of indices ({places.size}) should be equal to source.size(dim): ({other[d]}), for "
            f"dim: {d}"
        )
    if own[:d] + own[d + 1 :] != other[:d] + other[d + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{own} source.shape = {other}"
        )
    return d, places


def both_forms(*builders: Callable[..., Built]) -> tuple[dict[str, Any], dict[str, Any]]:
    """torch's functions and Tensor's methods of builders: ``scatter`` and ``scatter_`` of one."""
    functions: dict[str, Any] = {}
    methods: dict[str, Any] = {}
    for build in builders:
        name = build.__name__
        functions[name] = strict(_new(build), name)
        methods[name] = strict(_new(build), name, method=True)
        methods[f"{name}_"] = strict(_edit(build), f"{name}_", method=True)
    return functions, methods


def _new(build: Callable[..., Built]) -> Callable[..., Tensor]:
    def call(*args: Any, **kwargs: Any) -> Tensor:
        return apply(*build(*args, **kwargs))

    call.__doc__ = build.__doc__
    return call


def _edit(build: Callable[..., Built]) -> Callable[..., Tensor]:
    def call(self: Tensor, **kwargs: Any) -> Tensor:
        spec, inputs, params = build(self, **kwargs)
        return inplace(spec, self, inputs[1:], params)

    call.__doc__ = f"{build.__doc__} In place."
    return call
