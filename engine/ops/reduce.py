"""Sums, means and products, of all elements or along dimensions; all and any."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import dtype as DType
from engine.node import OUT, Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import deliver, expect_tensor, public
from engine.ops.quick import quick_single
from engine.ops.spec import OpSpec, S
from engine.ops.summation import add_up
from engine.state import state
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

FLOAT16 = np.dtype(np.float16)

Dims = tuple[int, ...] | None
"""The dimensions that a reduction takes away, counted from the front; None: all."""

ONE_DIM = (S((2, 3), 0), S((2, 3), 1, True), S((2, 3), -1))
EMPTY = (
    "{}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
    "argument."
)


def dims_of(dim: Any, rank: int) -> Dims:
    """``dim`` (int, tuple or None) as axes counted from the front; None and ``()`` mean all."""
    if dim is None:
        return None
    dims = tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    if not dims:
        return None
    axes = tuple(wrap_dim(d, rank) for d in dims)
    for d in axes:
        if axes.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return axes if rank else ()


def named_dims(numpy: dict[str, Any], dim: Any, keepdim: bool) -> tuple[Any, bool]:
    """``dim`` and ``keepdim``, which may be given by numpy's names ``axis`` and ``keepdims``, too."""
    return numpy.get("axis", dim), numpy.get("keepdims", keepdim)


def count(shape: tuple[int, ...], dims: Dims) -> int:
    """How many elements go into one result."""
    return math.prod(shape) if dims is None else math.prod(shape[d] for d in dims)


def wide(x: Raw) -> Raw:
    """``x`` in the precision in which torch accumulates it: float16 in float32."""
    return x.astype(np.float32) if x.dtype is FLOAT16 else x


def total(x: Raw, dims: Dims, keepdim: bool = False) -> Raw:
    """The sum of floating numbers."""
    if not x.ndim:
        return x
    if x.dtype is not FLOAT16:
        return add_up(x, dims, keepdim)
    sums: Raw = add_up(wide(x), dims, keepdim)
    return sums.astype(FLOAT16)


def unreduced(c: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """``g`` with the reduced dimensions put back as size 1, so that it broadcasts to ``shape``."""
    dims, keepdim = c.param("dim"), c.param("keepdim", False)
    if keepdim or dims is None or not shape:
        return g
    return c.unsqueeze_to(g, dims, tuple(1 if i in dims else n for i, n in enumerate(shape)))


def check_dtype(x: Tensor, dtype: DType | None) -> None:
    """Raise torch's RuntimeError if a tracked tensor is to become integers on the way."""
    if dtype is not None and not dtype.is_floating_point and x._track and state.grad_enabled:
        raise RuntimeError(f"Autograd not support dtype: {dtype.scalar_type}")


# --- sum and mean -----------------------------------------------------------------------------


def _sum(x: Raw, dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    elif x.dtype.kind != "f":
        x = x.astype(np.int64)
    return total(x, dim, keepdim)


def _sum_grad(g: Any, c: Any) -> Any:
    shape = c.shape(0)
    return c.expand(unreduced(c, g, shape), shape)


SUM = OpSpec(
    "sum",
    _sum,
    (_sum_grad,),
    args=("self",),
    form="sum({0})",
    latex=r"\sum {0}",
    derivatives=(r"{g}\,\mathbf{{1}}",),
    glyph="Σ",
    doc="The sum of all elements, or along dim.",
    samples=(S((2, 3)), S(())),
)
SUM_DIM = OpSpec(
    "sum_dim",
    _sum,
    (_sum_grad,),
    grad_fn="SumBackward1",
    args=("self",),
    form="sum({0}, dim={dim})",
    latex=r"\sum_{{{dim}}} {0}",
    derivatives=(r"{g}\,\mathbf{{1}}",),
    glyph="Σ",
    call="sum",
    doc="The sum along dim.",
    samples=(*ONE_DIM, S((2, 3, 2), [0, 2])),
)


def _mean(x: Raw, dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    return mean_of(x, dim, keepdim)


def mean_of(x: Raw, dims: Dims, keepdim: bool = False) -> Raw:
    """The mean of floating numbers; nan of none."""
    out = total(wide(x), dims, keepdim)
    return (out / out.dtype.type(count(x.shape, dims))).astype(x.dtype, copy=False)


def _mean_grad(g: Any, c: Any) -> Any:
    shape = c.shape(0)
    return c.divide(c.expand(unreduced(c, g, shape), shape), count(shape, c.param("dim")))


MEAN = OpSpec(
    "mean",
    _mean,
    (_mean_grad,),
    args=("self",),
    form="mean({0})",
    latex=r"\frac{{1}}{{n}} \sum {0}",
    derivatives=(r"\frac{{{g}}}{{n}}\,\mathbf{{1}}",),
    glyph="μ",
    doc="The mean of all elements, or along dim.",
    samples=(S((2, 3)), S(())),
)
MEAN_DIM = OpSpec(
    "mean_dim",
    _mean,
    (_mean_grad,),
    grad_fn="MeanBackward1",
    args=("self",),
    form="mean({0}, dim={dim})",
    latex=r"\frac{{1}}{{n}} \sum_{{{dim}}} {0}",
    derivatives=(r"\frac{{{g}}}{{n}}\,\mathbf{{1}}",),
    glyph="μ",
    call="mean",
    doc="The mean along dim.",
    samples=(*ONE_DIM, S((2, 3, 2), [0, 2])),
)


def _reduced(whole: OpSpec, along: OpSpec, x: Tensor, dim: Any, keepdim: bool, dtype: DType | None) -> Tensor:
    check_dtype(x, dtype)
    if dim is None and dtype is None:
        return apply(whole, (x,))
    params: dict[str, Any] = {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim}
    if dtype is not None:
        params["dtype"] = dtype
    return apply(whole if dim is None else along, (x,), params)


def torch_sum(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **numpy: Any
) -> Tensor:
    """The sum of all elements, or along dim."""
    x = expect_tensor(input, "sum")
    dim, keepdim = named_dims(numpy, dim, keepdim)
    return deliver(_reduced(SUM, SUM_DIM, x, dim, keepdim, dtype), out, "sum")


def mean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **numpy: Any
) -> Tensor:
    """The mean of all elements, or along dim."""
    x = expect_tensor(input, "mean")
    if not (dtype or x.dtype).is_floating_point:
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.scalar_type}"
        )
    dim, keepdim = named_dims(numpy, dim, keepdim)
    return deliver(_reduced(MEAN, MEAN_DIM, x, dim, keepdim, dtype), out, "mean")


_mean_of_all = quick_single(MEAN)
torch_sum.of_tensor = quick_single(SUM)  # type: ignore[attr-defined]  # the way of a call with nothing but a tensor
mean.of_tensor = lambda x: _mean_of_all(x) if x._data.dtype.kind == "f" else mean(x)  # type: ignore[attr-defined]


# --- products ---------------------------------------------------------------------------------


def _product(x: Raw, dim: int | None = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    elif x.dtype.kind != "f":
        x = x.astype(np.int64)
    if not x.ndim:
        return x
    out: Raw = np.multiply.reduce(wide(x), axis=dim, keepdims=keepdim)  # type: ignore[call-overload]  # as above
    return out.astype(x.dtype, copy=False)


def has_zero(x: Any) -> bool:
    """Whether any element of an array or a tensor is 0."""
    return not np.all(x._data if isinstance(x, Tensor) else x)


def others_before(c: Any, x: Any, dim: int) -> Any:
    """For each element along dim the product of those before it."""
    n = x.shape[dim]
    first = c.full_like(c.narrow(x, dim, 0, 1), 1.0)
    return c.cumprod(c.cat([first, c.narrow(x, dim, 0, n - 1)], dim), dim)


def _product_of_others(c: Any, x: Any, dim: int) -> Any:
    """For each element the product of all others: what ``result / x`` is where no element is 0."""
    after = c.flip(others_before(c, c.flip(x, (dim,)), dim), (dim,))
    return others_before(c, x, dim) * after


def _product_grad(g: Any, c: Any) -> Any:
    x, shape = c.saved(0), c.shape(0)
    dim = c.param("dim")
    if not has_zero(x):
        return _restored(c, g) * (_restored(c, c.saved(1)) / x)
    if dim is not None and shape:
        return _restored(c, g) * _product_of_others(c, x, dim)
    return g * c.reshape(_product_of_others(c, c.reshape(x, (-1,)), 0), shape)


def _restored(c: Any, g: Any) -> Any:
    """``g`` with the dimension along which the product was taken put back as size 1."""
    dim, shape = c.param("dim"), c.shape(0)
    if dim is None or c.param("keepdim") or not shape:
        return g
    return c.reshape(g, (*shape[:dim], 1, *shape[dim + 1 :]))


PROD = OpSpec(
    "prod",
    _product,
    (_product_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="prod({0})",
    latex=r"\prod {0}",
    derivatives=(r"{g}\,\frac{{{out}}}{{{0}}}",),
    glyph="Π",
    doc="The product of all elements, or along dim.",
    samples=(S((2, 3)), S((3,))),
)
PROD_DIM = OpSpec(
    "prod_dim",
    _product,
    (_product_grad,),
    grad_fn="ProdBackward1",
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="prod({0}, dim={dim})",
    latex=r"\prod_{{{dim}}} {0}",
    derivatives=(r"{g}\,\frac{{{out}}}{{{0}}}",),
    glyph="Π",
    call="prod",
    doc="The product along dim.",
    samples=ONE_DIM,
)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all elements, or along dim."""
    x = expect_tensor(input, "prod")
    check_dtype(x, dtype)
    params: dict[str, Any] = {} if dtype is None else {"dtype": dtype}
    if dim is None:
        return apply(PROD, (x,), params)
    return apply(PROD_DIM, (x,), {"dim": wrap_dim(dim, x._data.ndim), "keepdim": keepdim, **params})


# --- tests ------------------------------------------------------------------------------------


def _test(name: str, f: Any, doc: str) -> OpSpec:
    def forward(x: Raw, dim: Dims = None, keepdim: bool = False) -> Raw:
        out = f(x, axis=dim, keepdims=keepdim)
        return out.astype(np.uint8) if x.dtype == np.uint8 else out

    return OpSpec(name, forward, args=("self",), doc=doc, samples=(S((2, 3)), S((2, 3), 1)))


ALL = _test("all", np.all, "Whether no element is 0.")
ANY = _test("any", np.any, "Whether some element is not 0.")
COUNT_NONZERO = OpSpec(
    "count_nonzero",
    lambda x, dim=None: np.int64(np.count_nonzero(x)) if dim is None else np.count_nonzero(array(x), axis=dim),
    args=("self",),
    doc="How many elements are not 0.",
    samples=(S((2, 3)), S((2, 3), 1)),
)


def _test_function(spec: OpSpec) -> Callable[..., Tensor]:
    def call(input: Tensor, dim: Any = None, keepdim: bool = False, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, keepdim = named_dims(numpy, dim, keepdim)
        return apply(spec, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


torch_all = _test_function(ALL)
torch_any = _test_function(ANY)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not 0."""
    x = expect_tensor(input, "count_nonzero")
    return apply(COUNT_NONZERO, (x,), {"dim": dims_of(dim, x._data.ndim)})


METHODS: dict[str, Any] = public(torch_sum, mean, prod, torch_all, torch_any, count_nonzero)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
