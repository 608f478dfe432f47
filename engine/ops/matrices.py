"""Parts of matrices: triangles, diagonals, the trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor, public
from engine.ops.spec import OpSpec, S
from engine.tensors import Tensor


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


def _matrices(input: Any, function: str) -> Tensor:
    x = expect_tensor(input, function)
    if x._data.ndim < 2:
        raise RuntimeError(f"{function}: input tensor must have at least 2 dimensions")
    return x


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices; the rest is 0."""
    return apply(TRIL, (_matrices(input, "tril"),), {"diagonal": diagonal})


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices; the rest is 0."""
    return apply(TRIU, (_matrices(input, "triu"),), {"diagonal": diagonal})


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


def diagonal_of(x: Tensor, offset: int) -> Tensor:
    """The diagonal of a matrix, as a copy."""
    return apply(DIAGONAL, (x,), {"offset": offset})


def diagonal_put(v: Tensor, offset: int, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape`` with ``v`` on the diagonal."""
    return apply(DIAG_EMBED, (v,), {"offset": offset, "shape": shape})


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x = expect_tensor(input, "diag")
    if x._data.ndim == 1:
        n = x._data.shape[0] + abs(diagonal)
        return apply(DIAG_EMBED, (x,), {"offset": diagonal, "shape": (n, n)})
    if x._data.ndim == 2:
        return apply(DIAGONAL, (x,), {"offset": diagonal})
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x._data.ndim}D")


def _trace(x: Raw) -> Raw:
    if x.dtype.kind == "b":
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    return np.trace(x) if x.dtype.kind == "f" else np.trace(x, dtype=np.int64)


TRACE = OpSpec(
    "trace",
    _trace,
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


METHODS: dict[str, Any] = public(tril, triu, diag, trace)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
