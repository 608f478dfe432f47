"""Writing elements by a mask, by flat positions or into a slice, and taking them along a dimension."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.broadcasting import expand
from engine.ops.dispatch import apply, apply_many, array, broadcast_shape
from engine.ops.front import functions, methods
from engine.ops.functions import deliver, expect_tensor, type_name
from engine.ops.inplace import inplace
from engine.ops.picking import MASKED_FILL, MASKED_FILL_TENSOR, NumpyIndex, at, gather
from engine.ops.places import Built, both_forms
from engine.ops.shape import reshape
from engine.ops.spec import Arg, Bad, OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

MASK = Arg((2, 3), 0, 2, "bool", False)


def _put_flat(x: Raw, source: Raw, index: Raw, accumulate: bool = False) -> Raw:
    flat = array(x).reshape(-1).copy()
    part = array(source).reshape(-1)[: index.size]
    if accumulate:
        np.add.at(flat, index.reshape(-1), part)
    else:
        flat[index.reshape(-1)] = part
    return flat.reshape(x.shape)


def _taken_from(g: Any, c: Any) -> Any:
    """The elements of ``g`` at flat positions, in the source's shape; 0 for what was not used."""
    index, shape = c.param("index"), c.shape(1)
    picked = c.pick(g, index.reshape(-1))
    return c.put(picked, np.arange(index.size), shape)


def _kept(g: Any, c: Any) -> Any:
    if c.param("accumulate"):
        return g
    kept = np.ones(math.prod(c.shape(0)), bool)
    kept[c.param("index").reshape(-1)] = False
    return g * c.constant(kept.reshape(c.shape(0)))


def _flat(name: str, doc: str, samples: Any) -> OpSpec:
    return OpSpec(
        name,
        _put_flat,
        (_kept, _taken_from),
        grad_fn="".join(part.capitalize() for part in name.removesuffix("_at").split("_")) + "Backward0",
        args=("self", "source"),
        holds=("index",),
        form="{0} with {1} at the positions",
        derivatives=(r"{g}, 0 \text{{ at the positions}}", r"{g} \text{{ at the positions}}"),
        call=name.removesuffix("_at"),
        doc=doc,
        samples=samples,
    )


MASKED_SCATTER = _flat(
    "masked_scatter", "input with the elements of source, in order, where mask holds.", (S((2, 3), MASK, (2, 3)),)
)
PUT_AT = _flat(
    "put_at",
    "input with the elements of source at flat positions.",
    (S((2, 3), Arg((2,), 0, 3, "int64", False), (2,)), S((2, 3), Arg((2,), 0, 6, "int64", False), (2,), True)),
)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Built:
    """input with the elements of source, in order, where mask holds."""
    if mask._data.dtype.kind != "b":
        kind = mask.dtype.scalar_type
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {kind}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"masked_scatter_: expected self and source to have same dtypes but got {input.dtype.scalar_type} and "
            f"{source.dtype.scalar_type}"
        )
    shape = broadcast_shape(mask._data.shape, input._data.shape)
    places = np.flatnonzero(np.broadcast_to(mask._data, shape))
    if places.size > source._data.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return MASKED_SCATTER, (expand(input, shape), source), {"index": places}


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Built:
    """input with the elements of source at flat positions, or added there."""
    if index._data.dtype != np.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {index.dtype.scalar_type}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {input.dtype.scalar_type} "
            f"and source.dtype = {source.dtype.scalar_type}"
        )
    places, n = np.array(index._data), input._data.size
    if places.size != source._data.size:
        raise RuntimeError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source._data.size}, index.numel() = {places.size}"
        )
    outside = places[(places < -n) | (places >= n)]
    if outside.size:
        raise IndexError(f"out of range: tried to access index {outside[0]} on a tensor of {n} elements.")
    return PUT_AT, (input, source), {"index": places % max(n, 1), "accumulate": accumulate}


# --- the scatters of a slice ------------------------------------------------------------------


def _put_part(x: Raw, source: Raw, index: NumpyIndex) -> Raw:
    out = array(x).copy()
    out[index] = source
    return out


def _into(name: str, doc: str, samples: Any) -> OpSpec:
    return OpSpec(
        name,
        _put_part,
        (
            lambda g, c: c.zero_at(g, c.param("index")),
            lambda g, c: c.take_slice(g, c.param("index")),
        ),
        args=("self", "src"),
        form="{0} with {1} in it",
        derivatives=(r"{g}, 0 \text{{ in the part}}", r"\text{{the part of }} {g}"),
        doc=doc,
        samples=samples,
    )


SELECT_SCATTER = _into("select_scatter", "input with src in place of one slice.", (S((2, 3), (3,), 0, 1),))
SLICE_SCATTER = _into("slice_scatter", "input with src in place of a range.", (S((4, 3), (2, 3), 0, 1, 3),))


def _fitting(spec: OpSpec, x: Tensor, src: Tensor, index: NumpyIndex, text: str) -> Tensor:
    part = array(x._data)[index].shape
    if src._data.shape != part:
        raise RuntimeError(f"{text} {list(src._data.shape)}, slice size = {list(part)}")
    return apply(spec, (x, src), {"index": index})


_SIZES = "expected src to have a size equal to the slice of self. src size ="


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """input with src in place of one slice along dim."""
    d = wrap_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input._data.shape)} at dimension {d}"
        )
    return _fitting(SELECT_SCATTER, input, src, at(d, index), _SIZES)


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """input with src in place of a range along dim."""
    d = wrap_dim(dim, input._data.ndim)
    return _fitting(SLICE_SCATTER, input, src, at(d, slice(start, end, step)), _SIZES)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that indices name along dim, or of the flattened tensor; the other dimensions are broadcast."""
    if indices._data.dtype != np.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.scalar_type}"
        )
    if dim is None:
        return gather(reshape(input, (-1,)), 0, reshape(indices, (-1,)))
    if input._data.ndim != indices._data.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input._data.ndim} dimensions for input, and {indices._data.ndim} dimensions for indices"
        )
    d = wrap_dim(dim, input._data.ndim)
    own, other = list(input._data.shape), list(indices._data.shape)
    shape = list(broadcast_shape((*own[:d], 1, *own[d + 1 :]), (*other[:d], 1, *other[d + 1 :])))
    places = expand(indices, (*shape[:d], other[d], *shape[d + 1 :]))
    return gather(expand(input, (*shape[:d], own[d], *shape[d + 1 :])), d, places)


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Tensor | None = None) -> Any:
    """Where elements are not 0: one row per place, or (as_tuple) one vector per dimension."""
    x = expect_tensor(input, "nonzero")
    if not isinstance(as_tuple, bool):
        raise TypeError(f"nonzero(): argument 'as_tuple' must be bool, not {type_name(as_tuple)}")
    if as_tuple:
        return apply_many(NONZERO, (x,), None, [np.ascontiguousarray(i) for i in np.nonzero(np.atleast_1d(x._data))], 0)
    return deliver(apply(NONZERO, (x,)), out, "nonzero")


NONZERO = OpSpec(
    "nonzero",
    lambda x: np.argwhere(array(x)),
    args=("self",),
    form="nonzero({0})",
    doc="Where elements are not 0, one row per place.",
    samples=(S((2, 3)), S(MASK)),
)


NONZERO_STATIC = OpSpec(
    "nonzero_static",
    lambda x, size, fill_value=-1: _rows(np.argwhere(array(x)), size, fill_value),
    args=("self",),
    form="nonzero_static({0}, size={size})",
    doc="Where elements are not 0, in as many rows as size says: cut, or filled up.",
    samples=(S(MASK, size=3), S((2, 3), size=8)),
    errors=(
        Bad(((2, 3),), RuntimeError, "nonzero_static: 'size' must be an non-negative integer", {"size": -1}),
        Bad(((2, 3),), TypeError, 'nonzero_static() missing 1 required positional arguments: "size"'),
    ),
)


def _rows(found: Raw, size: int, value: int) -> Raw:
    out = np.full((size, found.shape[1]), value, np.int64)
    out[: len(found)] = found[:size]
    return out


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """Where elements are not 0, in as many rows as size says: cut, or filled up with fill_value."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    return apply(NONZERO_STATIC, (input,), {"size": size, "fill_value": fill_value})


def argwhere(input: Tensor) -> Tensor:
    """Where elements are not 0, one row per place."""
    out: Tensor = nonzero(input)
    return out


def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Puts value where mask holds, in place."""
    if mask._data.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype.c_name}")
    if not isinstance(value, Tensor):
        return inplace(MASKED_FILL, self, (mask,), {"value": value})
    if value._data.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._data.ndim} dimension(s)."
        )
    return inplace(MASKED_FILL_TENSOR, self, (mask, value))


FUNCTIONS, METHODS = both_forms(masked_scatter, put)
FUNCTIONS.update(functions(select_scatter, slice_scatter, take_along_dim, argwhere, nonzero_static), nonzero=nonzero)
METHODS.update(
    methods(select_scatter, slice_scatter, take_along_dim, argwhere, nonzero_static, masked_fill_), nonzero=nonzero
)
OPERATORS: dict[str, Any] = {}
