"""Broadcasting: expanding a tensor to a larger shape without copying, and summing back."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import array, broadcast_shape
from engine.ops.functions import public
from engine.ops.reduce import wide
from engine.ops.shape import Shape, shape_args
from engine.ops.spec import OpSpec, S
from engine.ops.summation import add_up
from engine.ops.viewing import view_op
from engine.tensors import Tensor


def _expand(x: Raw, shape: Shape) -> Raw:
    source = array(x)
    if not source.ndim and 1 not in shape and 0 not in shape:
        # The same for a number, in a tenth of the time.
        return np.ndarray(shape, source.dtype, source, strides=(0,) * len(shape))
    lead = len(shape) - source.ndim
    strides: list[int] = []
    for i in reversed(range(len(shape))):
        if i >= lead:
            n, step = source.shape[i - lead], source.strides[i - lead]
        else:
            n, step = 1, shape[i + 1] * strides[-1] if strides else source.itemsize
        strides.append(step if shape[i] == n else 0)
    return np.lib.stride_tricks.as_strided(source, shape, strides[::-1])


def spread(x: Raw, shape: Shape) -> Raw:
    """``x`` in a larger shape, without copying: what an expanded gradient is in an ordinary backward pass."""
    if x.ndim or not shape:
        return np.broadcast_to(x, shape)
    # The same for a number, at a third of the time.
    return np.ndarray(shape, x.dtype, np.array(x), strides=(0,) * len(shape))


def expandable(shape: Shape, larger: Shape) -> bool:
    """Whether ``shape`` broadcasts to ``larger``."""
    lead = len(larger) - len(shape)
    # What was only added in front is told at once: every gradient of a bias passes here.
    return lead >= 0 and (larger[lead:] == shape or all(n in (1, larger[i]) for i, n in enumerate(shape, lead)))


def sum_to(g: Any, c: Any, shape: Shape) -> Any:
    """``g`` summed over the dimensions along which ``shape`` was broadcast to it."""
    rank = len(g.shape)
    lead = rank - len(shape)
    if lead and g.shape[lead:] == shape and not c.creates_graph:
        sums = add_up(wide(g), tuple(range(lead)))
        return sums if sums.dtype is g.dtype else sums.astype(g.dtype)
    dims = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(shape) if n == 1 and g.shape[i + lead] != 1)
    return c.reshape(c.sum(g, dims, True), shape) if dims else g


EXPAND = OpSpec(
    "expand",
    _expand,
    (lambda g, c: sum_to(g, c, c.shape(0)),),
    args=("self",),
    form="expand({0})",
    latex=r"\operatorname{{expand}} {0}",
    derivatives=(r"\textstyle\sum {g}",),
    view=True,
    doc="Repeats along dimensions of size 1 without copying.",
    call="Tensor.expand",
    samples=(S((3,), 2, 3), S((2, 1), 2, 4)),
)


def expand(input: Tensor, *shape: Any) -> Tensor:
    """Repeats along dimensions of size 1 without copying; -1 leaves a dimension as it is."""
    sizes = shape_args(shape, "expand")
    old = input._data.shape
    lead = len(sizes) - len(old)
    if lead < 0:
        raise RuntimeError(
            f"expand(torch.{input.dtype.legacy}{{{list(old)}}}, size={list(sizes)}): the number of sizes provided "
            f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor ({len(old)})"
        )
    out = []
    for i, n in reversed(list(enumerate(sizes))):
        have = old[i - lead] if i >= lead else 1
        if n == -1 and i < lead:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {i}"
            )
        if n != -1 and have not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({have}) at non-singleton "
                f"dimension {i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(old)}"
            )
        out.append(have if n == -1 else n)
    return view_op(EXPAND, input, {"shape": tuple(reversed(out))})


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Expands to the shape of other."""
    return expand(input, other._data.shape)


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """Expands to the given shape."""
    return expand(input, tuple(size))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """All tensors expanded to their common shape."""
    shape = broadcast_shape(*(x._data.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


METHODS: dict[str, Any] = public(expand, expand_as, broadcast_to)
FUNCTIONS: dict[str, Any] = public(broadcast_to, broadcast_tensors)
OPERATORS: dict[str, Any] = {}
