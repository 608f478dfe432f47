"""Products of matrices and vectors: mm, bmm, mv, dot, outer, addmm, matmul, linear."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.broadcasting import expand, expandable
from engine.ops.dispatch import apply, broadcast_shape
from engine.ops.functions import deliver, expect_tensor, public
from engine.ops.multiplying import added_product, batched, inner, product, times_vector
from engine.ops.quick import quick_pair
from engine.ops.shape import RESHAPE_COPY, reshape, t, unsqueeze, view
from engine.ops.spec import Bad, OpSpec, S
from engine.tensors import Tensor

BOTH = ((0, (1,)), (1, (0,)))


def _same_dtype(a: Tensor, b: Tensor) -> None:
    if a._data.dtype is not b._data.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {a.dtype.c_name} != {b.dtype.c_name}")


def _multiplied(kernel: str, multiply: Callable[[Any, Any], Raw]) -> Callable[[Raw, Raw], Raw]:
    """``a @ b``; torch's NotImplementedError for bools."""

    def forward(a: Raw, b: Raw) -> Raw:
        if a.dtype.kind == "b":
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
        return multiply(a, b)

    return forward


def _right_gradient(g: Any, a: Any, right: int, c: Any) -> Any:
    """The gradient of input ``right`` in ``a @ b``; as torch does it, transposed where ``b`` is a transposed matrix."""
    if type(c.node.next[right]).__name__ in ("TBackward0", "TransposeBackward0"):
        return c.t(c.mm(c.t(g), a))
    return c.mm(c.t(a), g)


MM = OpSpec(
    "mm",
    _multiplied("addmm_impl_cpu_", product),
    (lambda g, c: c.mm(g, c.t(c.saved(1))), lambda g, c: _right_gradient(g, c.saved(0), 1, c)),
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
    _multiplied("bmm", batched),
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
    _multiplied("addmv_impl_cpu", times_vector),
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
    if a._data.dtype is not v._data.dtype:
        given = f"{v.dtype.scalar_type}, {a.dtype.scalar_type}, and {v.dtype.scalar_type}"
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {given}")
    return apply(MV, (a, v))


def outer_product(a: Tensor, b: Tensor) -> Tensor:
    """The matrix of all products of two vectors."""
    return unsqueeze(a, 1) * unsqueeze(b, 0)


DOT = OpSpec(
    "dot",
    _multiplied("dot", inner),
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
            f"dot : expected both vectors to have same dtype, but found {a.dtype.scalar_type} and {b.dtype.scalar_type}"
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
    return reshape(a, (-1, 1)) * b


def _addmm(bias: Raw, a: Raw, b: Raw, beta: Any = 1, alpha: Any = 1) -> Raw:
    if alpha == beta == 1 and a.dtype.kind == "f":
        return added_product(bias, a, b)
    multiplied = MM.forward(a, b)
    if alpha != 1:
        multiplied = multiplied * alpha
    return multiplied + (bias if beta == 1 else bias * beta)


def _scaled(g: Any, factor: Any) -> Any:
    return g if factor == 1 else g * factor


ADDMM = OpSpec(
    "addmm",
    _addmm,
    (
        lambda g, c: _scaled(g, c.param("beta", 1)),
        lambda g, c: _scaled(c.mm(g, c.t(c.saved(1))), c.param("alpha", 1)),
        lambda g, c: _scaled(_right_gradient(g, c.saved(0), 2, c), c.param("alpha", 1)),
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


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * mat1 @ mat2."""
    bias = expect_tensor(input, "addmm")
    a, b = expect_tensor(mat1, "addmm", "mat1", 2), expect_tensor(mat2, "addmm", "mat2", 3)
    for x, name in ((a, "mat1"), (b, "mat2")):
        if x._data.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x._data.ndim}-D tensor")
    _check_inner(a._data.shape, b._data.shape)
    if bias._data.dtype is not b._data.dtype:
        given = f"{bias.dtype.scalar_type} and {b.dtype.scalar_type}"
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {given}")
    if a._data.dtype is not b._data.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {a.dtype.scalar_type} and {b.dtype.scalar_type}"
        )
    shape = (a._data.shape[0], b._data.shape[1])
    if bias._data.shape != shape[1:] and not expandable(bias._data.shape, shape):
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size ({bias._data.shape[-1]}) at "
            f"non-singleton dimension 1.  Target sizes: {list(shape)}.  Tensor sizes: {list(bias._data.shape)}"
        )
    params = {} if (beta, alpha) == (1, 1) else {"beta": beta, "alpha": alpha}
    return deliver(apply(ADDMM, (bias, a, b), params), out, "addmm")


# --- matmul ----------------------------------------------------------------------------------

SQUEEZE_RESULT = OpSpec(
    "squeeze_result",
    lambda x, dim: np.squeeze(x, dim)[()],
    (lambda g, c: c.reshape(g, c.shape(0)),),
    grad_fn="SqueezeBackward4",
    args=("self",),
    form="squeeze({0})",
    latex=r"\operatorname{{squeeze}} {0}",
    derivatives=(r"\operatorname{{unsqueeze}} {g}",),
    doc="What torch does to the product of a vector, made a row, and a matrix.",
)


def _folded(x: Tensor) -> Tensor:
    return reshape(x, (-1, x._data.shape[-1]))


def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The matrix product in torch's sense: vectors, matrices and batches, decomposed as torch decomposes it."""
    a, b = expect_tensor(input, "matmul"), expect_tensor(other, "matmul", "other", 2)
    return deliver(_product(a, b, "matmul"), out, "matmul")


def _product(a: Tensor, b: Tensor, function: str) -> Tensor:
    m, n = a._data.ndim, b._data.ndim
    if m == 0 or n == 0:
        raise RuntimeError(f"both arguments to {function} need to be at least 1D, but they are {m}D and {n}D")
    if m == 1 and n == 1:
        return dot(a, b)
    if m == 2 and n == 1:
        return mv(a, b)
    if m == 1 and n == 2:
        return apply(SQUEEZE_RESULT, (mm(unsqueeze(a, 0), b),), {"dim": 0})
    if m == 2 and n == 2:
        return mm(a, b)
    if n > 2:
        return _batched(a, b)
    lead = a._data.shape[:-1]
    if n == 1:
        return apply(RESHAPE_COPY, (mv(_folded(a), b),), {"shape": lead})
    return apply(RESHAPE_COPY, (mm(_folded(a), b),), {"shape": (*lead, b._data.shape[1])})


def _batched(a: Tensor, b: Tensor) -> Tensor:
    vector = a._data.ndim == 1
    if vector:
        a = unsqueeze(a, 0)
    p, q = a._data.shape, b._data.shape
    if p[-1] != q[-2]:
        batch = math.prod(q[:-2])
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {p[-1]}] but got: "
            f"[{batch}, {q[-2]}]."
        )
    lead = broadcast_shape(p[:-2], q[:-2])
    size = math.prod(lead)
    left = reshape(expand(a, (*lead, *p[-2:])), (size, *p[-2:]))
    right = reshape(expand(b, (*lead, *q[-2:])), (size, *q[-2:]))
    shape = (*lead, q[-1]) if vector else (*lead, p[-2], q[-1])
    return apply(RESHAPE_COPY, (bmm(left, right),), {"shape": shape})


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias, as torch records it: one addmm where there is a bias."""
    x = expect_tensor(input, "linear")
    w = t(weight)
    if bias is None or x._data.ndim == 0:
        return _product(x, w, "linear")
    if x._data.ndim == 2:
        return addmm(bias, x, w)
    return view(addmm(bias, _folded(x), w), (*x._data.shape[:-1], weight._data.shape[0]))


_of_matrices = quick_pair(MM, matmul)


def _matmul_method(self: Tensor, other: Any) -> Any:
    if isinstance(other, Tensor):
        a, b = self._data.shape, other._data.shape
        if len(a) == 2 == len(b) and a[1] == b[0]:
            return _of_matrices(self, other)
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


METHODS: dict[str, Any] = public(mm, bmm, mv, dot, outer, addmm, matmul)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {"__matmul__": _matmul_method}
