"""``x[...]`` and ``x[...] = y``: each index becomes the op that torch makes of it.

Integers, slices, None and ``...`` are taken first, one after another, as views; index tensors, lists and
masks then pick from that view all at once, as a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.broadcasting import expand
from engine.ops.dispatch import apply, array, as_number, checked_scalar, tracked
from engine.ops.functions import type_name
from engine.ops.inplace import COPY, FILL_TENSOR, check, commit, copy_
from engine.ops.picking import SELECT, SLICE, NumpyIndex, index
from engine.ops.shape import UNSQUEEZE, view
from engine.ops.spec import OpSpec
from engine.ops.viewing import view_op
from engine.state import warn
from engine.tensors import Tensor

NOT_AN_INDEX = "tensors used as indices must be long, int, byte or bool tensors"
LIST_AS_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], "
    "which will result either in an error or a different result"
)


def _is_number(item: Any) -> bool:
    """Whether an index takes one slice; a 0-d tensor of integers does, a bool does not."""
    if isinstance(item, Tensor):
        return bool(item._data.ndim == 0 and item._data.dtype.kind in "iu" and item._data.dtype != np.uint8)
    return isinstance(item, (int, np.integer)) and not isinstance(item, bool)


def _dimensions(item: Any) -> int:
    """How many dimensions of the tensor an index uses up."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, Tensor) and item._data.dtype in (np.bool_, np.uint8):
        return int(item._data.ndim)
    return 1


def _items(key: Any) -> list[Any]:
    """The indices in the brackets, one per comma."""
    if isinstance(key, tuple):
        return list(key)
    if isinstance(key, list) and any(isinstance(i, (Tensor, list, tuple, slice)) or i is ... or i is None for i in key):
        warn(LIST_AS_TUPLE)
        return key
    return [key]


def take_basic(x: Tensor, key: Any, skip_whole: bool = True) -> tuple[Tensor, NumpyIndex]:
    """The view that the plain indices of ``key`` take, and the numpy index for the rest of them.

    With ``skip_whole`` a slice that takes everything makes no view of its own. Raises IndexError with torch's texts.
    """
    items = _items(key)
    rank = x._data.ndim
    if rank == 0 and len(items) == 1 and _is_number(items[0]):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number"
        )
    if rank == 0 and isinstance(key, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    used = sum(_dimensions(item) for item in items)
    if used > rank:
        raise IndexError(f"too many indices for tensor of dimension {rank}")
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    whole = slice(None)
    out = x
    picks: list[Any] = []
    for place, item in enumerate(items):
        dim = sum(_covered(pick) for pick in picks)
        if item is Ellipsis:
            picks += [whole] * (rank - used)
        elif item is None:
            out = view_op(UNSQUEEZE, out, {"dim": dim})
            picks.append(whole)
        elif isinstance(item, slice):
            out = _sliced(out, dim, item, skip_whole)
            picks.append(whole)
        elif _is_number(item):
            out = _selected(out, dim, place, int(item))
        else:
            if _dimensions(item) == 0:
                # True and False pick all or nothing of a new dimension.
                out = view_op(UNSQUEEZE, out, {"dim": dim})
            picks.append(_index_array(item, out, dim))
    return out, tuple(picks)


def _covered(pick: Any) -> int:
    """How many dimensions an entry of a numpy index stands for."""
    return pick.ndim if isinstance(pick, np.ndarray) and pick.dtype == np.bool_ else 1


def _sliced(x: Tensor, dim: int, s: slice, skip_whole: bool) -> Tensor:
    start, stop, step = (int(v) if isinstance(v, Tensor) else v for v in (s.start, s.stop, s.step))
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step is not None and step < 0:
        raise ValueError("step must be greater than zero")
    n = x._data.shape[dim]
    start, stop, step = slice(start, stop, step).indices(n)
    if skip_whole and (start, stop, step) == (0, n, 1):
        return x
    return view_op(SLICE, x, {"dim": dim, "start": start, "end": max(start, stop), "step": step})


def _selected(x: Tensor, dim: int, place: int, i: int) -> Tensor:
    """One slice; torch's error names the place among the indices for the dimension."""
    n = x._data.shape[dim]
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of bounds for dimension {place} with size {n}")
    return view_op(SELECT, x, {"dim": dim, "index": i % n})


def _index_array(item: Any, x: Tensor, dim: int) -> np.ndarray[Any, Any]:
    """An index tensor, a list or a bool as the array that numpy is to pick by, checked against ``x``."""
    if isinstance(item, bool):
        return np.array([item])
    if not isinstance(item, (Tensor, list, np.ndarray)):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type_name(item)})"
        )
    raw = np.array(item._data if isinstance(item, Tensor) else item)
    if raw.size == 0 and isinstance(item, list):
        raw = raw.astype(np.int64)
    if raw.dtype.kind not in "iub":
        raise IndexError(NOT_AN_INDEX)
    if raw.dtype in (np.bool_, np.uint8):
        return _mask(raw.astype(np.bool_), x, dim)
    n = x._data.shape[dim]
    outside = raw[(raw < -n) | (raw >= n)]
    if outside.size and n == 0:
        raise IndexError("index is out of bounds for dimension with size 0")
    if outside.size:
        raise IndexError(f"index {outside[0]} is out of bounds for dimension {dim} with size {n}")
    return raw


def _mask(mask: np.ndarray[Any, Any], x: Tensor, dim: int) -> np.ndarray[Any, Any]:
    if mask.ndim == 0:
        return mask.reshape(1)
    for k, n in enumerate(mask.shape):
        if x._data.shape[dim + k] != n:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {k} does not match the shape of the indexed "
                f"tensor {list(x._data.shape)} at index {dim + k}"
            )
    return mask


def _picks(where: NumpyIndex) -> bool:
    return any(isinstance(item, np.ndarray) for item in where)


def _picked(x: np.ndarray[Any, Any], where: NumpyIndex) -> np.ndarray[Any, Any]:
    """``x[where]``; IndexError with torch's text for index tensors whose shapes do not go together."""
    try:
        return x[where]
    except IndexError as error:
        if "could not be broadcast" not in str(error):
            raise
        shapes = ", ".join(str(list(item.shape)) for item in where if isinstance(item, np.ndarray))
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None


def getitem(self: Tensor, key: Any) -> Tensor:
    """``self[key]``: a view if only plain indices are used, else a copy."""
    if type(key) is int and self._data.ndim:
        return _selected(self, 0, 0, key)
    out, where = take_basic(self, key, skip_whole=isinstance(key, tuple))
    if _picks(where):
        _picked(array(out._data), where)
        return index(out, where)
    # An index that takes everything still gives a new tensor.
    return view_op(ALIAS, self) if out is self else out


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
    doc="All of the tensor, as a view.",
)


def zero_at(x: Tensor, index: NumpyIndex) -> Tensor:
    """A copy of ``x`` with zeros at ``index``."""
    return apply(ZERO_AT, (x,), {"index": index})


# --- assignment -------------------------------------------------------------------------------


def _put(x: Raw, value: Raw, index: NumpyIndex) -> Raw:
    out = x.copy()
    out[index] = value
    return out


INDEX_PUT = OpSpec(
    "index_put",
    _put,
    (lambda g, c: c.zero_at(g, c.param("index")), lambda g, c: c.index(g, c.param("index"))),
    args=("self", "values"),
    holds=("index",),
    form="{0} with {1}",
    derivatives=(r"{g}, 0 \text{{ at the index}}", r"\text{{the picked elements of }} {g}"),
    doc="input with the elements at an index replaced by values.",
)
ZERO_AT = OpSpec(
    "zero_at",
    lambda x, index: _put(x, 0, index),
    (lambda g, c: c.zero_at(g, c.param("index")),),
    grad_fn="IndexPutBackward0",
    args=("self",),
    derivatives=(r"{g}, 0 \text{{ at the index}}",),
    doc="input with zeros at an index.",
)


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """``self[key] = value``, in place."""
    if not isinstance(value, (Tensor, int, float)):
        raise TypeError(f"can't assign a {type_name(value)} to a torch.{self.dtype.legacy}")
    out, where = take_basic(self, key)
    if _picks(where):
        _assign_picked(out, where, value)
    elif isinstance(value, Tensor):
        _assign_tensor(out, value)
    else:
        _assign_number(out, as_number(value))


def _assign_number(out: Tensor, value: bool | int | float) -> None:
    check(out, tracked((out,)))
    raw = checked_scalar(value, out._data.dtype, out.dtype.storage_name)
    spec = FILL_TENSOR if out._data.ndim else COPY
    commit(spec, out, (out, value), None, raw, f"{spec.name.removesuffix('_tensor')}_")


def _assign_tensor(out: Tensor, value: Tensor) -> None:
    shape = value._data.shape
    if shape == out._data.shape:
        copy_(out, value)
    elif not shape:
        check(out, tracked((out, value)))
        commit(FILL_TENSOR, out, (out, value), None, value._data, "fill_")
    else:
        while shape and shape[0] == 1:
            shape = shape[1:]
        source = view(value, shape)
        copy_(out, source if shape == out._data.shape else expand(source, out._data.shape))


def _assign_picked(out: Tensor, where: NumpyIndex, value: Any) -> None:
    check(out, tracked((out, value)))
    place = _picked(out._array(), where)
    if isinstance(value, Tensor):
        raw = value._data
        if value.dtype is not out.dtype:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{out.dtype.scalar_type} for the destination and {value.dtype.scalar_type} for the source."
            )
    else:
        raw = checked_scalar(as_number(value), out._data.dtype, out.dtype.storage_name)
    try:
        data = np.broadcast_to(raw, place.shape)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(raw.shape)} cannot be broadcast to indexing result "
            f"of shape {list(place.shape)}"
        ) from None
    commit(INDEX_PUT, out, (out, value), {"index": where}, _put(out._array(), data, where), "index_put_")


def _delitem(self: Tensor, key: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


METHODS: dict[str, Any] = {}
FUNCTIONS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {"__getitem__": getitem, "__setitem__": setitem, "__delitem__": _delitem}
