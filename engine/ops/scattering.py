"""Writing elements to places that an index names: scatter, index_add, index_fill and their kin.

Each function is written once, as a builder of the op, its inputs and its parameters (see engine.ops.places).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import array, broadcast_shape, checked_scalar
from engine.ops.indexing import INDEX_PUT, take_basic
from engine.ops.picking import NumpyIndex, at
from engine.ops.places import Built, both_forms, matching_slices, scattered
from engine.ops.scatter_reduce import SCATTER_REDUCE
from engine.ops.spec import Arg, Bad, OpSpec, S
from engine.state import warn_once
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

REDUCE = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch "
    "release. Use torch.scatter_reduce instead for more reduction options."
)

_PLACES = Arg((2, 3), 0, 4, "int64", False)
_ROWS = Arg((2,), 0, 2, "int64", False)


# --- replacing --------------------------------------------------------------------------------


def _put(x: Raw, source: Raw, index: NumpyIndex, size: tuple[int, ...]) -> Raw:
    out = array(x).copy()
    out[index] = array(source)[tuple(slice(n) for n in size)]
    return out


def _source_grad(g: Any, c: Any) -> Any:
    """The elements of ``g`` where those of the source went; torch's RuntimeError if not all of it was used."""
    size, shape = c.param("size"), c.shape(1)
    if size != shape:
        raise RuntimeError(
            f"Function {type(c.node).__name__} returned an invalid gradient at index 1 - got {list(size)} but expected "
            f"shape compatible with {list(shape)}"
        )
    return c.index(g, c.param("index"))


def _replacing(name: str, doc: str, samples: Any, grad_fn: str = "", call: str = "", errors: Any = ()) -> OpSpec:
    return OpSpec(
        name,
        _put,
        (lambda g, c: c.zero_at(g, c.param("index")), _source_grad),
        grad_fn=grad_fn,
        args=("self", "src"),
        holds=("index",),
        form="{0} with {1} at the index",
        derivatives=(r"{g}, 0 \text{{ at the index}}", r"{g} \text{{ at the index}}"),
        call=call or name,
        doc=doc,
        samples=samples,
        errors=errors,
    )


SCATTER = _replacing(
    "scatter",
    "input with the elements of src at the places along dim that index names.",
    (S((4, 3), 0, Arg((1, 3), 0, 4, "int64", False), (1, 3)),),
    errors=(
        Bad(
            ((4, 3), 0, Arg((2,), 0, 2, "int64", False), (2, 3)),
            RuntimeError,
            "Index tensor must have the same number of dimensions as self tensor",
        ),
        Bad(
            ((2, 3), 0, Arg((2, 3), 2, 3, "int64", False), (2, 3)),
            RuntimeError,
            "index 2 is out of bounds for dimension 0 with size 2",
        ),
        Bad(((2, 3), 0, (2, 3), (2, 3)), RuntimeError, "scatter(): Expected dtype int32/int64 for index"),
    ),
)
INDEX_COPY = _replacing(
    "index_copy",
    "input with the slices along dim that index names replaced by those of source.",
    (S((4, 3), 0, Arg((2,), 0, 4, "int64", False), (2, 3)),),
)


def _fill_at(x: Raw, index: NumpyIndex, value: Any) -> Raw:
    out = array(x).copy()
    out[index] = value
    return out


def _filling(name: str, grad_fn: str, samples: Any) -> OpSpec:
    return OpSpec(
        name,
        _fill_at,
        (lambda g, c: c.zero_at(g, c.param("index")),),
        grad_fn=grad_fn,
        args=("self",),
        holds=("index",),
        form="{0} with {value} at the index",
        derivatives=(r"{g}, 0 \text{{ at the index}}",),
        call=name.removesuffix("_value"),
        doc="input with a number at the places that index names.",
        samples=samples,
    )


SCATTER_VALUE = _filling("scatter_value", "ScatterBackward1", (S((4, 3), 0, _PLACES, 0.5),))
INDEX_FILL = _filling("index_fill", "IndexFillBackward0", (S((4, 3), 1, _ROWS, 0.5),))
INDEX_FILL_TENSOR = OpSpec(
    "index_fill_tensor",
    lambda x, value, index: _fill_at(x, index, value),
    (lambda g, c: c.zero_at(g, c.param("index")), lambda g, c: c.sum(c.index(g, c.param("index")))),
    grad_fn="IndexFillBackward1",
    args=("self", "value"),
    holds=("index",),
    form="{0} with {1} at the index",
    derivatives=(r"{g}, 0 \text{{ at the index}}", r"\textstyle\sum {g} \text{{ at the index}}"),
    call="index_fill",
    doc="input with a tensor's value at the places that index names.",
    samples=(S((4, 3), 0, _ROWS, Arg(())),),
)


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, value: Any = None, reduce: Any = None) -> Built:
    """input with elements of src, or one value, at the places along dim that index names."""
    source = value if src is None else src
    where, size = scattered("scatter", input, dim, index, source)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        if isinstance(source, Tensor):
            warn_once(REDUCE)
        else:
            source = input.new_full(size, source)
        kind = "sum" if reduce == "add" else "prod"
        params = {"index": where, "size": size, "reduce": kind, "include_self": True}
        return SCATTER_REDUCE, (input, source), params
    if isinstance(source, Tensor):
        return SCATTER, (input, source), {"index": where, "size": size}
    number = checked_scalar(source, input._data.dtype, input.dtype.storage_name).item()
    return SCATTER_VALUE, (input,), {"index": where, "value": number}


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Built:
    """input with the slices along dim that index names replaced by those of source."""
    d = wrap_dim(dim, input._data.ndim)
    if index._data.dtype != np.int64:
        raise RuntimeError("index_copy_(): Expected a long tensor for index, but got " + index.dtype.scalar_type)
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"index_copy_(): self and source expected to have the same dtype, but got (self) {input.dtype.scalar_type}"
            f" and (source) {source.dtype.scalar_type}"
        )
    places = np.atleast_1d(np.array(index._data))
    n = input._data.shape[d]
    outside = places[(places < -n) | (places >= n)]
    if outside.size:
        raise IndexError(f"index_copy_(): index {outside[0]} is out of bounds for dimension {d} with size {n}")
    return INDEX_COPY, (input, source), {"index": at(d, places), "size": source._data.shape}


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Built:
    """input with a value in the slices along dim that index names."""
    d = wrap_dim(dim, input._data.ndim)
    if index._data.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    places, n = np.unique(index._data), input._data.shape[d]
    outside = places[(places < -n) | (places >= n)]
    if outside.size:
        raise IndexError(f"index {outside[0]} is out of bounds for dimension {d} with size {n}")
    if isinstance(value, Tensor):
        if value._data.ndim:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._data.ndim} dimension(s)."
            )
        return INDEX_FILL_TENSOR, (input, value), {"index": at(d, places)}
    return INDEX_FILL, (input,), {"index": at(d, places), "value": value}


# --- adding -----------------------------------------------------------------------------------


def _add(x: Raw, source: Raw, index: NumpyIndex, size: tuple[int, ...], alpha: Any = 1) -> Raw:
    out = array(x).copy()
    part = array(source)[tuple(slice(n) for n in size)]
    np.add.at(out, index, part if alpha == 1 else part * alpha)
    return out


def _added_grad(g: Any, c: Any) -> Any:
    picked = _source_grad(g, c)
    alpha = c.param("alpha", 1)
    return picked if alpha == 1 else picked * alpha


def _adding(name: str, doc: str, samples: Any, errors: Any = ()) -> OpSpec:
    return OpSpec(
        name,
        _add,
        (lambda g, c: g, _added_grad),
        args=("self", "src"),
        holds=("index",),
        form="{0} + {1} at the index",
        derivatives=("1", r"{g} \text{{ at the index}}"),
        doc=doc,
        samples=samples,
        errors=errors,
    )


SCATTER_ADD = _adding(
    "scatter_add",
    "input, with the elements of src added at the places along dim that index names.",
    (S((4, 3), 0, _PLACES, (2, 3)),),
)
INDEX_ADD = _adding(
    "index_add",
    "input, with the slices of source added to those along dim that index names.",
    (S((4, 3), 0, Arg((2,), 0, 4, "int64", False), (2, 3)), S((3,), 0, Arg((2,), 1, 2, "int64", False), (2,), alpha=2)),
)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Built:
    """input, with the elements of src added at the places along dim that index names."""
    where, size = scattered("scatter", input, dim, index, src)
    return SCATTER_ADD, (input, src), {"index": where, "size": size}


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, alpha: Any = 1) -> Built:
    """input, with the slices of source, times alpha, added to those along dim that index names."""
    d, places = matching_slices("index_add_", input, dim, index, source)
    outside = places[(places < 0) | (places >= input._data.shape[d])]
    if outside.size:
        raise RuntimeError(f"index {outside[0]} is out of bounds for dimension {d} with size {input._data.shape[d]}")
    return INDEX_ADD, (input, source), {"index": at(d, places), "size": source._data.shape, "alpha": alpha}


def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Built:
    """``input[indices] = values`` (or ``+=``), as a new tensor."""
    out, where = take_basic(input, tuple(indices))
    shape = array(out._data)[where].shape
    if values.dtype is not input.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{input.dtype.scalar_type} for the destination and {values.dtype.scalar_type} for the source."
        )
    if broadcast_shape(shape, values._data.shape) != shape:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values._data.shape)} cannot be broadcast to indexing "
            f"result of shape {list(shape)}"
        )
    if accumulate:
        return INDEX_PUT_ADD, (input, values), {"index": where}
    return INDEX_PUT, (input, values), {"index": where}


def _add_picked(x: Raw, values: Raw, index: NumpyIndex) -> Raw:
    out = array(x).copy()
    np.add.at(out, index, values)
    return out


INDEX_PUT_ADD = OpSpec(
    "index_put_add",
    _add_picked,
    (lambda g, c: g, lambda g, c: c.index(g, c.param("index"))),
    grad_fn="IndexPutBackward0",
    args=("self", "values"),
    holds=("index",),
    form="{0} + {1} at the index",
    derivatives=("1", r"{g} \text{{ at the index}}"),
    doc="input with values added at an index.",
)


FUNCTIONS, METHODS = both_forms(scatter, scatter_add, index_add, index_copy, index_fill, index_put)
OPERATORS: dict[str, Any] = {}
