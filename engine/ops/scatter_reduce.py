"""scatter_reduce, index_reduce: what an index sends to the same place is summed, multiplied, averaged or compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import array
from engine.ops.picking import NumpyIndex, at
from engine.ops.places import Built, both_forms, matching_slices, scattered
from engine.ops.spec import Arg, Bad, OpSpec, S
from engine.state import warn_once
from engine.tensors import Tensor

_PLACES = Arg((2, 3), 0, 4, "int64", False)
_SLICES = Arg((3,), 0, 4, "int64", False)

_REDUCERS: dict[str, tuple[Any, float]] = {
    "sum": (np.add, 0.0),
    "prod": (np.multiply, 1.0),
    "mean": (np.add, 0.0),
    "amax": (np.maximum, -np.inf),
    "amin": (np.minimum, np.inf),
}


def _neutral(kind: np.dtype[Any], value: float) -> Any:
    if kind.kind == "f" or np.isfinite(value):
        return kind.type(value)
    return np.iinfo(kind).min if value < 0 else np.iinfo(kind).max


def _counts(shape: tuple[int, ...], index: NumpyIndex, include_self: bool) -> Raw:
    """How many elements go into each result; 1 where none do."""
    counts = np.full(shape, int(include_self))
    np.add.at(counts, index, 1)
    return np.maximum(counts, 1)


def _reduced(x: Raw, source: Raw, index: NumpyIndex, size: tuple[int, ...], reduce: str, include_self: bool) -> Raw:
    ufunc, neutral = _REDUCERS[reduce]
    out = array(x).copy()
    if not include_self:
        out[index] = _neutral(out.dtype, neutral)
    ufunc.at(out, index, array(source)[tuple(slice(n) for n in size)])
    if reduce == "mean":
        counts = _counts(out.shape, index, include_self)
        out = out / counts.astype(out.dtype) if out.dtype.kind == "f" else out // counts
    return out


def _reduce_grads(g: Any, c: Any) -> tuple[Any, Any]:
    """Source: ``scatter_reduce_backward`` in torch/csrc/autograd/FunctionsManual.cpp."""
    x, source, result, index = c.saved(0), c.saved(1), c.saved(2), c.param("index")
    reduce, include = c.param("reduce"), c.param("include_self")
    if reduce == "sum":
        own, picked = g, c.index(g, index)
    elif reduce == "mean":
        own = g / c.constant(_counts(result.shape, index, include))
        picked = c.index(own, index)
    elif reduce == "prod":
        own = g * result / x
        picked = c.index(g * result, index) / source
    else:
        mine, theirs = x == result, source == c.index(result, index)
        winners = c.cast(mine, c.dtype_of(g))
        share = g / (winners + c.put_index(c.cast(theirs, c.dtype_of(g)), index, result.shape))
        own, picked = share * mine, c.index(share, index) * theirs
    return own if include else c.zero_at(own, index), picked


SCATTER_REDUCE = OpSpec(
    "scatter_reduce",
    _reduced,
    (lambda g, c: _reduce_grads(g, c)[0], lambda g, c: _reduce_grads(g, c)[1]),
    args=("self", "src"),
    saves=((0, (0, 1)), (1, (0, 1)), (OUT, (0, 1))),
    holds=("index",),
    form="{reduce} of {0} and {1} at the index",
    derivatives=(r"{g} \cdot \text{{share of }} {0}", r"{g} \cdot \text{{share of }} {1}"),
    doc="input, combined with the elements of src at the places along dim that index names.",
    samples=(
        S((4, 3), 0, _PLACES, (2, 3), "sum"),
        S((4, 3), 0, _PLACES, (2, 3), "mean"),
        S((4, 3), 0, _PLACES, (2, 3), "amax"),
        S((4, 3), 0, _PLACES, (2, 3), "amin", include_self=False),
        S(Arg((4, 3), 0.5, 2.0), 0, _PLACES, Arg((2, 3), 0.5, 2.0), "prod"),
    ),
)


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool = True
) -> Built:
    """input, combined with the elements of src at the places along dim that index names."""
    if reduce not in _REDUCERS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    where, size = scattered("scatter", input, dim, index, src)
    params = {"index": where, "size": size, "reduce": reduce, "include_self": include_self}
    return SCATTER_REDUCE, (input, src), params


INDEX_REDUCE = replace(
    SCATTER_REDUCE,
    name="index_reduce",
    grad_fn="IndexReduceBackward0",
    args=("self", "source"),
    call="index_reduce",
    doc="input, combined with the slices of source at the places along dim that index names.",
    samples=(
        S((4, 3), 0, _SLICES, (3, 3), "mean"),
        S((4, 3), 0, _SLICES, (3, 3), "amax"),
        S((4, 3), 0, _SLICES, (3, 3), "amin", include_self=False),
        S(Arg((2, 4), 0.5, 2.0), 1, _SLICES, Arg((2, 3), 0.5, 2.0), "prod"),
    ),
    errors=(
        Bad(
            ((4, 3), 0, _SLICES, (3, 3), "sum"),
            RuntimeError,
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got sum.",
        ),
        Bad(
            ((4, 3), 0, Arg((2,), 0, 4, "int64", False), (3, 3), "mean"),
            RuntimeError,
            "index_reduce_(): Number of indices (2) should be equal to source.size(dim): (3), for dim: 0",
        ),
    ),
)


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Built:
    """input, combined with the slices of source at the places along dim that index names."""
    if reduce == "sum" or reduce not in _REDUCERS:
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    warn_once("index_reduce() is in beta and the API may change at any time.")
    d, places = matching_slices("index_reduce_", input, dim, index, source)
    if ((places < 0) | (places >= input._data.shape[d])).any():
        raise IndexError("index out of range in self")
    params = {"index": at(d, places), "size": source._data.shape, "reduce": reduce, "include_self": include_self}
    return INDEX_REDUCE, (input, source), params


FUNCTIONS, METHODS = both_forms(scatter_reduce, index_reduce)
OPERATORS: dict[str, Any] = {}
