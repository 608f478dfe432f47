"""Rearranging images: pixel_shuffle, and taking windows apart (unfold) and together (fold)."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.convolution import Ints, ints, padded, reach, windows
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor, public
from engine.ops.picking import add_at
from engine.ops.shape import squeeze, unsqueeze
from engine.ops.spec import OpSpec, S
from engine.tensors import Tensor

# --- pixel shuffle ----------------------------------------------------------------------------


def _shuffled(x: Raw, factor: int) -> Raw:
    *lead, channels, rows, columns = x.shape
    parts = x.reshape(-1, channels // factor**2, factor, factor, rows, columns).transpose(0, 1, 4, 2, 5, 3)
    return parts.reshape(*lead, channels // factor**2, rows * factor, columns * factor)


def _unshuffled(x: Raw, factor: int) -> Raw:
    *lead, channels, rows, columns = x.shape
    parts = x.reshape(-1, channels, rows // factor, factor, columns // factor, factor).transpose(0, 1, 3, 5, 2, 4)
    return parts.reshape(*lead, channels * factor**2, rows // factor, columns // factor)


PIXEL_SHUFFLE = OpSpec(
    "pixel_shuffle",
    _shuffled,
    (lambda g, c: c.pixel_unshuffle(g, c.param("factor")),),
    args=("self",),
    form="pixel_shuffle({0})",
    derivatives=(r"\operatorname{{unshuffle}} {g}",),
    doc="Channels become pixels between the pixels.",
    samples=(S((1, 4, 2, 3), 2), S((8, 1, 2), 2)),
)
PIXEL_UNSHUFFLE = OpSpec(
    "pixel_unshuffle",
    _unshuffled,
    (lambda g, c: c.pixel_shuffle(g, c.param("factor")),),
    args=("self",),
    form="pixel_unshuffle({0})",
    derivatives=(r"\operatorname{{shuffle}} {g}",),
    doc="Neighbouring pixels become channels.",
    samples=(S((1, 2, 4, 2), 2),),
)


CHANNEL_SHUFFLE = OpSpec(
    "channel_shuffle",
    lambda x, groups: array(x).reshape(x.shape[0], groups, -1, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape),
    (lambda g, c: c.channel_shuffle(g, g.shape[1] // c.param("groups")),),
    args=("self",),
    form="channel_shuffle({0})",
    derivatives=(r"\operatorname{{unshuffle}} {g}",),
    call="nn.functional.channel_shuffle",
    doc="The channels of all groups in turn.",
    samples=(S((1, 6, 2, 2), 2),),
)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of all groups in turn: of (N, C, ...) the first of each group, then the second of each."""
    x = expect_tensor(input, "channel_shuffle")
    shape = x._data.shape
    if len(shape) <= 2:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return apply(CHANNEL_SHUFFLE, (x,), {"groups": groups})


def _image(input: Any, function: str, factor: int, name: str) -> Tensor:
    x = expect_tensor(input, function)
    if x._data.ndim < 3:
        raise RuntimeError(
            f"{function} expects input to have at least 3 dimensions, but got input with {x._data.ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{function} expects a positive {name}, but got {factor}")
    return x


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels become pixels between the pixels: (C r², H, W) to (C, H r, W r)."""
    x = _image(input, "pixel_shuffle", upscale_factor, "upscale_factor")
    channels = x._data.shape[-3]
    if channels % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {upscale_factor**2}"
        )
    return apply(PIXEL_SHUFFLE, (x,), {"factor": upscale_factor})


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Neighbouring pixels become channels: (C, H r, W r) to (C r², H, W)."""
    x = _image(input, "pixel_unshuffle", downscale_factor, "downscale_factor")
    for name, d in (("height", -2), ("width", -1)):
        if x._data.shape[d] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({d})={x._data.shape[d]} is not divisible by {downscale_factor}"
            )
    return apply(PIXEL_UNSHUFFLE, (x,), {"factor": downscale_factor})


# --- unfold and fold --------------------------------------------------------------------------


def _columns(x: Raw, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Raw:
    found = windows(padded(array(x), [(p, p) for p in padding]), kernel, stride, dilation)
    n, channels, rows, columns, *_ = found.shape
    return np.ascontiguousarray(found.transpose(0, 1, 4, 5, 2, 3)).reshape(
        n, channels * kernel[0] * kernel[1], rows * columns
    )


def _folded(g: Raw, sizes: Ints, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Raw:
    n, rows, places = g.shape
    channels = rows // (kernel[0] * kernel[1])
    around = tuple(m + 2 * p for m, p in zip(sizes, padding, strict=True))
    index = windows(np.arange(around[0] * around[1]).reshape(around), kernel, stride, dilation)
    index = index.transpose(2, 3, 0, 1).reshape(kernel[0] * kernel[1], places)
    parts = g.reshape(n, channels, kernel[0] * kernel[1], places)
    out = add_at(parts, (slice(None), slice(None), index), (n, channels, around[0] * around[1]))
    inner = tuple(slice(p, m - p) for p, m in zip(padding, around, strict=True))
    return np.ascontiguousarray(out.reshape(n, channels, *around)[(slice(None), slice(None), *inner)])


def _settings(c: Any) -> tuple[Ints, ...]:
    return tuple(c.param(name) for name in ("kernel", "dilation", "padding", "stride"))


IM2COL = OpSpec(
    "im2col",
    _columns,
    (lambda g, c: c.fold_back(g, c.shape(0)[2:], *_settings(c)),),
    grad_fn="Im2ColBackward0",
    args=("self",),
    form="unfold({0})",
    derivatives=(r"\operatorname{{fold}} {g}",),
    call="nn.functional.unfold",
    doc="The windows of an image as columns.",
    samples=(S((1, 2, 3, 4), 2), S((1, 1, 4, 4), [2, 1], 2, 1, [1, 2])),
)
COL2IM = OpSpec(
    "col2im",
    lambda x, sizes, kernel, dilation, padding, stride: _folded(x, sizes, kernel, dilation, padding, stride),
    (lambda g, c: c.columns_of(g, *_settings(c)),),
    grad_fn="Col2ImBackward0",
    args=("self",),
    form="fold({0})",
    derivatives=(r"\operatorname{{unfold}} {g}",),
    call="nn.functional.fold",
    doc="Windows as columns added up to an image.",
    samples=(S((1, 8, 4), [3, 3], 2), S((1, 4, 4), [3, 3], 2, 1, 1, 2)),
)
_NAMES = ("kernel", "dilation", "padding", "stride")


def columns_of(x: Tensor, *settings: Ints) -> Tensor:
    """The windows of ``x`` as columns."""
    return apply(IM2COL, (x,), dict(zip(_NAMES, settings, strict=True)))


def fold_back(x: Tensor, sizes: Ints, *settings: Ints) -> Tensor:
    """Columns added up to images of ``sizes``."""
    return apply(COL2IM, (x,), {"sizes": sizes, **dict(zip(_NAMES, settings, strict=True))})


def _pair(value: Any) -> Ints:
    given = ints(value)
    return given * 2 if len(given) == 1 else given


def _places(sizes: Ints, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Ints:
    spans = reach(kernel, dilation)
    return tuple((n + 2 * p - r) // s + 1 for n, p, r, s in zip(sizes, padding, spans, stride, strict=True))


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The windows of an image as columns: (N, C, H, W) to (N, C k k, windows)."""
    x = expect_tensor(input, "im2col")
    rank = x._data.ndim
    kernel, spread, around, step = (_pair(v) for v in (kernel_size, dilation, padding, stride))
    if rank < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{rank}, {rank - 1}], but got 2)")
    if rank not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(x._data.shape)}"
        )
    sizes = x._data.shape[-2:]
    places = _places(sizes, kernel, spread, around, step)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {sizes}, kernel_size={kernel}, dilation={spread}, padding={around}, "
            f"calculated shape of the array of sliding blocks as {places}, but its components must be at least one."
        )
    out = columns_of(x if rank == 4 else unsqueeze(x, 0), kernel, spread, around, step)
    return out if rank == 4 else squeeze(out, 0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Windows as columns added up to an image: (N, C k k, windows) to (N, C, H, W)."""
    x = expect_tensor(input, "col2im")
    rank = x._data.ndim
    sizes, kernel, spread, around, step = (_pair(v) for v in (output_size, kernel_size, dilation, padding, stride))
    if rank not in (2, 3):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(x._data.shape)}"
        )
    rows, columns = x._data.shape[-2:]
    window = kernel[0] * kernel[1]
    if rows % window:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel}."
        )
    down, across = _places(sizes, kernel, spread, around, step)
    if columns != down * across:
        raise RuntimeError(
            f"Given output_size={sizes}, kernel_size={kernel}, dilation={spread}, padding={around}, stride={step}, "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks {down} * {across} "
            f"= {down * across}, but got input.size(2)={columns}."
        )
    out = fold_back(x if rank == 3 else unsqueeze(x, 0), sizes, kernel, spread, around, step)
    return out if rank == 3 else squeeze(out, 0)


HELPERS: dict[str, tuple[Any, Any]] = {
    "columns_of": (_columns, columns_of),
    "fold_back": (_folded, fold_back),
}
FUNCTIONS: dict[str, Any] = public(pixel_shuffle, pixel_unshuffle, channel_shuffle)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
