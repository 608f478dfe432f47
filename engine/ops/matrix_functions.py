"""Functions of matrices: norms, rank, condition, powers, exp, pseudo-inverse, least squares, chains of products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.decompositions import svdvals
from engine.ops.dispatch import apply
from engine.ops.extremes import amax, amin
from engine.ops.front import functions, methods, strict
from engine.ops.inverses import check_matrices, inv, turned
from engine.ops.linalg import matmul
from engine.ops.norms import vector_norm
from engine.ops.picking import narrow
from engine.ops.products import cross
from engine.ops.reduce import torch_sum
from engine.ops.results import named_result
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

# --- norms ------------------------------------------------------------------------------------


def matrix_norm(
    input: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The norm of matrices: 'fro', 'nuc', 2, -2, 1, -1, inf or -inf."""
    x = input if dtype is None else input.to(dtype)
    if x._data.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    rows, columns = (wrap_dim(d, x._data.ndim) for d in dim)
    if ord in ("fro", None):
        return vector_norm(x, 2, (rows, columns), keepdim)
    if ord not in ("nuc", 2, -2, 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if ord in (2, -2, "nuc"):
        values = svdvals(x.movedim((rows, columns), (-2, -1)))
        out = torch_sum(values, -1) if ord == "nuc" else (amax if ord > 0 else amin)(values, -1)
        return out.unsqueeze(min(rows, columns)).unsqueeze(max(rows, columns)) if keepdim else out
    over, then = (columns, rows) if abs(ord) == math.inf else (rows, columns)
    sums = vector_norm(x, 1, over, keepdim)
    if not keepdim and then > over:
        then -= 1
    return (amax if ord > 0 else amin)(sums, then, keepdim)


def norm(input: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The norm of vectors or matrices, as numpy.linalg.norm has it."""
    dims = None if dim is None else dim if isinstance(dim, tuple) else (dim,)
    rank = input._data.ndim
    if ord is not None:
        if dims is not None and len(dims) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
        if dims is None and rank not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {rank}D."
            )
        if (dims is not None and len(dims) == 2) or (dims is None and rank == 2):
            return matrix_norm(input, ord, (0, 1) if dims is None else dims, keepdim, dtype)
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm: Order {ord} not supported for vectors")
    return vector_norm(input, 2 if ord is None else ord, dims, keepdim, dtype=dtype)


def linalg_vector_norm(
    input: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The norm of all elements, or along dim."""
    return vector_norm(input, ord, dim, keepdim, dtype=dtype)


def cond(input: Tensor, p: Any = None) -> Tensor:
    """The condition number of matrices."""
    check_matrices(input, "linalg.cond", square=p not in (None, 2, -2))
    if p in (None, 2, -2):
        values = svdvals(input)
        n = values._data.shape[-1]
        high, low = narrow(values, -1, 0, 1), narrow(values, -1, n - 1, 1)
        result: Tensor = (high / low if p != -2 else low / high).squeeze(-1)
        return result
    return matrix_norm(input, p) * matrix_norm(inv(input), p)


# --- rank, pseudo-inverse, least squares ------------------------------------------------------


def _tolerance(s: Raw, shape: tuple[int, ...], atol: Any, rtol: Any) -> Raw:
    """Singular values up to this count as 0."""
    if rtol is None:
        rtol = 0.0 if atol else np.finfo(s.dtype).eps * max(shape[-2:])
    return np.maximum(atol or 0.0, rtol * s[..., :1])


MATRIX_RANK = OpSpec(
    "matrix_rank",
    lambda s, shape, atol, rtol: np.sum(s > _tolerance(s, shape, atol, rtol), axis=-1),
    args=("input",),
    form="rank({0})",
    latex=r"\operatorname{{rank}} {0}",
    doc="How many singular values are not 0.",
)


def matrix_rank(
    input: Tensor, atol: Any = None, rtol: Any = None, hermitian: bool = False, tol: Any = None, **named: Any
) -> Tensor:
    """How many singular values are not 0."""
    x = named.get("A", input)
    check_matrices(x, "linalg.matrix_rank", square=False)
    params = {
        "shape": x._data.shape,
        "atol": tol if tol is not None else atol,
        "rtol": 0.0 if tol is not None else rtol,
    }
    return apply(MATRIX_RANK, (svdvals(x.detach()),), params)


def _pseudo_inverse(x: Raw, atol: Any = None, rtol: Any = None) -> Raw:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    large = s > _tolerance(s, x.shape, atol, rtol)
    inverted = np.where(large, 1 / np.where(large, s, 1), 0).astype(x.dtype)
    return (turned(vh) * inverted[..., None, :]) @ turned(u)


def _pseudo_inverse_grad(g: Any, c: Any) -> Any:
    """Source: ``pinv_backward`` in torch/csrc/autograd/FunctionsManual.cpp."""
    x = c.saved(0)
    p = c.pseudo_inverse(x)
    product, flat, gt = c.matrix_product, turned(p), turned(g)
    # As for an inverse, and what comes from the parts of g outside of the ranges of x.
    left = gt - product(x, product(p, gt))
    right = gt - product(product(gt, p), x)
    return product(product(left, p), flat) + product(flat, product(p, right)) - product(product(flat, g), flat)


PINV = OpSpec(
    "pinv",
    _pseudo_inverse,
    (_pseudo_inverse_grad,),
    grad_fn="LinalgPinvBackward0",
    args=("A",),
    saves=((0, (0,)),),
    form="pinv({0})",
    latex="{0}^+",
    derivatives=(r"-{out}^\top {g}\,{out}^\top + \ldots",),
    call="linalg.pinv",
    doc="The pseudo-inverse of matrices.",
    samples=(S((3, 2)), S((2, 3)), S((3, 3))),
)


def pinv(input: Tensor, rcond: Any = None, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse of matrices."""
    check_matrices(input, "linalg.pinv", square=False)
    return apply(PINV, (input,), {"atol": atol, "rtol": rtol if rcond is None else rcond})


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverse of matrices."""
    return apply(PINV, (check_matrices(input, "linalg.pinv", square=False),), {"atol": None, "rtol": rcond})


def pseudo_inverse(x: Tensor) -> Tensor:
    """The pseudo-inverse of matrices."""
    return apply(PINV, (x,), {"atol": None, "rtol": None})


def lstsq(input: Tensor, b: Tensor, rcond: float | None = None, driver: str | None = None) -> Any:
    """The least-squares solution of A X = B, with residuals, rank and singular values."""
    check_matrices(input, "torch.linalg.lstsq", "input", square=False)
    if input.dtype is not b.dtype:
        raise RuntimeError(
            "torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype "
            f"{input.dtype.scalar_type} and other's dtype {b.dtype.scalar_type}"
        )
    if input._data.shape[-2] != b._data.shape[-2 if b._data.ndim > 1 else -1]:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    solution = matmul(pseudo_inverse(input), b)
    rows, columns = input._data.shape[-2:]
    rank = matrix_rank(input)
    residuals = input.new_zeros(0)
    if rows > columns and np.all(rank._data == columns) and b._data.ndim > 1:
        residuals = ((matmul(input, solution) - b) ** 2).sum(-2)
    fields = ("solution", "residuals", "rank", "singular_values")
    return named_result("linalg_lstsq", *fields)(solution, residuals, rank, input.new_zeros(0))


# --- powers, exp, chains ----------------------------------------------------------------------


def _power(x: Tensor, n: int, function: str) -> Tensor:
    check_matrices(x, function)
    if n == 0:
        eye = np.broadcast_to(np.eye(x._data.shape[-1], dtype=x._data.dtype), x._data.shape)
        result: Tensor = x.new_tensor(eye.copy())
        return result
    if n < 0:
        return _power(inv(x), -n, function)
    if n == 1:
        return x.clone()
    if n == 2:
        return matmul(x, x)
    if n == 3:
        return matmul(matmul(x, x), x)
    out: Tensor | None = None
    square: Tensor | None = None
    while n:
        square = x if square is None else matmul(square, square)
        if n % 2:
            out = square if out is None else matmul(out, square)
        n //= 2
    assert out is not None
    return out


def matrix_power(input: Tensor, n: int) -> Tensor:
    """The n-th power of matrices; negative ones of the inverse."""
    return _power(input, n, "linalg.matrix_power")


def linalg_matrix_power(input: Tensor, n: int) -> Tensor:
    """The n-th power of matrices; negative ones of the inverse."""
    return _power(input, n, "linalg.matrix_power")


def _exponential(x: Raw) -> Raw:
    """Taylor's series of the matrix scaled down, squared up again."""
    size = float(np.max(np.sum(np.abs(x), axis=-1), initial=0.0))
    squarings = max(0, math.ceil(math.log2(size)) + 2) if size > 0.25 else 0
    small = x.astype(np.float64) / 2.0**squarings
    out = np.broadcast_to(np.eye(x.shape[-1]), x.shape).copy()
    term = out
    for k in range(1, 19):
        term = term @ small / k
        out = out + term
    for _ in range(squarings):
        out = out @ out
    return out.astype(x.dtype)


def _exponential_grad(g: Any, c: Any) -> Any:
    """From exp([[A', G], [0, A']]), whose upper right block is the derivative in direction G."""
    flipped = turned(c.saved(0))
    n, last = flipped.shape[-1], flipped.ndim - 1
    top = c.cat([flipped, g], last)
    bottom = c.cat([c.zeros_like(flipped), flipped], last)
    whole = c.matrix_exponential(c.cat([top, bottom], last - 1))
    return c.narrow(c.narrow(whole, last - 1, 0, n), last, n, n)


MATRIX_EXP = OpSpec(
    "matrix_exp",
    _exponential,
    (_exponential_grad,),
    grad_fn="LinalgMatrixExpBackward0",
    args=("input",),
    saves=((0, (0,)),),
    form="exp({0})",
    latex="e^{{{0}}}",
    derivatives=(r"\text{{derivative of }} e^{{{0}^\top}} \text{{ along }} {g}",),
    doc="The exponential of matrices.",
    samples=(S((3, 3)), S((2, 2, 2))),
)


def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of matrices."""
    return apply(MATRIX_EXP, (check_matrices(input, "linalg.matrix_exp"),))


def linalg_matrix_exp(input: Tensor) -> Tensor:
    """The exponential of matrices."""
    return matrix_exp(input)


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, in the cheapest order; the first and the last may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    parts = list(tensors)
    while len(parts) > 1:
        # The largest dimension between two factors goes first.
        k = int(np.argmax([p._data.shape[-1] for p in parts[:-1]]))
        parts[k : k + 2] = [matmul(parts[k], parts[k + 1])]
    result: Tensor = parts[0]
    return result


def vecdot(x: Tensor, y: Tensor, dim: int = -1) -> Tensor:
    """The inner products of vectors along dim."""
    return torch_sum(x * y, dim)


def linalg_matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product."""
    return matmul(input, other)


def linalg_cross(input: Tensor, other: Tensor, dim: int = -1) -> Tensor:
    """The cross product along dim."""
    return cross(input, other, dim)


HELPERS: dict[str, tuple[Any, Any]] = {
    "matrix_exponential": (_exponential, matrix_exp),
    "pseudo_inverse": (_pseudo_inverse, pseudo_inverse),
}
_BOTH = (matrix_power, matrix_exp, pinverse)
METHODS: dict[str, Any] = methods(*_BOTH)
FUNCTIONS: dict[str, Any] = functions(*_BOTH)
LINALG: dict[str, Any] = {
    **functions(matrix_norm, norm, cond, matrix_rank, pinv, lstsq, multi_dot, vecdot, under="linalg."),
    "cross": strict(linalg_cross, "linalg.cross"),
    "matmul": strict(linalg_matmul, "linalg.matmul"),
    "matrix_exp": strict(linalg_matrix_exp, "linalg.matrix_exp"),
    "matrix_power": strict(linalg_matrix_power, "linalg.matrix_power"),
    "vector_norm": strict(linalg_vector_norm, "linalg.vector_norm"),
}
OPERATORS: dict[str, Any] = {}
