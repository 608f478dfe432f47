"""Views of another shape: view, reshape, transpose, permute, squeeze and their kin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine import dtypes
from engine.node import Raw
from engine.ops.autograd_ops import clone
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor, invalid_combination, public, type_name
from engine.ops.spec import OpSpec, S
from engine.ops.viewing import view_op
from engine.state import warn_once
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

Shape = tuple[int, ...]


def shape_args(args: Sequence[Any], function: str, name: str = "size") -> Shape:
    """The shape in ``f(2, 3)``, ``f((2, 3))`` or ``f(torch.Size([2, 3]))``."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    elif len(args) == 1 and _whole_number(args[0]) is None:
        kind = type_name(args[0])
        raise TypeError(f"{function}(): argument '{name}' (position 1) must be tuple of ints, not {kind}")
    out = []
    for place, given in enumerate(args):
        n = _whole_number(given)
        if n is None:
            why = f"type must be tuple of ints,but got {type_name(given)}"
            raise TypeError(
                f"{function}(): argument '{name}' failed to unpack the object at pos {place + 1} with error \"{why}\""
            )
        out.append(n)
    return tuple(out)


def _whole_number(value: Any) -> int | None:
    if isinstance(value, Tensor) and value._data.size == 1 and value._data.dtype.kind in "iu":
        value = value.item()
    return int(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else None


def inferred(shape: Shape, size: int) -> Shape:
    """``shape`` with its -1 filled in; RuntimeError with torch's text if it does not fit ``size`` elements."""
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for place, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {place} of shape {list(shape)}")
    known = math.prod(n for n in shape if n != -1)
    if -1 in shape:
        if known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                "size -1 can be any value and is ambiguous"
            )
        if size % known == 0:
            return tuple(size // known if n == -1 else n for n in shape)
    elif known == size:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")


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
RESHAPE_ALIAS = replace(
    VIEW, name="reshape_alias", grad_fn="ReshapeAliasBackward0", form="reshape({0})", call="reshape", samples=()
)
"""What reshape makes of a tensor that is not contiguous, where no copy is needed."""
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


VIEW_DTYPE = OpSpec(
    "view_dtype",
    lambda x, dtype: array(x).view(dtype.numpy),
    args=("self",),
    view=True,
    call="Tensor.view",
    doc="The same bytes, read as another dtype.",
)


def view(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape, sharing storage; RuntimeError if that needs a copy."""
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return view_op(VIEW_DTYPE, input, {"dtype": shape[0]})
    if not shape or (len(shape) > 1 and any(_whole_number(n) is None for n in shape)):
        raise invalid_combination("view", shape, {}, "torch.dtype dtype", "tuple of ints size")
    x = input._array()
    target = inferred(shape_args(shape, "view"), x.size)
    if not _viewable(x, target):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
            "two contiguous subspaces). Use .reshape(...) instead."
        )
    return view_op(VIEW, input, {"shape": target})


def _viewable(x: np.ndarray[Any, Any], shape: Shape) -> bool:
    """Whether ``shape`` can be had without copying."""
    return bool(x.flags.c_contiguous) or x.size == 0 or np.shares_memory(x.reshape(shape), x)


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape: a view where possible, else a copy."""
    x = expect_tensor(input, "reshape")
    if not shape:
        raise TypeError('reshape() missing 1 required positional arguments: "shape"')
    raw = x._array()
    target = inferred(shape_args(shape, "reshape", "shape"), raw.size)
    if _viewable(raw, target):
        return view_op(VIEW if raw.flags.c_contiguous else RESHAPE_ALIAS, x, {"shape": target})
    return apply(RESHAPE_COPY, (clone(x),), {"shape": target})


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


def _squeezed(shape: Shape, dims: Shape | None) -> Shape:
    return tuple(n for i, n in enumerate(shape) if n != 1 or (dims is not None and i not in dims))


def _unsqueezed(g: Any, c: Any) -> Any:
    shape, dims = c.shape(0), c.param("dims")
    return c.unsqueeze_to(g, [i for i, n in enumerate(shape) if n == 1 and (dims is None or i in dims)], shape)


def _squeeze_spec(name: str, grad_fn: str, *samples: Any) -> OpSpec:
    return OpSpec(
        name,
        lambda x, dims=None: array(x).reshape(_squeezed(x.shape, dims)),
        (_unsqueezed,),
        grad_fn=grad_fn,
        args=("self",),
        form="squeeze({0})",
        latex=r"\operatorname{{squeeze}} {0}",
        derivatives=(r"\operatorname{{unsqueeze}} {g}",),
        view=True,
        doc="Drops dimensions of size 1.",
        call="squeeze",
        samples=samples,
    )


SQUEEZE = _squeeze_spec("squeeze", "SqueezeBackward0", S((2, 1, 3)))
SQUEEZE_DIM = _squeeze_spec("squeeze_dim", "SqueezeBackward1", S((2, 1, 3), 1), S((2, 1, 3), 0))
SQUEEZE_DIMS = _squeeze_spec("squeeze_dims", "SqueezeBackward2", S((2, 1, 1), [0, 1]))

UNSQUEEZE = OpSpec(
    "unsqueeze",
    lambda x, dim: np.expand_dims(array(x), dim),
    (lambda g, c: c.squeeze_to(g, c.param("dim"), c.shape(0)),),
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
    if isinstance(dim, (tuple, list)):
        return view_op(SQUEEZE_DIMS, x, {"dims": tuple(wrap_dim(d, x._data.ndim) for d in dim)})
    return view_op(SQUEEZE_DIM, x, {"dims": (wrap_dim(dim, x._data.ndim),)})


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Puts a dimension of size 1 in at dim."""
    x = expect_tensor(input, "unsqueeze")
    return view_op(UNSQUEEZE, x, {"dim": wrap_dim(dim, x._data.ndim + 1)})


def squeeze_to(x: Tensor, dim: int, shape: Shape) -> Tensor:
    """``x`` without its dimension ``dim``, which has size 1."""
    return view_op(SQUEEZE_DIM, x, {"dims": (dim,)})


def unsqueeze_to(x: Tensor, dims: Sequence[int], shape: Shape) -> Tensor:
    """``x`` with dimensions of size 1 put in at ``dims``, one after another."""
    for dim in sorted(dims):
        x = view_op(UNSQUEEZE, x, {"dim": dim})
    return x


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """A view in the shape of other."""
    return view(input, other._data.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """reshape to the shape of other."""
    return reshape(input, other._data.shape)


def _reversed_dims(self: Tensor) -> Tensor:
    rank = self._data.ndim
    if rank == 0:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif rank != 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    return view_op(PERMUTE, self, {"dims": tuple(range(rank - 1, -1, -1))})


def _matrix_transposed(self: Tensor) -> Tensor:
    rank = self._data.ndim
    if rank == 0:
        warn_once("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
        return self
    if rank == 1:
        raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return transpose(self, -2, -1)


METHODS: dict[str, Any] = public(
    view,
    view_as,
    reshape,
    reshape_as,
    flatten,
    unflatten,
    t,
    transpose,
    permute,
    squeeze,
    unsqueeze,
)
METHODS["swapaxes"] = METHODS["swapdims"] = transpose
FUNCTIONS: dict[str, Any] = {k: f for k, f in METHODS.items() if k not in ("view", "view_as", "reshape_as")}
OPERATORS: dict[str, Any] = {
    "T": property(lambda self: _reversed_dims(self), doc="All dimensions in reverse order."),
    "mT": property(lambda self: _matrix_transposed(self), doc="The last two dimensions swapped."),
}
