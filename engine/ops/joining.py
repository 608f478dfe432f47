"""Joining tensors and taking them apart: cat, stack, unbind, split, chunk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.ops.dispatch import finish, promoted
from engine.ops.functions import deliver, expect_tensor, public, type_name
from engine.ops.spec import OpSpec, S
from engine.ops.viewing import view_ops
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor


def _cat_grad(g: Any, c: Any) -> list[Any]:
    dim, sizes = c.param("dim"), c.param("sizes")
    out, start = [], 0
    for i, n in enumerate(sizes):
        if n is None:
            out.append(c.constant(np.zeros(0)) if c.needs(i) else None)
            continue
        out.append(c.narrow(g, dim, start, n) if c.needs(i) else None)
        start += n
    return out


CAT = OpSpec(
    "cat",
    lambda *xs, dim, sizes: np.concatenate(xs, axis=dim),
    joint=_cat_grad,
    args=("tensors",),
    form="cat",
    derivatives=(r"\text{{the part of }} {g}",),
    doc="Joins tensors along an existing dimension.",
    samples=(S([S((2, 3)), S((1, 3))], 0), S([S((2, 3)), S((2, 2))], dim=1)),
)


def _listed(tensors: Any, function: str) -> list[Tensor]:
    """The tensors of a list or tuple; TypeError as from torch for anything else."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}"
        )
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type_name(x)}")
    return list(tensors)


def cat(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> Tensor:
    """Joins tensors along an existing dimension."""
    parts = _listed(tensors, "cat")
    if not parts:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(parts):
        if x._data.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    # A vector without elements fits everything: torch leaves it out.
    joined = [x._data.shape != (0,) for x in parts]
    if not any(joined):
        joined[0] = True
    first = parts[joined.index(True)]._data.shape
    d = wrap_dim(dim if axis is None else axis, len(first))
    place = 0
    for x, counts in zip(parts, joined, strict=True):
        if counts:
            _check_joinable(first, x._data.shape, d, place)
            place += 1
    raws = promoted([x._data for x in parts])
    params = {"dim": d, "sizes": tuple(r.shape[d] if counts else None for r, counts in zip(raws, joined, strict=True))}
    data = np.concatenate([r for r, counts in zip(raws, joined, strict=True) if counts], axis=d)
    return deliver(finish(CAT, parts, params, data), out, "cat")


def _check_joinable(first: tuple[int, ...], shape: tuple[int, ...], dim: int, place: int) -> None:
    if len(shape) != len(first):
        raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
    for k, (a, b) in enumerate(zip(first, shape, strict=True)):
        if k != dim and a != b:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {a} but got size {b} for "
                f"tensor number {place} in the list."
            )


def _stack_grad(g: Any, c: Any) -> list[Any]:
    dim = c.param("dim", 0)
    return [c.select(g, dim, i) if c.needs(i) else None for i in range(len(c.node.next))]


STACK = OpSpec(
    "stack",
    lambda *xs, dim=0: np.stack(xs, axis=dim),
    joint=_stack_grad,
    args=("tensors",),
    form="stack",
    derivatives=(r"\text{{the part of }} {g}",),
    doc="Joins tensors along a new dimension.",
    samples=(S([S((2, 3)), S((2, 3))]), S([S((3,)), S((3,))], dim=1), S([S(()), S(())])),
)


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """Joins tensors along a new dimension."""
    parts = _listed(tensors, "stack")
    if not parts:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = parts[0]._data.shape
    for i, x in enumerate(parts):
        if x._data.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(x._data.shape)} at entry {i}"
            )
    d = wrap_dim(dim, len(first) + 1)
    raws = promoted([x._data for x in parts])
    return deliver(finish(STACK, parts, {"dim": d}, np.stack(raws, axis=d)), out, "stack")


# --- taking apart ----------------------------------------------------------------------------


def _unbind_grad(g: Any, c: Any) -> Any:
    zeros = next(x for x in g if x is not None)
    return c.stack([c.zeros_like(zeros) if x is None else x for x in g], c.param("dim"))


UNBIND = OpSpec(
    "unbind",
    lambda x, dim: None,
    (_unbind_grad,),
    args=("self",),
    form="unbind({0})",
    derivatives=(r"\operatorname{{stack}} {g}",),
    view=True,
    doc="The slices along dim, as a tuple.",
    samples=(S((2, 3), 0), S((2, 3), 1)),
)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along dim, as a tuple."""
    x = expect_tensor(input, "unbind")
    if x._data.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = wrap_dim(dim, x._data.ndim)
    slices = np.moveaxis(x._array(), d, 0)
    # The ellipsis makes numpy give views of no dimensions where it would give numbers.
    return view_ops(UNBIND, x, {"dim": d}, [slices[i, ...] for i in range(slices.shape[0])])


def _split_grad(g: Any, c: Any) -> Any:
    dim, sizes, shape = c.param("dim"), c.param("sizes"), c.shape(0)
    like = next(x for x in g if x is not None)
    parts = [
        c.constant(np.zeros((*shape[:dim], n, *shape[dim + 1 :]), c.dtype_of(like))) if x is None else x
        for x, n in zip(g, sizes, strict=True)
    ]
    return c.cat(parts, dim)


SPLIT = OpSpec(
    "split",
    lambda x, dim, sizes: None,
    (_split_grad,),
    args=("self",),
    form="split({0})",
    derivatives=(r"\operatorname{{cat}} {g}",),
    view=True,
    doc="Parts of the given size along dim.",
    samples=(S((5, 2), 2),),
)
SPLIT_SIZES = replace(
    SPLIT, name="split_with_sizes", grad_fn="SplitWithSizesBackward0", call="split", samples=(S((2, 5), [1, 4], 1),)
)


def _dimensioned(input: Any, function: str) -> Tensor:
    x = expect_tensor(input, function)
    if not x._data.ndim:
        raise RuntimeError(f"{function} expects at least a 1-dimensional tensor")
    return x


def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the given size, or sizes, along dim."""
    x = _dimensioned(input, "split")
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    spec = SPLIT if isinstance(split_size_or_sections, int) else SPLIT_SIZES
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        if step == 0 and n:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        sizes = [min(step, n - i) for i in range(0, n, step)] if n else [0]
    elif not isinstance(split_size_or_sections, (tuple, list)):
        raise TypeError(
            "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not "
            f"{type_name(split_size_or_sections)}"
        )
    else:
        sizes = list(split_size_or_sections)
        if sum(sizes) != n:
            raise RuntimeError(
                "split_with_sizes expects split_sizes to sum exactly to "
                f"{n} (input tensor's size at dimension {d}), but got split_sizes={sizes}"
            )
    raw = x._array()
    cuts = np.cumsum(sizes)[:-1]
    return view_ops(spec, x, {"dim": d, "sizes": tuple(sizes)}, np.split(raw, cuts, axis=d))


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` parts of equal size along dim."""
    x = _dimensioned(input, "chunk")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = x._data.shape[wrap_dim(dim, x._data.ndim)]
    if n == 0:
        return split(x, [0] * chunks, dim)
    return split(x, max(1, -(-n // chunks)), dim)


FUNCTIONS: dict[str, Any] = {**public(cat, stack, unbind, split, chunk), "concat": cat, "concatenate": cat}
METHODS: dict[str, Any] = {f.__name__: f for f in (unbind, split, chunk)}
OPERATORS: dict[str, Any] = {}
