"""Picking elements: select, narrow, gather, masks. Each has a partner that puts the gradient back in place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array, broadcast_shape, choose
from engine.ops.functions import expect_tensor, public
from engine.ops.naming import derived, named
from engine.ops.spec import Arg, OpSpec, S
from engine.ops.viewing import view_op
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

NumpyIndex = tuple[Any, ...]
"""What numpy takes in brackets: slices and integer or boolean arrays."""


def at(dim: int, item: Any) -> NumpyIndex:
    """The numpy index that takes ``item`` along ``dim``, and all of the dimensions before."""
    return (slice(None),) * dim + (item,)


def along(shape: tuple[int, ...], dim: int, index: Raw) -> NumpyIndex:
    """The numpy index that names, for each element of ``index``, the element at that place along dim."""
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


# --- slices: one element each, so that a plain assignment puts them back ----------------------


def _slice_of(c: Any) -> NumpyIndex:
    return at(c.param("dim"), slice(c.param("start"), c.param("end"), c.param("step", 1)))


SELECT = OpSpec(
    "select",
    lambda x, dim, index: array(x)[(*at(dim, index), ...)],
    (lambda g, c: c.select_backward(g, at(c.param("dim"), c.param("index")), c.shape(0)),),
    args=("self",),
    form="{0}[{index}]",
    latex="{0}_{{{index}}}",
    derivatives=(r"{g} \text{{ at }} {index}, 0 \text{{ elsewhere}}",),
    glyph="[i]",
    view=True,
    doc="One slice along dim, as a view.",
    samples=(S((2, 3), 0, 1), S((2, 3), 1, -1)),
)
SLICE = OpSpec(
    "slice",
    lambda x, dim, start, end, step=1: array(x)[at(dim, slice(start, end, step))],
    (lambda g, c: c.slice_backward(g, _slice_of(c), c.shape(0)),),
    args=("self",),
    form="{0}[{start}:{end}]",
    latex="{0}_{{{start}:{end}}}",
    derivatives=(r"{g} \text{{ in the slice}}, 0 \text{{ elsewhere}}",),
    glyph="[:]",
    view=True,
    doc="A range along dim, as a view.",
    call="narrow",
    samples=(S((4, 3), 0, 1, 2),),
)
NARROW_COPY = replace(
    SLICE,
    name="narrow_copy",
    grad_fn="NarrowCopyBackward0",
    view=False,
    doc="A range along dim, as a new tensor.",
    call="narrow_copy",
)


def _put_slice(g: Raw, index: NumpyIndex, shape: tuple[int, ...]) -> Raw:
    out = np.zeros(shape, g.dtype)
    out[index] = g
    return out


PUT_SLICE = OpSpec(
    "put_slice",
    _put_slice,
    (lambda g, c: c.take_slice(g, c.param("index")),),
    grad_fn="SliceBackward0",
    args=("self",),
    form="zeros with {0}",
    derivatives=(r"\text{{the slice of }} {g}",),
    doc="Zeros, with input in the place of a slice.",
)
SELECT_BACKWARD = replace(PUT_SLICE, name="select_backward", grad_fn="SelectBackwardBackward0")
SLICE_BACKWARD = replace(PUT_SLICE, name="slice_backward", grad_fn="SliceBackwardBackward0")
TAKE_SLICE = OpSpec(
    "take_slice",
    lambda x, index: x[index],
    (lambda g, c: c.put_slice(g, c.param("index"), c.shape(0)),),
    grad_fn="SliceBackward0",
    args=("self",),
    form="{0}[…]",
    derivatives=(r"{g} \text{{ in the slice}}",),
    doc="A slice, as a copy.",
)


def put_slice(g: Tensor, index: NumpyIndex, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape`` with ``g`` at ``index``."""
    return apply(PUT_SLICE, (g,), {"index": index, "shape": shape})


def select_backward(g: Tensor, index: NumpyIndex, shape: tuple[int, ...]) -> Tensor:
    """The gradient of ``select``."""
    return apply(SELECT_BACKWARD, (g,), {"index": index, "shape": shape})


def slice_backward(g: Tensor, index: NumpyIndex, shape: tuple[int, ...]) -> Tensor:
    """The gradient of a slice."""
    return apply(SLICE_BACKWARD, (g,), {"index": index, "shape": shape})


def take_slice(x: Tensor, index: NumpyIndex) -> Tensor:
    """``x[index]`` as a copy."""
    return apply(TAKE_SLICE, (x,), {"index": index})


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """One slice along dim, as a view."""
    x = expect_tensor(input, "select")
    if x._data.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x._data.shape)} at dimension {d}"
        )
    return view_op(SELECT, x, {"dim": d, "index": index % n})


def _narrowed(name: str, input: Tensor, dim: int, start: int, length: int) -> dict[str, Any]:
    """The parameters of a slice of ``length`` from ``start``, checked."""
    x = expect_tensor(input, name)
    if not x._data.ndim:
        raise RuntimeError(f"{name}() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [-{n}, {n}], but got {start})")
    begin = start + n if start < 0 else start
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if begin + length > n:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({n}).")
    return {"dim": d, "start": begin, "end": begin + length}


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` slices along dim from ``start``, as a view."""
    return view_op(SLICE, input, _narrowed("narrow", input, dim, start, length))


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` slices along dim from ``start``, as a new tensor."""
    return apply(NARROW_COPY, (input,), _narrowed("narrow_copy", input, dim, start, length))


# --- index arrays: an element may be picked twice, so that putting back adds ------------------


def add_at(g: Raw, index: NumpyIndex, shape: tuple[int, ...]) -> Raw:
    """Zeros of ``shape``, with ``g`` added at ``index``."""
    out = np.zeros(shape, g.dtype)
    np.add.at(out, index, g)
    return out


def _picked(name: str, doc: str, *, form: str, grad_fn: str = "", call: str = "", samples: Any = ()) -> OpSpec:
    """``x[index]`` for a numpy index, as a copy: what index, gather and index_select come to."""
    return OpSpec(
        name,
        lambda x, index: array(x)[index],
        (lambda g, c: c.put_index(g, c.param("index"), c.shape(0), c.node.spec),),
        grad_fn=grad_fn,
        args=("self",),
        holds=("index",),
        form=form,
        latex="{0}_{{I}}",
        derivatives=(r"\text{{scatter }} {g}",),
        glyph="[…]",
        call=call,
        doc=doc,
        samples=samples,
    )


INDEX = _picked(
    "index",
    "Elements picked by index tensors or a mask, as a copy.",
    form="{0}[…]",
    call="Tensor.__getitem__",
    samples=(S((4, 3), Arg((2,), 0, 4, "int64", False)), S((4,), Arg((4,), 0, 2, "bool", False))),
)
INDEX_SELECT = _picked(
    "index_select",
    "The slices along dim that the integer vector names, as a copy.",
    form="index_select({0})",
    samples=(S((4, 3), 0, Arg((2,), 0, 4, "int64", False)),),
)
GATHER = _picked(
    "gather",
    "The elements that index names along dim.",
    form="gather({0})",
    samples=(S((4, 3), 0, Arg((2, 3), 0, 4, "int64", False)), S((2, 3), 1, Arg((2, 2), 0, 3, "int64", False))),
)
PUT_INDEX = OpSpec(
    "put_index",
    add_at,
    (lambda g, c: c.index(g, c.param("index")),),
    grad_fn="IndexPutBackward0",
    args=("self",),
    form="scatter({0})",
    derivatives=(r"\text{{the picked elements of }} {g}",),
    doc="Zeros, with the elements of input added where an index says.",
)


def index(x: Tensor, index: NumpyIndex) -> Tensor:
    """``x[index]`` for a numpy index, as a copy."""
    return apply(INDEX, (x,), {"index": index})


def put_index(g: Tensor, index: NumpyIndex, shape: tuple[int, ...], of: OpSpec | None = None) -> Tensor:
    """Zeros of ``shape``, with ``g`` added at ``index``: the gradient of the op ``of``."""
    return apply(PUT_INDEX if of is None else derived(PUT_INDEX, of), (g,), {"index": index, "shape": shape})


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices along dim that the integer vector names, as a copy."""
    x = expect_tensor(input, "index_select")
    d = wrap_dim(dim, x._data.ndim)
    if index._data.dtype.kind not in "iu":
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    places = np.atleast_1d(np.array(index._data))
    if places.size and (places.min() < 0 or places.max() >= x._data.shape[d]):
        raise IndexError("index out of range in self")
    return apply(INDEX_SELECT, (x,), {"index": at(d, places)})


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements that index names along dim."""
    x, places = expect_tensor(input, "gather"), np.array(index._data)
    if places.dtype not in (np.int32, np.int64):
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if places.ndim != x._data.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    d = wrap_dim(dim, x._data.ndim)
    shape = x._data.shape
    for k, (have, n) in enumerate(zip(places.shape, shape, strict=True)):
        if k != d and have > n:
            raise RuntimeError(
                f"Size does not match at dimension {k} expected index {list(places.shape)} to be no larger than self "
                f"{list(shape)} apart from dimension {d}"
            )
    outside = places[(places < 0) | (places >= shape[d])]
    if outside.size:
        raise RuntimeError(f"index {outside[0]} is out of bounds for dimension {d} with size {shape[d]}")
    return apply(GATHER, (x,), {"index": along(shape, d, places)})


def scatter_along(g: Any, indices: Any, dim: int, keepdim: bool, shape: tuple[int, ...]) -> Any:
    """The gradient of a selection along dim: ``g`` at the selected elements, 0 elsewhere."""
    if not shape:
        return g.reshape(())
    places = np.asarray(indices)
    if not keepdim:
        places = np.expand_dims(places, dim)
    where = along(shape, dim, places)
    if isinstance(g, Tensor):
        node = named(PUT_INDEX, "ScatterBackward0")
        return apply(node, (g.reshape(places.shape),), {"index": where, "shape": shape})
    return add_at(array(g).reshape(places.shape), where, shape)


# --- flat positions ---------------------------------------------------------------------------


def _add_flat(g: Raw, index: Raw, shape: tuple[int, ...]) -> Raw:
    return add_at(g, (index,), (math.prod(shape),)).reshape(shape)


def _taken(name: str, grad_fn: str, doc: str, samples: Any) -> OpSpec:
    return OpSpec(
        name,
        lambda x, index: array(x).reshape(-1)[index],
        (lambda g, c: c.put(g, c.param("index"), c.shape(0), c.node.spec),),
        grad_fn=grad_fn,
        args=("self",),
        holds=("index",),
        form=f"{name}({{0}})",
        derivatives=(r"\text{{scatter }} {g}",),
        doc=doc,
        samples=samples,
    )


TAKE = _taken(
    "take",
    "TakeBackward0",
    "The elements at flat positions.",
    (S((2, 3), Arg((2, 2), 0, 6, "int64", False)),),
)
MASKED_SELECT = _taken(
    "masked_select",
    "MaskedSelectBackward0",
    "The elements where mask holds, as a vector.",
    (S((2, 3), Arg((2, 3), 0, 2, "bool", False)),),
)
PUT = OpSpec(
    "put",
    _add_flat,
    (lambda g, c: c.pick(g, c.param("index")),),
    args=("self",),
    form="scatter({0})",
    derivatives=(r"\text{{the picked elements of }} {g}",),
    doc="Zeros, with the elements of input added at flat positions.",
)


def put(g: Tensor, index: Raw, shape: tuple[int, ...], of: OpSpec | None = None) -> Tensor:
    """Zeros of ``shape``, with the elements of ``g`` added at flat ``index``: the gradient of the op ``of``."""
    return apply(PUT if of is None else derived(PUT, of), (g,), {"index": index, "shape": shape})


def pick(x: Tensor, index: Raw) -> Tensor:
    """The elements of ``x`` at flat ``index`` (an integer array)."""
    return apply(TAKE, (x,), {"index": index})


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at flat positions."""
    x, places = expect_tensor(input, "take"), np.array(index._data)
    if places.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype.scalar_type}")
    n = x._data.size
    outside = places[(places < -n) | (places >= n)]
    if outside.size:
        raise IndexError(f"out of range: tried to access index {outside[0]} on a tensor of {n} elements.")
    return pick(x, places)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where mask holds, as a vector."""
    x = expect_tensor(input, "masked_select")
    shape = broadcast_shape(mask._data.shape, x._data.shape)
    places = np.broadcast_to(np.arange(x._data.size).reshape(x._data.shape), shape)
    return apply(MASKED_SELECT, (x,), {"index": places[np.broadcast_to(mask._data, shape)]})


# --- filling where a mask holds ---------------------------------------------------------------

MASKED_FILL = OpSpec(
    "masked_fill",
    lambda x, mask, value: choose(mask, x.dtype.type(value), x),
    (lambda g, c: c.zero_where(c.saved(0), g), None),
    args=("self", "mask"),
    saves=((1, (0,)),),
    form="masked_fill({0})",
    latex=r"\operatorname{{fill}}({0}, {1}, {value})",
    derivatives=(r"[\neg {1}]", "0"),
    local=True,
    doc="input with value where mask holds.",
    call="Tensor.masked_fill",
    samples=(S((2, 3), Arg((2, 3), 0, 2, "bool", False), 0.5),),
)
MASKED_FILL_TENSOR = OpSpec(
    "masked_fill_tensor",
    lambda x, mask, value: choose(mask, value.astype(x.dtype), x),
    (
        lambda g, c: c.zero_where(c.saved(0), g),
        None,
        lambda g, c: c.sum(c.where(c.saved(0), g, c.zeros_like(g))),
    ),
    grad_fn="MaskedFillBackward1",
    args=("self", "mask", "value"),
    saves=((1, (0, 2)),),
    form="masked_fill({0})",
    latex=r"\operatorname{{fill}}({0}, {1}, {2})",
    derivatives=(r"[\neg {1}]", "0", r"\textstyle\sum {g}\,[{1}]"),
    doc="input with a tensor's value where mask holds.",
    call="Tensor.masked_fill",
    samples=(S((2, 3), Arg((2, 3), 0, 2, "bool", False), Arg(())),),
)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """input with value where mask holds."""
    x = expect_tensor(input, "masked_fill")
    broadcast_shape(mask._data.shape, x._data.shape)
    if mask._data.dtype.kind != "b":
        kind = mask.dtype.c_name
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}")
    if not isinstance(value, Tensor):
        return apply(MASKED_FILL, (x, mask), {"value": value})
    if value._data.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._data.ndim} dimension(s)."
        )
    return apply(MASKED_FILL_TENSOR, (x, mask, value))


METHODS: dict[str, Any] = public(select, narrow, narrow_copy, index_select, gather, masked_fill, masked_select, take)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
