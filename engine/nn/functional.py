"""torch.nn.functional: the layers and losses as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

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
from engine.ops.create import created
from engine.ops.editing import mul_
from engine.ops.linalg import linear
from engine.ops.losses import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from engine.random import default_generator
from engine.state import check_bytes, warn
from engine.tensors import Tensor, wrap

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "elu",
    "gelu",
    "hardtanh",
    "huber_loss",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "relu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
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


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input)), without overflow."""
    return _softmax.log_softmax(input, _chosen_dim("log_softmax", dim, input.dim()), dtype)


def _dropout_mask(x: Raw, p: float) -> Tensor:
    """1 / (1 - p) with probability 1 - p, else 0."""
    if p == 1:
        return wrap(np.zeros_like(x)[()])
    kept = default_generator().bernoulli(1 - p, x.size, x.dtype).reshape(x.shape)
    return wrap((kept.astype(x.dtype) / x.dtype.type(1 - p))[()])


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to 0 with probability p and scales the others up by 1 / (1 - p)."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0 or input.numel() == 0:
        return input
    mask = _dropout_mask(input._data, p)
    return mul_(input, mask) if inplace else input * mask


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
