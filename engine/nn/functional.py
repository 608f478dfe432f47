"""torch.nn.functional: the layers and losses as functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.modes import no_grad
from engine.node import Raw
from engine.ops import softmax as _softmax
from engine.ops.activations import elu, gelu, hardtanh, leaky_relu, logsigmoid, silu, softplus
from engine.ops.activations import relu as _relu
from engine.ops.analytic import METHODS as _analytic
from engine.ops.classification import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    nll_loss,
)
from engine.ops.conv_functions import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d
from engine.ops.corners import hardshrink, hardsigmoid, hardswish, prelu, relu6, rrelu, softshrink, threshold
from engine.ops.create import created
from engine.ops.dispatch import check_cast
from engine.ops.editing import mul_
from engine.ops.gates import celu, glu, mish, selu, softsign, tanhshrink
from engine.ops.likelihoods import (
    gaussian_nll_loss,
    kl_div,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
)
from engine.ops.linalg import linear
from engine.ops.lookup import bilinear
from engine.ops.lookup import embedding as _embedding
from engine.ops.losses import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from engine.ops.margins import (
    cosine_embedding_loss,
    cosine_similarity,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    pairwise_distance,
    soft_margin_loss,
    triplet_margin_loss,
)
from engine.ops.normalisation import batch_norm as _batch_norm
from engine.ops.normalisation import group_norm, layer_norm, rms_norm
from engine.ops.padding import pad
from engine.ops.patches import fold, pixel_shuffle, pixel_unshuffle, unfold
from engine.ops.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)
from engine.ops.reduce import wide
from engine.random import default_generator
from engine.state import check_bytes, state, warn
from engine.tensors import Tensor, wrap

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "unfold",
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, input)."""
    out: Tensor = input.relu_() if inplace else _relu(input)
    return out


sigmoid = _analytic["sigmoid"]
tanh = _analytic["tanh"]


def _chosen_dim(name: str, dim: int | None, rank: int) -> int:
    """``dim``, or the one that torch chooses, with its warning, if none is given."""
    if dim is not None:
        return dim
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if rank in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input), divided by its sum along dim."""
    return _softmax.softmax(input, _chosen_dim("softmax", dim, input.dim()), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """softmax of -input."""
    return _softmax.softmax(-input, _chosen_dim("softmin", dim, input.dim()), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input)), without overflow."""
    return _softmax.log_softmax(input, _chosen_dim("log_softmax", dim, input.dim()), dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample from the Gumbel-softmax distribution; ``hard``: as one-hot rows that pass the soft gradient."""
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    draws = default_generator().fractions(logits.numel(), np.dtype(np.float64)).reshape(tuple(logits.shape))
    noise = wrap(-np.log(-np.log1p(-draws)).astype(logits._data.dtype))
    soft: Tensor = _softmax.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    best = soft._data.argmax(axis=dim, keepdims=True)
    one = np.zeros_like(soft._data)
    np.put_along_axis(one, best, 1, axis=dim)
    return wrap(one) - soft.detach() + soft


# --- dropout ----------------------------------------------------------------------------------

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


def _kept(shape: tuple[int, ...], p: float, kind: np.dtype[Any]) -> Raw:
    """1 with probability 1 - p, else 0; RuntimeError for integers, which cannot be scaled."""
    if kind.kind != "f":
        check_cast(state.default_dtype.numpy, kind)
    return default_generator().bernoulli(1 - p, math.prod(shape), kind).reshape(shape).astype(kind)


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Tensor:
    """``input`` times a mask of ``shape`` that is 1 / (1 - p) with probability 1 - p, else 0."""
    if not training or p == 0 or input.numel() == 0:
        return input
    kind = input._data.dtype
    mask = np.zeros(shape, kind)
    if p != 1:
        kept = wide(_kept(shape, p, kind))
        mask = (kept / kept.dtype.type(1 - p)).astype(kind)
    factor = wrap(mask[()])
    return mul_(input, factor) if inplace else input * factor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to 0 with probability p and scales the others up by 1 / (1 - p)."""
    _check_probability(p)
    return _dropped(input, input._data.shape, p, training, inplace)


def _channels(input: Tensor) -> tuple[int, ...]:
    shape: tuple[int, ...] = input._data.shape
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*shape[:2], *(1,) * (len(shape) - 2))


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


def _alpha_dropped(input: Tensor, shape: tuple[int, ...], p: float, training: bool) -> Tensor:
    """Dropped elements become what selu tends to; mean and variance are kept.

    Source: ``_dropout_impl`` in aten/src/ATen/native/Dropout.cpp.
    """
    _check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    kind = input._data.dtype
    if p == 1:
        return input * wrap(np.zeros(shape, kind))
    kept = _kept(shape, p, kind if kind.kind != "b" else np.dtype(np.int64))
    a = 1 / math.sqrt((SELU_ALPHA**2 * p + 1) * (1 - p))
    moved = ((kept - 1) * (SELU_ALPHA * a) + SELU_ALPHA * a * p).astype(kind)
    return input * wrap((kept * a).astype(kind)) + wrap(moved)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for selu: dropped elements take its lowest value, and mean and variance are kept."""
    return _alpha_dropped(input, input._data.shape, p, training)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """The same for whole channels."""
    return _alpha_dropped(input, _channels(input), p, training)


# --- layers with state ------------------------------------------------------------------------


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight that input names; with ``max_norm``, rows that are longer are shortened first, in place."""
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    place = -1 if padding_idx is None else padding_idx % rows
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    return _embedding(weight, input, place, scale_grad_by_freq, sparse)


def _shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    with no_grad():
        for row in np.unique(input._data).tolist():
            length = weight[row].norm(norm_type).item()
            if length > max_norm:
                weight[row] *= max_norm / (length + 1e-7)


def _check_values_per_channel(size: Any) -> None:
    if math.prod(size[2:]) * size[0] == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel normalised: over the batch while training, which the running statistics follow, else by them."""
    if training:
        _check_values_per_channel(input.shape)
    return _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample normalised: batch norm with every sample's channels as channels of their own."""
    size = input.shape
    if use_input_stats and math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {size}")
    count, channels = size[0], size[1]
    each = [None if t is None else t.repeat(count) for t in (running_mean, running_var, weight, bias)]
    rows = input.reshape(1, count * channels, *size[2:])
    out = _batch_norm(rows, each[2], each[3], each[0], each[1], use_input_stats, momentum, eps)
    for running, followed in ((running_mean, each[0]), (running_var, each[1])):
        if running is not None and followed is not None and use_input_stats:
            running.copy_(followed.view(count, channels).mean(0))
    return out.view(size)


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input, divided by its p-norm along dim."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps).expand_as(input)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Rows with a single 1 at the given class."""
    classes = tensor._data
    if classes.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    n = int(classes.max()) + 1 if num_classes == -1 else num_classes
    if classes.size and classes.max() >= n:
        raise RuntimeError("Class values must be smaller than num_classes.")
    check_bytes(classes.size * n * 8)
    return created(np.eye(n, dtype=np.int64)[classes], False, "one_hot")
