"""Determinants, inverses and linear systems: det, slogdet, inv, solve, cholesky, solve_triangular."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops import lu
from engine.ops.dispatch import apply, apply_many, broadcast_shape
from engine.ops.front import functions, methods, strict
from engine.ops.linalg import matmul
from engine.ops.results import named_result
from engine.ops.shape import transpose
from engine.ops.spec import Arg, Bad, OpSpec, S
from engine.state import warn_once
from engine.tensors import Tensor


class LinAlgError(RuntimeError):
    """A matrix for which an algorithm of linear algebra fails."""

    __module__ = "torch._C"


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"


def turned(x: Any) -> Any:
    """The last two dimensions of an array or a tensor swapped."""
    return transpose(x, -2, -1) if isinstance(x, Tensor) else np.swapaxes(x, -1, -2)


def check_matrices(x: Tensor, function: str, name: str = "A", square: bool = True) -> Tensor:
    """``x``, if it holds matrices of floating numbers; torch's RuntimeErrors otherwise."""
    if x._data.ndim < 2:
        raise RuntimeError(f"{function}: The input tensor {name} must have at least 2 dimensions.")
    if square and x._data.shape[-1] != x._data.shape[-2]:
        rows, columns = x._data.shape[-2:]
        raise RuntimeError(
            f"{function}: {name} must be batches of square matrices, but they are {rows} by {columns} matrices"
        )
    if not x.is_floating_point():
        raise RuntimeError(
            f"{function}: Expected a floating point or complex tensor as input. Got {x.dtype.scalar_type}"
        )
    if x.element_size() == 2:
        raise RuntimeError(f"{function}: Low precision dtypes not supported. Got {x.dtype.scalar_type}")
    return x


def _singular(function: str, place: tuple[int, int], batched: bool, text: str) -> LinAlgError:
    """torch's error for a singular matrix: which one of a batch, and which pivot."""
    number, pivot = place
    batch = f"(Batch element {number}): " if batched else ""
    return LinAlgError(f"{function}: {batch}{text.format(pivot=pivot)}")


# --- inverse ----------------------------------------------------------------------------------


def _inverse(x: Raw) -> Raw:
    out, place = lu.solve(x, np.eye(x.shape[-1], dtype=x.dtype))
    if place[1]:
        text = (
            "The diagonal element {pivot} is zero, the inversion could not be completed because the input matrix is "
            "singular."
        )
        raise _singular("linalg.inv", place, x.ndim > 2, text)
    return out


def _inverse_grad(g: Any, c: Any) -> Any:
    flipped = turned(c.saved(0))
    return -c.matrix_product(c.matrix_product(flipped, g), flipped)


INV = OpSpec(
    "inv",
    _inverse,
    (_inverse_grad,),
    grad_fn="LinalgInvExBackward0",
    args=("A",),
    saves=((OUT, (0,)),),
    form="inv({0})",
    latex="{0}^{{-1}}",
    derivatives=(r"-{out}^\top {g}\,{out}^\top",),
    glyph="A⁻¹",
    call="linalg.inv",
    doc="The inverse of matrices.",
    samples=(S((3, 3)), S((2, 2, 2))),
    errors=(
        Bad(((2, 3),), RuntimeError, "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices"),
        Bad(((3,),), RuntimeError, "linalg.inv: The input tensor A must have at least 2 dimensions."),
    ),
)


def inv(A: Tensor) -> Tensor:
    """The inverse of matrices."""
    return apply(INV, (check_matrices(A, "linalg.inv"),))


def inverse(input: Tensor) -> Tensor:
    """The inverse of matrices."""
    return inv(input)


# --- determinant ------------------------------------------------------------------------------


def _cofactors(c: Any, a: Any) -> Any:
    """The derivative of det where there is no inverse: the determinants of all minors, with their signs."""
    n = a.shape[-1]
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            keep = np.ix_([k for k in range(n) if k != i], [k for k in range(n) if k != j])
            minor = c.determinant(c.index(a, (..., *keep))) if n > 1 else None
            one = c.sum(a * 0, (-2, -1), False) + 1 if minor is None else minor
            row.append(one if (i + j) % 2 == 0 else -one)
        rows.append(c.stack(row, -1))
    return c.stack(rows, -2)


def _determinant_grad(g: Any, c: Any) -> Any:
    a, d = c.saved(0), c.saved(1)
    values = d._data if isinstance(d, Tensor) else d
    scale = c.reshape(g, (*g.shape, 1, 1))
    if np.any(values == 0):
        return scale * _cofactors(c, a)
    return scale * c.reshape(d, (*d.shape, 1, 1)) * turned(c.inverse_of(a))


DET = OpSpec(
    "det",
    lambda x: np.linalg.det(x).astype(x.dtype)[()],
    (_determinant_grad,),
    grad_fn="LinalgDetBackward0",
    args=("A",),
    saves=((0, (0,)), (OUT, (0,))),
    form="det({0})",
    latex=r"\det {0}",
    derivatives=(r"{g}\,{out}\,{0}^{{-\top}}",),
    doc="The determinant of matrices.",
    samples=(S((3, 3)), S((2, 2, 2))),
)


def det(input: Tensor) -> Tensor:
    """The determinant of matrices."""
    return apply(DET, (check_matrices(input, "linalg.det"),))


def linalg_det(A: Tensor) -> Tensor:
    """The determinant of matrices."""
    return det(A)


def _slogdet_grad(g: Any, c: Any) -> Any:
    if g[1] is None:
        return None
    a = c.saved(0)
    return c.solution(turned(a), c.reshape(g[1], (*g[1].shape, 1, 1)) * c.constant(np.eye(a.shape[-1])))


SLOGDET = OpSpec(
    "slogdet",
    lambda x: tuple(v[()] for v in lu.log_determinant(x)),
    (_slogdet_grad,),
    grad_fn="LinalgSlogdetBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="slogdet({0})",
    latex=r"\ln |\det {0}|",
    derivatives=(r"{g}\,{0}^{{-\top}}",),
    doc="The sign and the logarithm of the size of the determinant.",
    samples=(S((3, 3)), S((2, 2, 2))),
)


def _sign_and_size(x: Tensor, name: str) -> Any:
    check_matrices(x, "linalg.slogdet")
    return named_result(name, "sign", "logabsdet")(*apply_many(SLOGDET, (x,), None, SLOGDET.forward(x._data)))


def slogdet(input: Tensor) -> Any:
    """The sign and the logarithm of the size of the determinant."""
    return _sign_and_size(input, "slogdet")


def linalg_slogdet(A: Tensor) -> Any:
    """The sign and the logarithm of the size of the determinant."""
    return _sign_and_size(A, "linalg_slogdet")


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; nan if it is negative."""
    sign, size = slogdet(check_matrices(input, "logdet"))
    result: Tensor = size.where(sign.detach() != -1, math.nan)
    return result


# --- linear systems ---------------------------------------------------------------------------


def _solution(a: Raw, b: Raw) -> Raw:
    """X of a X = b; ``b`` holds matrices, or vectors if it has one dimension less."""
    vectors = b.ndim == a.ndim - 1
    out, place = lu.solve(a, b[..., None] if vectors else b)
    if place[1]:
        text = "The solver failed because the input matrix is singular."
        raise _singular("torch.linalg.solve", place, a.ndim > 2, text)
    return out[..., 0] if vectors else out


def _solution_grad(g: Any, c: Any) -> Any:
    a, x = c.saved(0), c.saved(1)
    of_b = c.solution(turned(a), g)
    if x.ndim == a.ndim - 1:
        return -c.reshape(of_b, (*of_b.shape, 1)) * c.reshape(x, (*x.shape[:-1], 1, x.shape[-1]))
    return -c.matrix_product(of_b, turned(x))


SOLVE = OpSpec(
    "solve",
    _solution,
    (_solution_grad, lambda g, c: c.solution(turned(c.saved(0)), g)),
    grad_fn="LinalgSolveExBackward0",
    args=("A", "B"),
    saves=((0, (0, 1)), (OUT, (0,))),
    form="solve({0}, {1})",
    latex="{0}^{{-1}} {1}",
    derivatives=(r"-{0}^{{-\top}} {g}\,{out}^\top", r"{0}^{{-\top}} {g}"),
    call="linalg.solve",
    doc="The solution X of A X = B.",
    samples=(S((3, 3), (3, 2)), S((2, 2, 2), (2, 2, 1)), S((3, 3), (3,))),
)


def solution(a: Tensor, b: Tensor) -> Tensor:
    """The solution X of a X = b, for matrices or vectors."""
    return apply(SOLVE, (a, b))


def solve(A: Tensor, B: Tensor, left: bool = True) -> Tensor:
    """The solution X of A X = B (of X A = B if left is False); B may hold vectors."""
    check_matrices(A, "torch.linalg.solve")
    a, b = A._data.shape, B._data.shape
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A.dtype.scalar_type} and B "
            f"of type {B.dtype.scalar_type} instead"
        )
    vector = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    if not left:
        if vector:
            raise RuntimeError(
                "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this "
                "case linalg.solve is equivalent to B / A.squeeze(-1)"
            )
        result: Tensor = turned(solve(turned(A), turned(B)))
        return result
    shown = (*b, 1) if vector else b
    if shown[-2] != a[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({a[-2]}x{a[-1]} and "
            f"{shown[-2]}x{shown[-1]})"
        )
    batch = broadcast_shape(a[:-2], shown[:-2])
    right = (*batch, b[-1]) if vector else (*batch, *b[-2:])
    if a[:-2] != batch:
        A = A.expand((*batch, *a[-2:]))
    return solution(A, B if b == right else B.expand(right))


def _solved_triangle(a: Raw, b: Raw, upper: bool, unitriangular: bool) -> Raw:
    t = np.triu(a) if upper else np.tril(a)
    if unitriangular:
        n = t.shape[-1]
        t = t * (1 - np.eye(n, dtype=t.dtype)) + np.eye(n, dtype=t.dtype)
    return np.linalg.solve(t, b)


def _triangle_grads(g: Any, c: Any) -> tuple[Any, Any]:
    upper, unit = c.param("upper"), c.param("unitriangular")
    of_b = c.triangle_solution(turned(c.saved(0)), g, not upper, unit)
    of_a = -c.matrix_product(of_b, turned(c.saved(1)))
    shift = 1 if unit else 0
    return (c.triu(of_a, shift) if upper else c.tril(of_a, -shift)), of_b


SOLVE_TRIANGULAR = OpSpec(
    "solve_triangular",
    _solved_triangle,
    (lambda g, c: _triangle_grads(g, c)[0], lambda g, c: _triangle_grads(g, c)[1]),
    grad_fn="LinalgSolveTriangularBackward0",
    args=("A", "B"),
    saves=((0, (0, 1)), (OUT, (0,))),
    form="solve({0}, {1})",
    latex="{0}^{{-1}} {1}",
    derivatives=(r"-{0}^{{-\top}} {g}\,{out}^\top", r"{0}^{{-\top}} {g}"),
    call="linalg.solve_triangular",
    doc="The solution X of A X = B for a triangular A.",
    samples=(S(Arg((3, 3), 0.5, 2.0), (3, 2), upper=True), S(Arg((3, 3), 0.5, 2.0), (3, 2), upper=False)),
)


def triangle_solution(a: Tensor, b: Tensor, upper: bool, unitriangular: bool) -> Tensor:
    """The solution X of a X = b for a triangular a."""
    return apply(SOLVE_TRIANGULAR, (a, b), {"upper": upper, "unitriangular": unitriangular})


def solve_triangular(
    input: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution X of A X = B for a triangular A."""
    check_matrices(input, "linalg.solve_triangular")
    if not left:
        result: Tensor = turned(triangle_solution(turned(input), turned(B), not upper, unitriangular))
        return result
    return triangle_solution(input, B, upper, unitriangular)


# --- cholesky ---------------------------------------------------------------------------------


def _factor(x: Raw) -> Raw:
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        flat = x.reshape(-1, *x.shape[-2:])
        number, order = next((i, k) for i, m in enumerate(flat) if (k := _bad_minor(m)))
        batch = f"(Batch element {number}): " if x.ndim > 2 else ""
        raise LinAlgError(
            f"linalg.cholesky: {batch}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {order} is not positive-definite)."
        ) from None


def _bad_minor(matrix: Raw) -> int:
    for k in range(1, len(matrix) + 1):
        try:
            np.linalg.cholesky(matrix[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return 0


def _factor_grad(g: Any, c: Any) -> Any:
    factor = c.saved(0)
    flipped = turned(factor)
    phi = c.tril(c.matrix_product(flipped, g), 0)
    diagonal = c.tril(c.triu(phi, 0), 0)
    phi = phi - diagonal * 0.5
    inverse = c.inverse_of(factor)
    s = c.matrix_product(c.matrix_product(turned(inverse), phi), inverse)
    return (s + turned(s)) * 0.5


CHOLESKY = OpSpec(
    "cholesky",
    _factor,
    (_factor_grad,),
    grad_fn="LinalgCholeskyExBackward0",
    args=("A",),
    saves=((OUT, (0,)),),
    form="cholesky({0})",
    latex=r"\operatorname{{chol}} {0}",
    derivatives=(r"\tfrac12(S + S^\top), S = {out}^{{-\top}} \Phi({out}^\top {g})\,{out}^{{-1}}",),
    doc="The lower triangular L with L @ L.T equal to input.",
)


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with L @ L.T equal to input (or its transpose)."""
    factor = apply(CHOLESKY, (check_matrices(input, "linalg.cholesky"),))
    return turned(factor) if upper else factor


def torch_cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with L @ L.T equal to input (or its transpose)."""
    if input._data.ndim < 2:
        raise RuntimeError("cholesky: The input tensor A must have at least 2 dimensions.")
    warn_once(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch "
        "release.\nL = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\nU = "
        "torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\nThis transform will "
        "produce equivalent results for all valid (symmetric positive definite) inputs."
    )
    return cholesky(input, upper)


HELPERS: dict[str, tuple[Any, Any]] = {
    "determinant": (DET.forward, det),
    "inverse_of": (_inverse, inv),
    "matrix_product": (np.matmul, matmul),
    "solution": (_solution, solution),
    "triangle_solution": (_solved_triangle, triangle_solution),
}
METHODS: dict[str, Any] = methods(det, slogdet, logdet, inverse, torch_cholesky)
FUNCTIONS: dict[str, Any] = functions(det, slogdet, logdet, inverse, torch_cholesky)
LINALG: dict[str, Any] = {
    **functions(inv, solve, solve_triangular, cholesky, under="linalg."),
    "det": strict(linalg_det, "linalg.det"),
    "slogdet": strict(linalg_slogdet, "linalg.slogdet"),
}
OPERATORS: dict[str, Any] = {}
