"""Pooling over the last dimensions: the largest element of each window, or a mean per window.

Means over windows are products with one matrix per dimension; so are adaptive means and interpolation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops.convolution import Ints, ints, padded, windows
from engine.ops.dispatch import apply, array, finish
from engine.ops.functions import expect_tensor, public
from engine.ops.naming import derived
from engine.ops.reduce import mean, wide
from engine.ops.shape import squeeze, unsqueeze
from engine.ops.spec import OpSpec, S
from engine.tensors import Tensor, leaf

Matrices = tuple[np.ndarray[Any, Any], ...]

# --- maximum ----------------------------------------------------------------------------------


def max_spec(name: str, grad_fn: str, doc: str, samples: Any) -> OpSpec:
    """An op that takes elements from the positions in the param ``places``."""
    return OpSpec(
        name,
        lambda x, places, **params: array(x).reshape(-1)[places],
        (lambda g, c: c.put(g, c.param("places"), c.shape(0), c.node.spec),),
        grad_fn=grad_fn,
        args=("self",),
        saves=((0, (0,)),),
        holds=("places",),
        form=f"{name}({{0}})",
        latex=r"\max_{{\text{{window}}}} {0}",
        derivatives=(r"{g} \text{{ at each maximum}}",),
        glyph="max▦",
        call=f"nn.functional.{name}",
        doc=doc,
        samples=samples,
    )


MAX_POOL2D = max_spec(
    "max_pool2d",
    "MaxPool2DWithIndicesBackward0",
    "The largest element of each window.",
    (S((1, 2, 4, 5), 2), S((2, 5, 4), 3, 2, 1), S((1, 1, 5, 5), 2, 1, 0, 2)),
)
ADAPTIVE_MAX_POOL2D = max_spec(
    "adaptive_max_pool2d",
    "AdaptiveMaxPool2DBackward0",
    "The largest element of each of so many windows.",
    (S((1, 2, 5, 4), [2, 3]),),
)


def _flat_places(x: Raw, inside: np.ndarray[Any, Any], dims: int) -> np.ndarray[Any, Any]:
    """Positions in the flattened ``x`` from positions in its last dimensions."""
    plane = math.prod(x.shape[-dims:])
    planes = np.arange(math.prod(x.shape[:-dims])).reshape(*x.shape[:-dims], *(1,) * dims)
    places: np.ndarray[Any, Any] = planes * plane + inside
    return places


def highest_places(
    x: np.ndarray[Any, Any], kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool
) -> np.ndarray[Any, Any]:
    """For each window its maximum's position in the last dimensions (the first one, nan before all)."""
    dims = len(kernel)
    sizes = x.shape[-dims:]
    counts = counts_of(sizes, kernel, stride, padding, dilation, ceil)
    extra = [
        (p, max(p, (m - 1) * s + d * (k - 1) + 1 - n - p))
        for m, s, d, k, n, p in zip(counts, stride, dilation, kernel, sizes, padding, strict=True)
    ]
    inside = tuple(slice(m) for m in counts)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    kept: Any = (..., *inside, *(slice(None),) * dims)
    found = windows(padded(x, extra, lowest), kernel, stride, dilation)[kept]
    index = np.arange(math.prod(sizes)).reshape(sizes)
    where = windows(padded(index, extra, -1), kernel, stride, dilation)[inside]
    flat = found.reshape(*found.shape[:-dims], -1)
    places = np.broadcast_to(where.reshape(*where.shape[:-dims], -1), flat.shape)
    values = np.where(places < 0, lowest, flat) if (places < 0).any() else flat
    best = np.argmax(values, axis=-1)[..., None]
    chosen = np.take_along_axis(places, best, -1)[..., 0]
    # A window of nothing but the lowest value may have chosen its padding.
    outside = chosen < 0
    return np.where(outside, places.max(axis=-1), chosen) if outside.any() else chosen


def counts_of(sizes: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool) -> Ints:
    """How many windows there are in each dimension. Source: aten/src/ATen/native/Pool.h."""
    out = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        m = (room + (s - 1 if ceil else 0)) // s + 1
        if ceil and (m - 1) * s >= n + p:
            m -= 1
        out.append(m)
    return tuple(out)


def _pair(value: Any, function: str, name: str) -> Ints:
    given = ints(value)
    if len(given) not in (1, 2):
        words = "be a single int" if name != "stride" else "be omitted, a single int"
        verb = "must either" if name in ("kernel_size", "stride", "padding", "dilation") else "must"
        raise RuntimeError(f"{function}: {name} {verb} {words}, or a tuple of two ints")
    return given * 2 if len(given) == 1 else given


def _check_pool(x: Tensor, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool) -> Ints:
    """The counts of windows; torch's errors if there can be none. Source: aten/src/ATen/native/Pool.h."""
    shape = x._data.shape
    if any(k <= 0 for k in kernel):
        height, width = kernel
        raise RuntimeError(f"kernel size should be greater than zero, but got kH: {height} kW: {width}")
    if any(s <= 0 for s in stride):
        raise RuntimeError(f"stride should be greater than zero, but got dH: {stride[0]} dW: {stride[1]}")
    if any(d <= 0 for d in dilation):
        raise RuntimeError(
            f"dilation should be greater than zero, but got dilationH: {dilation[0]} dilationW: {dilation[1]}"
        )
    for p, k, d in zip(padding, kernel, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got pad="
                f"{p}, kernel_size={k} and dilation={d}"
            )
    counts = counts_of(shape[-2:], kernel, stride, padding, dilation, ceil)
    if 0 in shape[1:]:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )
    if any(m < 1 for m in counts):
        planes = shape[-3]
        raise RuntimeError(
            f"Given input size: ({planes}x{shape[-2]}x{shape[-1]}). Calculated output size: "
            f"({planes}x{counts[0]}x{counts[1]}). Output size is too small"
        )
    return counts


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with their positions if asked."""
    x = expect_tensor(input, "max_pool2d")
    kernel = _pair(kernel_size, "max_pool2d", "kernel_size")
    step = kernel if stride is None or stride == [] else _pair(stride, "max_pool2d", "stride")
    around, spread = _pair(padding, "max_pool2d", "padding"), _pair(dilation, "max_pool2d", "dilation")
    if 0 in step:
        raise RuntimeError("stride should not be zero")
    if x._data.ndim not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    if x._data.dtype.kind == "b":
        raise NotImplementedError("\"max_pool2d\" not implemented for 'Bool'")
    _check_pool(x, kernel, step, around, spread, ceil_mode)
    inside = highest_places(array(x._data), kernel, step, around, spread, ceil_mode)
    shown = {"kernel_size": kernel, "stride": step, "padding": around}
    return chosen(MAX_POOL2D, x, inside, shown, return_indices)


def chosen(
    spec: OpSpec,
    x: Tensor,
    inside: np.ndarray[Any, Any],
    shown: dict[str, Any],
    return_indices: bool,
    dims: int = 2,
) -> Any:
    """The elements of ``x`` at positions in its last dimensions; with these if asked."""
    params = {"places": _flat_places(x._data, inside, dims), **shown}
    out = finish(spec, (x,), params, spec.forward(x._data, **params))
    return (out, leaf(np.ascontiguousarray(inside))) if return_indices else out


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window along the last dimension."""
    x = expect_tensor(input, "max_pool1d")
    shape = x._data.shape
    if len(shape) not in (2, 3):
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(shape)}"
        )
    (kernel,), (around,), (spread,) = ints(kernel_size), ints(padding), ints(dilation)
    (step,) = (kernel,) if stride is None or stride == [] else ints(stride)
    if kernel <= 0:
        raise RuntimeError("max_pool1d() kernel_size must be greater than zero, but got " + str(kernel))
    if step <= 0:
        raise RuntimeError(f"max_pool1d() stride must be greater than zero, but got {step}")
    if around < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {around}")
    if around > kernel // 2:
        raise RuntimeError(
            "max_pool1d() padding should be at most half of kernel size, but got padding="
            f"{around} and kernel_size={kernel}"
        )
    (count,) = counts_of(shape[-1:], (kernel,), (step,), (around,), (spread,), ceil_mode)
    if count <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {count}")
    found = max_pool2d(unsqueeze(x, -2), (1, kernel), (1, step), (0, around), (1, spread), ceil_mode, return_indices)
    return tuple(squeeze(t, -2) for t in found) if return_indices else squeeze(found, -2)


# --- means: a matrix per dimension ------------------------------------------------------------


def _along_each(x: Raw, matrices: Matrices) -> Raw:
    """The last dimensions of ``x``, each multiplied by its matrix."""
    data = array(wide(x))
    for place, matrix in enumerate(matrices):
        axis = data.ndim - len(matrices) + place
        data = np.moveaxis(np.moveaxis(data, axis, -1) @ matrix.T.astype(data.dtype), -1, axis)
    return np.ascontiguousarray(data).astype(x.dtype)


def _transposes(matrices: Matrices) -> Matrices:
    return tuple(m.T for m in matrices)


def linear_spec(name: str, grad_fn: str, doc: str, call: str, samples: Any) -> OpSpec:
    """An op that multiplies each of the last dimensions by a matrix, the param ``matrices``."""
    return OpSpec(
        name,
        lambda x, matrices, **shown: _along_each(x, matrices),
        (lambda g, c: c.along_each(g, _transposes(c.param("matrices")), c.node.spec),),
        grad_fn=grad_fn,
        args=("self",),
        form=f"{name}({{0}})",
        latex=rf"\operatorname{{{{{name.replace('_', ' ')}}}}} {{0}}",
        derivatives=(r"\text{{spread }} {g}",),
        glyph="▦",
        call=call,
        doc=doc,
        samples=samples,
    )


AVG_POOL2D = linear_spec(
    "avg_pool2d",
    "AvgPool2DBackward0",
    "The mean of each window.",
    "nn.functional.avg_pool2d",
    (S((1, 2, 4, 5), 2), S((2, 5, 4), 3, 2, 1), S((1, 1, 5, 5), 2, 2, 1, True, False)),
)
ADAPTIVE_AVG_POOL2D = linear_spec(
    "adaptive_avg_pool2d",
    "AdaptiveAvgPool2DBackward0",
    "The mean of each of so many windows.",
    "nn.functional.adaptive_avg_pool2d",
    (S((1, 2, 5, 4), [2, 3]),),
)
ALONG_EACH = linear_spec(
    "along_each", "AlongEachBackward0", "Each of the last dimensions multiplied by a matrix.", "along_each", ()
)


def along_each(x: Tensor, matrices: Matrices, of: OpSpec) -> Tensor:
    """The last dimensions of ``x``, each multiplied by its matrix: the gradient of the op ``of``."""
    return apply(derived(ALONG_EACH, of), (x,), {"matrices": matrices})


def mean_matrix(n: int, count: int, k: int, s: int, p: int, include_pad: bool, divide: bool) -> np.ndarray[Any, Any]:
    """The windows of one dimension as rows of weights."""
    out = np.zeros((count, n))
    for i in range(count):
        begin, end = i * s - p, min(i * s - p + k, n + p)
        size = end - begin if include_pad else min(end, n) - max(begin, 0)
        out[i, max(begin, 0) : min(end, n)] = 1 / size if divide else 1
    return out


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window."""
    x = expect_tensor(input, "avg_pool2d")
    kernel = _pair(kernel_size, "avg_pool2d", "kernel_size")
    step = kernel if stride is None or stride == [] else _pair(stride, "avg_pool2d", "stride")
    around = _pair(padding, "avg_pool2d", "padding")
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if 0 in step:
        raise RuntimeError("stride should not be zero")
    shape = x._data.shape
    if len(shape) not in (3, 4):
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-{len(shape)}, {len(shape) - 1}], but got -3)"
            if len(shape) < 3
            else "non-empty 3D or 4D (batch mode) tensor expected for input"
        )
    counts = _check_pool(x, kernel, step, around, (1, 1), ceil_mode)
    divide = divisor_override is None
    matrices = tuple(
        mean_matrix(n, m, k, s, p, count_include_pad, divide)
        for n, m, k, s, p in zip(shape[-2:], counts, kernel, step, around, strict=True)
    )
    if divisor_override is not None:
        matrices = (matrices[0] / divisor_override, matrices[1])
    params = {"matrices": matrices, "kernel_size": kernel, "stride": step, "padding": around}
    return apply(AVG_POOL2D, (x,), params)


def _expect_rank(x: Tensor, function: str) -> None:
    rank = x._data.ndim
    if rank not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {rank}-dimensional tensor for argument #1 'self' (while checking "
            f"arguments for {function})"
        )


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window along the last dimension."""
    x = expect_tensor(input, "avg_pool1d")
    _expect_rank(x, "avg_pool1d")
    (kernel,), (around,) = ints(kernel_size), ints(padding)
    (step,) = (kernel,) if stride is None or stride == [] else ints(stride)
    out = avg_pool2d(unsqueeze(x, -2), (1, kernel), (1, step), (0, around), ceil_mode, count_include_pad)
    return squeeze(out, -2)


# --- adaptive: so many windows ----------------------------------------------------------------


def bounds(n: int, count: int) -> list[tuple[int, int]]:
    """Where each of ``count`` windows over ``n`` elements begins and ends."""
    return [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]


def _output_size(x: Tensor, output_size: Any, function: str) -> Ints:
    given = ints(output_size)
    given = given * 2 if len(given) == 1 else given
    if len(given) != 2:
        raise RuntimeError(f"{function}: output_size must be 2")
    sizes = tuple(n if m is None else m for m, n in zip(given, x._data.shape[-2:], strict=True))
    if any(m < 0 for m in sizes):
        raise RuntimeError(
            f"{function}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{sizes[0]}, {sizes[1]}}}"
        )
    return sizes


def _expect_image(x: Tensor, function: str) -> None:
    if x._data.ndim not in (3, 4):
        raise RuntimeError(f"{function}(): Expected 3D or 4D tensor, but got {list(x._data.shape)}")


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of as many windows as output_size says (None: the input's own size)."""
    x = expect_tensor(input, "adaptive_avg_pool2d")
    _expect_image(x, "adaptive_avg_pool2d")
    sizes = _output_size(x, output_size, "adaptive_avg_pool2d")
    if sizes == (1, 1):
        return mean(x, (-1, -2), True)
    if x._data.dtype.kind != "f":
        raise NotImplementedError(
            f"\"adaptive_avg_pool2d\" not implemented for '{FROM_NUMPY[x._data.dtype].scalar_type}'"
        )
    matrices = []
    for n, count in zip(x._data.shape[-2:], sizes, strict=True):
        matrix = np.zeros((count, n))
        for i, (begin, end) in enumerate(bounds(n, count)):
            matrix[i, begin:end] = 1 / (end - begin)
        matrices.append(matrix)
    return apply(ADAPTIVE_AVG_POOL2D, (x,), {"matrices": tuple(matrices), "output_size": sizes})


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of as many windows as output_size says."""
    x = expect_tensor(input, "adaptive_max_pool2d")
    _expect_image(x, "adaptive_max_pool2d")
    sizes = _output_size(x, output_size, "adaptive_max_pool2d")
    data = array(x._data)
    width = data.shape[-1]
    inside = np.zeros((*data.shape[:-2], *sizes), np.int64)
    for i, (top, bottom) in enumerate(bounds(data.shape[-2], sizes[0])):
        for j, (left, right) in enumerate(bounds(width, sizes[1])):
            best = np.argmax(data[..., top:bottom, left:right].reshape(*data.shape[:-2], -1), axis=-1)
            inside[..., i, j] = (top + best // (right - left)) * width + left + best % (right - left)
    return chosen(ADAPTIVE_MAX_POOL2D, x, inside, {"output_size": sizes}, return_indices)


def _on_a_row(name: str, pool: Callable[..., Any], doc: str) -> Callable[..., Any]:
    """A pooling of one dimension from one of two: over a single row."""

    def call(input: Tensor, output_size: Any, *rest: bool) -> Any:
        x = expect_tensor(input, name)
        _expect_rank(x, name)
        found = pool(unsqueeze(x, -2), (1, ints(output_size)[0]), *rest)
        return tuple(squeeze(t, -2) for t in found) if isinstance(found, tuple) else squeeze(found, -2)

    call.__name__ = name
    call.__doc__ = doc
    return call


adaptive_avg_pool1d = _on_a_row("adaptive_avg_pool1d", adaptive_avg_pool2d, "The means of so many windows.")
adaptive_max_pool1d = _on_a_row("adaptive_max_pool1d", adaptive_max_pool2d, "The largest elements of so many windows.")

HELPERS: dict[str, tuple[Any, Any]] = {"along_each": (lambda g, matrices, of: _along_each(g, matrices), along_each)}
FUNCTIONS: dict[str, Any] = public(max_pool1d, max_pool2d, avg_pool1d, adaptive_avg_pool1d, adaptive_max_pool1d)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
