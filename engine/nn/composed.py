"""Functions of torch.nn.functional that are made of others: in-place forms, pooling by norms, embedding_bag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.nn.plain import shorten
from engine.ops import bags
from engine.ops.activations import elu, hardtanh, leaky_relu
from engine.ops.corners import rrelu, threshold
from engine.ops.functions import expect_tensor
from engine.ops.gates import celu, selu
from engine.ops.margins import pairwise_distance
from engine.ops.padding import pad
from engine.ops.pointwise import minimum
from engine.ops.pooling import (
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)
from engine.ops.volumes import adaptive_max_pool3d, avg_pool3d, max_pool3d
from engine.tensors import Tensor

INF = float("inf")

# --- in place ---------------------------------------------------------------------------------


def relu_(input: Tensor) -> Tensor:
    """relu, in place."""
    out: Tensor = expect_tensor(input, "relu_").relu_()
    return out


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """leaky_relu, in place."""
    return leaky_relu(input, negative_slope, True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """elu, in place."""
    return elu(input, alpha, True)


def selu_(input: Tensor) -> Tensor:
    """selu, in place."""
    return selu(input, True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """celu, in place."""
    return celu(input, alpha, True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """hardtanh, in place."""
    return hardtanh(input, min_val, max_val, True)


def threshold_(input: Tensor, threshold_: float, value: float) -> Tensor:
    """threshold, in place."""
    return threshold(input, threshold_, value, True)


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """rrelu, in place."""
    return rrelu(input, lower, upper, training, True)


# --- pooling ----------------------------------------------------------------------------------


def _with_indices(pool: Callable[..., Any], places: int) -> Callable[..., Any]:
    """A maximum pooling that always gives the positions as well."""

    def call(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        kwargs["return_indices"] = True
        return pool(input, *args[:places], **kwargs)

    call.__name__ = f"{pool.__name__}_with_indices"
    call.__doc__ = f"{pool.__name__}, and where the largest elements are."
    return call


max_pool1d_with_indices = _with_indices(max_pool1d, 5)
max_pool2d_with_indices = _with_indices(max_pool2d, 5)
max_pool3d_with_indices = _with_indices(max_pool3d, 5)
adaptive_max_pool1d_with_indices = _with_indices(adaptive_max_pool1d, 1)
adaptive_max_pool2d_with_indices = _with_indices(adaptive_max_pool2d, 1)
adaptive_max_pool3d_with_indices = _with_indices(adaptive_max_pool3d, 1)


def _lp_pool(
    average: Callable[..., Tensor],
    largest: Callable[..., Any],
    dims: int,
    x: Tensor,
    norm_type: float,
    kernel_size: Any,
    stride: Any,
    ceil_mode: bool,
) -> Tensor:
    sizes = (kernel_size,) * dims if isinstance(kernel_size, int) else tuple(kernel_size)
    if abs(norm_type) == INF:
        sign = 1 if norm_type > 0 else -1
        found: Tensor = largest(sign * x.abs(), kernel_size, stride, 0, 1, ceil_mode)
        return found if sign > 0 else -found
    count = 1
    for n in sizes:
        count *= n
    out: Any = average(x.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    powers: Tensor = (out.sign() * out.abs().relu()).mul(count).pow(1.0 / norm_type)
    return powers


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window along the last dimension."""
    return _lp_pool(avg_pool1d, max_pool1d, 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of an image."""
    return _lp_pool(avg_pool2d, max_pool2d, 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of (N, C, D, H, W)."""
    return _lp_pool(avg_pool3d, max_pool3d, 3, input, norm_type, kernel_size, stride, ceil_mode)


# --- others -----------------------------------------------------------------------------------


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """input, divided by a power of the mean square of neighbouring channels."""
    rank = input.dim()
    if rank < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {rank} dimensions)")
    if input.numel() == 0:
        return input
    squares = input.mul(input)
    around = (size // 2, (size - 1) // 2)
    if rank == 3:
        means = avg_pool2d(pad(squares.unsqueeze(1), (0, 0, *around)), (size, 1), 1).squeeze(1)
    else:
        shape = input.shape
        squares = squares.view(shape[0], 1, shape[1], shape[2], -1)
        means = avg_pool3d(pad(squares, (0, 0, 0, 0, *around)), (size, 1, 1), 1).squeeze(1).view(shape)
    out: Tensor = input / means.mul(alpha).add(k).pow(beta)
    return out


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima over bags of rows of weight; with ``max_norm``, long rows are shortened first, in place."""
    if max_norm is not None:
        shorten(weight, input, max_norm, norm_type)
    return bags.embedding_bag(
        input,
        weight,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """By how much the negative is not farther than the positive by a margin, for a distance of one's own."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, p, n = anchor.dim(), positive.dim(), negative.dim()
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {a}D, positive {p}D, and negative {n}D inputs"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    loss: Any = (margin + near - far).clamp_min(0)
    out: Tensor = loss if reduction == "none" else getattr(loss, reduction)()
    return out
