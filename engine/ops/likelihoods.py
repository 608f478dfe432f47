"""Losses that are likelihoods, composed as torch composes them: kl_div, poisson and gaussian nll."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.modes import no_grad
from engine.node import Raw
from engine.ops.activations import logsigmoid
from engine.ops.dispatch import apply, array
from engine.ops.functions import public
from engine.ops.losses import check_reduction, legacy_reduction, reduce_loss
from engine.ops.margins import plus
from engine.ops.spec import Arg, OpSpec, S
from engine.ops.transcendental import xlogy
from engine.state import warn
from engine.tensors import Tensor

KL_MEAN = (
    "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by "
    "the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as "
    "'batchmean' in the next major release."
)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input): how far the distribution whose logarithm input is lies from target."""
    if size_average is not None or reduce is not None:
        kind = legacy_reduction(size_average, reduce, reduction)
    else:
        if reduction == "mean":
            warn(KL_MEAN)
        kind = "sum" if reduction == "batchmean" else check_reduction(reduction)
    losses = target.exp() * (target - input) if log_target else xlogy(target, target) - target * input
    out = reduce_loss(losses, kind)
    return out / input.shape[0] if reduction == "batchmean" and input.dim() else out


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(input) - target * input: target is Poisson with the rate exp(input), or input itself."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    losses = input.exp() - target * input if log_input else input - target * plus(input, eps).log()
    if full:
        stirling = target * target.log() - target + (target * (2 * math.pi)).log() * 0.5
        losses = losses + stirling.masked_fill(target <= 1, 0)
    return reduce_loss(losses, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """0.5 * (log(var) + (input - target)² / var): target is normal with the mean input and the variance var."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_ones(input.shape) * var
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif input.dim() != var.dim() or sum(n for m, n in zip(input.shape, var.shape, strict=True) if m != n) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    losses = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduce_loss(losses, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of the binary cross entropy of logits."""
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce, reduction)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    dim = input.dim() - 1
    losses = losses.sum(dim=dim) / input.shape[dim]
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    return reduce_loss(losses, reduction)


# --- several labels ---------------------------------------------------------------------------


def _wanted(target: Any) -> list[list[int]]:
    """The labels of each row: those before the first -1."""
    return [row[: row.index(-1)] if -1 in row else row for row in np.atleast_2d(target).tolist()]


def _pairs(target: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(row, label, other class) for every pair that is to be kept apart."""
    found = [
        (i, label, other)
        for i, labels in enumerate(_wanted(target))
        for label in labels
        for other in range(np.atleast_2d(target).shape[1])
        if other not in labels
    ]
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _multilabel_margin(x: Raw, target: Raw = None, reduction: str = "mean") -> Raw:
    data = np.atleast_2d(array(x))
    row, label, other = _pairs(target)
    beyond = np.maximum(1 - (data[row, label] - data[row, other]), 0) / data.shape[1]
    losses = np.zeros(len(data), data.dtype)
    np.add.at(losses, row, beyond)
    if reduction == "none":
        return losses if x.ndim > 1 else losses[0]
    return x.dtype.type(losses.mean() if reduction == "mean" else losses.sum())


def _multilabel_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    shape, reduction = tuple(x.shape), c.param("reduction")
    rows, classes = np.atleast_2d(c.param("target")).shape
    row, label, other = _pairs(c.param("target"))
    data = np.asarray(x._data if isinstance(x, Tensor) else x).reshape(rows, classes)
    violated = (1 - (data[row, label] - data[row, other]) > 0).astype(np.float64)
    slopes = np.zeros((rows, classes))
    np.add.at(slopes, (row, label), -violated)
    np.add.at(slopes, (row, other), violated)
    scale = classes * (rows if reduction == "mean" else 1)
    if reduction == "none" and len(shape) > 1:
        g = c.reshape(g, (rows, 1))
    return c.constant((slopes / scale).reshape(shape)) * g


MULTILABEL_MARGIN_LOSS = OpSpec(
    "multilabel_margin_loss",
    _multilabel_margin,
    (_multilabel_grad,),
    args=("self",),
    saves=((0, (0,)),),
    holds=("target",),
    form="multilabel_margin({0})",
    latex=r"\frac{{1}}{{n}} \sum \max(0, 1 - ({0}_t - {0}_i))",
    derivatives=(r"\frac{{{g}}}{{n}} \text{{ at each violation}}",),
    glyph="margin",
    call="nn.functional.multilabel_margin_loss",
    doc="By how much wrong labels come within 1 of the right ones.",
    samples=(S((2, 3), Arg((2, 3), 0, 1, "int64", False)),),
)


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """By how much wrong labels come within 1 of the right ones, which target lists before its first -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if input._data.shape != target._data.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target._data.shape)} for input of size: {list(input._data.shape)}"
        )
    return apply(MULTILABEL_MARGIN_LOSS, (input,), {"target": np.array(target._data), "reduction": reduction})


FUNCTIONS: dict[str, Any] = public(kl_div, poisson_nll_loss)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
