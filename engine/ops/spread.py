"""Spread: std and mean at once, covariance and correlation, histograms, the two extremes at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.diagonals import diagonal
from engine.ops.dispatch import apply, apply_many
from engine.ops.front import functions, methods
from engine.ops.norms import STD, VAR, through_variance
from engine.ops.reduce import count, dims_of, mean_of, unreduced
from engine.ops.results import named_result
from engine.ops.spec import Arg, OpSpec, S
from engine.state import warn
from engine.tensors import Tensor

# --- spread and mean at once ------------------------------------------------------------------


def _pair(name: str, spread: OpSpec) -> OpSpec:
    def grad(g: Any, c: Any) -> Any:
        shape, (of_spread, of_mean) = c.shape(0), g
        parts = []
        if of_spread is not None:
            if spread is STD:
                result = c.saved(1)
                of_spread = c.zero_where(result == 0, of_spread / (result * 2))
            parts.append(through_variance(unreduced(c, of_spread, shape), c))
        if of_mean is not None:
            parts.append(c.expand(unreduced(c, of_mean, shape), shape) / count(shape, c.param("dim")))
        return parts[0] + parts[1] if len(parts) > 1 else parts[0]

    return OpSpec(
        name,
        lambda x, **params: (spread.forward(x, **params), mean_of(x, params["dim"], params["keepdim"])),
        (grad,),
        args=("self",),
        saves=((0, (0,)), (OUT, (0,))) if spread is STD else ((0, (0,)),),
        form=f"{name}({{0}})",
        derivatives=(r"\text{{from both results}}",),
        doc=f"The {'standard deviation' if spread is STD else 'variance'} and the mean.",
        samples=(S((2, 3)), S((2, 3), 1), S((2, 3), 0, keepdim=True)),
    )


STD_MEAN = _pair("std_mean", STD)
VAR_MEAN = _pair("var_mean", VAR)


def _spread_and_mean(
    spec: OpSpec, x: Tensor, dim: Any, unbiased: bool | None, correction: Any, keepdim: bool
) -> tuple[Tensor, ...]:
    if not x.is_floating_point():
        raise RuntimeError(f"{spec.name} only support floating point and complex dtypes")
    dims = dims_of(dim, x._data.ndim)
    by = correction if correction is not None else 0 if unbiased is False else 1
    params = {"dim": dims, "correction": by, "keepdim": keepdim}
    return apply_many(spec, (x,), params, spec.forward(x._data, **params))


def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, correction: Any = None, keepdim: bool = False
) -> tuple[Tensor, ...]:
    """The standard deviation and the mean."""
    return _spread_and_mean(STD_MEAN, input, dim, unbiased, correction, keepdim)


def var_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, correction: Any = None, keepdim: bool = False
) -> tuple[Tensor, ...]:
    """The variance and the mean."""
    return _spread_and_mean(VAR_MEAN, input, dim, unbiased, correction, keepdim)


# --- covariance -------------------------------------------------------------------------------


def cov(input: Tensor, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """The covariances of variables (rows) over observations (columns)."""
    if input._data.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input._data.ndim} dimensions"
        )
    if input._data.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input.view(1, -1) if input._data.ndim < 2 else input
    n = x._data.shape[1]
    weights = fweights
    if aweights is not None:
        weights = aweights if weights is None else weights.to(aweights.dtype) * aweights
    norm: Any = n if weights is None else weights.sum()
    mean = x.sum(1) / n if weights is None else (x * weights).sum(1) / norm
    if correction == 0 or weights is None or aweights is None:
        factor = norm - correction
    else:
        factor = norm - correction * (weights * aweights).sum() / norm
    if (factor.item() if isinstance(factor, Tensor) else factor) <= 0:
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")
        factor = 0
    x = x - mean.unsqueeze(1)
    product = x.mm((x if weights is None else x * weights).t())
    result: Tensor = (product / factor).squeeze()
    return result


def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables (rows) over observations (columns)."""
    if input._data.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input._data.ndim} dimensions"
        )
    c = cov(input)
    if c._data.ndim == 0:
        return c / c
    deviations = diagonal(c).sqrt()
    result: Tensor = (c / deviations.view(-1, 1) / deviations.view(1, -1)).clip(-1, 1)
    return result


# --- histograms, extremes ---------------------------------------------------------------------


def _edges(x: Raw, bins: int, low: float, high: float, name: str) -> tuple[float, float]:
    if bins <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {bins} for dimension 0")
    if low == high and x.size:
        low, high = float(np.min(x)), float(np.max(x))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.{name}: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.{name}: max must be larger than min")
    return (low - 1, high + 1) if low == high else (low, high)


HISTC = OpSpec(
    "histc",
    lambda x, bins, low, high: np.histogram(x, bins, (low, high))[0].astype(x.dtype),
    args=("self",),
    form="histc({0})",
    doc="How many elements fall into each of bins of equal width.",
    samples=(S(Arg((10,), requires_grad=False), 4),),
)


def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
    """How many elements fall into each of bins of equal width between min and max."""
    if input._data.dtype.kind == "b":
        raise NotImplementedError("\"linspace_cpu\" not implemented for 'Bool'")
    if not input.is_floating_point():
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{input.dtype.scalar_type}'")
    low, high = _edges(input._data, bins, float(min), float(max), "histc")
    return apply(HISTC, (input,), {"bins": bins, "low": low, "high": high})


def _both_extremes(x: Raw, dim: Any = None, keepdim: bool = False) -> tuple[Raw, Raw]:
    low, high = (f(x, axis=dim, keepdims=keepdim) for f in (np.min, np.max))
    return low, high


def _both_extremes_grad(g: Any, c: Any) -> Any:
    x, dims, shape = c.saved(0), c.param("dim"), c.shape(0)
    parts = []
    for of_result, extreme in zip(g, (c.amin, c.amax), strict=True):
        if of_result is not None:
            chosen = x == extreme(x, dims, True)
            parts.append(unreduced(c, of_result, shape) * chosen / c.sum(chosen, dims, True))
    return parts[0] + parts[1] if len(parts) > 1 else parts[0]


AMINMAX = OpSpec(
    "aminmax",
    _both_extremes,
    (_both_extremes_grad,),
    args=("self",),
    saves=((0, (0,)),),
    form="aminmax({0})",
    derivatives=(r"{g}\,[{0} \text{{ is extreme}}]",),
    doc="The smallest and the largest element, or along dim.",
    samples=(S((2, 3)), S((2, 3), dim=1), S((2, 3), dim=0, keepdim=True)),
)


def aminmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, or along dim."""
    params = {"dim": dims_of(dim, input._data.ndim), "keepdim": keepdim}
    if dim is None and not input._data.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    results = apply_many(AMINMAX, (input,), params, AMINMAX.forward(input._data, **params))
    return named_result("aminmax", "min", "max")(*results)


_BOTH = (cov, corrcoef, histc, aminmax)
METHODS: dict[str, Any] = methods(*_BOTH)
FUNCTIONS: dict[str, Any] = functions(*_BOTH, std_mean, var_mean)
OPERATORS: dict[str, Any] = {}
