"""Joining and splitting in the old names' ways: hstack, vstack, atleast_2d, tensor_split, cartesian_prod ..."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.copying import flip
from engine.ops.create import created, numpy_dtype
from engine.ops.filled import meshgrid
from engine.ops.front import functions, methods
from engine.ops.functions import expect_tensor
from engine.ops.joining import cat, stack
from engine.ops.picking import masked_select, narrow
from engine.ops.running import cumprod
from engine.ops.shape import reshape, unsqueeze
from engine.size import Size
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor, wrap


def _at_least(name: str, rank: int, grown: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    def one(x: Tensor) -> Tensor:
        return x if x._data.ndim >= rank else grown(x) if x._data.ndim else reshape(x, (1,) * rank)

    def call(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
            return tuple(one(x) for x in tensors[0])
        parts = tuple(one(expect_tensor(x, name)) for x in tensors)
        return parts[0] if len(parts) == 1 else parts

    call.__name__ = name
    call.__doc__ = f"The tensors with at least {rank} dimension{'s' * (rank > 1)}."
    return call


atleast_1d = _at_least("atleast_1d", 1, lambda x: x)
atleast_2d = _at_least("atleast_2d", 2, lambda x: unsqueeze(x, 0))
atleast_3d = _at_least("atleast_3d", 3, lambda x: unsqueeze(x if x._data.ndim == 2 else unsqueeze(x, 0), -1))


def hstack(tensors: Any) -> Tensor:
    """Joins side by side: along the second dimension, vectors along their only one."""
    if not tensors:
        raise RuntimeError("hstack expects a non-empty TensorList")
    parts = atleast_1d(tensors)
    return cat(parts, 0 if parts[0]._data.ndim == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    """Joins one below the other; vectors become rows."""
    if not tensors:
        raise RuntimeError("vstack expects a non-empty TensorList")
    return cat(atleast_2d(tensors), 0)


def dstack(tensors: Any) -> Tensor:
    """Joins one behind the other, along the third dimension."""
    if not tensors:
        raise RuntimeError("dstack expects a non-empty TensorList")
    return cat(atleast_3d(tensors), 2)


def column_stack(tensors: Any) -> Tensor:
    """Joins side by side; vectors become columns."""
    if not tensors:
        raise RuntimeError("column_stack expects a non-empty TensorList")
    return hstack([x if x._data.ndim > 1 else reshape(x, (x.numel(), 1)) for x in tensors])


# --- taking apart -----------------------------------------------------------------------------


def tensor_split(
    input: Tensor, sections: Any = None, dim: int = 0, indices: Any = None, tensor_indices_or_sections: Any = None
) -> tuple[Tensor, ...]:
    """Parts along dim: as many as sections says, or cut at indices."""
    if input._data.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = wrap_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    cuts = sections if indices is None else indices
    if tensor_indices_or_sections is not None:
        if tensor_indices_or_sections._data.dtype != np.int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                f"{tensor_indices_or_sections.dtype.scalar_type}"
            )
        cuts = tensor_indices_or_sections.tolist()
    if isinstance(cuts, int):
        if cuts <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        sizes = [n // cuts + (i < n % cuts) for i in range(cuts)]
        cuts = list(itertools.accumulate(sizes))[:-1]
    ends = [slice(0, cut).indices(n)[1] for cut in cuts]
    starts = [0, *ends]
    return tuple(narrow(input, d, a, max(0, b - a)) for a, b in zip(starts, [*ends, n], strict=True))


def _split_along(name: str, dim: int, rank: int) -> Callable[..., Any]:
    def call(input: Tensor, sections: Any = None, indices: Any = None) -> tuple[Tensor, ...]:
        have = input._data.ndim
        if have < rank:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {rank} dimension{'s' * (rank > 1)}, but got a tensor "
                f"with {have} dimensions!"
            )
        d = 0 if name == "hsplit" and have == 1 else dim
        n = input._data.shape[d]
        if indices is None and (sections == 0 or n % sections):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {d}, but the size of the dimension {n} is not "
                f"divisible by the split_size {sections}!"
            )
        return tensor_split(input, sections, d, indices)

    call.__name__ = name
    call.__doc__ = f"Parts along dimension {dim}."
    return call


hsplit = _split_along("hsplit", 1, 1)
vsplit = _split_along("vsplit", 0, 2)
dsplit = _split_along("dsplit", 2, 3)

# --- combinations -----------------------------------------------------------------------------


def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples of one element of each vector, one per row."""
    vectors = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors)
    for x in vectors:
        if x._data.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._data.shape)}")
    if len(vectors) == 1:
        result: Tensor = vectors[0]
        return result
    grids = [reshape(g, (-1,)) for g in meshgrid(vectors, indexing="ij")]
    return stack(grids, 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of r elements of a vector, one per row."""
    if input._data.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input._data.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        result: Tensor = input.new_empty(0)
        return result
    n = input.numel()
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = np.array(list(choose(range(n), r)), np.int64).reshape(-1, r)
    mask = np.zeros((n,) * r, bool)
    mask[tuple(chosen.T)] = True
    picked = [masked_select(grid, wrap(mask)) for grid in meshgrid([input] * r, indexing="ij")]
    return stack(picked, 1)


# --- indices and shapes -----------------------------------------------------------------------


def _triangle(f: Callable[..., Any], row: int, col: int, offset: int, dtype: Any) -> Tensor:
    kind = np.dtype(np.int64) if dtype is None else numpy_dtype(dtype, "tril_indices")
    return created(np.array(f(row, offset, col)).astype(kind), False, "indices")


def tril_indices(row: int, col: int, offset: int = 0, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The places of the lower triangle: rows above, columns below."""
    return _triangle(np.tril_indices, row, col, offset, dtype)


def triu_indices(row: int, col: int, offset: int = 0, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The places of the upper triangle: rows above, columns below."""
    return _triangle(np.triu_indices, row, col, offset, dtype)


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape of several, as broadcasting finds it."""
    out = [1] * max((len(s) if isinstance(s, (tuple, list)) else 1 for s in shapes), default=0)
    for number, shape in enumerate(shapes):
        sizes = shape if isinstance(shape, (tuple, list)) else (shape,)
        for back, n in enumerate(reversed(sizes), 1):
            if n == 1 or n == out[-back]:
                continue
            if out[-back] != 1 or not isinstance(n, int):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {n} at {-back}! Mismatching argument at index "
                    f"{number} had {shape}; but expected shape should be broadcastable to {out}"
                )
            out[-back] = n
    return Size(out)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements, one column each, highest first unless increasing."""
    if x._data.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.numel() if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    one = x.new_ones(x.numel(), 1)
    powers = cumprod(cat([one, *([reshape(x, (-1, 1))] * max(0, count - 1))], 1), 1)[:, :count]
    return powers if increasing else flip(powers, 1)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Flat positions as one index per dimension."""
    if indices._data.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for n in sizes:
        if not isinstance(n, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(shape)}")
    flat: Raw = np.array(indices._data) % max(1, math.prod(sizes))
    return tuple(wrap(np.asarray(i)[()]) for i in np.unravel_index(flat, sizes))


_SPLITS = (tensor_split, hsplit, vsplit, dsplit)
FUNCTIONS: dict[str, Any] = {
    **functions(hstack, vstack, dstack, column_stack, *_SPLITS, combinations, tril_indices, triu_indices, vander),
    **{f.__name__: f for f in (atleast_1d, atleast_2d, atleast_3d, cartesian_prod, broadcast_shapes, unravel_index)},
}
FUNCTIONS["row_stack"] = FUNCTIONS["vstack"]
METHODS: dict[str, Any] = methods(*_SPLITS)
OPERATORS: dict[str, Any] = {}
