"""Order: sort, topk, kthvalue, mode, unique, searchsorted and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.dtypes import int32
from engine.node import Raw
from engine.ops.dispatch import apply, apply_many, array, promoted
from engine.ops.extremes import check_not_empty, selected_grad, taken
from engine.ops.front import functions, methods
from engine.ops.results import named_result
from engine.ops.spec import Arg, OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor, wrap


def order_along(x: Raw, axis: int, descending: bool = False) -> Raw:
    """The places of the elements in order, equal ones as they stand; nan counts as the largest."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    last = x.shape[axis] - 1
    return np.flip(last - np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)


def _selecting(name: str, grad_fn: str, doc: str, samples: Any, call: str = "") -> OpSpec:
    """An op whose results are elements of its input along a dimension, at places that it reports, too."""
    return OpSpec(
        name,
        lambda x, dim, indices, keepdim=True: taken(x, dim, keepdim, indices),
        (selected_grad,),
        grad_fn=grad_fn,
        args=("self",),
        holds=("indices",),
        form=f"{name}({{0}}, dim={{dim}})",
        latex=rf"\operatorname{{{{{name}}}}} {{0}}",
        derivatives=(r"{g} \text{{ at the selected places}}",),
        call=call or name,
        doc=doc,
        samples=samples,
    )


SORT = _selecting(
    "sort",
    "SortBackward0",
    "The elements in order along dim, and where they were.",
    (S((2, 3)), S((2, 3), 0, True), S((), 0)),
)
TOPK = _selecting(
    "topk",
    "TopkBackward0",
    "The k largest elements along dim, and where they were.",
    (S((2, 5), 3), S((5, 2), 2, 0, False)),
)
KTHVALUE = _selecting(
    "kthvalue",
    "KthvalueBackward0",
    "The k-th smallest elements along dim, and where they were.",
    (S((2, 5), 3), S((5, 2), 2, 0, True)),
)
MODE = _selecting(
    "mode",
    "ModeBackward0",
    "The most frequent elements along dim, and where they were.",
    (S((2, 5)), S((5, 2), 0, True)),
)


def pick_along(spec: OpSpec, x: Tensor, dim: int, indices: Raw, keepdim: bool = True) -> Any:
    """The named pair of the elements at ``indices`` (of the result's shape) and the indices themselves."""
    places = np.asarray(indices).astype(np.int64)
    if not x._data.ndim:
        places = places.reshape(())
    values = taken(array(x._data), dim, keepdim, places)
    params = {"dim": dim, "keepdim": keepdim, "indices": places}
    results = apply_many(spec, (x,), params, (values, places[()]), 1)
    return named_result(spec.call)(*results)


def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements in order along dim, and where they were."""
    d = wrap_dim(dim, input._data.ndim)
    raw = np.atleast_1d(array(input._data))
    return pick_along(SORT, input, d, order_along(raw, d, descending))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The places of the elements in order along dim."""
    indices: Tensor = sort(input, dim, descending)[1]
    return indices


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension."""
    values: Tensor = sort(input, 0)[0]
    return values


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along dim, and where they were."""
    d = wrap_dim(dim, input._data.ndim)
    raw = np.atleast_1d(array(input._data))
    if not 0 <= k <= raw.shape[d]:
        raise RuntimeError("selected index k out of range")
    order = order_along(raw, d, largest)
    return pick_along(TOPK, input, d, np.take(order, np.arange(k), axis=d))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest elements along dim, and where they were."""
    d = wrap_dim(dim, input._data.ndim)
    raw = np.atleast_1d(array(input._data))
    check_not_empty("kthvalue", raw.shape, (d,))
    if not 1 <= k <= raw.shape[d]:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}")
    place = np.take(order_along(raw, d), [k - 1], axis=d)
    return pick_along(KTHVALUE, input, d, place if keepdim else np.squeeze(place, d), keepdim)


def _place_of_mode(row: Raw) -> int:
    """Where the last one of the most frequent elements is; the smallest of several."""
    values, counts = np.unique(row, return_counts=True)
    return int(np.flatnonzero(row == values[np.argmax(counts)])[-1])


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent elements along dim, and where they were."""
    d = wrap_dim(dim, input._data.ndim)
    raw = np.atleast_1d(array(input._data))
    check_not_empty("mode", raw.shape, (d,))
    place = np.expand_dims(np.apply_along_axis(_place_of_mode, d, raw), d)
    return pick_along(MODE, input, d, place if keepdim else np.squeeze(place, d), keepdim)


# --- what occurs, and how often ---------------------------------------------------------------


UNIQUE = OpSpec(
    "unique",
    lambda x: np.unique(x),
    args=("self",),
    form="unique({0})",
    doc="The different elements in order.",
    samples=(S(Arg((6,), 0, 4, "int64", False)),),
)


def _results(spec: OpSpec, x: Tensor, values: Raw, *more: Raw | None) -> Any:
    """The values alone, or with what else was asked for."""
    given = [values, *(m for m in more if m is not None)]
    outs = apply_many(spec, (x,), None, given, 0)
    return outs[0] if len(outs) == 1 else outs


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The different elements in order; with dim, the different slices."""
    raw = array(input._data)
    axis = None if dim is None else wrap_dim(dim, raw.ndim)
    values, inverse, counts = np.unique(raw, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(raw.shape if axis is None else (raw.shape[axis],))
    return _results(
        UNIQUE,
        input,
        values,
        inverse.astype(np.int64) if return_inverse else None,
        counts.astype(np.int64) if return_counts else None,
    )


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The elements without those that equal the one before; with dim, the slices."""
    raw = array(input._data)
    axis = 0 if dim is None else wrap_dim(dim, raw.ndim)
    rows = raw.reshape(-1) if dim is None else np.moveaxis(raw, axis, 0)
    flat = rows.reshape(len(rows), rows.size // max(1, len(rows)))
    new = np.ones(len(rows), bool)
    new[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    inverse = np.cumsum(new) - 1
    return _results(
        UNIQUE,
        input,
        rows[starts] if dim is None else np.moveaxis(rows[starts], 0, axis).copy(),
        inverse.reshape(raw.shape if dim is None else -1) if return_inverse else None,
        np.diff(np.append(starts, len(rows))) if return_counts else None,
    )


def _counted(x: Raw, weights: Raw | None = None, minlength: int = 0) -> Raw:
    counts = np.bincount(x, weights, minlength)
    return counts.astype(np.float32) if weights is not None and weights.dtype == np.float32 else counts


BINCOUNT = OpSpec(
    "bincount",
    _counted,
    args=("self", "weights"),
    form="bincount({0})",
    doc="How often each of the numbers from 0 occurs.",
    samples=(S(Arg((6,), 0, 4, "int64", False)), S(Arg((6,), 0, 4, "int64", False), minlength=8)),
)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers from 0 occurs, or the sums of their weights."""
    raw = array(input._data)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if raw.dtype.kind not in "iu":
        kernel = f"\"bincount_cpu\" not implemented for '{input.dtype.scalar_type}'"
        raise NotImplementedError(kernel)
    if raw.ndim != 1 or (raw.size and raw.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights._data.shape != raw.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    return apply(BINCOUNT, (input, weights), {"minlength": minlength})


# --- searching --------------------------------------------------------------------------------

SEARCHSORTED = OpSpec(
    "searchsorted",
    lambda edges, values, side: _searched(array(edges), array(values), side),
    args=("sorted_sequence", "self"),
    form="searchsorted({0}, {1})",
    doc="Where values would go in a sorted sequence.",
    samples=(S(Arg((5,), 0, 0.0001), Arg((2, 3), -1, 1)),),
)


def _searched(edges: Raw, values: Raw, side: Any) -> Raw:
    if edges.ndim == 1:
        return np.searchsorted(edges, values, side)
    rows, wanted = edges.reshape(-1, edges.shape[-1]), values.reshape(-1, values.shape[-1])
    found = [np.searchsorted(e, v, side) for e, v in zip(rows, wanted, strict=True)]
    return np.array(found, np.int64).reshape(values.shape)


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | None = None,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    **number: Any,
) -> Tensor:
    """Where values would go in a sorted sequence: before equal ones, or after them."""
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    values = number["self"] if input is None else input
    edges = sorted_sequence
    if sorter is not None:
        edges = wrap(np.take_along_axis(array(edges._data), array(sorter._data), -1))
    if not isinstance(values, Tensor):
        values = wrap(edges._data.dtype.type(values))
    a, b = edges._data.shape, values._data.shape
    if edges._data.dtype.kind == values._data.dtype.kind == "b":
        raise NotImplementedError("\"searchsorted_out_cpu\" not implemented for 'Bool'")
    if len(a) != 1 and (len(a) != len(b) or a[:-1] != b[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(a)} and input value "
            f"tensor {list(b)}"
        )
    out = apply(SEARCHSORTED, (edges, values), {"side": "right" if right or side == "right" else "left"})
    return out.to(int32) if out_int32 else out


def bucketize(
    input: Any = None, boundaries: Any = None, out_int32: bool = False, right: bool = False, **number: Any
) -> Tensor:
    """The number of the interval between boundaries in which each value lies."""
    if boundaries._data.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got dim({boundaries._data.ndim})")
    return searchsorted(boundaries, input, out_int32, right, **number)


ISIN = OpSpec(
    "isin",
    lambda x, tests, invert: np.isin(x, tests, invert=invert),
    args=("elements", "test_elements"),
    form="{0} ∈ {1}",
    glyph="∈",
    doc="Whether elements are among those of another tensor.",
    samples=(S(Arg((2, 3), 0, 5, "int64", False), Arg((2,), 0, 5, "int64", False)),),
)


def isin(
    elements: Any = None,
    test_elements: Any = None,
    assume_unique: bool = False,
    invert: bool = False,
    element: Any = None,
    test_element: Any = None,
) -> Tensor:
    """Whether elements are among test_elements."""
    a, b = (x if y is None else y for x, y in ((elements, element), (test_elements, test_element)))
    for v in (a, b):
        if isinstance(v, Tensor) and v._data.dtype.kind == "b":
            raise RuntimeError("Unsupported input type encountered for isin(): Bool")
    raws = promoted([v._data if isinstance(v, Tensor) else v for v in (a, b)])
    return apply(ISIN, tuple(wrap(r) for r in raws), {"invert": invert})


_ALL = (sort, argsort, msort, topk, kthvalue, mode, bincount)
METHODS: dict[str, Any] = {**methods(*_ALL), "unique": unique, "unique_consecutive": unique_consecutive}
FUNCTIONS: dict[str, Any] = {
    **functions(*_ALL, searchsorted, bucketize, isin),
    "unique": unique,
    "unique_consecutive": unique_consecutive,
}
OPERATORS: dict[str, Any] = {}
