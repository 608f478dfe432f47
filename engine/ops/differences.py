"""Along a dimension: running extremes and log-sums, differences, trapezoids, numerical gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.arithmetic import MUL_NUMBER
from engine.ops.dispatch import apply, array, floating
from engine.ops.extremes import selected_grad
from engine.ops.front import functions, methods
from engine.ops.joining import cat
from engine.ops.picking import narrow
from engine.ops.running import cumsum
from engine.ops.sorting import pick_along
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor


def _running_places(x: Raw, dim: int, beats: Callable[[Raw, Raw], Raw]) -> Raw:
    """Where the extreme so far stands, the last one of equals; a nan stays."""
    rows = np.moveaxis(x, dim, 0)
    places = np.zeros(rows.shape, np.int64)
    best = rows[0] if len(rows) else rows
    for i in range(1, len(rows)):
        now = (beats(rows[i], best) | np.isnan(rows[i])) & ~(np.isnan(best) & ~np.isnan(rows[i]))
        best = np.where(now, rows[i], best)
        places[i] = np.where(now, i, places[i - 1])
    return np.moveaxis(places, 0, dim)


def _running_extreme(name: str, doc: str) -> OpSpec:
    return OpSpec(
        name,
        lambda x, dim, indices, keepdim=True: np.take_along_axis(array(x), indices, dim),
        (selected_grad,),
        args=("self",),
        holds=("indices",),
        form=f"{name}({{0}})",
        derivatives=(r"{g} \text{{ at the selected places}}",),
        doc=doc,
        samples=(S((2, 5), 1), S((5, 2), 0)),
    )


CUMMAX = _running_extreme("cummax", "The largest element so far along dim, and where it was.")
CUMMIN = _running_extreme("cummin", "The smallest element so far along dim, and where it was.")


def _extreme(spec: OpSpec, x: Tensor, dim: int, beats: Callable[[Raw, Raw], Raw]) -> Any:
    d = wrap_dim(dim, x._data.ndim)
    return pick_along(spec, x, d, _running_places(np.atleast_1d(array(x._data)), d, beats))


def cummax(input: Tensor, dim: int) -> Any:
    """The largest element so far along dim, and where it was."""
    return _extreme(CUMMAX, input, dim, np.greater_equal)


def cummin(input: Tensor, dim: int) -> Any:
    """The smallest element so far along dim, and where it was."""
    return _extreme(CUMMIN, input, dim, np.less_equal)


def _log_sums(x: Raw, dim: int) -> Raw:
    v = array(floating(x))
    if not v.ndim:
        return v[()]
    return np.logaddexp.accumulate(v.astype(np.float64), axis=dim).astype(v.dtype)


def _log_sums_grad(g: Any, c: Any) -> Any:
    """exp(x) times the sum, from the end, of g / exp(result)."""
    x, result, dim = c.saved(0), c.saved(1), c.param("dim")
    if not x.shape:
        return g
    parts = []
    n = x.shape[dim]
    for k in range(n):
        own = c.narrow(x, dim, k, 1)
        share = c.exp(own - c.narrow(result, dim, k, n - k))
        parts.append(c.sum(c.narrow(g, dim, k, n - k) * share, (dim,), True))
    return c.cat(parts, dim)


LOGCUMSUMEXP = OpSpec(
    "logcumsumexp",
    _log_sums,
    (_log_sums_grad,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="logcumsumexp({0})",
    latex=r"\ln \operatorname{{cumsum}} e^{{{0}}}",
    derivatives=(r"e^{{{0}}} \cdot \text{{cumsum of }} {g}\,e^{{-{out}}} \text{{ from the end}}",),
    doc="The logarithm of the running sum of exponentials along dim.",
    samples=(S((2, 3), 1), S((3, 2), 0)),
)


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithm of the running sum of exponentials along dim."""
    return apply(LOGCUMSUMEXP, (input,), {"dim": wrap_dim(dim, input._data.ndim)})


# --- differences ------------------------------------------------------------------------------


def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """The n-th differences of neighbours along dim."""
    if input._data.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = wrap_dim(dim, input._data.ndim)
    parts = [x for x in (prepend, input, append) if x is not None]
    x = cat(parts, d) if len(parts) > 1 else input
    for _ in range(n):
        size = x._data.shape[d]
        if size < 1:
            break
        later, earlier = narrow(x, d, 1, size - 1), narrow(x, d, 0, size - 1)
        x = later.logical_xor(earlier) if x._data.dtype.kind == "b" else later - earlier
    return x


def _pieces(y: Tensor, x: Any, dx: Any, dim: int) -> Tensor:
    """The areas of the trapezoids between neighbours, twice."""
    n = y._data.shape[dim]
    sums: Tensor = narrow(y, dim, 0, n - 1) + narrow(y, dim, 1, n - 1)
    if x is None:
        result: Tensor = sums * dx
        return result
    if x._data.ndim == 1:
        steps: Any = diff(x).reshape(tuple(-1 if d == dim else 1 for d in range(y._data.ndim)))
    else:
        steps = diff(x, dim=dim)
    area: Tensor = sums * steps
    return area


def trapezoid(y: Tensor, x: Any = None, dx: Any = 1, dim: int = -1) -> Tensor:
    """The integral along dim by the trapezoidal rule."""
    d = wrap_dim(dim, y._data.ndim)
    if y._data.ndim == 0 or y._data.shape[d] == 0:
        result: Tensor = y.new_zeros(y._data.shape[:d] + y._data.shape[d + 1 :])
        return result
    if x is None:
        n = y._data.shape[d]
        sums = narrow(y, d, 0, n - 1) + narrow(y, d, 1, n - 1)
        return apply(MUL_NUMBER, (sums.sum(d), float(dx) / 2))
    return _pieces(y, x, dx, d).sum(d) / 2.0


def cumulative_trapezoid(y: Tensor, x: Any = None, dx: Any = 1, dim: int = -1) -> Tensor:
    """The running integral along dim by the trapezoidal rule."""
    d = wrap_dim(dim, y._data.ndim)
    if x is None:
        return cumsum(_pieces(y, None, dx, d), d) / 2.0
    return cumsum(_pieces(y, x, dx, d) / 2.0, d)


def _gradient_along(x: Tensor, dim: int, spacing: Any, order: int) -> Tensor:
    """Central differences inside, one-sided ones of the given order at the edges."""
    n = x._data.shape[dim]
    if n < order + 1:
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")

    def part(start: int, length: int) -> Tensor:
        return narrow(x, dim, start, length)

    if isinstance(spacing, Tensor):
        shape = tuple(-1 if d == dim else 1 for d in range(x._data.ndim))
        steps = diff(spacing)
        left, right = steps[:-1], steps[1:]

        def along(t: Tensor) -> Tensor:
            return t.reshape(shape)

        a = along(-right / (left * (left + right)))
        b = along((right - left) / (left * right))
        c = along(left / (right * (left + right)))
        center = a * part(0, n - 2) + b * part(1, n - 2) + c * part(2, n - 2)
        first, last = (steps[0], steps[1]), (steps[-1], steps[-2])
    else:
        center = (part(2, n - 2) - part(0, n - 2)) / (2 * spacing)
        first = last = (spacing, spacing)
    if order == 1:
        before = (part(1, 1) - part(0, 1)) / first[0]
        after = (part(n - 1, 1) - part(n - 2, 1)) / last[0]
    else:
        before = _edge(part(0, 1), part(1, 1), part(2, 1), *first)
        after = -_edge(part(n - 1, 1), part(n - 2, 1), part(n - 3, 1), *last)
    return cat([before, center, after], dim)


def _edge(y0: Tensor, y1: Tensor, y2: Tensor, h1: Any, h2: Any) -> Tensor:
    """The derivative at the first of three points, h1 and h2 apart, of the parabola through them."""
    a = -(2 * h1 + h2) / (h1 * (h1 + h2))
    b = (h1 + h2) / (h1 * h2)
    c = -h1 / (h2 * (h1 + h2))
    out: Tensor = y0 * a + y1 * b + y2 * c
    return out


def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Numerical derivatives along each dimension, by central differences."""
    rank = input._data.ndim
    dims = (
        range(rank) if dim is None else [wrap_dim(d, rank) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    many = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(dims)
    if len(many) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            f"{rank}', since dim argument was not given, but got a list of length {len(many)}"
        )
    return tuple(_gradient_along(input, d, s, edge_order) for d, s in zip(dims, many, strict=True))


_ALL = (cummax, cummin, logcumsumexp, diff)
METHODS: dict[str, Any] = methods(*_ALL)
FUNCTIONS: dict[str, Any] = {
    **functions(*_ALL, trapezoid, cumulative_trapezoid),
    "gradient": gradient,
}
FUNCTIONS["trapz"] = FUNCTIONS["trapezoid"]
OPERATORS: dict[str, Any] = {}
