"""softmax, log_softmax and logsumexp: exponentials that do not overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import OUT, Raw
from engine.ops import kernels, vectorised
from engine.ops.analytic import METHODS as METHODS_OF_ANALYSIS
from engine.ops.dispatch import apply, array, floating
from engine.ops.functions import expect_tensor, public
from engine.ops.reduce import Dims, dims_of, named_dims, torch_sum, total, unreduced, wide
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor


def _floats(x: Raw, kernel: str) -> Raw:
    """``x`` in the precision to compute in; torch's NotImplementedError for integers."""
    if x.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[x.dtype].scalar_type}'")
    return array(wide(x))


def _highest(x: Raw, dim: Any) -> Raw:
    """The maximum along dim, which keeps exp from overflowing."""
    return np.max(x, axis=dim, keepdims=True, initial=-np.inf)


def _softmax(x: Raw, dim: int) -> Raw:
    v = _floats(x, "softmax_lastdim_kernel_impl" if dim == x.ndim - 1 else "softmax_kernel_impl")
    axis = dim if v.ndim else None
    if axis is None:
        return (v / v if np.isnan(v) else np.ones_like(v)).astype(x.dtype)[()]
    powers = vectorised.by_columns(vectorised.exp, v - _highest(v, axis), axis)
    last = axis == v.ndim - 1
    added = vectorised.sum_over_vectors(powers, axis, last)
    return (powers * (1 / added) if last else powers / added).astype(x.dtype)[()]


def _sum_along(x: Raw, dim: int) -> Raw:
    """The sum along ``dim``, kept with size 1, in the order of torch's softmax."""
    if not x.ndim:
        return x
    return vectorised.sum_over_vectors(array(x), dim, dim in (-1, x.ndim - 1))


def _sum_of_products(x: Raw, y: Raw, dim: int) -> Raw:
    return vectorised.sum_of_products(array(x), array(y), dim) if x.ndim else x * y


def _exp_by_columns(x: Raw, dim: int) -> Raw:
    return vectorised.by_columns(vectorised.exp, array(x), dim) if x.ndim else kernels.exp(x)


def _softmax_grad(g: Any, c: Any) -> Any:
    return c.softmax_backward(g, c.saved(0), c.param("dim"))


SOFTMAX = OpSpec(
    "softmax",
    _softmax,
    (_softmax_grad,),
    args=("self",),
    saves=((OUT, (0,)),),
    form="softmax({0}, dim={dim})",
    latex=r"\operatorname{{softmax}} {0}",
    derivatives=(r"{out} \odot ({g} - \langle {g}, {out} \rangle)",),
    doc="exp(input), divided by its sum along dim.",
    samples=(S((2, 3), 1), S((2, 3), 0)),
)


def _log_softmax(x: Raw, dim: int) -> Raw:
    v = _floats(x, "log_softmax_lastdim_kernel_impl" if dim == x.ndim - 1 else "log_softmax_kernel_impl")
    axis = dim if v.ndim else None
    shifted = v - _highest(v, axis)
    if axis is None:
        return shifted.astype(x.dtype)[()]
    powers = vectorised.by_columns(vectorised.exp, shifted, axis)
    added = vectorised.sum_over_vectors(powers, axis, axis == v.ndim - 1)
    return (shifted - vectorised.by_columns(vectorised.log, added, axis)).astype(x.dtype)[()]


def _log_softmax_grad(g: Any, c: Any) -> Any:
    return c.log_softmax_backward(g, c.saved(0), c.param("dim"))


LOG_SOFTMAX = OpSpec(
    "log_softmax",
    _log_softmax,
    (_log_softmax_grad,),
    args=("self",),
    saves=((OUT, (0,)),),
    form="log_softmax({0}, dim={dim})",
    latex=r"\ln \operatorname{{softmax}} {0}",
    derivatives=(r"{g} - e^{{{out}}} \sum {g}",),
    doc="log(softmax(input)), without overflow.",
    samples=(S((2, 3), 1), S((2, 3), 0)),
)


def _log_sum_exp(x: Raw, dim: Dims = None, keepdim: bool = False) -> Raw:
    v = array(wide(floating(x)))
    top = _highest(v, dim)
    top = np.where(np.isfinite(top), top, 0).astype(v.dtype)
    out = kernels.log(total(kernels.exp(v - top), dim, True)) + top
    return (out if keepdim else np.squeeze(out, axis=dim)).astype(floating(x).dtype)[()]


LOGSUMEXP = OpSpec(
    "logsumexp",
    _log_sum_exp,
    (lambda g, c: unreduced(c, g, c.shape(0)) * c.exp(c.saved(0) - unreduced(c, c.saved(1), c.shape(0))),),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="logsumexp({0}, dim={dim})",
    latex=r"\ln \sum e^{{{0}}}",
    derivatives=(r"{g}\,\operatorname{{softmax}}({0})",),
    doc="log(sum(exp(input))) along dim, without overflow.",
    samples=(S((2, 3), 1), S((2, 3), 0, True)),
)


def _along_dim(spec: OpSpec) -> Callable[..., Tensor]:
    def call(input: Tensor, dim: int | None = None, dtype: Any = None, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, _ = named_dims(numpy, dim, False)
        if dim is None:
            raise TypeError(f'{spec.name}() missing 1 required positional arguments: "dim"')
        return apply(spec, (x if dtype is None else x.to(dtype),), {"dim": wrap_dim(dim, x._data.ndim)})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


softmax = _along_dim(SOFTMAX)
log_softmax = _along_dim(LOG_SOFTMAX)


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))) along dim, without overflow."""
    x = expect_tensor(input, "logsumexp")
    return apply(LOGSUMEXP, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})


METHODS: dict[str, Any] = public(softmax, log_softmax, logsumexp)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
HELPERS: dict[str, tuple[Any, Any]] = {
    "fused": (vectorised.fused, lambda x, y, z: x * y + z),
    "sum_along": (_sum_along, lambda x, dim: torch_sum(x, (dim,), True)),
    "exp_by_columns": (_exp_by_columns, lambda x, dim: METHODS_OF_ANALYSIS["exp"](x)),
    "sum_of_products": (_sum_of_products, lambda x, y, dim: torch_sum(x * y, (dim,), True)),
}
