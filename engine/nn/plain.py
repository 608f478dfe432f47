"""Functions of torch.nn.functional that check or choose something and leave the rest to the ops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.modes import no_grad
from engine.ops import softmax as _softmax
from engine.ops.activations import relu as _relu
from engine.ops.create import created
from engine.ops.lookup import embedding as _embedding
from engine.ops.normalisation import batch_norm as _batch_norm
from engine.state import check_bytes, warn
from engine.tensors import Tensor


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, input)."""
    out: Tensor = input.relu_() if inplace else _relu(input)
    return out


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
        shorten(weight, input, max_norm, norm_type)
    return _embedding(weight, input, place, scale_grad_by_freq, sparse)


def shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that input names down, in place, where they are longer than max_norm."""
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
