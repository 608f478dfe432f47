"""Copies: ops that move elements about (repeat, tile, flip, roll), and what the copy module makes of a tensor."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import numpy as np

from engine.device import FORMATS
from engine.ops.autograd_ops import clone
from engine.ops.dispatch import apply
from engine.ops.functions import expect_tensor, public
from engine.ops.shape import shape_args
from engine.ops.spec import OpSpec, S
from engine.state import check_bytes
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor, leaf


def _repeat_grad(g: Any, c: Any) -> Any:
    """The sum over all copies: each dimension is split into (copy, place in it)."""
    times = c.param("repeats")
    shape = (1,) * (len(times) - len(c.shape(0))) + c.shape(0)
    split = tuple(v for k, n in zip(times, shape, strict=True) for v in (k, n))
    summed = c.sum(c.reshape(g, split), tuple(range(0, len(split), 2)), False)
    return c.reshape(summed, c.shape(0))


REPEAT = OpSpec(
    "repeat",
    lambda x, repeats: np.tile(x, repeats),
    (_repeat_grad,),
    args=("self",),
    form="repeat({0})",
    derivatives=(r"\textstyle\sum {g}",),
    doc="Copies of input side by side.",
    call="Tensor.repeat",
    samples=(S((2, 3), 2, 1), S((3,), 2), S((3,), 2, 2)),
)


def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Copies of input side by side, as often as given per dimension."""
    times = shape_args(repeats, "repeat")
    if len(times) < input._data.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    lead = len(times) - input._data.ndim
    shape = [k * n for k, n in zip(times, (1,) * lead + input._data.shape, strict=True)]
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape}")
    check_bytes(input._data.nbytes * math.prod(times))
    return apply(REPEAT, (input,), {"repeats": times})


def tile(input: Tensor, dims: Any, *more: int) -> Tensor:
    """Like repeat; missing dimensions are taken as 1."""
    times = shape_args((dims, *more), "tile")
    return repeat(input, (1,) * max(0, input._data.ndim - len(times)) + times)


FLIP = OpSpec(
    "flip",
    lambda x, dims: np.flip(x, dims).copy() if x.ndim else x,
    (lambda g, c: c.flip(g, c.param("dims")),),
    args=("self",),
    form="flip({0})",
    derivatives=(r"\operatorname{{flip}} {g}",),
    doc="Reverses the order along dims.",
    samples=(S((2, 3), [0]), S((2, 3), [0, 1])),
)


def flip(input: Tensor, *dims: Any) -> Tensor:
    """Reverses the order along dims."""
    x = expect_tensor(input, "flip")
    if not dims:
        raise TypeError('flip() missing 1 required positional arguments: "dims"')
    axes = tuple(wrap_dim(d, x._data.ndim) for d in shape_args(dims, "flip", "dims"))
    for d in axes:
        if axes.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return apply(FLIP, (x,), {"dims": axes})


ROLL = OpSpec(
    "roll",
    lambda x, shifts, dims: np.roll(x, shifts if dims is not None else shifts[0], dims),
    (lambda g, c: c.roll(g, tuple(-s for s in c.param("shifts")), c.param("dims")),),
    args=("self",),
    form="roll({0})",
    derivatives=(r"\operatorname{{roll}}^{{-1}} {g}",),
    doc="Shifts elements along dims; what falls out comes in at the other end.",
    samples=(S((2, 3), 1, 0), S((2, 3), [1, 2], [0, 1])),
)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Shifts elements along dims; what falls out comes in at the other end."""
    x = expect_tensor(input, "roll")
    shifts = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    if dims is None:
        return apply(ROLL, (x,), {"shifts": shifts, "dims": None})
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return apply(ROLL, (x,), {"shifts": shifts, "dims": tuple(wrap_dim(d, x._data.ndim) for d in dims)})


def contiguous(input: Tensor) -> Tensor:
    """input itself if its elements lie in order, else a copy."""
    if input.is_contiguous():
        return input
    return clone(input, memory_format=FORMATS["contiguous_format"])


def _deep_copy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """A leaf with values, gradient and attributes of its own; RuntimeError for what is no leaf."""
    if self._grad_fn is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment.  If you were attempting to deepcopy a module, this may be because of a torch.nn.utils."
            "weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
        )
    copy = leaf(self._data.copy(), self._track, type(self))
    memo[id(self)] = copy
    if self._grad is not None:
        copy._grad = _deep_copy(self._grad, memo)
    copy.__dict__.update(deepcopy(self.__dict__, memo))
    return copy


def _shallow_copy(self: Tensor) -> Tensor:
    """A leaf that shares values and attributes, without the gradient."""
    copy = leaf(self._array(), self._track, type(self))
    copy._version_counter = self._counter()
    copy.__dict__.update(self.__dict__)
    return copy


METHODS: dict[str, Any] = public(repeat, tile, flip, roll, contiguous)
FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (tile, flip, roll)}
OPERATORS: dict[str, Any] = {"__deepcopy__": _deep_copy, "__copy__": _shallow_copy}
