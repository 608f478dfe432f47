"""torch.nn.functional: the layers and losses as functions."""

from __future__ import annotations

from typing import Any

from engine import random
from engine.ops.elementwise import METHODS as _elementwise
from engine.ops.elementwise import elu, gelu, hardtanh, leaky_relu, logsigmoid, silu, softplus
from engine.ops.linalg import linear
from engine.ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from engine.ops.reduce import log_softmax as _log_softmax
from engine.ops.reduce import softmax as _softmax
from engine.state import warn
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
    out: Tensor = input.relu_() if inplace else _elementwise["relu"](input)
    return out


sigmoid = _elementwise["sigmoid"]
tanh = _elementwise["tanh"]


def _implicit_dim(name: str, rank: int) -> int:
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if rank in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input), divided by its sum along dim."""
    out: Tensor = _softmax(input, _implicit_dim("softmax", input.dim()) if dim is None else dim, dtype)
    return out


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input)), without overflow."""
    out: Tensor = _log_softmax(input, _implicit_dim("log_softmax", input.dim()) if dim is None else dim, dtype)
    return out


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to 0 with probability p and scales the others up by 1 / (1 - p)."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    raw = input._data
    draws = random.default_generator().uniform(raw.size, raw.dtype).reshape(raw.shape)
    kept = (draws < 1 - p).astype(raw.dtype)
    mask = wrap((kept / raw.dtype.type(1 - p)) if p < 1 else kept * 0)
    out: Tensor = input * mask
    return out


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input, divided by its p-norm along dim."""
    out: Tensor = input / input.norm(p, dim, keepdim=True).clamp(min=eps).expand_as(input)
    return out


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Rows with a single 1 at the given class."""
    import numpy as np

    from engine.ops.create import created

    if tensor._data.dtype.kind not in "iu" or tensor._data.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if tensor._data.size and tensor._data.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    n = int(tensor._data.max()) + 1 if num_classes == -1 else num_classes
    if tensor._data.size and tensor._data.max() >= n:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return created(np.eye(n, dtype=np.int64)[tensor._data], False, "one_hot")
