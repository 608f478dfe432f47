"""Diagonals: as views of tensors, and tensors made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.node import Raw
from engine.ops.dispatch import apply, array, finish, promoted
from engine.ops.front import functions, methods
from engine.ops.inplace import fill_
from engine.ops.matrices import diag
from engine.ops.naming import derived
from engine.ops.shape import reshape
from engine.ops.spec import OpSpec, S
from engine.ops.viewing import view_op
from engine.state import state
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor, wrap


def _view(x: Raw, offset: int, dim1: int, dim2: int) -> Raw:
    """The diagonal of two dimensions, which goes last, in the same storage."""
    grid = np.moveaxis(array(x), (dim1, dim2), (-2, -1))
    grid = grid[..., max(0, -offset) :, max(0, offset) :]
    n = min(grid.shape[-2:])
    return as_strided(grid, (*grid.shape[:-2], n), (*grid.strides[:-2], grid.strides[-2] + grid.strides[-1]))


def _embedded(v: Raw, offset: int, dim1: int, dim2: int, shape: tuple[int, ...]) -> Raw:
    """Zeros of ``shape``, with ``v`` on the diagonal of two dimensions."""
    out = np.zeros(shape, v.dtype)
    _view(out, offset, dim1, dim2)[...] = v
    return out


def _places(c: Any) -> tuple[int, int, int]:
    return c.param("offset"), c.param("dim1"), c.param("dim2")


DIAGONAL_VIEW = OpSpec(
    "diagonal_view",
    _view,
    (lambda g, c: c.embedded(g, *_places(c), c.shape(0), c.node.spec),),
    grad_fn="DiagonalBackward0",
    args=("self",),
    form="diagonal({0})",
    derivatives=(r"\operatorname{{diag}} {g}",),
    view=True,
    call="diagonal",
    doc="The diagonal of two dimensions, as a view.",
    samples=(S((3, 3)), S((3, 4), 1), S((2, 3, 4), -1, 1, 2)),
)
EMBEDDED = OpSpec(
    "embedded_diagonal",
    _embedded,
    (lambda g, c: c.diagonal_along(g, *_places(c)),),
    grad_fn="DiagEmbedBackward0",
    args=("self",),
    form="diag_embed({0})",
    derivatives=(r"\operatorname{{diagonal}} {g}",),
    call="diag_embed",
    doc="Zeros with input on the diagonal of two new dimensions.",
    samples=(S((2, 3)), S((3,), 1)),
)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two dimensions, as a view."""
    rank = input._data.ndim
    a, b = wrap_dim(dim1, rank), wrap_dim(dim2, rank)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return view_op(DIAGONAL_VIEW, input, {"offset": offset, "dim1": a, "dim2": b})


def embedded(v: Tensor, offset: int, dim1: int, dim2: int, shape: tuple[int, ...], of: OpSpec | None = None) -> Tensor:
    """Zeros of ``shape``, with ``v`` on the diagonal of two dimensions: the gradient of the op ``of``."""
    return apply(
        EMBEDDED if of is None else derived(EMBEDDED, of),
        (v,),
        {"offset": offset, "dim1": dim1, "dim2": dim2, "shape": shape},
    )


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Zeros with input's last dimension on the diagonal of two new dimensions."""
    rank = input._data.ndim + 1
    a, b = wrap_dim(dim1, rank), wrap_dim(dim2, rank)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    n = input._data.shape[-1] + abs(offset)
    shape = list(input._data.shape[:-1])
    for place in sorted((a, b)):
        shape.insert(place, n)
    return embedded(input, offset, a, b, tuple(shape))


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements of input on its diagonal."""
    return diag(reshape(input, (-1,)), offset)


def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Puts a number on the main diagonal, in place."""
    x = self._array()
    if x.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if x.ndim > 2 and len(set(x.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    rows = x.shape[0]
    step = sum(x.strides) // x.itemsize
    n = min(x.shape)
    if wrap and x.ndim == 2 and rows > x.shape[1] + 1:
        n = math.ceil(x.size / step)
    fill_(view_op(MAIN_DIAGONAL, self, {"n": n}), fill_value)
    return self


MAIN_DIAGONAL = OpSpec(
    "main_diagonal",
    lambda x, n: as_strided(array(x), (n,), (sum(array(x).strides),)),
    (lambda g, c: c.put(g, np.arange(c.param("n")) * _main_step(c.shape(0)), c.shape(0)),),
    grad_fn="AsStridedBackward0",
    args=("self",),
    form="diagonal({0})",
    derivatives=(r"\operatorname{{diag}} {g}",),
    view=True,
    call="Tensor.fill_diagonal_",
    doc="The main diagonal of all dimensions, as a view.",
)


def _main_step(shape: tuple[int, ...]) -> int:
    """How far apart the elements of the main diagonal are in storage."""
    return sum(math.prod(shape[d + 1 :]) for d in range(len(shape)))


def _blocks(*xs: Raw) -> Raw:
    parts = [array(x).reshape((1,) * (2 - x.ndim) + x.shape) for x in xs]
    out = np.zeros((sum(p.shape[0] for p in parts), sum(p.shape[1] for p in parts)), parts[0].dtype)
    for p, (row, column) in zip(parts, _corners([p.shape for p in parts]), strict=True):
        out[row : row + p.shape[0], column : column + p.shape[1]] = p
    return out


def _corners(shapes: list[tuple[int, ...]]) -> list[tuple[int, int]]:
    """Where each block begins."""
    ends = np.cumsum([(0, 0), *shapes], axis=0)
    return [(int(row), int(column)) for row, column in ends[:-1]]


def _blocks_grad(g: Any, c: Any) -> list[Any]:
    shapes = c.param("shapes")
    out: list[Any] = []
    for i, ((row, column), shape) in enumerate(zip(_corners(shapes), shapes, strict=True)):
        if not c.needs(i):
            out.append(None)
            continue
        part = c.take_slice(g, (slice(row, row + shape[0]), slice(column, column + shape[1])))
        out.append(c.reshape(part, c.shape(i)))
    return out


BLOCK_DIAG = OpSpec(
    "block_diag",
    lambda *xs, shapes: _blocks(*xs),
    joint=_blocks_grad,
    args=("tensors",),
    form="block_diag",
    derivatives=(r"\text{{the block of }} {g}",),
    doc="The matrix with the given ones along its diagonal.",
    samples=(S((2, 3), (1, 2)), S((2,), (2, 1))),
)


def block_diag(*tensors: Any) -> Tensor:
    """The matrix with the given ones along its diagonal."""
    xs = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if not xs:
        return wrap(np.zeros((1, 0), state.default_dtype.numpy))
    for i, x in enumerate(xs):
        if x._data.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x._data.ndim} "
                "dimensions"
            )
    shapes = [(1,) * (2 - x._data.ndim) + x._data.shape for x in xs]
    return finish(BLOCK_DIAG, xs, {"shapes": shapes}, _blocks(*promoted([x._data for x in xs])))


_BOTH = (diagonal, diag_embed, diagflat)
HELPERS: dict[str, tuple[Any, Any]] = {
    "diagonal_along": (lambda x, *places: np.array(_view(x, *places)), diagonal),
    "embedded": (lambda g, *rest: _embedded(g, *rest[:4]), embedded),
}
METHODS: dict[str, Any] = methods(*_BOTH, fill_diagonal_)
FUNCTIONS: dict[str, Any] = {**functions(*_BOTH), "block_diag": block_diag}
OPERATORS: dict[str, Any] = {}
