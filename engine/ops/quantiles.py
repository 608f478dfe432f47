"""Sums, means and medians of what is not nan, and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import apply, array
from engine.ops.extremes import MEDIAN, MEDIAN_DIM, check_not_empty, share_of_equals
from engine.ops.front import functions, methods
from engine.ops.functions import wrapped_number
from engine.ops.linalg import SQUEEZE_RESULT
from engine.ops.reduce import Dims, dims_of, total, unreduced
from engine.ops.sorting import pick_along, sort
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

# --- without nan ------------------------------------------------------------------------------


def _sum_of_numbers(x: Raw, dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    if x.dtype.kind != "f":
        return np.sum(x, axis=dim, keepdims=keepdim, dtype=np.int64)
    return total(np.where(np.isnan(x), x.dtype.type(0), x), dim, keepdim)


NANSUM = OpSpec(
    "nansum",
    _sum_of_numbers,
    (lambda g, c: c.zero_where(c.isnan(c.saved(0)), c.expand(unreduced(c, g, c.shape(0)), c.shape(0))),),
    args=("self",),
    saves=((0, (0,)),),
    form="nansum({0})",
    latex=r"\sum {0}",
    derivatives=(r"{g}\,[{0} \text{{ is a number}}]",),
    glyph="Σ",
    doc="The sum of all elements, or along dim; nan counts as 0.",
    samples=(S((2, 3)), S((2, 3), 1), S((2, 3), 0, True)),
)


def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The sum of all elements, or along dim; nan counts as 0."""
    params: dict[str, Any] = {"dim": dims_of(dim, input._data.ndim), "keepdim": keepdim}
    return apply(NANSUM, (input,), params if dtype is None else {**params, "dtype": dtype})


def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The mean of all elements that are numbers, or along dim."""
    if not input.is_floating_point():
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got " + input.dtype.scalar_type
        )
    numbers = (~input.isnan()).sum(dim, keepdim)
    result: Tensor = nansum(input, dim, keepdim, dtype) / numbers.detach()
    return result


NANMEDIAN = OpSpec(
    "nanmedian",
    lambda x: _median_of_numbers(array(x).reshape(-1), 0)[0],
    (share_of_equals,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="nanmedian({0})",
    derivatives=(r"{g}\,[{0} = {out}]",),
    doc="The lower median of all elements that are numbers.",
    samples=(S((2, 3)), S((5,))),
)


def _places_of_numbers(x: Raw, axis: int) -> Raw:
    """Where the lower median of the numbers stands."""
    order = np.argsort(x, axis=axis, kind="stable")
    count = np.sum(~np.isnan(x), axis=axis, keepdims=True)
    return np.take_along_axis(order, np.maximum(count - 1, 0) // 2, axis)


def _median_of_numbers(x: Raw, axis: int) -> Raw:
    return np.squeeze(np.take_along_axis(x, _places_of_numbers(x, axis), axis), axis)[None]


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median of the elements that are numbers, of all or along dim."""
    if dim is None:
        return apply(NANMEDIAN if input._data.size else MEDIAN, (input,))
    d = wrap_dim(dim, input._data.ndim)
    raw = np.atleast_1d(array(input._data))
    check_not_empty("nanmedian", raw.shape, (d,))
    places = _places_of_numbers(raw, d)
    return pick_along(NANMEDIAN_DIM, input, d, places if keepdim else np.squeeze(places, d), keepdim)


NANMEDIAN_DIM = OpSpec(
    "nanmedian_dim",
    MEDIAN_DIM.forward,
    MEDIAN_DIM.vjps,
    grad_fn="NanmedianBackward1",
    args=("self",),
    holds=("indices",),
    form="nanmedian({0}, dim={dim})",
    derivatives=(r"{g} \text{{ at the selected places}}",),
    call="nanmedian",
    doc="The lower medians of the numbers along dim, and where they were.",
    samples=(S((2, 3), 0), S((2, 3), 1, True)),
)

# --- quantiles --------------------------------------------------------------------------------

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, x: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, skip_nan: bool) -> Tensor:
    """Source: ``quantile_compute`` in aten/src/ATen/native/Sorting.cpp."""
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    if not x._data.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if not x.is_floating_point() or x.element_size() < 4:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    at = q if isinstance(q, Tensor) else wrapped_number(float(q)).to(x.dtype)
    if at._data.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if at.dtype is not x.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if isinstance(q, Tensor):
        if not np.all((at._data >= 0) & (at._data <= 1)):
            raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    elif not 0 <= q <= 1:
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
    rank = x._data.ndim
    d = 0 if dim is None else wrap_dim(dim, rank)
    if dim is None:
        ordered, kept = sort(x.flatten())[0], (1,) * rank if keepdim else ()
    else:
        last = x if d == rank - 1 or not rank else x.unsqueeze(-1).transpose(d, -1)
        ordered = sort(last)[0]
        kept = tuple(1 if i == d else n for i, n in enumerate(x._data.shape) if keepdim or i != d)
    ordered = ordered.reshape((*kept, ordered._data.shape[-1]))
    out = _interpolated(ordered, _ranks(ordered, at, skip_nan), interpolation)
    if at._data.ndim:
        out = out.unsqueeze(0).transpose(0, -1)
    return apply(SQUEEZE_RESULT, (out,), {"dim": out._data.ndim - 1})


def _ranks(ordered: Tensor, q: Tensor, skip_nan: bool) -> Tensor:
    """Which place each quantile has among the ordered elements, one per quantile in the last dimension."""
    at = q.reshape(-1) if q._data.ndim else q.unsqueeze(0)
    if skip_nan:
        count = (~ordered.detach().isnan()).sum(-1, True)
        ranks: Tensor = at * (count - 1).clamp(min=0)
        return ranks.masked_fill(ranks < 0, 0)
    n = ordered._data.shape[-1]
    ranks = at * (n - 1)
    shape = (*ordered._data.shape[:-1], at.numel())
    return ranks.expand(shape).masked_fill(ordered.isnan().any(-1, True), n - 1)


def _interpolated(ordered: Tensor, ranks: Tensor, interpolation: str) -> Tensor:
    if interpolation == "lower":
        ranks = ranks.floor()
    elif interpolation == "higher":
        ranks = ranks.ceil()
    elif interpolation == "nearest":
        ranks = ranks.round()
    below = ranks.detach().long()
    low = ordered.gather(-1, below)
    if interpolation not in ("linear", "midpoint"):
        return low
    weights = ranks * 0 + 0.5 if interpolation == "midpoint" else ranks - below
    high = ordered.gather(-1, ranks.detach().ceil().long())
    result: Tensor = low.lerp(high, weights)
    return result


def quantile(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, interpolation: str = "linear") -> Tensor:
    """The q-quantiles of all elements, or along dim."""
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


def nanquantile(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, interpolation: str = "linear") -> Tensor:
    """The q-quantiles of the elements that are numbers, of all or along dim."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


_BOTH = (nansum, nanmean, nanmedian, quantile, nanquantile)
METHODS: dict[str, Any] = methods(*_BOTH)
FUNCTIONS: dict[str, Any] = functions(*_BOTH)
OPERATORS: dict[str, Any] = {}
