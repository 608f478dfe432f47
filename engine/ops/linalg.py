"""Matrix products and what goes with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import dtypes
from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import deliver, expect_tensor
from engine.ops.shape import RESHAPE_COPY, expand, reshape, squeeze, t, transpose, unsqueeze
from engine.ops.spec import Bad, OpSpec, S
from engine.tensors import Tensor

BOTH = ((0, (1,)), (1, (0,)))


def _same_dtype(a: Tensor, b: Tensor) -> None:
    if a._data.dtype is not b._data.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {a.dtype.c_name} != {b.dtype.c_name}")


MM = OpSpec(
    "mm",
    lambda a, b: a @ b,
    (lambda g, c: c.mm(g, c.t(c.saved(1))), lambda g, c: c.mm(c.t(c.saved(0)), g)),
    args=("self", "mat2"),
    saves=BOTH,
    form="{0} @ {1}",
    latex="{0}\\,{1}",
    derivatives=(r"{g}\,{1}^\top", r"{0}^\top {g}"),
    glyph="@",
    doc="The product of two matrices.",
    samples=(S((2, 3), (3, 4)), S((1, 1), (1, 1))),
    errors=(
        Bad(((2, 3), (2, 3)), RuntimeError, "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
        Bad(((2,), (2, 3)), RuntimeError, "self must be a matrix"),
    ),
)


def mm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """The product of two matrices."""
    a, b = expect_tensor(input, "mm"), expect_tensor(mat2, "mm", "mat2", 2)
    for x, name in ((a, "self"), (b, "mat2")):
        if x._data.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    _check_inner(a._data.shape, b._data.shape)
    _same_dtype(a, b)
    return deliver(apply(MM, (a, b)), out, "mm")


def _check_inner(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})")


BMM = OpSpec(
    "bmm",
    lambda a, b: a @ b,
    (
        lambda g, c: c.bmm(g, c.transpose(c.saved(1), 1, 2)),
        lambda g, c: c.bmm(c.transpose(c.saved(0), 1, 2), g),
    ),
    args=("self", "mat2"),
    saves=BOTH,
    form="{0} @ {1}",
    latex="{0}\\,{1}",
    derivatives=(r"{g}\,{1}^\top", r"{0}^\top {g}"),
    glyph="@",
    doc="Products of matrices, pair by pair.",
    samples=(S((2, 3, 4), (2, 4, 2)),),
)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Products of matrices, pair by pair."""
    a, b = expect_tensor(input, "bmm"), expect_tensor(mat2, "bmm", "mat2", 2)
    for x, name in ((a, "batch1"), (b, "batch2")):
        if x._data.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    p, q = a._data.shape, b._data.shape
    if p[0] != q[0] or p[2] != q[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{p[0]}, {p[2]}] but got: "
            f"[{q[0]}, {q[1]}]."
        )
    _same_dtype(a, b)
    return apply(BMM, (a, b))


MV = OpSpec(
    "mv",
    lambda a, v: a @ v,
    (lambda g, c: c.outer_product(g, c.saved(1)), lambda g, c: c.mv(c.t(c.saved(0)), g)),
    args=("self", "vec"),
    saves=BOTH,
    form="{0} @ {1}",
    latex="{0}\\,{1}",
    derivatives=(r"{g}\,{1}^\top", r"{0}^\top {g}"),
    glyph="@",
    doc="A matrix times a vector.",
    samples=(S((2, 3), (3,)),),
)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector."""
    a, v = expect_tensor(input, "mv"), expect_tensor(vec, "mv", "vec", 2)
    if a._data.ndim != 2 or v._data.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {a._data.ndim}, {v._data.ndim}")
    if a._data.shape[1] != v._data.shape[0]:
        m, n = a._data.shape
        raise RuntimeError(f"size mismatch, got input ({m}), mat ({m}x{n}), vec ({v._data.shape[0]})")
    _same_dtype(a, v)
    return apply(MV, (a, v))


def outer_product(a: Any, b: Any) -> Any:
    """The matrix of all products of two vectors, of arrays or of tensors."""
    if isinstance(a, Tensor):
        return unsqueeze(a, 1) * unsqueeze(b, 0)
    return np.multiply.outer(a, b)


DOT = OpSpec(
    "dot",
    lambda a, b: a @ b,
    (lambda g, c: g * c.saved(1), lambda g, c: g * c.saved(0)),
    args=("self", "tensor"),
    saves=BOTH,
    form="{0} · {1}",
    latex=r"{0}^\top {1}",
    derivatives=(r"{g}\,{1}", r"{g}\,{0}"),
    glyph="·",
    doc="The inner product of two vectors.",
    samples=(S((3,), (3,)),),
)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors."""
    a, b = expect_tensor(input, "dot"), expect_tensor(tensor, "dot", "tensor", 2)
    if a._data.ndim != 1 or b._data.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a._data.ndim}D and {b._data.ndim}D tensors")
    if a._data.dtype is not b._data.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{dtypes.SCALAR_TYPE[a.dtype]} and {dtypes.SCALAR_TYPE[b.dtype]}"
        )
    if a._data.shape != b._data.shape:
        p, q = a._data.shape[0], b._data.shape[0]
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{p}] and src [{q}] to have the same number of elements, but "
            f"got {p} and {q} elements respectively"
        )
    return apply(DOT, (a, b))


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The matrix of all products of two vectors."""
    a, b = expect_tensor(input, "outer"), expect_tensor(vec2, "outer", "vec2", 2)
    if a._data.ndim != 1 or b._data.ndim != 1:
        bad, name = (a, "self") if a._data.ndim != 1 else (b, "vec2")
        raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {bad._data.ndim}-D")
    out: Tensor = reshape(a, (-1, 1)) * b
    return out


def _addmm(bias: Raw, a: Raw, b: Raw, beta: Any = 1, alpha: Any = 1) -> Raw:
    product = a @ b
    if alpha != 1:
        product = product * alpha
    return product + (bias if beta == 1 else bias * beta)


def _scaled(g: Any, factor: Any) -> Any:
    return g if factor == 1 else g * factor


ADDMM = OpSpec(
    "addmm",
    _addmm,
    (
        lambda g, c: _scaled(g, c.param("beta", 1)),
        lambda g, c: _scaled(c.mm(g, c.t(c.saved(1))), c.param("alpha", 1)),
        lambda g, c: _scaled(c.mm(c.t(c.saved(0)), g), c.param("alpha", 1)),
    ),
    args=("self", "mat1", "mat2"),
    saves=((1, (2,)), (2, (1,))),
    form="{0} + {1} @ {2}",
    latex="{0} + {1}\\,{2}",
    derivatives=("1", r"{g}\,{2}^\top", r"{1}^\top {g}"),
    glyph="@+",
    doc="input + mat1 @ mat2: a linear layer in one op.",
    samples=(S((2, 4), (2, 3), (3, 4)), S((4,), (2, 3), (3, 4)), S((4,), (2, 3), (3, 4), beta=0.5, alpha=2.0)),
)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * mat1 @ mat2."""
    a, b = expect_tensor(mat1, "addmm", "mat1", 2), expect_tensor(mat2, "addmm", "mat2", 3)
    if a._data.ndim != 2:
        raise RuntimeError(f"mat1 must be a matrix, got {a._data.ndim}-D tensor")
    if b._data.ndim != 2:
        raise RuntimeError(f"mat2 must be a matrix, got {b._data.ndim}-D tensor")
    _check_inner(a._data.shape, b._data.shape)
    if a._data.dtype is not b._data.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {_st(a)} and {_st(b)}")
    shape = (a._data.shape[0], b._data.shape[1])
    try:
        np.broadcast_to(input._data, shape)
    except ValueError:
        bias = input._data.shape
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size ({bias[-1]}) at non-singleton "
            f"dimension 1.  Target sizes: {list(shape)}.  Tensor sizes: {list(bias)}"
        ) from None
    params = {} if (beta, alpha) == (1, 1) else {"beta": beta, "alpha": alpha}
    return apply(ADDMM, (input, a, b), params)


def _st(x: Tensor) -> str:
    return dtypes.SCALAR_TYPE[x.dtype]


def _folded(x: Tensor) -> Tensor:
    return reshape(x, (-1, x._data.shape[-1]))


def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The matrix product in torch's sense: vectors, matrices and batches, decomposed as torch decomposes it."""
    a, b = expect_tensor(input, "matmul"), expect_tensor(other, "matmul", "other", 2)
    m, n = a._data.ndim, b._data.ndim
    if m == 0 or n == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D")
    if m == 1 and n == 1:
        result = dot(a, b)
    elif m == 2 and n == 1:
        result = mv(a, b)
    elif m == 1 and n == 2:
        result = squeeze(mm(unsqueeze(a, 0), b), 0)
    elif m == 2 and n == 2:
        result = mm(a, b)
    elif m >= 3 and n <= 2:
        lead = a._data.shape[:-1]
        if n == 1:
            result = apply(RESHAPE_COPY, (mv(_folded(a), b),), {"shape": lead})
        else:
            result = apply(RESHAPE_COPY, (mm(_folded(a), b),), {"shape": (*lead, b._data.shape[1])})
    else:
        result = _batched(a, b)
    return deliver(result, out, "matmul")


def _batched(a: Tensor, b: Tensor) -> Tensor:
    vector = a._data.ndim == 1
    if vector:
        a = unsqueeze(a, 0)
    p, q = a._data.shape, b._data.shape
    if p[-1] != q[-2]:
        rows = int(np.prod(p[:-1]))
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{int(np.prod(q[:-2]))}, {p[-1]}] but "
            f"got: [{int(np.prod(q[:-2]))}, {q[-2]}]."
            if rows
            else "matmul: empty operands"
        )
    try:
        lead = np.broadcast_shapes(p[:-2], q[:-2])
    except ValueError:
        from engine.ops.dispatch import broadcast_error

        raise broadcast_error(p[:-2], q[:-2]) from None
    size = int(np.prod(lead))
    left = reshape(expand(a, (*lead, *p[-2:])), (size, *p[-2:]))
    right = reshape(expand(b, (*lead, *q[-2:])), (size, *q[-2:]))
    out = apply(RESHAPE_COPY, (bmm(left, right),), {"shape": (*lead, p[-2], q[-1])})
    return squeeze(out, -2) if vector else out


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias, as torch records it: one addmm where there is a bias."""
    x = expect_tensor(input, "linear")
    w = t(weight)
    if bias is None:
        return matmul(x, w)
    if x._data.ndim == 2:
        return addmm(bias, x, w)
    flat = reshape(x, (-1, x._data.shape[-1]) if x._data.ndim else (1, 1))
    from engine.ops.shape import view

    return view(addmm(bias, flat, w), (*x._data.shape[:-1], weight._data.shape[0]))


def _triangle(name: str, f: Any) -> OpSpec:
    return OpSpec(
        name,
        lambda x, diagonal=0: f(x, diagonal),
        (lambda g, c: getattr(c, name)(g, c.param("diagonal", 0)),),
        args=("self",),
        form=f"{name}({{0}})",
        derivatives=(rf"\operatorname{{{{{name}}}}} {{g}}",),
        doc=f"The {'lower' if name == 'tril' else 'upper'} triangle of matrices; the rest is 0.",
        samples=(S((3, 3)), S((3, 4), 1)),
    )


TRIL = _triangle("tril", np.tril)
TRIU = _triangle("triu", np.triu)


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices; the rest is 0."""
    return apply(TRIL, (expect_tensor(input, "tril"),), {"diagonal": diagonal})


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices; the rest is 0."""
    return apply(TRIU, (expect_tensor(input, "triu"),), {"diagonal": diagonal})


def _put_diagonal(g: Raw, offset: int, shape: tuple[int, ...]) -> Raw:
    out = np.zeros(shape, g.dtype)
    i = np.arange(g.shape[-1])
    out[i + max(0, -offset), i + max(0, offset)] = g
    return out


DIAG_EMBED = OpSpec(
    "diag_embed",
    lambda v, offset, shape: _put_diagonal(array(v), offset, shape),
    (lambda g, c: c.diagonal_of(g, c.param("offset")),),
    args=("self",),
    form="diag({0})",
    derivatives=(r"\operatorname{{diag}} {g}",),
    call="diag",
    samples=(S((3,)), S((3,), 1)),
)
DIAGONAL = OpSpec(
    "diagonal",
    lambda x, offset: np.diagonal(x, offset).copy(),
    (lambda g, c: c.diagonal_put(g, c.param("offset"), c.shape(0)),),
    grad_fn="DiagonalBackward0_copy",
    args=("self",),
    form="diag({0})",
    derivatives=(r"\operatorname{{diag}} {g}",),
    call="diag",
    samples=(S((3, 3)), S((3, 4), 1)),
)


def diagonal_of(x: Any, offset: int) -> Any:
    """The diagonal of a matrix, of an array or of a tensor."""
    return apply(DIAGONAL, (x,), {"offset": offset}) if isinstance(x, Tensor) else np.diagonal(x, offset).copy()


def diagonal_put(v: Any, offset: int, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``v`` on the diagonal."""
    if isinstance(v, Tensor):
        return apply(DIAG_EMBED, (v,), {"offset": offset, "shape": shape})
    return _put_diagonal(array(v), offset, shape)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x = expect_tensor(input, "diag")
    if x._data.ndim == 1:
        n = x._data.shape[0] + abs(diagonal)
        return apply(DIAG_EMBED, (x,), {"offset": diagonal, "shape": (n, n)})
    if x._data.ndim == 2:
        return apply(DIAGONAL, (x,), {"offset": diagonal})
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x._data.ndim}D")


TRACE = OpSpec(
    "trace",
    lambda x: np.trace(x),
    (lambda g, c: c.diagonal_put(c.expand(g, (min(c.shape(0)),)), 0, c.shape(0)),),
    args=("self",),
    form="trace({0})",
    latex=r"\operatorname{{tr}} {0}",
    derivatives=("{g}\\,I",),
    doc="The sum of a matrix's diagonal.",
    samples=(S((3, 3)), S((2, 3))),
)


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal."""
    x = expect_tensor(input, "trace")
    if x._data.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x._data.ndim}")
    return apply(TRACE, (x,))


def _matmul_method(self: Tensor, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


def _reverse(self: Tensor) -> Tensor:
    return t(self) if self._data.ndim == 2 else self.permute(*range(self._data.ndim - 1, -1, -1))


METHODS: dict[str, Any] = {f.__name__: f for f in (mm, bmm, mv, dot, outer, addmm, matmul, tril, triu, diag, trace)}
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {
    "__matmul__": _matmul_method,
    "T": property(lambda self: _reverse(self)),
    "mT": property(lambda self: transpose(self, -2, -1)),
}
