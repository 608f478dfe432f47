"""Pooling over three dimensions, as engine.ops.pooling does it over two; and max_unpool, the way back.

Source of the checks: aten/src/ATen/native/Pool.h.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from engine.ops.convolution import Ints, ints
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor
from engine.ops.pooling import (
    bounds,
    chosen,
    counts_of,
    highest_places,
    linear_spec,
    max_spec,
    mean_matrix,
)
from engine.ops.reduce import mean
from engine.ops.spec import OpSpec, S
from engine.tensors import Tensor

MAX_POOL3D = max_spec(
    "max_pool3d",
    "MaxPool3DWithIndicesBackward0",
    "The largest element of each window.",
    (S((1, 2, 3, 4, 4), 2), S((1, 1, 3, 3, 3), 2, 1, 1)),
)
ADAPTIVE_MAX_POOL3D = max_spec(
    "adaptive_max_pool3d",
    "AdaptiveMaxPool3DBackward0",
    "The largest element of each of so many windows.",
    (S((1, 2, 3, 4, 4), [2, 2, 3]),),
)
AVG_POOL3D = linear_spec(
    "avg_pool3d",
    "AvgPool3DBackward0",
    "The mean of each window.",
    "nn.functional.avg_pool3d",
    (S((1, 2, 3, 4, 4), 2), S((1, 1, 3, 3, 3), 2, 1, 1)),
)
ADAPTIVE_AVG_POOL3D = linear_spec(
    "adaptive_avg_pool3d",
    "AdaptiveAvgPool3DBackward0",
    "The mean of each of so many windows.",
    "nn.functional.adaptive_avg_pool3d",
    (S((1, 2, 3, 4, 4), [2, 2, 3]),),
)


def _three(value: Any, function: str, name: str) -> Ints:
    given = ints(value)
    if len(given) not in (1, 3):
        words = "be omitted, a single int" if name == "stride" else "be a single int"
        verb = "must either" if name in ("kernel_size", "stride", "padding", "dilation") else "must"
        raise RuntimeError(f"{function}: {name} {verb} {words}, or a tuple of three ints")
    return given * 3 if len(given) == 1 else given


def _settings(
    function: str, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Ints, Ints, Ints, Ints]:
    kernel = _three(kernel_size, function, "kernel_size")
    step = kernel if stride is None or stride == [] else _three(stride, function, "stride")
    if 0 in step:
        raise RuntimeError("stride should not be zero")
    return kernel, step, _three(padding, function, "padding"), _three(dilation, function, "dilation")


def _check(x: Tensor, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool) -> Ints:
    """The counts of windows; torch's errors if there can be none."""
    shape = x._data.shape
    if len(shape) not in (4, 5):
        raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
    for name, values in (("kernel size", kernel), ("stride", stride), ("dilation", dilation)):
        if min(values) <= 0:
            raise RuntimeError(f"{name} should be greater than zero, but got {values}")
    for p, k, d in zip(padding, kernel, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got pad="
                f"{p}, kernel_size={k} and dilation={d}"
            )
    counts = counts_of(shape[-3:], kernel, stride, padding, dilation, ceil)
    if min(counts) < 1:
        before = "x".join(str(n) for n in shape[-4:])
        # torch leaves out the last size, and the x before it stands twice.
        raise RuntimeError(
            f"Given input size: ({before}). Calculated output size: ({shape[-4]}x{counts[0]}xx{counts[1]}). Output "
            "size is too small"
        )
    return counts


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of (N, C, D, H, W); with their positions if asked."""
    x = expect_tensor(input, "max_pool3d")
    kernel, step, around, spread = _settings("max_pool3d", kernel_size, stride, padding, dilation)
    _check(x, kernel, step, around, spread, ceil_mode)
    inside = highest_places(array(x._data), kernel, step, around, spread, ceil_mode)
    shown = {"kernel_size": kernel, "stride": step, "padding": around}
    return chosen(MAX_POOL3D, x, inside, shown, return_indices, 3)


def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of (N, C, D, H, W)."""
    x = expect_tensor(input, "avg_pool3d")
    kernel, step, around, _ = _settings("avg_pool3d", kernel_size, stride, padding, 1)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    counts = _check(x, kernel, step, around, (1, 1, 1), ceil_mode)
    divide = divisor_override is None
    each = zip(x._data.shape[-3:], counts, kernel, step, around, strict=True)
    matrices = [mean_matrix(n, m, k, s, p, count_include_pad, divide) for n, m, k, s, p in each]
    if divisor_override is not None:
        matrices[0] = matrices[0] / divisor_override
    params = {"matrices": tuple(matrices), "kernel_size": kernel, "stride": step, "padding": around}
    return apply(AVG_POOL3D, (x,), params)


def _output_size(x: Tensor, output_size: Any, function: str) -> Ints:
    given = ints(output_size)
    given = given * 3 if len(given) == 1 else given
    if len(given) != 3:
        raise RuntimeError(f"{function}: output_size must be 3")
    if x._data.ndim not in (4, 5):
        raise RuntimeError(f"{function}(): Expected 4D or 5D tensor, but got {list(x._data.shape)}")
    return tuple(n if m is None else m for m, n in zip(given, x._data.shape[-3:], strict=True))


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of as many windows as output_size says (None: the input's own size)."""
    x = expect_tensor(input, "adaptive_avg_pool3d")
    sizes = _output_size(x, output_size, "adaptive_avg_pool3d")
    if sizes == (1, 1, 1):
        return mean(x, (-1, -2, -3), True)
    matrices = []
    for n, count in zip(x._data.shape[-3:], sizes, strict=True):
        matrix = np.zeros((count, n))
        for i, (begin, end) in enumerate(bounds(n, count)):
            matrix[i, begin:end] = 1 / (end - begin)
        matrices.append(matrix)
    return apply(ADAPTIVE_AVG_POOL3D, (x,), {"matrices": tuple(matrices), "output_size": sizes})


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of as many windows as output_size says."""
    x = expect_tensor(input, "adaptive_max_pool3d")
    sizes = _output_size(x, output_size, "adaptive_max_pool3d")
    data = array(x._data)
    index = np.arange(math.prod(data.shape[-3:])).reshape(data.shape[-3:])
    inside = np.zeros((*data.shape[:-3], *sizes), np.int64)
    ranges = [list(enumerate(bounds(n, count))) for n, count in zip(data.shape[-3:], sizes, strict=True)]
    for parts in itertools.product(*ranges):
        place = tuple(i for i, _ in parts)
        window = tuple(slice(begin, end) for _, (begin, end) in parts)
        seen: Any = (..., *window)
        there: Any = (..., *place)
        best = np.argmax(data[seen].reshape(*data.shape[:-3], -1), axis=-1)
        inside[there] = index[window].reshape(-1)[best]
    return chosen(ADAPTIVE_MAX_POOL3D, x, inside, {"output_size": sizes}, return_indices, 3)


# --- the way back -----------------------------------------------------------------------------

MAX_UNPOOL = OpSpec(
    "max_unpool",
    lambda x, places, shape: _spread(x, places, shape),
    (lambda g, c: c.reshape(c.pick(c.reshape(g, (-1,)), c.param("places")), c.shape(0)),),
    grad_fn="MaxUnpool2DBackward0",
    args=("self",),
    holds=("places",),
    form="max_unpool({0})",
    derivatives=(r"{g} \text{{ at each place}}",),
    glyph="max▦",
    call="nn.functional.max_unpool2d",
    doc="Each element at the place of a maximum, zeros elsewhere.",
)


def _spread(x: Any, places: np.ndarray[Any, Any], shape: Ints) -> Any:
    out = np.zeros(math.prod(shape), x.dtype)
    out[places.reshape(-1)] = np.reshape(x, -1)
    return out.reshape(shape)


def _unpooled(
    x: Tensor, indices: Tensor, kernel: Ints, stride: Ints, padding: Ints, output_size: Any, dims: int
) -> Tensor:
    inner = x._data.shape[-dims:]
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(inner, stride, kernel, padding, strict=True)]
    sizes = usual
    if output_size is not None:
        sizes = list(output_size)[2:] if len(output_size) == dims + 2 else list(output_size)
        if len(sizes) != dims:
            raise ValueError(
                f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a length of "
                f"'{len(sizes)}'"
            )
        for d, (m, n, s) in enumerate(zip(sizes, usual, stride, strict=True)):
            if not n - s < m < n + s:
                raise ValueError(f'invalid output_size "{sizes}" (dim {d} must be between {n - s} and {n + s})')
    if x._data.shape != indices._data.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(x._data.shape)}) but got indices "
            f"tensor with shape: {list(indices._data.shape)}"
        )
    plane = math.prod(sizes)
    inside = array(indices._data)
    for bad in inside[(inside < 0) | (inside >= plane)][:1].tolist():
        width = f"{sizes[-2]}x{sizes[-1]}" if dims > 1 else f"{sizes[0]}x1"
        raise RuntimeError(f"Found an invalid max index: {bad} (output volumes are of size {width}")
    lead = x._data.shape[:-dims]
    offsets = np.arange(math.prod(lead)).reshape(*lead, *(1,) * dims) * plane
    return apply(MAX_UNPOOL, (x,), {"places": offsets + inside, "shape": (*lead, *sizes)})


def _as_many(value: Any, dims: int) -> Ints:
    given = ints(value)
    return given * dims if len(given) == 1 else given


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Each element at the place that max_pool1d found it in, zeros elsewhere."""
    kernel = _as_many(kernel_size, 1)
    step = kernel if stride is None else _as_many(stride, 1)
    return _unpooled(input, indices, kernel, step, _as_many(padding, 1), output_size, 1)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Each element at the place that max_pool2d found it in, zeros elsewhere."""
    kernel = _as_many(kernel_size, 2)
    step = kernel if stride is None else _as_many(stride, 2)
    return _unpooled(input, indices, kernel, step, _as_many(padding, 2), output_size, 2)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Each element at the place that max_pool3d found it in, zeros elsewhere."""
    kernel = _as_many(kernel_size, 3)
    step = kernel if stride is None else _as_many(stride, 3)
    return _unpooled(input, indices, kernel, step, _as_many(padding, 3), output_size, 3)


FUNCTIONS: dict[str, Any] = {"max_pool3d": max_pool3d}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
