"""Views and copies in another order: movedim, unfold, as_strided, rot90, repeat_interleave and their kin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided

from engine.node import Raw
from engine.ops.copying import flip
from engine.ops.dispatch import apply, array
from engine.ops.front import functions, methods
from engine.ops.picking import index_select
from engine.ops.shape import flatten, permute, reshape, transpose, unsqueeze
from engine.ops.spec import OpSpec, S
from engine.ops.viewing import view_op
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor, wrap


def places_grad(g: Any, c: Any) -> Any:
    """The gradient of an op that only picks elements: each goes back to the place that it came from."""
    shape = c.shape(0)
    places = c.node.spec.forward(np.arange(math.prod(shape)).reshape(shape), **c.node.params)
    return c.put(g, np.array(places), shape, c.node.spec)


def _picking_view(name: str, forward: Any, doc: str, samples: Any, grad_fn: str = "", call: str = "") -> OpSpec:
    return OpSpec(
        name,
        forward,
        (places_grad,),
        grad_fn=grad_fn,
        args=("self",),
        form=f"{name}({{0}})",
        derivatives=(r"{g} \text{{ back at its places}}",),
        view=True,
        call=call,
        doc=doc,
        samples=samples,
    )


def _windows(x: Raw, dimension: int, size: int, step: int) -> Raw:
    v = array(x)
    if not v.ndim:
        return strided(v, (size,), (v.itemsize,))
    n = (v.shape[dimension] - size) // step + 1
    shape = (*v.shape[:dimension], n, *v.shape[dimension + 1 :], size)
    by = v.strides[dimension]
    return strided(v, shape, (*v.strides[:dimension], by * step, *v.strides[dimension + 1 :], by))


UNFOLD = _picking_view(
    "unfold",
    _windows,
    "All windows of a size along a dimension, as a view.",
    (S((5,), 0, 3, 1), S((4, 5), 1, 2, 3)),
    call="Tensor.unfold",
)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of a size along a dimension, ``step`` apart, as a view."""
    d = wrap_dim(dimension, input._data.ndim)
    n = input._data.shape[d] if input._data.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return view_op(UNFOLD, input, {"dimension": d, "size": size, "step": step})


def _strided_view(x: Raw, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Raw:
    v = array(x)
    whole = v
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    flat = whole.reshape(-1)
    return strided(flat[offset:], size, tuple(s * v.itemsize for s in stride))


AS_STRIDED_VIEW = _picking_view(
    "as_strided_view",
    _strided_view,
    "A view with the given sizes and strides.",
    (S((6,), [2, 2], [3, 1]), S((6,), [3, 2], [1, 2], 1)),
    "AsStridedBackward0",
    "as_strided",
)


def as_strided(
    input: Tensor, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None = None
) -> Tensor:
    """A view of the storage with the given sizes and strides."""
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    offset = input.storage_offset() if storage_offset is None else storage_offset
    whole = input._array()
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    need = offset + 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if 0 not in size and need > whole.size:
        width = input.element_size()
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {width} "
            f"requiring a storage size of {need * width} are out of bounds for storage of size {whole.size * width}"
        )
    return view_op(AS_STRIDED_VIEW, input, {"size": size, "stride": stride, "offset": offset})


# --- dimensions moved -------------------------------------------------------------------------


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Moves dimensions to other places."""
    rank = input._data.ndim
    given, wanted = (d if isinstance(d, tuple) else (d,) for d in (source, destination))
    if len(given) != len(wanted):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source "
            f"({list(given)} dims) should contain the same number of dims as destination ({list(wanted)} dims)"
        )
    a, b = ([wrap_dim(d, rank) for d in dims] for dims in (given, wanted))
    for dims, name, shown in ((a, "source", given), (b, "destination", wanted)):
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(shown)})")
    rest = iter(d for d in range(rank) if d not in a)
    order = [a[b.index(place)] if place in b else next(rest) for place in range(rank)]
    return permute(input, order)


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return reshape(input, (-1,))


def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions swapped."""
    return transpose(input, -2, -1)


def fliplr(input: Tensor) -> Tensor:
    """Columns in reverse order."""
    if input._data.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """Rows in reverse order."""
    if input._data.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


ROT90 = OpSpec(
    "rot90",
    lambda x, k, dims: np.rot90(x, k, dims).copy(),
    (lambda g, c: c.rot90(g, -c.param("k"), c.param("dims")),),
    args=("self",),
    form="rot90({0})",
    derivatives=(r"\operatorname{{rot90}}^{{-1}} {g}",),
    doc="Turns the plane of two dimensions by quarter turns.",
    samples=(S((2, 3)), S((2, 3), 2), S((2, 3, 2), 1, [0, 2])),
)


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turns the plane of two dimensions by k quarter turns."""
    rank = input._data.ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if rank < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {rank}")
    a, b = (wrap_dim(d, rank) for d in dims)
    if a == b:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return apply(ROT90, (input,), {"k": k, "dims": (a, b)})


def repeat_interleave(
    input: Tensor | None = None, repeats: Any = None, dim: int | None = None, output_size: int | None = None
) -> Tensor:
    """Each element (or slice along dim) as often as repeats says, one after another."""
    if input is None:
        times = np.array(repeats._data)
        if times.dtype.kind not in "iu":
            kind = repeats.dtype.scalar_type
            raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{kind}'")
        if times.ndim != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        return wrap(np.repeat(np.arange(times.size), times))
    x = input
    if dim is None:
        x, dim = reshape(x, (-1,)), 0
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    if not isinstance(repeats, Tensor):
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        shape = x._data.shape
        copies = unsqueeze(x, d + 1).expand((*shape[: d + 1], repeats, *shape[d + 1 :]))
        return flatten(copies.clone(), d, d + 1)
    counts = np.array(repeats._data)
    if counts.dtype.kind not in "iu":
        raise RuntimeError("repeats has to be Long or Int tensor")
    if counts.size and counts.min() < 0:
        raise RuntimeError("repeats can not be negative")
    if counts.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if counts.ndim == 1 and counts.size not in (1, n):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({d}) = {n}"
        )
    places = np.repeat(np.arange(n), np.broadcast_to(counts.reshape(-1) if counts.ndim else counts, (n,)))
    return index_select(x, d, wrap(places))


_MOVING = (movedim, ravel, adjoint, fliplr, flipud, rot90, repeat_interleave, as_strided)
METHODS: dict[str, Any] = methods(*_MOVING, unfold)
FUNCTIONS: dict[str, Any] = functions(*_MOVING)
METHODS["moveaxis"], FUNCTIONS["moveaxis"] = METHODS["movedim"], FUNCTIONS["movedim"]
OPERATORS: dict[str, Any] = {}
