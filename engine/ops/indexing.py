"""``x[...]``: each index becomes the op that torch makes of it (select, slice, unsqueeze, index)."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array, make_node, tracked
from engine.ops.functions import expect_tensor
from engine.ops.inplace import check, copy_, fill_, rebase, write
from engine.ops.shape import UNSQUEEZE
from engine.ops.spec import Arg, OpSpec, S
from engine.ops.viewing import view_op
from engine.state import state
from engine.tensors import Tensor, leaf, wrap_dim


def _at(dim: int, item: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (item,)


def _padded(c: Any, g: Any, index: Any) -> Any:
    return c.put_slice(g, index, c.shape(0))


SELECT = OpSpec(
    "select",
    lambda x, dim, index: (
        np.asarray(array(x)[_at(dim, index)]) if array(x).ndim > 1 else array(x)[index : index + 1 or None].reshape(())
    ),
    (lambda g, c: _padded(c, g, _at(c.param("dim"), c.param("index"))),),
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
    lambda x, dim, start, end, step=1: array(x)[_at(dim, slice(start, end, step))],
    (lambda g, c: _padded(c, g, _at(c.param("dim"), slice(c.param("start"), c.param("end"), c.param("step", 1)))),),
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


def _put_slice(g: Raw, index: Any, shape: tuple[int, ...]) -> Raw:
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
)


def put_slice(g: Tensor, index: Any, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape`` with ``g`` at ``index``."""
    return apply(PUT_SLICE, (g,), {"index": index, "shape": shape})


TAKE_SLICE = OpSpec(
    "take_slice",
    lambda x, index: x[index],
    (lambda g, c: c.put_slice(g, c.param("index"), c.shape(0)),),
    grad_fn="SliceBackward0",
    args=("self",),
    form="{0}[…]",
    derivatives=(r"{g} \text{{ in the slice}}",),
)


def take_slice(x: Tensor, index: Any) -> Tensor:
    """A copy of ``x[index]``."""
    return apply(TAKE_SLICE, (x,), {"index": index})


def _put(g: Raw, index: Any, shape: tuple[int, ...]) -> Raw:
    out = np.zeros(int(np.prod(shape)), g.dtype)
    np.add.at(out, index, g)
    return out.reshape(shape)


PUT = OpSpec(
    "put",
    _put,
    (lambda g, c: c.pick(g, c.param("index")),),
    args=("self",),
    form="scatter({0})",
    derivatives=(r"\text{{the picked elements of }} {g}",),
)
PICK = OpSpec(
    "pick",
    lambda x, index: array(x).reshape(-1)[index],
    (lambda g, c: c.put(g, c.param("index"), c.shape(0)),),
    grad_fn="TakeBackward0",
    args=("self",),
    form="take({0})",
    derivatives=(r"\text{{scatter }} {g}",),
    glyph="[…]",
)


def put(g: Tensor, index: Any, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape``, with the elements of ``g`` added at flat ``index``."""
    return apply(PUT, (g,), {"index": index, "shape": shape})


def pick(x: Tensor, index: Any) -> Tensor:
    """The elements of ``x`` at flat ``index`` (an integer array)."""
    return apply(PICK, (x,), {"index": index})


def _index_put(g: Raw, index: Any, shape: tuple[int, ...]) -> Raw:
    out = np.zeros(shape, g.dtype)
    np.add.at(out, index, g)
    return out


INDEX = OpSpec(
    "index",
    lambda x, index: array(x)[index],
    (lambda g, c: c.put_index(g, c.param("index"), c.shape(0)),),
    args=("self",),
    form="{0}[…]",
    latex="{0}_{{I}}",
    derivatives=(r"\text{{scatter }} {g}",),
    glyph="[…]",
    doc="Elements picked by index tensors or a mask, as a copy.",
    call="Tensor.__getitem__",
    samples=(S((4, 3), Arg((2,), 0, 4, "int64", False)), S((4,), Arg((4,), 0, 2, "bool", False))),
)
PUT_INDEX = OpSpec(
    "put_index",
    _index_put,
    (lambda g, c: c.index(g, c.param("index")),),
    grad_fn="IndexPutBackward0",
    args=("self",),
    form="scatter({0})",
    derivatives=(r"\text{{the picked elements of }} {g}",),
)


def put_index(g: Tensor, index: Any, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape``, with ``g`` added at ``index``."""
    return apply(PUT_INDEX, (g,), {"index": index, "shape": shape})


def index(x: Tensor, index: Any) -> Tensor:
    """``x[index]`` for a numpy index, as a copy."""
    return apply(INDEX, (x,), {"index": index})


INDEX_PUT = OpSpec(
    "index_put",
    lambda x, value, index: x,
    (
        lambda g, c: c.zero_at(g, c.param("index")),
        lambda g, c: c.index(g, c.param("index")),
    ),
    args=("self", "values"),
    form="{0} with {1}",
    derivatives=(r"{g}, 0 \text{{ at the index}}", r"\text{{the picked elements of }} {g}"),
)


def _zero_at(g: Raw, index: Any) -> Raw:
    out = g.copy()
    out[index] = 0
    return out


ZERO_AT = OpSpec(
    "zero_at",
    _zero_at,
    (lambda g, c: c.zero_at(g, c.param("index")),),
    grad_fn="IndexPutBackward0",
    args=("self",),
    derivatives=(r"{g}, 0 \text{{ at the index}}",),
)


def zero_at(x: Tensor, index: Any) -> Tensor:
    """A copy of ``x`` with zeros at ``index``."""
    return apply(ZERO_AT, (x,), {"index": index})


# --- x[...] ----------------------------------------------------------------------------------


def _is_mask(item: Any) -> bool:
    return isinstance(item, Tensor) and item._data.dtype.kind == "b"


def _advanced(item: Any) -> bool:
    if isinstance(item, Tensor):
        return item._data.ndim > 0 or item._data.dtype.kind == "b"
    return isinstance(item, (list, np.ndarray)) or (isinstance(item, tuple))


def _consumes(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return item._data.ndim if _is_mask(item) else 1


def _basic(x: Tensor, key: Any) -> tuple[Tensor, list[Any]]:
    """Apply the basic indices as views; what remains is one entry per dimension, None where all is taken."""
    items = list(key) if isinstance(key, tuple) else [key]
    rank = x._data.ndim
    used = sum(_consumes(i) for i in items)
    if used > rank:
        raise IndexError(f"too many indices for tensor of dimension {rank}")
    if not any(i is Ellipsis for i in items):
        items.append(Ellipsis)
    out, dim, rest = x, 0, []
    for item in items:
        if item is Ellipsis:
            gap = rank - used
            rest += [None] * gap
            dim += gap
        elif item is None:
            out = view_op(UNSQUEEZE, out, {"dim": dim})
            rest.append(None)
            dim += 1
        elif isinstance(item, slice):
            out = _slice(out, dim, item, skip_whole=isinstance(key, tuple))
            rest.append(None)
            dim += 1
        elif _advanced(item):
            value = _as_index(item, out, dim)
            rest.append(value)
            rest += [None] * (_consumes(item) - 1 if _is_mask(item) else 0)
            dim += _consumes(item)
        else:
            out = _select(out, dim, item)
    return out, rest


def _slice(x: Tensor, dim: int, s: slice, skip_whole: bool) -> Tensor:
    start, stop, step = (int(v) if isinstance(v, Tensor) else v for v in (s.start, s.stop, s.step))
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    n = x._data.shape[dim]
    start, stop, step = slice(start, stop, step).indices(n)
    if skip_whole and (start, stop, step) == (0, n, 1):
        return x
    return view_op(SLICE, x, {"dim": dim, "start": start, "end": max(start, stop), "step": step})


def _select(x: Tensor, dim: int, item: Any) -> Tensor:
    if isinstance(item, bool) or not isinstance(item, (int, np.integer, Tensor)):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(item).__name__})"
        )
    if isinstance(item, Tensor) and item._data.dtype.kind == "f":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    i, n = int(item), x._data.shape[dim]
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {n}")
    return view_op(SELECT, x, {"dim": dim, "index": i % n})


def _as_index(item: Any, x: Tensor, dim: int) -> Any:
    raw = item._data if isinstance(item, Tensor) else np.asarray(item)
    if raw.dtype.kind == "f":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if raw.dtype.kind == "b":
        for k, n in enumerate(raw.shape):
            if x._data.shape[dim + k] != n:
                raise IndexError(
                    f"The shape of the mask {list(raw.shape)} at index {k} does not match the shape of the indexed "
                    f"tensor {list(x._data.shape)} at index {dim + k}"
                )
        return np.array(raw)
    n = x._data.shape[dim]
    if raw.size and (raw.min() < -n or raw.max() >= n):
        bad = next(int(v) for v in raw.flat if not -n <= v < n)
        raise IndexError(f"index {bad} is out of bounds for dimension {dim} with size {n}")
    return np.array(raw)


def _numpy_index(rest: list[Any]) -> tuple[Any, ...]:
    out: list[Any] = []
    skip = 0
    for r in rest:
        if skip:
            skip -= 1
        elif r is None:
            out.append(slice(None))
        else:
            out.append(r)
            skip = r.ndim - 1 if r.dtype.kind == "b" else 0
    return tuple(out)


def getitem(self: Tensor, key: Any) -> Tensor:
    if isinstance(key, (bool, np.bool_)):
        return index(view_op(UNSQUEEZE, self, {"dim": 0}), (np.array([key]),))
    out, rest = _basic(self, key)
    if any(r is not None for r in rest):
        return index(out, _numpy_index(rest))
    # An index that takes everything still gives a new tensor.
    return view_op(ALIAS, self, None) if out is self else out


ALIAS = OpSpec(
    "alias",
    lambda x: array(x).view(),
    (lambda g, c: g,),
    args=("self",),
    form="{0}[...]",
    latex="{0}",
    derivatives=("1",),
    view=True,
    call="Tensor.__getitem__",
)


def setitem(self: Tensor, key: Any, value: Any) -> None:
    out, rest = _basic(self, key)
    if not any(r is not None for r in rest):
        if isinstance(value, Tensor):
            if out._data.ndim < value._data.ndim and all(
                n == 1 for n in value._data.shape[: value._data.ndim - out._data.ndim]
            ):
                value = value.reshape(value._data.shape[value._data.ndim - out._data.ndim :])
            copy_(out, value)
        elif isinstance(value, (int, float)):
            fill_(out, value)
        else:
            raise TypeError(f"can't assign a {type(value).__name__} to a torch.{self.dtype.legacy}")
        return
    where = _numpy_index(rest)
    source = value if isinstance(value, Tensor) else leaf(np.asarray(value, out._data.dtype)[()])
    track = tracked((out, source))
    check(out, track)
    shape = out._array()[where].shape
    try:
        data = np.broadcast_to(source._data, shape)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(source._data.shape)} cannot be broadcast to indexing result "
            f"of shape {list(shape)}"
        ) from None
    node = make_node(INDEX_PUT, (out, source), {"index": where}, (out._data,)) if track else None
    changed = out._array().copy()
    changed[where] = data
    write(out, changed)
    if node is not None:
        rebase(out, node)
    if state.recorder is not None:
        state.recorder.edited(out, "index_put_", (out, source), {"index": where}, out._grad_fn if track else None)


# --- named indexing --------------------------------------------------------------------------


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


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` slices along dim from ``start``, as a view."""
    x = expect_tensor(input, "narrow")
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    begin = start + n if start < 0 else start
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if begin + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return view_op(SLICE, x, {"dim": d, "start": begin, "end": begin + length})


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices along dim that the integer vector names, as a copy."""
    x = expect_tensor(input, "index_select")
    d = wrap_dim(dim, x._data.ndim)
    if index._data.dtype.kind not in "iu":
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    return apply(INDEX_SELECT, (x,), {"dim": d, "index": np.atleast_1d(index._data)})


INDEX_SELECT = OpSpec(
    "index_select",
    lambda x, dim, index: array(x)[_at(dim, index)],
    (lambda g, c: c.put_index(g, _at(c.param("dim"), c.param("index")), c.shape(0)),),
    args=("self",),
    form="index_select({0})",
    derivatives=(r"\text{{scatter }} {g}",),
    doc="The slices along dim that the integer vector names, as a copy.",
    samples=(S((4, 3), 0, Arg((2,), 0, 4, "int64", False)),),
)


def along(shape: tuple[int, ...], dim: int, index: Raw) -> tuple[Any, ...]:
    """The numpy index that names, for each element of ``index``, the element at that place along dim."""
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


GATHER = OpSpec(
    "gather",
    lambda x, dim, index: array(x)[along(x.shape, dim, index)],
    (lambda g, c: c.put_index(g, along(c.shape(0), c.param("dim"), c.param("index")), c.shape(0)),),
    args=("self",),
    form="gather({0})",
    derivatives=(r"\text{{scatter }} {g}",),
    doc="The elements that index names along dim.",
    samples=(S((4, 3), 0, Arg((2, 3), 0, 4, "int64", False)), S((2, 3), 1, Arg((2, 2), 0, 3, "int64", False))),
)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements that index names along dim."""
    x = expect_tensor(input, "gather")
    if index._data.dtype != np.int64:
        raise RuntimeError("gather(): Expected dtype int64 for index")
    d = wrap_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    if index._data.size and (index._data.min() < 0 or index._data.max() >= n):
        bad = next(int(v) for v in index._data.flat if not 0 <= v < n)
        raise RuntimeError(f"index {bad} is out of bounds for dimension {d} with size {n}")
    return apply(GATHER, (x,), {"dim": d, "index": np.array(index._data)})


def scatter_along(g: Any, indices: Any, dim: int, keepdim: bool, shape: tuple[int, ...]) -> Any:
    """The gradient of a selection along dim: ``g`` at the selected elements, 0 elsewhere."""
    if not shape:
        return g if not isinstance(g, Tensor) else g.reshape(())
    index = np.asarray(indices)
    if not keepdim:
        index = np.expand_dims(index, dim)
    where = along(shape, dim, index)
    if isinstance(g, Tensor):
        return put_index(g.reshape(index.shape), where, shape)
    return _index_put(array(g).reshape(index.shape), where, shape)


MASKED_FILL = OpSpec(
    "masked_fill",
    lambda x, mask, value: np.where(mask, x.dtype.type(value), x)[()],
    (lambda g, c: c.where(c.saved(0), c.zeros_like(g), g), None),
    args=("self", "mask"),
    saves=((1, (0,)),),
    form="masked_fill({0})",
    derivatives=("[\\neg {1}]", "0"),
    local=True,
    doc="input with value where mask holds.",
    call="Tensor.masked_fill",
    samples=(S((2, 3), Arg((2, 3), 0, 2, "bool", False), 0.5),),
)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """input with value where mask holds."""
    if mask._data.dtype.kind != "b":
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            + repr(mask.dtype).removeprefix("torch.")
        )
    if isinstance(value, Tensor):
        from engine.ops.elementwise import where

        out: Tensor = where(mask, value.to(input.dtype), input)
        return out
    return apply(MASKED_FILL, (input, mask), {"value": value})


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where mask holds, as a vector."""
    x, m = np.broadcast_arrays(input._data, mask._data)
    flat = np.broadcast_to(np.arange(input._data.size).reshape(input._data.shape), x.shape)[m]
    return apply(MASKED_SELECT, (input,), {"index": flat})


MASKED_SELECT = OpSpec(
    "masked_select",
    lambda x, index: array(x).reshape(-1)[index],
    (lambda g, c: c.put(g, c.param("index"), c.shape(0)),),
    args=("self",),
    form="masked_select({0})",
    derivatives=(r"\text{{scatter }} {g}",),
    doc="The elements where mask holds, as a vector.",
    samples=(S((2, 3), Arg((2, 3), 0, 2, "bool", False)),),
)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at flat positions."""
    return pick(expect_tensor(input, "take"), np.array(index._data))


METHODS: dict[str, Any] = {
    f.__name__: f for f in (select, narrow, index_select, gather, masked_fill, masked_select, take)
}
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {"__getitem__": getitem, "__setitem__": setitem}
