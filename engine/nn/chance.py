"""What draws random numbers between layers: dropout of elements and of channels, and samples of gumbel_softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import check_cast
from engine.ops.editing import mul_
from engine.ops.reduce import wide
from engine.ops.sampling import in_memory_order
from engine.ops.softmax import softmax
from engine.random import default_generator
from engine.state import state, warn
from engine.tensors import Tensor, wrap

SELU_ALPHA = 1.7580993408473766
"""What selu tends to, below 0: scale times alpha."""
DROPOUT_2D = (
    "dropout2d: Received a {}-D input to dropout2d, which is deprecated and will result in an error in a future "
    "release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d exists "
    "to provide channel-wise dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch "
    "dimension (i.e. 3D or 4D inputs)."
)
DROPOUT_2D_AS_1D = (
    "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input "
    "is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to "
    "interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise "
    "dropout behavior, please switch to using dropout1d instead."
)
DROPOUT_3D = (
    "dropout3d: Received a {}-D input to dropout3d, which is deprecated and will result in an error in a future "
    "release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout3d exists "
    "to provide channel-wise dropout on inputs with 3 spatial dimensions, a channel dimension, and an optional batch "
    "dimension (i.e. 4D or 5D inputs)."
)


def _kept(like: Raw, p: float, kind: np.dtype[Any]) -> Raw:
    """1 with probability 1 - p, else 0, in the shape of ``like``; RuntimeError for integers, which cannot be scaled."""
    if kind.kind != "f":
        check_cast(state.default_dtype.numpy, kind)
    drawn = default_generator().bernoulli(1 - p, like.size, kind)
    return in_memory_order(drawn, like).astype(kind)


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(input: Tensor, like: Raw, p: float, training: bool, inplace: bool) -> Tensor:
    """``input`` times a mask in the shape of ``like`` that is 1 / (1 - p) with probability 1 - p, else 0."""
    if not training or p == 0 or input.numel() == 0:
        return input
    kind = input._data.dtype
    mask = np.zeros(like.shape, kind)
    if p != 1:
        kept = wide(_kept(like, p, kind))
        mask = (kept / kept.dtype.type(1 - p)).astype(kind)
    factor = wrap(mask[()])
    return mul_(input, factor) if inplace else input * factor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to 0 with probability p and scales the others up by 1 / (1 - p)."""
    _check_probability(p)
    return _dropped(input, input._data, p, training, inplace)


def _channels(input: Tensor) -> Raw:
    """What has one element for each channel of each sample."""
    shape: tuple[int, ...] = input._data.shape
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return np.empty((*shape[:2], *(1,) * (len(shape) - 2)), np.bool_)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels (N, C, L) to 0 with probability p."""
    _check_probability(p)
    rank = input.dim()
    if rank not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {rank}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch "
            "dimension (i.e. 2D or 3D inputs)."
        )
    x = input.unsqueeze(0) if rank == 2 else input
    out = _dropped(x, _channels(x), p, training, inplace)
    return out.squeeze(0) if rank == 2 else out


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels (N, C, H, W) to 0 with probability p."""
    _check_probability(p)
    if input.dim() not in (3, 4):
        warn(DROPOUT_2D.format(input.dim()))
    if input.dim() == 3:
        warn(DROPOUT_2D_AS_1D)
    return _dropped(input, _channels(input), p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels (N, C, D, H, W) to 0 with probability p."""
    _check_probability(p)
    rank = input.dim()
    if rank not in (4, 5):
        warn(DROPOUT_3D.format(rank))
    x = input.unsqueeze(0) if rank == 4 else input
    out = _dropped(x, _channels(x), p, training, inplace)
    return out.squeeze(0) if rank == 4 else out


def _alpha_dropped(input: Tensor, like: Raw, p: float, training: bool) -> Tensor:
    """Dropped elements become what selu tends to; mean and variance are kept.

    Source: ``_dropout_impl`` in aten/src/ATen/native/Dropout.cpp.
    """
    _check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    kind = input._data.dtype
    if p == 1:
        return input * wrap(np.zeros(like.shape, kind))
    kept = _kept(like, p, kind if kind.kind != "b" else np.dtype(np.int64))
    a = 1 / math.sqrt((SELU_ALPHA**2 * p + 1) * (1 - p))
    moved = ((kept - 1) * (SELU_ALPHA * a) + SELU_ALPHA * a * p).astype(kind)
    return input * wrap((kept * a).astype(kind)) + wrap(moved)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for selu: dropped elements take its lowest value, and mean and variance are kept."""
    return _alpha_dropped(input, input._data, p, training)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """The same for whole channels."""
    return _alpha_dropped(input, _channels(input), p, training)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample from the Gumbel-softmax distribution; ``hard``: as one-hot rows that pass the soft gradient."""
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    draws = default_generator().fractions(logits.numel(), np.dtype(np.float64)).reshape(tuple(logits.shape))
    noise = wrap(-np.log(-np.log1p(-draws)).astype(logits._data.dtype))
    soft: Tensor = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    best = soft._data.argmax(axis=dim, keepdims=True)
    one = np.zeros_like(soft._data)
    np.put_along_axis(one, best, 1, axis=dim)
    return wrap(one) - soft.detach() + soft
