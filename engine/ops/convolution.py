"""Convolution over any number of dimensions, and its transpose: one op, as in torch, named ConvolutionBackward0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.reduce import wide
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor

Ints = tuple[int, ...]


def reach(kernel: Ints, dilation: Ints) -> Ints:
    """How many elements a dilated kernel spans in each dimension."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def windows(x: np.ndarray[Any, Any], kernel: Ints, stride: Ints, dilation: Ints) -> np.ndarray[Any, Any]:
    """All windows over the last dimensions of ``x``, as a view: (..., places, kernel)."""
    n = len(kernel)
    axes = tuple(range(x.ndim - n, x.ndim))
    found = np.lib.stride_tricks.sliding_window_view(x, reach(kernel, dilation), axis=axes)
    steps: tuple[Any, ...] = tuple(slice(None, None, s) for s in (*stride, *dilation))
    view: np.ndarray[Any, Any] = found[(..., *steps)]
    return view


def padded(x: np.ndarray[Any, Any], padding: Sequence[tuple[int, int]], value: Any = 0) -> np.ndarray[Any, Any]:
    """``x`` with ``value`` around its last dimensions."""
    if not any(low or high for low, high in padding):
        return x
    around = [(0, 0)] * (x.ndim - len(padding)) + list(padding)
    return np.pad(x, around, constant_values=value)


def _correlate(x: Raw, w: Raw, stride: Ints, padding: Ints, dilation: Ints, groups: int) -> np.ndarray[Any, Any]:
    """The windows of ``x`` (N, C, ...) times the kernels ``w`` (O, C / groups, ...)."""
    n, kernel = x.shape[0], w.shape[2:]
    found = windows(padded(x, [(p, p) for p in padding]), kernel, stride, dilation)
    places = found.shape[2 : 2 + len(kernel)]
    rows = found.reshape(n, groups, -1, math.prod(places), math.prod(kernel)).transpose(1, 0, 3, 2, 4)
    rows = rows.reshape(groups, n * math.prod(places), -1)
    kernels = w.reshape(groups, w.shape[0] // groups, -1).transpose(0, 2, 1)
    out = (rows @ kernels).reshape(groups, n, math.prod(places), -1).transpose(1, 0, 3, 2)
    return np.ascontiguousarray(out).reshape(n, w.shape[0], *places)


def _spread(
    x: Raw, w: Raw, stride: Ints, padding: Ints, dilation: Ints, groups: int, output_padding: Ints
) -> np.ndarray[Any, Any]:
    """The transpose of that: each element of ``x`` (N, O, ...) adds its kernel ``w`` (O, C / groups, ...)."""
    n, places, kernel = x.shape[0], x.shape[2:], w.shape[2:]
    span = reach(kernel, dilation)
    sizes = [(m - 1) * s + r + o for m, s, r, o in zip(places, stride, span, output_padding, strict=True)]
    columns = x.reshape(n, groups, x.shape[1] // groups, -1).transpose(0, 1, 3, 2)
    kernels = w.reshape(groups, w.shape[0] // groups, -1)
    parts = (columns @ kernels).transpose(0, 1, 3, 2).reshape(n, groups * w.shape[1], *kernel, *places)
    out = np.zeros((n, groups * w.shape[1], *sizes), x.dtype)
    for offset in product(*(range(k) for k in kernel)):
        at = tuple(slice(i * d, i * d + m * s, s) for i, d, m, s in zip(offset, dilation, places, stride, strict=True))
        out[(slice(None), slice(None), *at)] += parts[(slice(None), slice(None), *offset)]
    inner = tuple(slice(p, size - p) for p, size in zip(padding, sizes, strict=True))
    return out[(slice(None), slice(None), *inner)]


def _convolution(
    x: Raw,
    w: Raw,
    bias: Raw | None,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
    transposed: bool,
    output_padding: Ints,
    groups: int,
) -> Raw:
    kind = x.dtype
    a, b = array(wide(x)), array(wide(w))
    if transposed:
        out = _spread(a, b, stride, padding, dilation, groups, output_padding)
    else:
        out = _correlate(a, b, stride, padding, dilation, groups)
    if bias is not None:
        out = out + bias.reshape(-1, *(1,) * (x.ndim - 2))
    return out.astype(kind, copy=False)


def _settings(c: Any) -> tuple[Ints, Ints, Ints, bool, int]:
    return c.param("stride"), c.param("padding"), c.param("dilation"), c.param("transposed"), c.param("groups")


def _input_grad(g: Any, c: Any) -> Any:
    stride, padding, dilation, transposed, groups = _settings(c)
    w, shape = c.saved(1), c.shape(0)
    if transposed:
        return _cropped(
            c.convolution(g, w, None, stride, padding, dilation, False, (0,) * len(stride), groups), shape[2:], c
        )
    span = reach(tuple(w.shape[2:]), dilation)
    rest = tuple(
        n - ((m - 1) * s - 2 * p + r)
        for n, m, s, p, r in zip(shape[2:], g.shape[2:], stride, padding, span, strict=True)
    )
    return c.convolution(g, w, None, stride, padding, dilation, True, rest, groups)


def _weight_grad(g: Any, c: Any) -> Any:
    """The input's windows times the gradient: a convolution in which batch and channels change places."""
    stride, padding, dilation, transposed, groups = _settings(c)
    x, shape = c.saved(0), c.shape(1)
    if transposed:
        x, g = g, x
    n, places = x.shape[0], tuple(x.shape[2:])
    inside = x.shape[1] // groups
    x = c.reshape(c.transpose(c.reshape(x, (n, groups, inside, *places)), 0, 2), (inside, groups * n, *places))
    found = c.convolution(x, c.transpose(g, 0, 1), None, dilation, padding, stride, False, (0,) * len(stride), groups)
    return _cropped(c.transpose(found, 0, 1), shape[2:], c)


def _cropped(x: Any, sizes: Ints, c: Any) -> Any:
    """``x`` without what the stride left over at the end of its last dimensions."""
    for d, size in enumerate(sizes, start=2):
        if x.shape[d] != size:
            x = c.narrow(x, d, 0, size)
    return x


def _bias_grad(g: Any, c: Any) -> Any:
    return c.sum(g, (0, *range(2, len(g.shape))))


CONVOLUTION = OpSpec(
    "convolution",
    _convolution,
    (_input_grad, _weight_grad, _bias_grad),
    args=("input", "weight", "bias"),
    saves=((0, (1,)), (1, (0,))),
    form="conv({0}, {1})",
    latex=r"{0} \star {1}",
    derivatives=(r"{g} \mathbin{{\star^\top}} {1}", r"{0} \star {g}", r"\textstyle\sum {g}"),
    glyph="⋆",
    doc="Windows of the input times kernels; transposed, each element of the input adds a kernel.",
    samples=(
        S((2, 2, 4, 5), (3, 2, 2, 3), (3,), [1, 2], [1, 0], [1, 1], False, [0, 0], 1),
        S((2, 4, 5), (4, 2, 2), None, [2], [1], [2], False, [0], 2),
        S((1, 2, 3, 3), (2, 2, 2, 2), Arg((2,)), [2, 1], [0, 1], [1, 1], True, [1, 0], 1),
        S((2, 4, 3), (4, 1, 2), None, [1], [0], [1], True, [0], 2),
    ),
)


def _checked(x: Tensor, w: Tensor, bias: Tensor | None, params: dict[str, Any]) -> None:
    """Raise torch's errors for sizes that do not fit. Source: aten/src/ATen/native/Convolution.cpp."""
    shape, weight, groups, transposed = x._data.shape, w._data.shape, params["groups"], params["transposed"]
    rank = len(weight) - 2
    for name in ("stride", "padding", "dilation"):
        given = params[name]
        if len(given) == 1:
            given = params[name] = given * rank
        if len(given) != rank:
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {name}={list(given)}"
            )
    params["output_padding"] = params["output_padding"] * (rank if len(params["output_padding"]) == 1 else 1)
    for name, lowest, words in (
        ("padding", 0, "negative padding"),
        ("stride", 1, "non-positive stride"),
        ("dilation", 1, "non-positive dilation"),
    ):
        if any(v < lowest for v in params[name]):
            raise RuntimeError(f"{words} is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if weight[0] % groups or weight[0] < groups:
        if weight[0] < groups:
            raise RuntimeError(
                f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of "
                f"size {list(weight)} instead"
            )
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight)}] instead"
        )
    channels = weight[0] if transposed else weight[1] * groups
    if shape[1] != channels:
        head = "transposed=1" if transposed else f"groups={groups}"
        raise RuntimeError(
            f"Given {head}, weight of size {list(weight)}, expected input{list(shape)} to have {channels} channels, "
            f"but got {shape[1]} channels instead"
        )
    outputs = weight[1] * groups if transposed else weight[0]
    if bias is not None and bias._data.shape != (outputs,):
        head = f"transposed={int(transposed)}, weight" if transposed else "weight"
        raise RuntimeError(
            f"Given {head} of size {list(weight)}, expected bias to be 1-dimensional with {outputs} elements, but got "
            f"bias of size {list(bias._data.shape)} instead"
        )
    if not transposed:
        _check_kernel_fits(shape[2:], weight[2:], params)
    _check_dtypes(x, w, bias)


def _check_kernel_fits(sizes: Ints, kernel: Ints, params: dict[str, Any]) -> None:
    around = [n + 2 * p for n, p in zip(sizes, params["padding"], strict=True)]
    span = reach(kernel, params["dilation"])
    if any(n < r for n, r in zip(around, span, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, around))}). Kernel size: "
            f"({' x '.join(map(str, span))}). Kernel size can't be greater than actual input size"
        )


def _check_dtypes(x: Tensor, w: Tensor, bias: Tensor | None) -> None:
    if bias is not None and x.dtype is not bias.dtype:
        raise RuntimeError(f"Input type ({x.dtype.c_name}) and bias type ({bias.dtype.c_name}) should be the same")
    if x.dtype is not w.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype.scalar_type} but found {w.dtype.scalar_type}")


def ints(value: Any) -> Ints:
    """One whole number, or several, as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Tensor:
    """Windows of the input times kernels; transposed, each element of the input adds a kernel."""
    params = {
        "stride": ints(stride),
        "padding": ints(padding),
        "dilation": ints(dilation),
        "transposed": transposed,
        "output_padding": ints(output_padding),
        "groups": groups,
    }
    _checked(input, weight, bias, params)
    return apply(CONVOLUTION, (input, weight, bias), params)
