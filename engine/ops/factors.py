"""LU factors of matrices, solutions with them, and the forms of solvers that tell of failure by a number.

Formulas: ``lu_factor_ex_backward`` in torch/csrc/autograd/FunctionsManual.cpp, for square matrices.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, apply_many, array
from engine.ops.front import functions, methods, strict
from engine.ops.inverses import LinAlgError, check_matrices, cholesky, inv, solve, triangle_solution, turned
from engine.ops.linalg import matmul
from engine.ops.lu import decomposed
from engine.ops.results import named_result
from engine.ops.spec import OpSpec
from engine.state import warn_once
from engine.tensors import Tensor, wrap

Array = np.ndarray[Any, Any]

LU_DEPRECATED = (
    "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a "
    "future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = "
    "torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)\n"
    "should be replaced with\nLU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)"
)
LU_SOLVE_DEPRECATED = (
    "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch release.\n"
    "Note that torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be "
    "replaced with\nX = torch.linalg.lu_solve(LU, pivots, B)"
)


def _packed(x: Raw) -> tuple[Array, Array]:
    """L (below the diagonal) and U in one matrix, and the order of the rows, batch by batch."""
    data = array(x)
    n = data.shape[-1]
    found = [decomposed(matrix)[:2] for matrix in data.reshape(-1, n, n)]
    factors = np.array([lu for lu, _ in found], data.dtype).reshape(data.shape)
    return factors, np.array([order for _, order in found], np.int64).reshape(data.shape[:-1])


def _rows_in(order: Array, kind: np.dtype[Any]) -> Array:
    """The matrix P with P @ L @ U equal to the matrix whose rows were taken in this order."""
    out: Array = np.eye(order.shape[-1], dtype=kind)[order].swapaxes(-1, -2)
    return np.ascontiguousarray(out)


def _pivots(order: Array) -> Array:
    """The rows with which each row was exchanged, from 1, as LAPACK tells them."""
    flat = order.reshape(-1, order.shape[-1])
    out = np.empty(flat.shape, np.int32)
    for k, row in enumerate(flat):
        places = list(range(len(row)))
        for i, wanted in enumerate(row.tolist()):
            j = places.index(wanted)
            places[i], places[j] = places[j], places[i]
            out[k, i] = j + 1
    return out.reshape(order.shape)


def _order(pivots: Array) -> Array:
    """The order of the rows from the exchanges."""
    flat = pivots.reshape(-1, pivots.shape[-1])
    out = np.tile(np.arange(flat.shape[-1]), (len(flat), 1))
    for k, row in enumerate(flat.tolist()):
        for i, j in enumerate(row):
            out[k, [i, j - 1]] = out[k, [j - 1, i]]
    return out.reshape(pivots.shape)


def _product(c: Any, *factors: Any) -> Any:
    out = factors[0]
    for factor in factors[1:]:
        out = c.matrix_product(out, factor)
    return out


def _factor_grad(g: Any, c: Any) -> Any:
    lu, p = c.saved(0), c.constant(c.param("rows"))
    eye = c.constant(np.eye(lu.shape[-1]))
    lower, upper = c.tril(lu, -1) + eye, c.triu(lu, 0)
    of_lower, of_upper = c.tril(g, -1), c.triu(g, 0)
    middle = c.tril(_product(c, turned(lower), of_lower), -1) + c.triu(_product(c, of_upper, turned(upper)), 0)
    inner = _product(c, turned(c.inverse_of(lower)), middle, turned(c.inverse_of(upper)))
    return _product(c, p, inner)


LU_FACTOR = OpSpec(
    "lu_factor",
    lambda x, factors, rows: factors,
    (_factor_grad,),
    grad_fn="LinalgLuFactorExBackward0",
    args=("A",),
    saves=((-1, (0,)),),
    form="lu({0})",
    derivatives=(r"P L^{{-\top}} (\ldots) U^{{-\top}}",),
    call="linalg.lu_factor",
    doc="L and U with P @ L @ U equal to input, in one matrix.",
)
LU_UNPACK = OpSpec(
    "lu_unpack",
    lambda x: (np.tril(x, -1) + np.eye(x.shape[-1], dtype=x.dtype), np.triu(x)),
    (lambda g, c: _both(g, c),),
    args=("LU_data",),
    form="lu_unpack({0})",
    derivatives=(r"\text{{both triangles of }} {g}",),
    call="lu_unpack",
    doc="L and U from one matrix.",
)


def _both(g: Any, c: Any) -> Any:
    parts = [] if g[0] is None else [c.tril(g[0], -1)]
    parts += [] if g[1] is None else [c.triu(g[1], 0)]
    return sum(parts[1:], parts[0]) if parts else None


def _lu_grad(g: Any, c: Any) -> Any:
    x, p = c.saved(0), c.constant(c.param("rows"))
    if g[0] is None and g[1] is None:
        return None
    lower, upper = c.lu_parts(x, c.param("rows"))
    middle: Any = 0
    if g[0] is not None:
        middle = middle + c.tril(_product(c, turned(lower), g[0]), -1)
    if g[1] is not None:
        middle = middle + c.triu(_product(c, g[1], turned(upper)), 0)
    return _product(c, p, turned(c.inverse_of(lower)), middle, turned(c.inverse_of(upper)))


LU = OpSpec(
    "lu",
    lambda x, rows: _lower_upper(x),
    (_lu_grad,),
    grad_fn="LinalgLuBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="lu({0})",
    derivatives=(r"P L^{{-\top}} (\ldots) U^{{-\top}}",),
    call="linalg.lu",
    doc="L and U with P @ L @ U equal to input.",
)


def _lower_upper(x: Raw, rows: Any = None) -> tuple[Array, Array]:
    factors, _ = _packed(x)
    return np.tril(factors, -1) + np.eye(factors.shape[-1], dtype=factors.dtype), np.triu(factors)


def lu_parts(x: Tensor, rows: Any) -> tuple[Tensor, ...]:
    """L and U."""
    return apply_many(LU, (x,), {"rows": rows}, _lower_upper(x._data))


def _square(x: Tensor, name: str) -> Tensor:
    check_matrices(x, name, square=False)
    if x._data.shape[-1] != x._data.shape[-2]:
        raise NotImplementedError(f"{name} of a matrix that is not square is not part of Chainrule: take linalg.qr")
    return x


def linalg_lu(A: Tensor, *, pivot: bool = True) -> Any:
    """P, L and U with P @ L @ U equal to A."""
    x = _square(A, "linalg.lu")
    _, order = _packed(x._data)
    rows = _rows_in(order, x._data.dtype)
    lower, upper = lu_parts(x, rows)
    return named_result("linalg_lu", "P", "L", "U")(wrap(rows), lower, upper)


def _factored(A: Tensor, name: str) -> tuple[Tensor, Tensor, Tensor]:
    x = _square(A, name)
    factors, order = _packed(x._data)
    packed = apply(LU_FACTOR, (x,), {"factors": factors, "rows": _rows_in(order, x._data.dtype)})
    zeros = np.diagonal(factors, axis1=-2, axis2=-1) == 0
    info = np.where(zeros.any(-1), zeros.argmax(-1) + 1, 0).astype(np.int32)
    return packed, wrap(_pivots(order)), wrap(info[()])


def linalg_lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """L and U in one matrix, and the exchanges of rows."""
    packed, pivots, info = _factored(A, "linalg.lu_factor")
    if info._data.any():
        place = int(np.ravel(info._data)[np.flatnonzero(info._data)[0]])
        raise RuntimeError(
            f"torch.linalg.lu_factor: U[{place},{place}] is zero and using it on lu_solve would result in a division "
            "by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
            "linalg.lu_factor_ex(A, pivot)"
        )
    return named_result("linalg_lu_factor", "LU", "pivots")(packed, pivots)


def linalg_lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """The same with the first pivot, from 1, that is 0."""
    return named_result("linalg_lu_factor_ex", "LU", "pivots", "info")(*_factored(A, "linalg.lu_factor_ex"))


def torch_lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """L and U in one matrix, and the exchanges of rows."""
    warn_once(LU_DEPRECATED)
    packed, pivots, info = _factored(A, "torch.lu")
    return (packed, pivots, info) if get_infos else (packed, pivots)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """P, L and U from what lu_factor gives."""
    lower, upper = apply_many(LU_UNPACK, (LU_data,), None, LU_UNPACK.forward(array(LU_data._data)))
    rows = _rows_in(_order(array(LU_pivots._data)), LU_data._data.dtype)
    return named_result("lu_unpack", "P", "L", "U")(wrap(rows), lower, upper)


def _solved(packed: Tensor, pivots: Tensor, right: Tensor) -> Tensor:
    rows = _rows_in(_order(array(pivots._data)), packed._data.dtype)
    turned_right = matmul(wrap(rows.swapaxes(-1, -2)), right)
    lower = triangle_solution(packed, turned_right, False, True)
    return triangle_solution(packed, lower, True, False)


def linalg_lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The solution X of A X = B, for what lu_factor gives for A."""
    if not left or adjoint:
        raise NotImplementedError("left=False and adjoint=True are not part of Chainrule: transpose the matrices")
    return _solved(LU, pivots, B)


def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution X of A X = input, for what lu gives for A."""
    warn_once(LU_SOLVE_DEPRECATED)
    return _solved(LU_data, LU_pivots, input)


# --- told by a number instead of an error -----------------------------------------------------


def _info(x: Raw, failed: int) -> Tensor:
    return wrap(np.full(x.shape[:-2], failed, np.int32)[()])


def cholesky_ex(input: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """cholesky, and the order of the minor that is not positive definite (0: none)."""
    made = named_result("linalg_cholesky_ex", "L", "info")
    try:
        return made(cholesky(input, upper), _info(input._data, 0))
    except LinAlgError as error:
        if check_errors:
            raise
        order = int(str(error).rpartition("order ")[2].split()[0])
        return made(wrap(np.tril(array(input._data))), _info(input._data, order))


def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """inv, and the first pivot, from 1, that is 0 (0: none)."""
    made = named_result("linalg_inv_ex", "inverse", "info")
    try:
        return made(inv(A), _info(A._data, 0))
    except LinAlgError:
        if check_errors:
            raise
        return made(wrap(np.full_like(array(A._data), np.nan)), _factored(A, "linalg.inv_ex")[2])


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """solve, and the first pivot, from 1, that is 0 (0: none)."""
    made = named_result("linalg_solve_ex", "result", "info")
    try:
        return made(solve(A, B, left=left), _info(A._data, 0))
    except LinAlgError:
        if check_errors:
            raise
        return made(wrap(np.full_like(array(B._data), np.nan)), _factored(A, "linalg.solve_ex")[2])


# --- with Cholesky factors, and for tensors ---------------------------------------------------


def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False) -> Tensor:
    """The solution X of A X = input, for the Cholesky factor input2 of A."""
    lower = turned(input2) if upper else input2
    return triangle_solution(turned(lower), triangle_solution(lower, input, False, False), True, False)


def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, for the Cholesky factor of A."""
    eye = wrap(np.eye(input._data.shape[-1], dtype=input._data.dtype))
    return cholesky_solve(eye, input, upper)


def tensorinv(input: Tensor, ind: int = 2) -> Tensor:
    """The inverse of a tensor as a map from its last dimensions to its first ``ind`` ones."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    shape = input._data.shape
    rows, columns = math.prod(shape[:ind]), math.prod(shape[ind:])
    if rows != columns:
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}"
        )
    return inv(input.reshape(rows, columns)).reshape(*shape[ind:], *shape[:ind])


def tensorsolve(input: Tensor, other: Tensor, dims: Any = None) -> Tensor:
    """The solution X of tensordot(input, X) = other."""
    if dims is not None:
        input = input.movedim(dims, [-k for k in range(len(dims), 0, -1)])
    shape = input._data.shape[other._data.ndim :]
    size = math.prod(shape)
    if math.prod(input._data.shape[: other._data.ndim]) != size:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {size} != {math.prod(input._data.shape[: other._data.ndim])}"
        )
    return solve(input.reshape(-1, size), other.reshape(-1)).reshape(shape)


HELPERS: dict[str, tuple[Any, Any]] = {"lu_parts": (_lower_upper, lu_parts)}
METHODS: dict[str, Any] = methods(lu_solve, cholesky_solve, cholesky_inverse)
METHODS["lu"] = torch_lu
FUNCTIONS: dict[str, Any] = {**functions(lu_unpack, lu_solve, cholesky_solve, cholesky_inverse), "lu": torch_lu}
LINALG: dict[str, Any] = {
    **functions(cholesky_ex, inv_ex, solve_ex, tensorinv, tensorsolve, under="linalg."),
    "lu": strict(linalg_lu, "linalg.lu"),
    "lu_factor": strict(linalg_lu_factor, "linalg.lu_factor"),
    "lu_factor_ex": strict(linalg_lu_factor_ex, "linalg.lu_factor_ex"),
    "lu_solve": strict(linalg_lu_solve, "linalg.lu_solve"),
}
OPERATORS: dict[str, Any] = {}
