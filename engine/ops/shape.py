"""Ops that move elements about: views, joining, splitting, repeating."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array, broadcast_error, promoted
from engine.ops.functions import expect_tensor
from engine.ops.spec import OpSpec, S
from engine.ops.viewing import view_op, view_ops
from engine.state import check_bytes
from engine.tensors import Tensor, wrap_dim

Shape = tuple[int, ...]


def shape_args(args: Sequence[Any], function: str) -> Shape:
    """The shape in ``f(2, 3)``, ``f((2, 3))`` or ``f(torch.Size([2, 3]))``."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    out = []
    for n in args:
        if isinstance(n, Tensor) and n._data.size == 1 and n._data.dtype.kind in "iu":
            n = n.item()
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
            raise TypeError(
                f"{function}(): argument 'size' must be tuple of ints, but found element of type "
                f"{type(n).__name__} at pos {len(out)}"
            )
        out.append(int(n))
    return tuple(out)


def inferred(shape: Shape, size: int) -> Shape:
    """``shape`` with its -1 filled in; RuntimeError with torch's text if it does not fit ``size`` elements."""
    unknown = [i for i, n in enumerate(shape) if n == -1]
    bad = RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(n < -1 for n in shape):
        low = next(n for n in shape if n < -1)
        raise RuntimeError(f"invalid shape dimension {low}")
    if unknown:
        known = math.prod(n for n in shape if n != -1)
        if known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                "size -1 can be any value and is ambiguous"
            )
        if size % known:
            raise bad
        return tuple(size // known if n == -1 else n for n in shape)
    if math.prod(shape) != size:
        raise bad
    return shape


def _reshape(x: Raw, shape: Shape) -> Raw:
    return array(x).reshape(shape)


def _unshape(g: Any, c: Any) -> Any:
    return c.reshape(g, c.shape(0))


VIEW = OpSpec(
    "view",
    _reshape,
    (_unshape,),
    args=("self",),
    form="view({0})",
    latex=r"\operatorname{{view}} {0}",
    derivatives=(r"\operatorname{{view}} {g}",),
    view=True,
    doc="The same elements in another shape, sharing storage.",
    call="Tensor.view",
    samples=(S((2, 3), [6]), S((2, 3), 3, 2)),
)
RESHAPE_COPY = OpSpec(
    "reshape_copy",
    lambda x, shape: array(x).reshape(shape).copy(),
    (_unshape,),
    grad_fn="UnsafeViewBackward0",
    args=("self",),
    form="reshape({0})",
    latex=r"\operatorname{{reshape}} {0}",
    derivatives=(r"\operatorname{{reshape}} {g}",),
    call="reshape",
)


def fits_as_view(x: np.ndarray[Any, Any], shape: Shape) -> bool:
    """Whether ``shape`` can be had without copying."""
    probe = x.view()
    try:
        probe.shape = shape
    except AttributeError:
        return False
    return True


def view(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape, sharing storage; RuntimeError if that needs a copy."""
    from engine import dtypes

    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return view_op(VIEW_DTYPE, input, {"dtype": shape[0]})
    x = array(input._array())
    target = inferred(shape_args(shape, "view"), x.size)
    if not x.flags.c_contiguous and not _viewable(x, target):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
            "two contiguous subspaces). Use .reshape(...) instead."
        )
    return view_op(VIEW, input, {"shape": target})


def _viewable(x: np.ndarray[Any, Any], shape: Shape) -> bool:
    out = x.reshape(shape)
    return x.size == 0 or np.shares_memory(out, x)


VIEW_DTYPE = OpSpec(
    "view_dtype", lambda x, dtype: array(x).view(dtype.numpy), args=("self",), view=True, call="Tensor.view"
)


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape: a view where possible, else a copy."""
    x = expect_tensor(input, "reshape")
    raw = x._array()
    target = inferred(shape_args(shape, "reshape"), raw.size)
    if raw.flags.c_contiguous or _viewable(raw, target):
        return view_op(VIEW, x, {"shape": target})
    return apply(RESHAPE_COPY, (x,), {"shape": target})


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Joins the dimensions from start_dim to end_dim into one."""
    x = expect_tensor(input, "flatten")
    rank = x._data.ndim
    a, b = wrap_dim(start_dim, rank), wrap_dim(end_dim, rank)
    if a > b:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = x._data.shape
    if a == b and rank:
        return x
    return reshape(x, (*shape[:a], math.prod(shape[a : b + 1]), *shape[b + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """Splits one dimension into several."""
    shape = input._data.shape
    d = wrap_dim(dim, len(shape))
    return view(input, (*shape[:d], *inferred(tuple(sizes), shape[d]), *shape[d + 1 :]))


T = OpSpec(
    "t",
    lambda x: array(x).T,
    (lambda g, c: c.t(g),),
    grad_fn="TBackward0",
    args=("self",),
    form="{0}ᵀ",
    latex=r"{0}^\top",
    derivatives=(r"{g}^\top",),
    glyph="ᵀ",
    view=True,
    doc="The transpose of a matrix; vectors stay as they are.",
    samples=(S((2, 3)), S((3,))),
)
TRANSPOSE = OpSpec(
    "transpose",
    lambda x, dim0, dim1: np.swapaxes(array(x), dim0, dim1) if array(x).ndim else array(x).view(),
    (lambda g, c: c.transpose(g, c.param("dim0"), c.param("dim1")),),
    args=("self",),
    form="transpose({0}, {dim0}, {dim1})",
    latex=r"{0}^\top",
    derivatives=(r"{g}^\top",),
    glyph="ᵀ",
    view=True,
    doc="Swaps two dimensions.",
    samples=(S((2, 3), 0, 1), S((2, 3, 4), -1, 0)),
)
PERMUTE = OpSpec(
    "permute",
    lambda x, dims: np.transpose(array(x), dims),
    (lambda g, c: c.permute(g, tuple(int(i) for i in np.argsort(c.param("dims")))),),
    args=("self",),
    form="permute({0})",
    derivatives=(r"\operatorname{{permute}}^{{-1}} {g}",),
    view=True,
    doc="Puts the dimensions into another order.",
    samples=(S((2, 3, 4), [2, 0, 1]),),
)


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; vectors stay as they are."""
    x = expect_tensor(input, "t")
    if x._data.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x._data.ndim}D")
    return view_op(T, x, None)


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Swaps two dimensions."""
    x = expect_tensor(input, "transpose")
    rank = x._data.ndim
    return view_op(TRANSPOSE, x, {"dim0": wrap_dim(dim0, rank), "dim1": wrap_dim(dim1, rank)})


def permute(input: Tensor, *dims: Any) -> Tensor:
    """Puts the dimensions into another order."""
    x = expect_tensor(input, "permute")
    order = shape_args(dims, "permute")
    rank = x._data.ndim
    if len(order) != rank:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {rank} is not equal to len(dims) = {len(order)}"
        )
    wrapped = tuple(wrap_dim(d, rank) for d in order)
    if len(set(wrapped)) < rank:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return view_op(PERMUTE, x, {"dims": wrapped})


def _squeezed(shape: Shape, dims: tuple[int, ...] | None) -> Shape:
    return tuple(n for i, n in enumerate(shape) if n != 1 or (dims is not None and i not in dims))


def _squeeze_spec(name: str, grad_fn: str) -> OpSpec:
    return OpSpec(
        name,
        lambda x, dims=None: array(x).reshape(_squeezed(x.shape, dims)),
        (_unshape,),
        grad_fn=grad_fn,
        args=("self",),
        form="squeeze({0})",
        derivatives=(r"\operatorname{{unsqueeze}} {g}",),
        view=True,
        doc="Drops dimensions of size 1.",
        call="squeeze",
        samples=(S((2, 1, 3)),) if name == "squeeze" else (S((2, 1, 3), 1), S((2, 1, 3), 0)),
    )


SQUEEZE = _squeeze_spec("squeeze", "SqueezeBackward0")
SQUEEZE_DIM = _squeeze_spec("squeeze_dim", "SqueezeBackward1")

UNSQUEEZE = OpSpec(
    "unsqueeze",
    lambda x, dim: np.expand_dims(array(x), dim),
    (_unshape,),
    args=("self",),
    form="unsqueeze({0}, {dim})",
    derivatives=(r"\operatorname{{squeeze}} {g}",),
    view=True,
    doc="Puts a dimension of size 1 in at dim.",
    samples=(S((2, 3), 0), S((2, 3), -1), S((), 0)),
)


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Drops dimensions of size 1: all of them, or those named by dim."""
    x = expect_tensor(input, "squeeze")
    if dim is None:
        return view_op(SQUEEZE, x, {"dims": None})
    dims = tuple(wrap_dim(d, x._data.ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    return view_op(SQUEEZE_DIM, x, {"dims": dims})


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Puts a dimension of size 1 in at dim."""
    x = expect_tensor(input, "unsqueeze")
    return view_op(UNSQUEEZE, x, {"dim": wrap_dim(dim, x._data.ndim + 1)})


def _expand(x: Raw, shape: Shape) -> Raw:
    return np.broadcast_to(x, shape)


def sum_to(g: Any, c: Any, shape: Shape) -> Any:
    """``g`` summed over the dimensions along which ``shape`` was broadcast to it."""
    rank = len(g.shape)
    lead = rank - len(shape)
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
    for i, n in enumerate(sizes):
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
    return view_op(EXPAND, input, {"shape": tuple(out)})


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Expands to the shape of other."""
    return expand(input, other._data.shape)


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """Expands to the given shape."""
    return expand(input, tuple(size))


# --- joining ---------------------------------------------------------------------------------


def _cat_grad(g: Any, c: Any) -> list[Any]:
    dim, sizes = c.param("dim"), c.param("sizes")
    out, start = [], 0
    for i, n in enumerate(sizes):
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


def cat(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> Tensor:
    """Joins tensors along an existing dimension."""
    parts = [expect_tensor(x, "cat", "tensors") for x in tensors]
    if not parts:
        raise ValueError("expected a non-empty list of Tensors")
    for i, x in enumerate(parts):
        if x._data.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    real = [x for x in parts if x._data.shape != (0,)] or parts[:1]
    rank = real[0]._data.ndim
    d = wrap_dim(dim if axis is None else axis, rank)
    first = real[0]._data.shape
    for i, x in enumerate(real):
        shape = x._data.shape
        if len(shape) != rank:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {rank} and {len(shape)}")
        for k in range(rank):
            if k != d and shape[k] != first[k]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {first[k]} but got size "
                    f"{shape[k]} for tensor number {i} in the list."
                )
    raws = promoted([x._data for x in real])
    from engine.ops.dispatch import finish

    params = {"dim": d, "sizes": tuple(r.shape[d] for r in raws)}
    return finish(CAT, real, params, np.concatenate(raws, axis=d))


STACK = OpSpec(
    "stack",
    lambda *xs, dim=0: np.stack(xs, axis=dim),
    joint=lambda g, c: [c.select(g, c.param("dim", 0), i) if c.needs(i) else None for i in range(len(c.node.next))],
    args=("tensors",),
    form="stack",
    derivatives=(r"\text{{the part of }} {g}",),
    doc="Joins tensors along a new dimension.",
    samples=(S([S((2, 3)), S((2, 3))]), S([S((3,)), S((3,))], dim=1), S([S(()), S(())])),
)


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """Joins tensors along a new dimension."""
    parts = [expect_tensor(x, "stack", "tensors") for x in tensors]
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
    from engine.ops.dispatch import finish

    return finish(STACK, parts, {"dim": d}, np.stack(raws, axis=d))


# --- splitting -------------------------------------------------------------------------------


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
        raise RuntimeError("Dimension specified as 0 but tensor has no dimensions")
    d = wrap_dim(dim, x._data.ndim)
    raw = x._array()
    parts = (
        [np.asarray(p) for p in np.moveaxis(raw, d, 0)]
        if raw.ndim > 1
        else [raw[i : i + 1].reshape(()) for i in range(raw.shape[0])]
    )
    return view_ops(UNBIND, x, {"dim": d}, parts)


def _split_grad(g: Any, c: Any) -> Any:
    dim, sizes, shape = c.param("dim"), c.param("sizes"), c.shape(0)
    like = next(x for x in g if x is not None)
    parts = []
    for x, n in zip(g, sizes, strict=True):
        parts.append(c.constant(np.zeros((*shape[:dim], n, *shape[dim + 1 :]), c.dtype_of(like))) if x is None else x)
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


def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the given size, or sizes, along dim."""
    x = expect_tensor(input, "split")
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
    x = expect_tensor(input, "chunk")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = x._data.shape[wrap_dim(dim, x._data.ndim)]
    return split(x, max(1, -(-n // chunks)), dim)


# --- copying ---------------------------------------------------------------------------------


def _repeat_grad(g: Any, c: Any) -> Any:
    shape, times = c.shape(0), c.param("repeats")
    if len(times) > len(shape):
        lead = len(times) - len(shape)
        g = c.sum(g, tuple(range(lead)), False) if not shape else g
        if not shape:
            return g
        shape = (1,) * lead + shape
    split_shape = tuple(v for n, k in zip(shape, times, strict=True) for v in (k, n))
    summed = c.sum(c.reshape(g, split_shape), tuple(range(0, 2 * len(shape), 2)), False)
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
    return apply(FLIP, (x,), {"dims": tuple(wrap_dim(d, x._data.ndim) for d in shape_args(dims, "flip"))})


ROLL = OpSpec(
    "roll",
    lambda x, shifts, dims: np.roll(x, shifts, dims),
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
        return reshape(roll(reshape(x, -1), shifts, 0), x._data.shape)
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    return apply(ROLL, (x,), {"shifts": shifts, "dims": tuple(wrap_dim(d, x._data.ndim) for d in dims)})


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """All tensors expanded to their common shape."""
    try:
        shape = np.broadcast_shapes(*(x._data.shape for x in tensors))
    except ValueError:
        raise broadcast_error(tensors[0]._data.shape, tensors[1]._data.shape) from None
    return tuple(expand(x, shape) for x in tensors)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """A view in the shape of other."""
    return view(input, other._data.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """reshape to the shape of other."""
    return reshape(input, other._data.shape)


def contiguous(input: Tensor) -> Tensor:
    """input itself if its elements lie in order, else a copy."""
    if input.is_contiguous():
        return input
    from engine.ops.autograd_ops import clone

    return clone(input)


METHODS: dict[str, Any] = {
    f.__name__: f
    for f in (
        view,
        reshape,
        flatten,
        unflatten,
        t,
        transpose,
        permute,
        squeeze,
        unsqueeze,
        expand,
        expand_as,
        broadcast_to,
        unbind,
        split,
        chunk,
        repeat,
        tile,
        flip,
        roll,
        view_as,
        reshape_as,
        contiguous,
    )
}
METHODS["swapaxes"] = METHODS["swapdims"] = transpose
FUNCTIONS: dict[str, Any] = {
    **{k: v for k, v in METHODS.items() if k not in ("view", "expand", "view_as", "repeat", "contiguous")},
    "cat": cat,
    "concat": cat,
    "concatenate": cat,
    "stack": stack,
    "broadcast_tensors": broadcast_tensors,
}
OPERATORS: dict[str, Any] = {}
