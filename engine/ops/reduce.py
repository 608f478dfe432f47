"""Reductions: sum, mean, max, norm, softmax and the like."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from engine import dtypes
from engine.node import OUT, Raw
from engine.ops.dispatch import apply, apply_many, array, floating
from engine.ops.functions import deliver, expect_tensor
from engine.ops.results import Selected, named_result
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor, wrap_dim

Dims = tuple[int, ...] | None

ONE_DIM = (S((2, 3), 0), S((2, 3), 1, True), S((2, 3), -1))


def dims_of(dim: Any, rank: int) -> Dims:
    """``dim`` (int, tuple or None) as a tuple of axes counted from the front; None means all."""
    if dim is None:
        return None
    dims = tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    if not dims:
        return None
    out = tuple(wrap_dim(int(d), rank) for d in dims)
    if len(set(out)) < len(out):
        raise RuntimeError(f"dim {next(d for d in out if out.count(d) > 1)} appears multiple times in the list of dims")
    return out if rank else ()


def _reduced(f: Any, x: Raw, dims: Dims, keepdim: bool, **more: Any) -> Raw:
    return f(x, axis=dims, keepdims=keepdim, **more)


def back(c: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """``g`` with the reduced dimensions put back as size 1."""
    dims, keepdim = c.param("dim"), c.param("keepdim", False)
    if keepdim or not shape:
        return g
    kept = tuple(1 if dims is None or i in dims else n for i, n in enumerate(shape))
    return c.reshape(g, kept)


def count(shape: tuple[int, ...], dims: Dims) -> int:
    return math.prod(shape) if dims is None else math.prod(shape[d] for d in dims)


def _sum(x: Raw, dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    if x.dtype.kind in "bui" and dtype is None:
        return _reduced(np.sum, x, dim, keepdim, dtype=np.int64)
    return _reduced(np.add.reduce, x, dim, keepdim) if x.ndim else x


def _sum_grad(g: Any, c: Any) -> Any:
    shape = c.shape(0)
    return c.expand(back(c, g, shape), shape)


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
    samples=(*ONE_DIM, S((2, 3, 2), [0, 2])),
)


def _mean(x: Raw, dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Raw:
    if dtype is not None:
        x = x.astype(dtype.numpy)
    n = count(x.shape, dim)
    total = _reduced(np.add.reduce, x, dim, keepdim) if x.ndim else x
    return total / total.dtype.type(n)


def _mean_grad(g: Any, c: Any) -> Any:
    shape = c.shape(0)
    return c.expand(back(c, g, shape), shape) / count(shape, c.param("dim"))


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
    samples=(*ONE_DIM, S((2, 3, 2), [0, 2])),
)


def _prod_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    shape = c.shape(0)
    flat = c.reshape(x, (-1,))
    n = flat.shape[0]
    others = [flat[i] for i in range(n)]
    parts = []
    for i in range(n):
        p = c.reshape(g, ())
        for j, other in enumerate(others):
            if j != i:
                p = p * other
        parts.append(p)
    return c.reshape(c.stack(parts), shape) if n else c.zeros_like(x)


PROD = OpSpec(
    "prod",
    lambda x: np.multiply.reduce(x, axis=None) if x.dtype.kind == "f" else np.prod(x, dtype=np.int64),
    (_prod_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="prod({0})",
    latex=r"\prod {0}",
    derivatives=(r"{g}\,\frac{{{out}}}{{{0}}}",),
    glyph="Π",
    doc="The product of all elements.",
    samples=(S((2, 3)), S((3,))),
)


def _spread(c: Any, g: Any, result: Any) -> Any:
    """Gradient of an extremum: shared evenly among the elements that equal it."""
    x = c.saved(0)
    shape = c.shape(0)
    mask = x == back(c, result, shape)
    return back(c, g, shape) * mask / c.sum(mask, c.param("dim"), True)


def _extreme(name: str, f: Any, grad_fn: str, latex: str, call: str) -> OpSpec:
    return OpSpec(
        name,
        lambda x, dim=None, keepdim=False: _reduced(f, x, dim, keepdim),
        (lambda g, c: _spread(c, g, c.saved(1)),),
        grad_fn=grad_fn,
        args=("self",),
        saves=((0, (0,)), (OUT, (0,))),
        form=f"{call}({{0}})",
        latex=latex,
        derivatives=(rf"{{g}}\,[{{0}} = {latex}]",),
        glyph=call,
        call=call,
        doc=f"The {'largest' if 'max' in name else 'smallest'} element; equal ones share the gradient.",
        samples=(S((2, 3)),) if name in ("max", "min") else (S((2, 3)), S((2, 3), 1), S((2, 3), [0, 1], True)),
    )


MAX = _extreme("max", np.max, "MaxBackward1", r"\max {0}", "max")
MIN = _extreme("min", np.min, "MinBackward1", r"\min {0}", "min")
AMAX = _extreme("amax", np.max, "AmaxBackward0", r"\max {0}", "amax")
AMIN = _extreme("amin", np.min, "AminBackward0", r"\min {0}", "amin")


def _selected_grad(g: Any, c: Any) -> Any:
    """The gradient goes to the element that was selected along dim."""
    first = g[0] if isinstance(g, (list, tuple)) else g
    if first is None:
        return None
    return c.scatter_along(first, c.param("indices"), c.param("dim"), c.param("keepdim", False), c.shape(0))


def _along(name: str, grad_fn: str, call: str) -> OpSpec:
    return OpSpec(
        name,
        lambda *a, **k: None,
        (_selected_grad,),
        grad_fn=grad_fn,
        args=("self",),
        form=f"{call}({{0}}, dim={{dim}})",
        derivatives=(r"{g}\,[\text{{selected}}]",),
        glyph=call,
        call=call,
        samples=(S((2, 3), 0), S((2, 3), 1, True)),
    )


MAX_DIM = _along("max_dim", "MaxBackward0", "max")
MIN_DIM = _along("min_dim", "MinBackward0", "min")
MEDIAN_DIM = _along("median_dim", "MedianBackward1", "median")


def _median(x: Raw) -> Raw:
    flat = np.sort(x, axis=None)
    return flat[(flat.size - 1) // 2]


MEDIAN = OpSpec(
    "median",
    _median,
    (lambda g, c: _spread(c, g, c.saved(1)),),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="median({0})",
    derivatives=(r"{g}\,[{0} = {out}]",),
    doc="The lower median of all elements.",
    samples=(S((2, 3)), S((5,))),
)


def _var(x: Raw, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Raw:
    mean = _mean(x, dim, True)
    n = builtins.max(0, count(x.shape, dim) - correction)
    total = _reduced(np.add.reduce, (x - mean) ** 2, dim, keepdim) if x.ndim else (x - mean) ** 2
    return total / total.dtype.type(n)


def _var_grad(g: Any, c: Any) -> Any:
    x, shape = c.saved(0), c.shape(0)
    dims = c.param("dim")
    n = builtins.max(0, count(shape, dims) - c.param("correction", 1))
    return back(c, g, shape) * ((x - c.mean(x, dims, True)) * (2 / n if n else math.nan))


VAR = OpSpec(
    "var",
    _var,
    (_var_grad,),
    args=("self",),
    saves=((0, (0,)),),
    form="var({0})",
    latex=r"\operatorname{{var}} {0}",
    derivatives=(r"{g}\,\frac{{2({0} - \mu)}}{{n - 1}}",),
    doc="Variance, with Bessel's correction unless correction says otherwise.",
    samples=(S((2, 3)), S((2, 3), 1), S((4,), correction=0)),
)


def _std_grad(g: Any, c: Any) -> Any:
    x, result, shape = c.saved(0), c.saved(1), c.shape(0)
    dims = c.param("dim")
    n = builtins.max(0, count(shape, dims) - c.param("correction", 1))
    scaled = g / (result * 2)
    scaled = c.where(result == 0, c.zeros_like(scaled), scaled)
    return back(c, scaled, shape) * ((x - c.mean(x, dims, True)) * (2 / n if n else math.nan))


STD = OpSpec(
    "std",
    lambda x, dim=None, correction=1, keepdim=False: np.sqrt(_var(x, dim, correction, keepdim)),
    (_std_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="std({0})",
    latex=r"\operatorname{{std}} {0}",
    derivatives=(r"{g}\,\frac{{{0} - \mu}}{{(n - 1)\,{out}}}",),
    doc="Standard deviation, with Bessel's correction unless correction says otherwise.",
    samples=(S((2, 3)), S((2, 3), 1), S((4,), correction=0)),
)


def _norm(x: Raw, ord: float = 2, dim: Dims = None, keepdim: bool = False) -> Raw:
    if ord == 2:
        return np.sqrt(_sum(x * x, dim, keepdim))
    if ord == math.inf:
        return _reduced(np.max, np.abs(x), dim, keepdim)
    if ord == -math.inf:
        return _reduced(np.min, np.abs(x), dim, keepdim)
    if ord == 0:
        return _sum((x != 0).astype(x.dtype), dim, keepdim)
    if ord == 1:
        return _sum(np.abs(x), dim, keepdim)
    return _sum(np.abs(x) ** x.dtype.type(ord), dim, keepdim) ** x.dtype.type(1 / ord)


def _norm_grad(g: Any, c: Any) -> Any:
    """The subgradient at 0 is 0, as in torch."""
    x, ord, shape = c.saved(0), c.param("ord", 2), c.shape(0)
    result, g = back(c, c.saved(1), shape), back(c, g, shape)
    if ord == 0:
        return c.zeros_like(x)
    if ord == 1:
        return g * c.sign(x)
    if ord == 2:
        ratio = x / result
        return g * c.where(result == 0, c.zeros_like(ratio), ratio)
    if math.isinf(ord):
        mask = c.abs(x) == result
        return g * c.sign(x) * mask / c.sum(mask, c.param("dim"), True)
    ratio = c.pow(result, ord - 1)
    part = c.sign(x) * c.pow(c.abs(x), ord - 1) / ratio
    return g * c.where(result == 0, c.zeros_like(part), part)


NORM = OpSpec(
    "norm",
    _norm,
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


def _logsumexp(x: Raw, dim: Dims = None, keepdim: bool = False) -> Raw:
    top = _reduced(np.max, x, dim, True)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    out = np.log(_reduced(np.sum, np.exp(x - top), dim, True)) + top
    return out if keepdim else np.squeeze(array(out), axis=dim)[()]


LOGSUMEXP = OpSpec(
    "logsumexp",
    _logsumexp,
    (lambda g, c: back(c, g, c.shape(0)) * c.exp(c.saved(0) - back(c, c.saved(1), c.shape(0))),),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="logsumexp({0}, dim={dim})",
    latex=r"\ln \sum e^{{{0}}}",
    derivatives=(r"{g}\,\operatorname{{softmax}}({0})",),
    doc="log(sum(exp(input))) along dim, without overflow.",
    samples=(S((2, 3), 1), S((2, 3), 0, True)),
)


def _softmax(x: Raw, dim: int) -> Raw:
    x = floating(x)
    if not x.ndim:
        return x.dtype.type(1)
    e = np.exp(x - np.max(x, axis=dim, keepdims=True))
    return e / np.sum(e, axis=dim, keepdims=True)


def _softmax_grad(g: Any, c: Any) -> Any:
    y = c.saved(0)
    gy = g * y
    return gy - y * c.sum(gy, (c.param("dim"),), True)


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
    x = floating(x)
    if not x.ndim:
        return x.dtype.type(0)
    shifted = x - np.max(x, axis=dim, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=dim, keepdims=True))


LOG_SOFTMAX = OpSpec(
    "log_softmax",
    _log_softmax,
    (lambda g, c: g - c.exp(c.saved(0)) * c.sum(g, (c.param("dim"),), True),),
    args=("self",),
    saves=((OUT, (0,)),),
    form="log_softmax({0}, dim={dim})",
    latex=r"\ln \operatorname{{softmax}} {0}",
    derivatives=(r"{g} - e^{{{out}}} \sum {g}",),
    doc="log(softmax(input)), without overflow.",
    samples=(S((2, 3), 1), S((2, 3), 0)),
)

CUMSUM = OpSpec(
    "cumsum",
    lambda x, dim: np.cumsum(x, axis=dim, dtype=None if x.dtype.kind == "f" else np.int64) if x.ndim else x,
    (lambda g, c: c.flip(c.cumsum(c.flip(g, (c.param("dim"),)), c.param("dim")), (c.param("dim"),)),),
    args=("self",),
    form="cumsum({0})",
    derivatives=(r"\text{{cumsum of }} {g} \text{{ from the end}}",),
    doc="Running sum along dim.",
    samples=(S((2, 3), 0), S((2, 3), 1)),
)


def _cumprod_grad(g: Any, c: Any) -> Any:
    x, result, dim = c.saved(0), c.saved(1), c.param("dim")
    return c.flip(c.cumsum(c.flip(g * result, (dim,)), dim), (dim,)) / x


CUMPROD = OpSpec(
    "cumprod",
    lambda x, dim: np.cumprod(x, axis=dim) if x.ndim else x,
    (_cumprod_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="cumprod({0})",
    derivatives=(r"\frac{{\text{{cumsum of }} {g}\,{out} \text{{ from the end}}}}{{{0}}}",),
    doc="Running product along dim.",
    samples=(S(Arg((2, 3), 0.5, 2.0), 0),),
)

ARGMAX = OpSpec("argmax", lambda x, dim=None, keepdim=False: _argextreme(np.argmax, x, dim, keepdim), args=("self",))
ARGMIN = OpSpec("argmin", lambda x, dim=None, keepdim=False: _argextreme(np.argmin, x, dim, keepdim), args=("self",))
ALL = OpSpec("all", lambda x, dim=None, keepdim=False: _reduced(np.all, x, dim, keepdim), args=("self",))
ANY = OpSpec("any", lambda x, dim=None, keepdim=False: _reduced(np.any, x, dim, keepdim), args=("self",))
COUNT_NONZERO = OpSpec("count_nonzero", lambda x, dim=None: np.int64(np.count_nonzero(x, axis=dim)), args=("self",))


def _argextreme(f: Any, x: Raw, dim: int | None, keepdim: bool) -> Raw:
    if not x.size and dim is None:
        raise IndexError(
            f"{f.__name__}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        )
    if not x.ndim:
        return np.int64(0)
    out = f(x, axis=dim)
    return np.expand_dims(out, dim) if keepdim and dim is not None else out


# --- torch's functions ----------------------------------------------------------------------


def _pick(kwargs: dict[str, Any], dim: Any, keepdim: bool) -> tuple[Any, bool]:
    """``dim`` and ``keepdim``, also by numpy's names ``axis`` and ``keepdims``."""
    if "axis" in kwargs:
        dim = kwargs.pop("axis")
    if "keepdims" in kwargs:
        keepdim = kwargs.pop("keepdims")
    return dim, keepdim


def sum(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **numpy: Any
) -> Tensor:
    """The sum of all elements, or along dim."""
    x = expect_tensor(input, "sum")
    dim, keepdim = _pick(numpy, dim, keepdim)
    if dim is None and dtype is None:
        return deliver(apply(SUM, (x,)), out, "sum")
    params = {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim}
    if dtype is not None:
        params["dtype"] = dtype
    return deliver(apply(SUM if dim is None else SUM_DIM, (x,), params), out, "sum")


def mean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **numpy: Any
) -> Tensor:
    """The mean of all elements, or along dim."""
    x = expect_tensor(input, "mean")
    if x._data.dtype.kind != "f" and dtype is None:
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.SCALAR_TYPE[x.dtype]}"
        )
    dim, keepdim = _pick(numpy, dim, keepdim)
    if dim is None and dtype is None:
        return deliver(apply(MEAN, (x,)), out, "mean")
    params = {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim}
    if dtype is not None:
        params["dtype"] = dtype
    return deliver(apply(MEAN if dim is None else MEAN_DIM, (x,), params), out, "mean")


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The product of all elements, or along dim."""
    x = expect_tensor(input, "prod")
    if dim is None:
        return apply(PROD, (x,))
    from engine.ops.shape import unbind

    d = wrap_dim(dim, x._data.ndim)
    parts = unbind(x, d)
    out = parts[0]
    for p in parts[1:]:
        out = out * p
    return out.unsqueeze(d) if keepdim else out


def _extreme_function(name: str, whole: OpSpec, along: OpSpec, arg: Any, pair: Any) -> Any:
    def call(input: Tensor, dim: Any = None, keepdim: bool = False, **numpy: Any) -> Any:
        x = expect_tensor(input, name)
        dim, keepdim = _pick(numpy, dim, keepdim)
        if isinstance(dim, Tensor):
            return pair(x, dim)
        if not x._data.size and dim is None:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )
        if dim is None:
            return apply(whole, (x,))
        d = wrap_dim(dim, x._data.ndim)
        raw = array(x._data)
        indices = np.asarray(arg(raw, d))
        return _take_selected(along, x, indices, d, keepdim, name)

    call.__name__ = name
    call.__doc__ = whole.doc + " With dim: the values and where they were."
    return call


def _take_selected(along: OpSpec, x: Tensor, indices: Any, d: int, keepdim: bool, name: str) -> Any:
    raw = array(x._data)
    if raw.ndim:
        values = np.take_along_axis(raw, np.expand_dims(indices, d), d)
        if not keepdim:
            values = np.squeeze(values, d)[()]
        else:
            indices = np.expand_dims(indices, d)
    else:
        values = raw[()]
    where_ = indices.astype(np.int64)[()]
    params = {"dim": d, "keepdim": keepdim, "indices": where_}
    return named_result(name, Selected)(*apply_many(along, (x,), params, (values, where_), 1))


def _nan_first(f: Any) -> Any:
    return lambda raw, d: f(raw, axis=d) if raw.ndim else np.int64(0)


def _pair(name: str) -> Any:
    def call(a: Tensor, b: Tensor) -> Tensor:
        from engine.ops.elementwise import METHODS as elementwise

        out: Tensor = elementwise[name](a, b)
        return out

    return call


def _arg_median(raw: Raw, d: int) -> Raw:
    if not raw.ndim:
        return np.int64(0)
    order = np.argsort(raw, axis=d, kind="stable")
    return np.take(order, (raw.shape[d] - 1) // 2, axis=d)


max = _extreme_function("max", MAX, MAX_DIM, _nan_first(np.argmax), _pair("maximum"))
min = _extreme_function("min", MIN, MIN_DIM, _nan_first(np.argmin), _pair("minimum"))
median = _extreme_function("median", MEDIAN, MEDIAN_DIM, _arg_median, None)


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The largest element, or along dim; equal ones share the gradient."""
    x = expect_tensor(input, "amax")
    return apply(AMAX, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})


def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The smallest element, or along dim; equal ones share the gradient."""
    x = expect_tensor(input, "amin")
    return apply(AMIN, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})


def _spread_function(name: str, spec: OpSpec) -> Any:
    def call(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        **numpy: Any,
    ) -> Tensor:
        x = expect_tensor(input, name)
        if x._data.dtype.kind != "f":
            raise RuntimeError("std and var only support floating point and complex dtypes")
        dim, keepdim = _pick(numpy, dim, keepdim)
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 0 if unbiased is False else 1
        return apply(spec, (x,), {"dim": dims_of(dim, x._data.ndim), "correction": correction, "keepdim": keepdim})

    call.__name__ = name
    call.__doc__ = spec.doc
    return call


var = _spread_function("var", VAR)
std = _spread_function("std", STD)


def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """The p-norm of all elements, or along dim; 'fro' and 2 are the Euclidean norm."""
    x = expect_tensor(input, "norm")
    if x._data.dtype.kind != "f":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {dtypes.SCALAR_TYPE[x.dtype]}"
        )
    ord = 2 if p in ("fro", None) else p
    params = {"ord": ord, "dim": dims_of(dim, x._data.ndim), "keepdim": keepdim}
    return deliver(apply(NORM, (x,), params), out, "norm")


def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:
    """torch.linalg.vector_norm and, for vectors, torch.linalg.norm."""
    return norm(x, 2 if ord is None else ord, dim, keepdim, out, dtype)


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))) along dim, without overflow."""
    x = expect_tensor(input, "logsumexp")
    return apply(LOGSUMEXP, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})


def _soft(spec: OpSpec) -> Any:
    def call(input: Tensor, dim: int | None = None, dtype: Any = None, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, _ = _pick(numpy, dim, False)
        if dim is None:
            raise TypeError(f'{spec.name}() missing 1 required positional arguments: "dim"')
        return apply(spec, (x if dtype is None else x.to(dtype),), {"dim": wrap_dim(dim, x._data.ndim)})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


softmax = _soft(SOFTMAX)
log_softmax = _soft(LOG_SOFTMAX)


def _running(spec: OpSpec) -> Any:
    def call(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
        x = expect_tensor(input, spec.name)
        return apply(spec, (x if dtype is None else x.to(dtype),), {"dim": wrap_dim(dim, x._data.ndim)})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


cumsum = _running(CUMSUM)
cumprod = _running(CUMPROD)


def _index_function(spec: OpSpec) -> Any:
    def call(input: Tensor, dim: int | None = None, keepdim: bool = False, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, keepdim = _pick(numpy, dim, keepdim)
        d = None if dim is None else wrap_dim(dim, x._data.ndim)
        return apply(spec, (x,), {"dim": d, "keepdim": keepdim})

    call.__name__ = spec.name
    return call


def _test_function(spec: OpSpec) -> Any:
    def call(input: Tensor, dim: Any = None, keepdim: bool = False, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, keepdim = _pick(numpy, dim, keepdim)
        return apply(spec, (x,), {"dim": dims_of(dim, x._data.ndim), "keepdim": keepdim})

    call.__name__ = spec.name
    return call


argmax = _index_function(ARGMAX)
argmin = _index_function(ARGMIN)
all = _test_function(ALL)
any = _test_function(ANY)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not 0."""
    x = expect_tensor(input, "count_nonzero")
    return apply(COUNT_NONZERO, (x,), {"dim": dims_of(dim, x._data.ndim)})


METHODS: dict[str, Any] = {
    f.__name__: f
    for f in (
        sum,
        mean,
        prod,
        max,
        min,
        median,
        amax,
        amin,
        var,
        std,
        norm,
        logsumexp,
        softmax,
        log_softmax,
        cumsum,
        cumprod,
        argmax,
        argmin,
        all,
        any,
        count_nonzero,
    )
}
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
