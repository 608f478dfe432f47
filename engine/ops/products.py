"""Products beyond mm: baddbmm, addmv, addr, inner, kron, cross, tensordot, einsum, distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.broadcasting import broadcast_tensors
from engine.ops.dispatch import apply, broadcast_shape
from engine.ops.forms import limited
from engine.ops.front import functions, methods
from engine.ops.functions import type_name
from engine.ops.linalg import dot, matmul, outer
from engine.ops.norms import norm, norm_of, norm_slope
from engine.ops.shape import RESHAPE_COPY, permute, reshape
from engine.ops.spec import OpSpec, S
from engine.state import warn_once
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

# --- a product added to a tensor --------------------------------------------------------------


def _sum_with(product: Callable[[Raw, Raw], Raw]) -> Callable[..., Raw]:
    def forward(x: Raw, a: Raw, b: Raw, beta: Any = 1, alpha: Any = 1) -> Raw:
        p = product(a, b)
        if alpha != 1:
            p = p * p.dtype.type(alpha)
        if beta == 0:
            return np.broadcast_to(p, np.broadcast_shapes(p.shape, x.shape)).astype(p.dtype)
        return p + (x if beta == 1 else x * x.dtype.type(beta))

    return forward


def _times(g: Any, factor: Any) -> Any:
    return g if factor == 1 else g * factor


def _added(
    name: str, product: Any, left: Any, right: Any, args: tuple[str, str], samples: Any, sign: str, grad_fn: str = ""
) -> OpSpec:
    """beta * input + alpha * (a times b); ``left`` and ``right`` are the gradients of the factors."""
    return OpSpec(
        name,
        _sum_with(product),
        (
            lambda g, c: _times(g, c.param("beta", 1)),
            lambda g, c: _times(left(g, c, c.saved(1)), c.param("alpha", 1)),
            lambda g, c: _times(right(g, c, c.saved(0)), c.param("alpha", 1)),
        ),
        grad_fn=grad_fn,
        args=("self", *args),
        saves=((1, (2,)), (2, (1,))),
        form=f"{{0}} + {{1}} {sign} {{2}}",
        latex=r"{0} + {1}\,{2}",
        derivatives=("1", r"{g}\,{2}^\top", r"{1}^\top {g}"),
        doc="beta * input + alpha * the product of the other two.",
        samples=samples,
    )


BADDBMM = _added(
    "baddbmm",
    limited("baddbmm", "iuf", np.matmul),
    lambda g, c, b: c.bmm(g, c.transpose(b, 1, 2)),
    lambda g, c, a: c.bmm(c.transpose(a, 1, 2), g),
    ("batch1", "batch2"),
    (S((2, 2, 3), (2, 2, 4), (2, 4, 3)), S((3,), (2, 2, 4), (2, 4, 3), beta=0.5, alpha=2.0)),
    "@",
)
ADDBMM = _added(
    "addbmm",
    lambda a, b: np.sum(a @ b, axis=0),
    lambda g, c, b: c.bmm(c.expand(g, (b.shape[0], *g.shape)), c.transpose(b, 1, 2)),
    lambda g, c, a: c.bmm(c.transpose(a, 1, 2), c.expand(g, (a.shape[0], *g.shape))),
    ("batch1", "batch2"),
    (S((2, 3), (2, 2, 4), (2, 4, 3)),),
    "@",
)
ADDMV = _added(
    "addmv",
    limited("addmv_impl_cpu", "iuf", np.matmul),
    lambda g, c, v: c.outer_product(g, v),
    lambda g, c, a: c.mv(c.t(a), g),
    ("mat", "vec"),
    (S((2,), (2, 3), (3,)), S((2,), (2, 3), (3,), beta=0.5, alpha=2.0)),
    "@",
)
ADDR = _added(
    "addr",
    np.outer,
    lambda g, c, v: c.mv(g, v),
    lambda g, c, u: c.mv(c.t(g), u),
    ("vec1", "vec2"),
    (S((2, 3), (2,), (3,)), S((3,), (2,), (3,), beta=0.5, alpha=2.0)),
    "⊗",
)


def _expandable(x: Tensor, shape: tuple[int, ...]) -> None:
    try:
        np.broadcast_to(x._data, shape)
    except ValueError:
        own = x._data.shape
        bad = next(k for k in range(1, len(shape) + 1) if k > len(own) or own[-k] not in (1, shape[-k]))
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-bad]}) must match the existing size ({own[-bad]}) at "
            f"non-singleton dimension {len(shape) - bad}.  Target sizes: {list(shape)}.  Tensor sizes: {list(own)}"
        ) from None


def _batches(a: Tensor, b: Tensor) -> tuple[int, ...]:
    for x, name in ((a, "batch1"), (b, "batch2")):
        if x._data.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    p, q = a._data.shape, b._data.shape
    if p[0] != q[0] or p[2] != q[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{p[0]}, {p[2]}] but got: "
            f"[{q[0]}, {q[1]}]."
        )
    return p[0], p[1], q[2]


def _factors(beta: Any, alpha: Any) -> dict[str, Any]:
    return {} if (beta, alpha) == (1, 1) else {"beta": beta, "alpha": alpha}


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * batch1 @ batch2, matrix by matrix."""
    _expandable(input, _batches(batch1, batch2))
    return apply(BADDBMM, (input, batch1, batch2), _factors(beta, alpha))


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * the sum of all batch1[i] @ batch2[i]."""
    _expandable(input, _batches(batch1, batch2)[1:])
    return apply(ADDBMM, (input, batch1, batch2), _factors(beta, alpha))


def addmv(input: Tensor, mat: Tensor, vec: Tensor, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * mat @ vec."""
    m, v = mat._data, vec._data
    if m.ndim != 2 or v.ndim != 1 or input._data.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input._data.ndim}, {m.ndim}, {v.ndim}")
    if m.shape[1] != v.shape[0] or input._data.size not in (1, m.shape[0]):
        raise RuntimeError(
            f"size mismatch, got input ({input._data.size}), mat ({m.shape[0]}x{m.shape[1]}), vec ({v.shape[0]})"
        )
    return apply(ADDMV, (input, mat, vec), _factors(beta, alpha))


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * the outer product of two vectors."""
    if vec1._data.ndim != 1 or vec2._data.ndim != 1:
        raise RuntimeError(
            f"addr: Expected 1-D argument vec{1 if vec1._data.ndim != 1 else 2}, but got "
            f"{(vec1 if vec1._data.ndim != 1 else vec2)._data.ndim}-D"
        )
    _expandable(input, (vec1.numel(), vec2.numel()))
    return apply(ADDR, (input, vec1, vec2), _factors(beta, alpha))


# --- products of vectors and tensors ----------------------------------------------------------


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The inner product of two vectors."""
    return dot(input, other)


def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """The matrix of all products of two vectors."""
    return outer(input, vec2)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products over the last dimensions."""
    a, b = input._data.shape, other._data.shape
    if not a or not b:
        return input * other
    if a[-1] != b[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(a)} and {list(b)}"
        )
    return tensordot(input, other, ([-1], [-1]))


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: each element of input times all of other."""
    rank = max(input._data.ndim, other._data.ndim)
    a = (1,) * (rank - input._data.ndim) + input._data.shape
    b = (1,) * (rank - other._data.ndim) + other._data.shape
    left = reshape(input, tuple(v for n in a for v in (n, 1)))
    right = reshape(other, tuple(v for n in b for v in (1, n)))
    return apply(RESHAPE_COPY, (left * right,), {"shape": tuple(m * n for m, n in zip(a, b, strict=True))})


CROSS = OpSpec(
    "cross",
    lambda a, b, dim: np.cross(a, b, axis=dim),
    (
        lambda g, c: c.cross_product(c.saved(1), g, c.param("dim")),
        lambda g, c: c.cross_product(g, c.saved(0), c.param("dim")),
    ),
    grad_fn="LinalgCrossBackward0",
    args=("self", "other"),
    saves=((0, (1,)), (1, (0,))),
    form="{0} × {1}",
    latex=r"{0} \times {1}",
    derivatives=(r"{1} \times {g}", r"{g} \times {0}"),
    glyph="×",
    doc="The cross product along dim.",
    samples=(S((3,), (3,), 0), S((2, 3), (2, 3), 1), S((3, 2), (3, 2), 0)),
)


def cross_product(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """The cross product along dim."""
    return apply(CROSS, (a, b), {"dim": dim})


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product along dim, or the first dimension of size 3."""
    a, b = input._data.shape, other._data.shape
    if len(a) != len(b):
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if dim is None:
        found = [k for k, n in enumerate(a) if n == 3]
        if not found:
            raise RuntimeError("no dimension of size 3 in input")
        warn_once(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release."
        )
        dim = found[0]
    d = wrap_dim(dim, len(a))
    if a[d] != 3 or b[d] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[d]} and {b[d]}")
    shape = broadcast_shape(a, b)
    return cross_product(input.expand(shape), other.expand(shape), d)


def _contracted(t: Tensor, keep: list[int], over: list[int], last: bool) -> Tensor:
    rows = math.prod(t._data.shape[d] for d in keep)
    columns = math.prod(t._data.shape[d] for d in over)
    order = (*keep, *over) if last else (*over, *keep)
    return reshape(permute(t, order), (rows, columns) if last else (columns, rows))


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over several dimensions of both."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)):
        over_a, over_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a._data.ndim, b._data.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        over_a, over_b = list(range(-dims, 0)), list(range(dims))
    if len(over_a) != len(over_b):
        raise RuntimeError("both dimension lists should have same length")
    da, db = ([wrap_dim(d, t._data.ndim) for d in over] for t, over in ((a, over_a), (b, over_b)))
    for k, (i, j) in enumerate(zip(da, db, strict=True)):
        if a._data.shape[i] != b._data.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a._data.shape[i]} in dim {over_a[k]} and "
                f"second has size {b._data.shape[j]} in dim {over_b[k]}"
            )
    keep_a = [d for d in range(a._data.ndim) if d not in da]
    keep_b = [d for d in range(b._data.ndim) if d not in db]
    shape = [a._data.shape[d] for d in keep_a] + [b._data.shape[d] for d in keep_b]
    return reshape(_contracted(a, keep_a, da, True).mm(_contracted(b, keep_b, db, False)), shape)


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several matrices."""
    parts: Sequence[Tensor] = matrices[0] if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)) else matrices
    for i, m in enumerate(parts):
        if not isinstance(m, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type_name(m)}")
    warn_once(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters."
    )
    out = parts[0]
    for m in parts[1:]:
        out = matmul(out, m)
    return out


# --- distances --------------------------------------------------------------------------------


def _dist_grad(sign: int) -> Any:
    def vjp(g: Any, c: Any) -> Any:
        slope = norm_slope(c, c.saved(0) - c.saved(1), c.saved(2), c.param("ord"), None)
        return None if slope is None else g * slope * sign

    return vjp


DIST = OpSpec(
    "dist",
    lambda a, b, ord: norm_of(a - b, ord),
    (_dist_grad(1), _dist_grad(-1)),
    args=("self", "other"),
    saves=((0, (0, 1)), (1, (0, 1)), (OUT, (0, 1))),
    form="‖{0} − {1}‖",
    latex=r"\lVert {0} - {1} \rVert",
    derivatives=(r"{g}\,\frac{{{0} - {1}}}{{{out}}}", r"-{g}\,\frac{{{0} - {1}}}{{{out}}}"),
    doc="The p-norm of input - other.",
    samples=(S((2, 3), (2, 3)), S((3,), (3,), 3), S((3,), (3,), 1)),
)


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of input - other."""
    return apply(DIST, tuple(broadcast_tensors(input, other)), {"ord": p})


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The p-norm distances of all pairs of rows."""
    for x, name in ((x1, "X1"), (x2, "X2")):
        if x._data.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x._data.ndim}D")
    if x1._data.shape[-1] != x2._data.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1._data.shape[-1]} X2: {x2._data.shape[-1]}"
        )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def renorm(input: Tensor, p: Any, dim: int, maxnorm: Any) -> Tensor:
    """input with each slice along dim scaled down to p-norm maxnorm, if it is larger."""
    d = wrap_dim(dim, input._data.ndim)
    sizes = norm(input, p, tuple(k for k in range(input._data.ndim) if k != d), True)
    result: Tensor = input * (maxnorm / (sizes + 1e-7)).where(sizes > maxnorm, 1.0)
    return result


_BOTH = (baddbmm, addbmm, addmv, addr, vdot, ger, inner, kron, cross, dist)
HELPERS: dict[str, tuple[Any, Any]] = {"cross_product": (CROSS.forward, cross_product)}
METHODS: dict[str, Any] = methods(*_BOTH, renorm)
FUNCTIONS: dict[str, Any] = {
    **functions(*_BOTH, renorm),
    **{f.__name__: f for f in (tensordot, chain_matmul, cdist)},
}
OPERATORS: dict[str, Any] = {}
