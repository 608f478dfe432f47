"""Norms, variance and standard deviation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.fused import fused
from engine.node import OUT, Raw
from engine.ops.dispatch import apply
from engine.ops.functions import deliver, expect_tensor, public, type_name
from engine.ops.reduce import Dims, count, dims_of, named_dims, total, unreduced, wide
from engine.ops.spec import OpSpec, S
from engine.state import warn
from engine.tensors import Tensor

LANES = 8
MOST_FUSED = 4096
"""Longer rows are added without fused multiply-adds, which numpy has to spell out step by step."""

# --- variance ---------------------------------------------------------------------------------


def _variance(x: Raw, dims: Dims, correction: float, keepdim: bool) -> Raw:
    """The variance in double precision, in which torch computes it, too."""
    v = x.astype(np.float64)
    n = np.float64(count(x.shape, dims))
    squares = (v - np.sum(v, axis=dims, keepdims=True) / n) ** 2
    return np.sum(squares, axis=dims, keepdims=keepdim) / np.maximum(n - correction, 0)


def through_variance(g: Any, c: Any) -> Any:
    """The gradient of the elements, for one of their variance."""
    x, dims = c.saved(0), c.param("dim")
    n = max(0, count(c.shape(0), dims) - c.param("correction", 1))
    return g * (2 / n if n else math.nan) * (x - c.mean(x, dims, True))


VAR = OpSpec(
    "var",
    lambda x, dim=None, correction=1, keepdim=False: _variance(x, dim, correction, keepdim).astype(x.dtype),
    (lambda g, c: through_variance(unreduced(c, g, c.shape(0)), c),),
    args=("self",),
    saves=((0, (0,)),),
    form="var({0})",
    latex=r"\operatorname{{var}} {0}",
    derivatives=(r"{g}\,\frac{{2({0} - \mu)}}{{n - 1}}",),
    doc="Variance, with Bessel's correction unless correction says otherwise.",
    samples=(S((2, 3)), S((2, 3), 1), S((4,), correction=0)),
)


def _std_grad(g: Any, c: Any) -> Any:
    result = c.saved(1)
    scaled = g / (result * 2)
    scaled = c.zero_where(result == 0, scaled)
    return through_variance(unreduced(c, scaled, c.shape(0)), c)


STD = OpSpec(
    "std",
    lambda x, dim=None, correction=1, keepdim=False: np.sqrt(_variance(x, dim, correction, keepdim)).astype(x.dtype),
    (_std_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="std({0})",
    latex=r"\operatorname{{std}} {0}",
    derivatives=(r"{g}\,\frac{{{0} - \mu}}{{(n - 1)\,{out}}}",),
    doc="Standard deviation, with Bessel's correction unless correction says otherwise.",
    samples=(S((2, 3)), S((2, 3), 1), S((4,), correction=0)),
)


def _spread_function(spec: OpSpec) -> Callable[..., Tensor]:
    def call(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        **numpy: Any,
    ) -> Tensor:
        x = expect_tensor(input, spec.name)
        if not x.is_floating_point():
            raise RuntimeError("std and var only support floating point and complex dtypes")
        dim, keepdim = named_dims(numpy, dim, keepdim)
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 0 if unbiased is False else 1
        dims = dims_of(dim, x._data.ndim)
        if count(x._data.shape, dims) <= correction:
            warn(
                f"{spec.name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
                "factor (input numel divided by output numel)."
            )
        return apply(spec, (x,), {"dim": dims, "correction": correction, "keepdim": keepdim})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


var = _spread_function(VAR)
std = _spread_function(STD)

# --- norms ------------------------------------------------------------------------------------


def norm_of(x: Raw, ord: float = 2, dim: Dims = None, keepdim: bool = False) -> Raw:
    """The p-norm of floating numbers."""
    return _wide_norm(wide(x), ord, dim, keepdim).astype(x.dtype)


def _wide_norm(x: Raw, ord: float, dims: Dims, keepdim: bool) -> Raw:
    if ord == 2:
        return np.sqrt(_sum_of_squares(x, dims, keepdim))
    sizes = np.abs(x)
    if ord == math.inf:
        return np.max(sizes, axis=dims, keepdims=keepdim)
    if ord == -math.inf:
        return np.min(sizes, axis=dims, keepdims=keepdim)
    if ord == 0:
        return total((x != 0).astype(x.dtype), dims, keepdim)
    if ord == 1:
        return total(sizes, dims, keepdim)
    return total(sizes ** x.dtype.type(ord), dims, keepdim) ** x.dtype.type(1 / ord)


def _sum_of_squares(x: Raw, dims: Dims, keepdim: bool) -> Raw:
    """The sum of squares as torch's norm adds them: in eight lanes with fused multiply-adds, then one by one."""
    n = count(x.shape, dims)
    whole_rows = dims is None or len(dims) == x.ndim or dims == (x.ndim - 1,)
    if x.dtype != np.float32 or not x.ndim or not whole_rows or not 0 < n <= MOST_FUSED:
        return total(x * x, dims, keepdim)
    rows = np.moveaxis(x.reshape(-1, n), 1, 0)
    sums = np.zeros((LANES, rows.shape[1]), np.float32)
    for i in range(0, n // LANES * LANES, LANES):
        sums = fused(rows[i : i + LANES], rows[i : i + LANES], sums)
    out = np.add.accumulate(sums, axis=0)[-1]
    for row in rows[n // LANES * LANES :]:
        out = fused(row, row, out)
    if dims is not None and len(dims) == 1:
        return out.reshape(*x.shape[:-1], *((1,) if keepdim else ()))[()]
    return out.reshape((1,) * x.ndim if keepdim else ())[()]


def norm_slope(c: Any, x: Any, result: Any, ord: float, dims: Any) -> Any:
    """The derivative of a norm by the elements of ``x``; the subgradient at 0 is 0, as in torch. None for p = 0."""
    if ord == 0:
        return None
    if ord == 1:
        return c.sign(x)
    if math.isinf(ord):
        chosen = c.abs(x) == result
        return c.sign(x) * chosen / c.sum(chosen, dims, True)
    if ord == 2:
        ratio = x / result
    else:
        ratio = c.sign(x) * c.pow(c.abs(x), ord - 1) / c.pow(result, ord - 1)
    return c.zero_where(result == 0, ratio)


def _norm_grad(g: Any, c: Any) -> Any:
    shape = c.shape(0)
    slope = norm_slope(c, c.saved(0), unreduced(c, c.saved(1), shape), c.param("ord", 2), c.param("dim"))
    return None if slope is None else unreduced(c, g, shape) * slope


NORM = OpSpec(
    "norm",
    norm_of,
    (_norm_grad,),
    grad_fn="LinalgVectorNormBackward0",
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="‖{0}‖",
    latex=r"\lVert {0} \rVert",
    derivatives=(r"{g}\,\frac{{{0}}}{{{out}}}",),
    glyph="‖·‖",
    doc="The p-norm of all elements, or along dim.",
    samples=(S((2, 3)), S((2, 3), 1), S((2, 3), 3.0), S((2, 3), 2, 1), S((2, 3), math.inf)),
)


def _named_norm(x: Tensor, p: str, dim: Any, keepdim: bool) -> Tensor:
    """The norms of matrices that have names: the nuclear norm, here."""
    from engine.ops.matrix_functions import matrix_norm

    dims = (0, 1) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    if p == "nuc" and len(dims) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    return matrix_norm(x, p, tuple(dims), keepdim)


def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """The p-norm of all elements, or along dim; 'fro' and 2 are the Euclidean norm."""
    x = expect_tensor(input, "norm")
    if dtype is not None:
        x = x.to(dtype)
    if not x.is_floating_point():
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype.scalar_type}"
        )
    if p is not None and not isinstance(p, (str, int, float)):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type_name(p)}")
    if isinstance(p, str) and p != "fro":
        return deliver(_named_norm(x, p, dim, keepdim), out, "norm")
    params = {"ord": 2 if p in ("fro", None) else p, "dim": dims_of(dim, x._data.ndim), "keepdim": keepdim}
    return deliver(apply(NORM, (x,), params), out, "norm")


def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:
    """torch.linalg.vector_norm and, for vectors, torch.linalg.norm."""
    return norm(x, 2 if ord is None else ord, dim, keepdim, out, dtype)


METHODS: dict[str, Any] = public(var, std, norm)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
