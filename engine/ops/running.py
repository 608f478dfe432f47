"""Running sums and products along a dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import apply
from engine.ops.functions import expect_tensor, public
from engine.ops.reduce import check_dtype, has_zero, others_before, wide
from engine.ops.spec import Arg, OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor


def _accumulated(f: Any) -> Callable[..., Raw]:
    def forward(x: Raw, dim: int) -> Raw:
        if x.dtype.kind != "f":
            x = x.astype(np.int64)
        return f(wide(x), axis=dim).astype(x.dtype, copy=False) if x.ndim else x

    return forward


def _from_the_end(c: Any, g: Any, dim: int) -> Any:
    """The running sum that begins at the other end."""
    return c.flip(c.cumsum(c.flip(g, (dim,)), dim), (dim,))


CUMSUM = OpSpec(
    "cumsum",
    _accumulated(np.cumsum),
    (lambda g, c: _from_the_end(c, g, c.param("dim")),),
    args=("self",),
    form="cumsum({0})",
    latex=r"\operatorname{{cumsum}} {0}",
    derivatives=(r"\text{{cumsum of }} {g} \text{{ from the end}}",),
    doc="Running sum along dim.",
    samples=(S((2, 3), 0), S((2, 3), 1)),
)


def _cumprod_grad(g: Any, c: Any) -> Any:
    x, result, dim = c.saved(0), c.saved(1), c.param("dim")
    if not has_zero(x):
        return _from_the_end(c, g * result, dim) / x
    if not x.shape:
        return g
    # Element k takes part in all products from the k-th on: those before it, times those after it one by one.
    n = x.shape[dim]
    before = others_before(c, x, dim)
    parts = []
    for k in range(n):
        own = c.full_like(c.narrow(x, dim, k, 1), 1.0)
        after = c.cumprod(c.cat([own, c.narrow(x, dim, k + 1, n - k - 1)], dim), dim)
        parts.append(c.narrow(before, dim, k, 1) * c.sum(c.narrow(g, dim, k, n - k) * after, (dim,), True))
    return c.cat(parts, dim)


CUMPROD = OpSpec(
    "cumprod",
    _accumulated(np.cumprod),
    (_cumprod_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="cumprod({0})",
    latex=r"\operatorname{{cumprod}} {0}",
    derivatives=(r"\frac{{\text{{cumsum of }} {g}\,{out} \text{{ from the end}}}}{{{0}}}",),
    doc="Running product along dim.",
    samples=(S(Arg((2, 3), 0.5, 2.0), 0),),
)


def _running(spec: OpSpec) -> Callable[..., Tensor]:
    def call(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
        x = expect_tensor(input, spec.name)
        if dim is None:
            raise TypeError(f'{spec.name}() missing 1 required positional arguments: "dim"')
        check_dtype(x, dtype)
        return apply(spec, (x if dtype is None else x.to(dtype),), {"dim": wrap_dim(dim, x._data.ndim)})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


cumsum = _running(CUMSUM)
cumprod = _running(CUMPROD)

METHODS: dict[str, Any] = public(cumsum, cumprod)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
