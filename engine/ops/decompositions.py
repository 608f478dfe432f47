"""Decompositions of matrices: eigenvalues of symmetric ones, singular values, QR.

Their derivatives decompose the saved input once more, so that any order of derivative can be taken.
Formulas: ``linalg_eig_backward``, ``svd_backward`` and ``linalg_qr_backward`` in
torch/csrc/autograd/FunctionsManual.cpp.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, apply_many
from engine.ops.front import functions, methods, strict
from engine.ops.inverses import LinAlgError, check_matrices, turned
from engine.ops.results import named_result
from engine.ops.spec import OpSpec, S
from engine.state import warn_once
from engine.tensors import Tensor


def _on_diagonal(c: Any, v: Any) -> Any:
    """Matrices with the vectors ``v`` on their diagonals."""
    return c.reshape(v, (*v.shape, 1)) * c.constant(np.eye(v.shape[-1]))


def _inverse_gaps(c: Any, v: Any) -> Any:
    """1 / (v_j - v_i) off the diagonal, 0 on it."""
    n = v.shape[-1]
    eye = c.constant(np.eye(n))
    return (1 - eye) / (c.reshape(v, (*v.shape[:-1], 1, n)) - c.reshape(v, (*v.shape, 1)) + eye)


def _product(c: Any, *factors: Any) -> Any:
    out = factors[0]
    for factor in factors[1:]:
        out = c.matrix_product(out, factor)
    return out


# --- eigenvalues of symmetric matrices --------------------------------------------------------


def _symmetric(x: Raw, upper: bool = False) -> tuple[Raw, Raw]:
    try:
        values, vectors = np.linalg.eigh(x, "U" if upper else "L")
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too "
            "many repeated eigenvalues (error code: 1)."
        ) from None
    return values, vectors


def _symmetric_grad(g: Any, c: Any) -> Any:
    of_values, of_vectors = g if isinstance(g, list) else (g, None)
    values, vectors = c.eigenpairs(c.saved(0), c.param("upper"))
    middle: Any = 0
    if of_vectors is not None:
        middle = _product(c, turned(vectors), of_vectors) * _inverse_gaps(c, values)
    if of_values is not None:
        middle = _on_diagonal(c, of_values) + middle
    return _product(c, vectors, middle, turned(vectors))


EIGH = OpSpec(
    "eigh",
    _symmetric,
    (_symmetric_grad,),
    grad_fn="LinalgEighBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="eigh({0})",
    derivatives=(
        r"Q \left( \operatorname{{diag}} {g}_\lambda + \frac{{Q^\top {g}_Q}}{{\lambda_j - \lambda_i}} \right) Q^\top",
    ),
    call="linalg.eigh",
    doc="The eigenvalues, in order, and the eigenvectors of symmetric matrices.",
)
EIGVALSH = OpSpec(
    "eigvalsh",
    lambda x, upper: _symmetric(x, upper)[0],
    (_symmetric_grad,),
    grad_fn="LinalgEighBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="eigvalsh({0})",
    latex=r"\lambda({0})",
    derivatives=(r"Q \operatorname{{diag}}({g})\,Q^\top",),
    call="linalg.eigvalsh",
    doc="The eigenvalues of symmetric matrices, in order.",
)


def eigenpairs(x: Tensor, upper: bool = False) -> tuple[Tensor, ...]:
    """The eigenvalues and eigenvectors of symmetric matrices, of which one triangle is looked at."""
    return apply_many(EIGH, (x,), {"upper": upper}, _symmetric(x._data, upper))


def _is_upper(UPLO: str, function: str) -> bool:
    if UPLO.upper() not in ("U", "L"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO.upper() == "U"


def eigh(input: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues, in order, and the eigenvectors of symmetric matrices."""
    upper = _is_upper(UPLO, "linalg.eigh")
    return named_result("linalg_eigh", "eigenvalues", "eigenvectors")(
        *eigenpairs(check_matrices(input, "linalg.eigh"), upper)
    )


def eigvalsh(input: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, in order."""
    upper = _is_upper(UPLO, "linalg.eigvalsh")
    return apply(EIGVALSH, (check_matrices(input, "linalg.eigvalsh"),), {"upper": upper})


# --- singular values --------------------------------------------------------------------------


def _singular(x: Raw, full: bool = False) -> tuple[Raw, Raw, Raw]:
    u, s, vh = np.linalg.svd(x, full_matrices=full)
    return u, s, vh


def _singular_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    u, s, vh = c.singular_parts(x)
    of_u, of_s, of_vh = g if isinstance(g, list) else (None, g, None)
    if c.param("full"):
        of_u = None if of_u is None else c.narrow(of_u, of_u.ndim - 1, 0, s.shape[-1])
        of_vh = None if of_vh is None else c.narrow(of_vh, of_vh.ndim - 2, 0, s.shape[-1])
    middle: Any = 0 if of_s is None else _on_diagonal(c, of_s)
    gaps = _inverse_gaps(c, s * s)
    row, column = c.reshape(s, (*s.shape[:-1], 1, s.shape[-1])), c.reshape(s, (*s.shape, 1))
    rest: Any = 0
    if of_u is not None:
        inner = _product(c, turned(u), of_u)
        middle = middle + (inner - turned(inner)) * gaps * row
        if x.shape[-2] > s.shape[-1]:
            beyond = of_u - _product(c, u, inner)
            rest = rest + _product(c, beyond / row, vh)
    if of_vh is not None:
        of_v = turned(of_vh)
        v = turned(vh)
        inner = _product(c, vh, of_v)
        middle = middle + column * (inner - turned(inner)) * gaps
        if x.shape[-1] > s.shape[-1]:
            beyond = of_v - _product(c, v, inner)
            rest = rest + _product(c, u, turned(beyond / row))
    return _product(c, u, middle, vh) + rest


SVD = OpSpec(
    "svd",
    _singular,
    (_singular_grad,),
    grad_fn="LinalgSvdBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="svd({0})",
    derivatives=(r"U\,(\ldots)\,V^\top",),
    call="linalg.svd",
    doc="U, the singular values, and V transposed.",
)
SVDVALS = OpSpec(
    "svdvals",
    lambda x: np.linalg.svd(x, compute_uv=False),
    (_singular_grad,),
    grad_fn="LinalgSvdBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="svdvals({0})",
    latex=r"\sigma({0})",
    derivatives=(r"U \operatorname{{diag}}({g})\,V^\top",),
    call="linalg.svdvals",
    doc="The singular values of matrices, largest first.",
    samples=(S((3, 2)), S((2, 3))),
)


def singular_parts(x: Tensor, full: bool = False) -> tuple[Tensor, ...]:
    """U, the singular values, and V transposed."""
    return apply_many(SVD, (x,), {"full": full}, _singular(x._data, full))


def linalg_svd(A: Tensor, full_matrices: bool = True, driver: str | None = None) -> Any:
    """U, the singular values, and V transposed."""
    parts = singular_parts(check_matrices(A, "linalg.svd", square=False), full_matrices)
    return named_result("linalg_svd", "U", "S", "Vh")(*parts)


def svdvals(A: Tensor, driver: str | None = None) -> Tensor:
    """The singular values of matrices, largest first."""
    return apply(SVDVALS, (check_matrices(A, "linalg.svdvals", square=False),))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """U, the singular values, and V."""
    if input._data.ndim < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {input._data.ndim} dimensions instead"
        )
    u, s, vh = singular_parts(check_matrices(input, "linalg.svd", square=False), not some)
    return named_result("svd", "U", "S", "V")(u, s, turned(vh))


# --- QR ---------------------------------------------------------------------------------------


def _orthogonal(x: Raw, mode: Any = "reduced") -> tuple[Raw, Raw]:
    if mode == "r":
        return np.zeros((0,), x.dtype), np.linalg.qr(x, "r")
    q, r = np.linalg.qr(x, mode)
    return q, r


def _orthogonal_grad(g: Any, c: Any) -> Any:
    if c.param("mode") == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients of R."
        )
    x = c.saved(0)
    rows, columns = x.shape[-2:]
    if c.param("mode") == "complete" and rows > columns:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    of_q, of_r = g
    q, r = c.orthogonal_parts(x)
    m: Any = 0
    if of_r is not None:
        m = _product(c, of_r, turned(r))
    if of_q is not None:
        m = m - _product(c, turned(q), of_q)
    if rows >= columns:
        upper = c.triu(m, 0)
        total = _product(c, q, upper + turned(c.triu(m, 1)))
        total = total if of_q is None else total + of_q
        return turned(c.triangle_solution(r, turned(total), True, False))
    # The columns beyond the square pass their gradient on through Q.
    skew = c.tril(turned(m) - m, -1)
    square = c.narrow(r, r.ndim - 1, 0, rows)
    inner = _product(c, q, turned(c.triangle_solution(square, turned(skew), True, False)))
    beyond = c.zeros_like(c.narrow(x, x.ndim - 1, rows, columns - rows))
    total = c.cat([inner, beyond], x.ndim - 1)
    return total if of_r is None else total + _product(c, q, of_r)


QR = OpSpec(
    "qr",
    _orthogonal,
    (_orthogonal_grad,),
    grad_fn="LinalgQrBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="qr({0})",
    derivatives=(r"\left( {g}_Q + Q \operatorname{{sym}}({g}_R R^\top - Q^\top {g}_Q) \right) R^{{-\top}}",),
    call="linalg.qr",
    doc="Q with orthonormal columns and upper triangular R, whose product is the matrix.",
    samples=(S((3, 2)), S((3, 3)), S((2, 3)), S((2, 3, 2))),
)


def orthogonal_parts(x: Tensor, mode: str = "reduced") -> tuple[Tensor, ...]:
    """Q and R, whose product is ``x``."""
    return apply_many(QR, (x,), {"mode": mode}, _orthogonal(x._data, mode))


def linalg_qr(A: Tensor, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and upper triangular R, whose product is the matrix."""
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    parts = orthogonal_parts(check_matrices(A, "linalg.qr", square=False), mode)
    return named_result("linalg_qr", "Q", "R")(*parts)


def qr(input: Tensor, some: bool = True) -> Any:
    """Q with orthonormal columns and upper triangular R, whose product is the matrix."""
    warn_once(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe "
        "boolean parameter 'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould "
        "be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some else 'complete')"
    )
    parts = orthogonal_parts(check_matrices(input, "linalg.qr", square=False), "reduced" if some else "complete")
    return named_result("qr", "Q", "R")(*parts)


HELPERS: dict[str, tuple[Any, Any]] = {
    "eigenpairs": (_symmetric, eigenpairs),
    "orthogonal_parts": (_orthogonal, orthogonal_parts),
    "singular_parts": (_singular, singular_parts),
}
METHODS: dict[str, Any] = methods(svd, qr)
FUNCTIONS: dict[str, Any] = functions(svd, qr)
LINALG: dict[str, Any] = {
    **functions(eigh, eigvalsh, svdvals, under="linalg."),
    "svd": strict(linalg_svd, "linalg.svd"),
    "qr": strict(linalg_qr, "linalg.qr"),
}
OPERATORS: dict[str, Any] = {}
