"""The largest, the smallest, the middle: max, min, median, amax, amin, argmax, argmin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import apply, apply_many, array, broadcast_shape
from engine.ops.functions import expect_tensor, public
from engine.ops.pointwise import maximum, minimum
from engine.ops.reduce import EMPTY, Dims, dims_of, named_dims, unreduced
from engine.ops.results import named_result
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

# --- of all elements: equal ones share the gradient -------------------------------------------


def share_of_equals(g: Any, c: Any) -> Any:
    """The gradient of an extremum: shared evenly among the elements that equal it."""
    x, shape = c.saved(0), c.shape(0)
    if x.shape != shape:
        # Its data were exchanged since: torch's error if they do not fit.
        broadcast_shape(unreduced(c, c.saved(1), shape).shape, x.shape)
    chosen = x == unreduced(c, c.saved(1), shape)
    return unreduced(c, g, shape) * chosen / c.sum(chosen, c.param("dim"), True)


def _extreme(name: str, f: Any, *, grad_fn: str, latex: str, doc: str, samples: Any) -> OpSpec:
    def forward(x: Raw, dim: Dims = None, keepdim: bool = False) -> Raw:
        return f(x, axis=dim, keepdims=keepdim)

    return OpSpec(
        name,
        forward,
        (share_of_equals,),
        grad_fn=grad_fn,
        args=("self",),
        saves=((0, (0,)), (OUT, (0,))),
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(rf"{{g}}\,[{{0}} = {latex}]",),
        glyph=name,
        doc=f"{doc}; equal ones share the gradient.",
        samples=samples,
    )


_WHOLE = (S((2, 3)),)
_ALONG = (S((2, 3)), S((2, 3), 1), S((2, 3), [0, 1], True))
LARGEST, SMALLEST = "The largest element", "The smallest element"

MAX = _extreme("max", np.max, grad_fn="MaxBackward1", latex=r"\max {0}", doc=LARGEST, samples=_WHOLE)
MIN = _extreme("min", np.min, grad_fn="MinBackward1", latex=r"\min {0}", doc=SMALLEST, samples=_WHOLE)
AMAX = _extreme("amax", np.max, grad_fn="AmaxBackward0", latex=r"\max {0}", doc=LARGEST, samples=_ALONG)
AMIN = _extreme("amin", np.min, grad_fn="AminBackward0", latex=r"\min {0}", doc=SMALLEST, samples=_ALONG)


def _median(x: Raw) -> Raw:
    if x.dtype.kind == "b":
        raise NotImplementedError("\"median_cpu\" not implemented for 'Bool'")
    ordered = np.sort(x, axis=None)
    if not ordered.size or (ordered.dtype.kind == "f" and np.isnan(ordered[-1])):
        return x.dtype.type(np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    return ordered[(ordered.size - 1) // 2]


MEDIAN = OpSpec(
    "median",
    _median,
    (share_of_equals,),
    args=("self",),
    saves=((0, (0,)), (OUT, (0,))),
    form="median({0})",
    latex=r"\operatorname{{med}} {0}",
    derivatives=(r"{g}\,[{0} = {out}]",),
    doc="The lower median of all elements.",
    samples=(S((2, 3)), S((5,))),
)

# --- along one dimension: values, and where they were -----------------------------------------


def selected_grad(g: Any, c: Any) -> Any:
    """The gradient goes to the element that was selected along dim."""
    if g[0] is None:
        return None
    return c.scatter_along(g[0], c.param("indices"), c.param("dim"), c.param("keepdim", False), c.shape(0))


def taken(x: Raw, dim: int, keepdim: bool, indices: Any) -> Raw:
    """The elements at ``indices`` along dim; ``indices`` have the shape of the result."""
    values = array(x)
    if not values.ndim:
        return values[()]
    places = np.asarray(indices)
    if not keepdim:
        places = np.expand_dims(places, dim)
    found = np.take_along_axis(values, places, dim)
    return found if keepdim else np.squeeze(found, dim)[()]


def _along(name: str, grad_fn: str, doc: str) -> OpSpec:
    return OpSpec(
        f"{name}_dim",
        taken,
        (selected_grad,),
        grad_fn=grad_fn,
        args=("self",),
        holds=("indices",),
        form=f"{name}({{0}}, dim={{dim}})",
        latex=rf"\operatorname{{{{{name}}}}} {{0}}",
        derivatives=(r"{g}\,[\text{{selected}}]",),
        glyph=name,
        call=name,
        doc=doc,
        samples=(S((2, 3), 0), S((2, 3), 1, True)),
    )


MAX_DIM = _along("max", "MaxBackward0", "The largest elements along dim, and where they were.")
MIN_DIM = _along("min", "MinBackward0", "The smallest elements along dim, and where they were.")
MEDIAN_DIM = _along("median", "MedianBackward1", "The lower medians along dim, and where they were.")


def _place_of_median(x: Raw, axis: int) -> Raw:
    order = np.argsort(x, axis=axis, kind="stable")
    middle = np.take(order, (x.shape[axis] - 1) // 2, axis=axis)
    if x.dtype.kind != "f":
        return middle
    return np.where(np.isnan(x).any(axis=axis), np.argmax(np.isnan(x), axis=axis), middle)


def check_not_empty(name: str, shape: tuple[int, ...], dims: Dims) -> None:
    for d in dims or ():
        if shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _select(name: str, along: OpSpec, place: Callable[..., Raw], x: Tensor, dim: int, keepdim: bool) -> Any:
    d = wrap_dim(dim, x._data.ndim)
    raw = array(x._data)
    indices: Raw = np.int64(0)
    if raw.ndim:
        check_not_empty(name, raw.shape, (d,))
        places = np.asarray(place(raw, axis=d)).astype(np.int64)
        indices = np.expand_dims(places, d) if keepdim else places[()]
    values = taken(raw, d, keepdim, indices)
    params = {"dim": d, "keepdim": keepdim, "indices": indices}
    return named_result(name)(*apply_many(along, (x,), params, (values, indices), 1))


def _function(
    name: str, whole: OpSpec, along: OpSpec, place: Callable[..., Raw], of_two: Callable[..., Tensor] | None
) -> Callable[..., Any]:
    """max, min or median: of all elements, along a dimension, or (max and min) of two tensors."""

    def call(input: Tensor, dim: Any = None, keepdim: bool = False, **numpy: Any) -> Any:
        x = expect_tensor(input, name)
        dim, keepdim = named_dims(numpy, numpy.get("other", dim), keepdim)
        if of_two is not None and isinstance(dim, Tensor):
            return of_two(x, dim)
        if dim is not None:
            return _select(name, along, place, x, dim, keepdim)
        if not x._data.size and whole is not MEDIAN:
            raise RuntimeError(EMPTY.format(name))
        return apply(whole, (x,))

    call.__name__ = name
    call.__doc__ = whole.doc + " With dim: the values and where they were."
    return call


torch_max = _function("max", MAX, MAX_DIM, np.argmax, maximum)
torch_min = _function("min", MIN, MIN_DIM, np.argmin, minimum)
median = _function("median", MEDIAN, MEDIAN_DIM, _place_of_median, None)


def _extreme_along(spec: OpSpec, input: Any, dim: Any, keepdim: bool) -> Tensor:
    x = expect_tensor(input, spec.name)
    dims = dims_of(dim, x._data.ndim)
    if dims is None and not x._data.size:
        raise RuntimeError(EMPTY.format(spec.name))
    check_not_empty(spec.name, x._data.shape, dims)
    return apply(spec, (x,), {"dim": dims, "keepdim": keepdim})


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The largest element, or along dim; equal ones share the gradient."""
    return _extreme_along(AMAX, input, dim, keepdim)


def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The smallest element, or along dim; equal ones share the gradient."""
    return _extreme_along(AMIN, input, dim, keepdim)


# --- places -----------------------------------------------------------------------------------


def _place(name: str, f: Any, doc: str) -> OpSpec:
    def forward(x: Raw, dim: int | None = None, keepdim: bool = False) -> Raw:
        if x.dtype.kind == "b":
            raise RuntimeError(f"{name}(): does not support bool input")
        if not x.ndim:
            return np.int64(0)
        out = f(x, axis=dim)
        return np.expand_dims(out, dim) if keepdim and dim is not None else out

    return OpSpec(name, forward, args=("self",), doc=doc, samples=(S((2, 3)), S((2, 3), 1)))


ARGMAX = _place("argmax", np.argmax, "Where the largest element is.")
ARGMIN = _place("argmin", np.argmin, "Where the smallest element is.")


def _place_function(spec: OpSpec) -> Callable[..., Tensor]:
    def call(input: Tensor, dim: int | None = None, keepdim: bool = False, **numpy: Any) -> Tensor:
        x = expect_tensor(input, spec.name)
        dim, keepdim = named_dims(numpy, dim, keepdim)
        if dim is None and not x._data.size:
            raise IndexError(f"{spec.name}(): Expected reduction dim to be specified for input.numel() == 0.")
        d = None if dim is None else wrap_dim(dim, x._data.ndim)
        if d is not None and x._data.ndim:
            check_not_empty(spec.name, x._data.shape, (d,))
        return apply(spec, (x,), {"dim": d, "keepdim": keepdim})

    call.__name__ = spec.name
    call.__doc__ = spec.doc
    return call


argmax = _place_function(ARGMAX)
argmin = _place_function(ARGMIN)

METHODS: dict[str, Any] = public(torch_max, torch_min, median, amax, amin, argmax, argmin)
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
