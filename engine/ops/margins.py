"""Losses with a margin, distances between rows, and what they are made of.

Those that torch composes of smaller ops are composed here in the same way, so that the graph is the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.modes import no_grad
from engine.node import Raw
from engine.ops.arithmetic import ADD
from engine.ops.dispatch import apply, array, binary
from engine.ops.functions import expect_tensor, public, wrapped_number
from engine.ops.losses import legacy_reduction, reduce_loss, reduced
from engine.ops.mixing import where
from engine.ops.norms import NORM, norm
from engine.ops.pointwise import clamp_min, minimum
from engine.ops.reduce import torch_sum
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor, wrap

# --- small parts ------------------------------------------------------------------------------

ADD_NUMBER = replace(ADD, name="add_number", grad_fn="AddBackward1", samples=())
"""Adding a number inside torch's own code, which has a node of another name than ``x + 1``."""

NORM_DIM = replace(NORM, name="norm_dim", grad_fn="NormBackward1", samples=())
"""The norm along dim inside torch's own code."""


def plus(x: Tensor, number: float) -> Tensor:
    """``x + number`` as torch's own code adds it."""
    return binary(ADD_NUMBER, x, number)


# --- distances --------------------------------------------------------------------------------


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of the difference of the last dimension, with eps added to each element."""
    difference = plus(x1 - x2, eps)
    params = {"ord": p, "dim": (max(0, difference._data.ndim - 1),), "keepdim": keepdim}
    return apply(NORM_DIM, (difference,), params)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between both along dim."""
    a, b = expect_tensor(x1, "cosine_similarity", "x1"), expect_tensor(x2, "cosine_similarity", "x2", 2)
    kind = np.result_type(a._data.dtype, b._data.dtype)
    if kind.kind != "f":
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {a.dtype.scalar_type}")
    if a._data.shape != b._data.shape:
        shape = binary(ADD, a.detach(), b.detach())._data.shape
        a, b = a.expand(shape), b.expand(shape)
    lengths = [norm(x, 2, dim, True).clone() for x in (a, b)]
    with no_grad():
        for length in lengths:
            length.clamp_(min=eps)
    return torch_sum((a / lengths[0]) * (b / lengths[1]), dim)


# --- margins ----------------------------------------------------------------------------------


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    zeros = input.new_zeros(input.shape)
    beyond = clamp_min(wrapped_number(margin).to(input.dtype) - input, 0)
    losses = where(target != 1, beyond, zeros) + where(target != -1, input, zeros)
    return reduce_loss(losses, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target * (input1 - input2) + margin)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduce_loss(clamp_min(plus(-target * (input1 - input2), margin), 0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, distance to positive - distance to negative + margin)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduce_loss(clamp_min(plus(near, margin) - far, 0), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cosine where target is 1, max(0, cosine - margin) where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    _check_cosine(input1, input2, target)
    dim = target.dim()
    products = torch_sum(input1 * input2, dim)
    sizes = [plus(torch_sum(x * x, dim), 1e-12) for x in (input1, input2)]
    cosine = products / (sizes[0] * sizes[1]).sqrt()
    zeros = cosine.new_zeros(cosine.shape)
    alike = where(target == 1, wrapped_number(1).to(cosine.dtype) - cosine, zeros)
    unlike = where(target == -1, clamp_min(cosine - margin, 0), zeros)
    return reduce_loss(alike + unlike, reduction)


def _check_cosine(a: Tensor, b: Tensor, target: Tensor) -> None:
    rank = target.dim()
    if rank not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if rank == 1 and not (a.dim() == b.dim() == 2):
        raise RuntimeError(
            "1D target tensor expects 2D input tensors, but found inputs with sizes "
            f"{list(a.shape)} and {list(b.shape)}."
        )
    if rank == 0 and not (a.dim() == b.dim() == 1):
        raise RuntimeError(
            "0D target tensor expects 1D input tensors, but found inputs with sizes "
            f"{list(a.shape)} and {list(b.shape)}."
        )


def _soft_margin_grad(g: Any, c: Any) -> Any:
    return c.soft_margin_loss_backward(g, c.saved(0), c.saved(1), c.param("reduction", "mean"))


SOFT_MARGIN_LOSS = OpSpec(
    "soft_margin_loss",
    lambda x, y, reduction="mean": reduced(np.log1p(np.exp(-y * x)).astype(x.dtype), reduction),
    (_soft_margin_grad, None),
    args=("self", "target"),
    saves=((0, (0,)), (1, (0,))),
    form="soft_margin({0}, {1})",
    latex=r"\frac{{1}}{{n}} \sum \ln(1 + e^{{-{1}\,{0}}})",
    derivatives=(r"-\frac{{{g}}}{{n}}\,{1}\,\sigma(-{1}\,{0})", "0"),
    glyph="margin",
    call="nn.functional.soft_margin_loss",
    doc="The mean of log(1 + exp(-target * input)).",
    samples=(S((2, 3), Arg((2, 3), -1, 1, requires_grad=False)),),
)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The mean of log(1 + exp(-target * input))."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return apply(SOFT_MARGIN_LOSS, (input, target), {"reduction": reduction})


# --- margins between classes ------------------------------------------------------------------


def _violations(x: Raw, target: Raw, margin: float) -> np.ndarray[Any, Any]:
    """margin - x[target] + x[i] for each other class i, 0 for the target itself."""
    rows = np.arange(len(x))
    beyond = margin - array(x)[rows, target][:, None] + x
    beyond[rows, target] = 0
    out: np.ndarray[Any, Any] = np.maximum(beyond, 0)
    return out


def _multi_margin(
    x: Raw, target: Raw = None, weight: Raw = None, p: int = 1, margin: float = 1.0, reduction: str = "mean"
) -> Raw:
    rows = np.atleast_2d(x)
    beyond = _violations(rows, np.atleast_1d(target), margin) ** p
    if weight is not None:
        beyond = beyond * np.asarray(weight)[np.atleast_1d(target)][:, None]
    losses = (np.add.reduce(beyond, axis=1) / rows.shape[1]).astype(x.dtype)
    return reduced(losses if x.ndim > 1 else losses[0], reduction)


def _multi_margin_grad(g: Any, c: Any) -> Any:
    x, p, margin = c.saved(0), c.param("p"), c.param("margin")
    target, weight = np.atleast_1d(c.param("target")), c.param("weight")
    shape = tuple(x.shape)
    x = c.reshape(x, (len(target), shape[-1]))
    rows = np.arange(len(target))
    own = np.zeros(x.shape, bool)
    own[rows, target] = True
    at_target = c.reshape(c.index(x, (rows, target)), (len(target), 1))
    beyond = c.zero_where(c.mask(own), x - at_target + margin)
    slopes = c.zero_where(beyond <= 0, c.full_like(beyond, 1.0) if p == 1 else beyond * 2)
    slopes = c.zero_where(c.mask(own), slopes)
    if weight is not None:
        slopes = slopes * c.constant(np.asarray(weight)[target][:, None])
    out = slopes - c.constant(own) * c.sum(slopes, (1,), True)
    scale = shape[-1] * (len(target) if c.param("reduction") == "mean" else 1)
    if c.param("reduction") == "none":
        g = c.reshape(g, (len(target), 1))
    return c.reshape(out * g * (1 / scale), shape)


MULTI_MARGIN_LOSS = OpSpec(
    "multi_margin_loss",
    _multi_margin,
    (_multi_margin_grad,),
    args=("self",),
    saves=((0, (0,)),),
    holds=("target", "weight"),
    form="multi_margin({0})",
    latex=r"\frac{{1}}{{n}} \sum \max(0, m - {0}_t + {0}_i)",
    derivatives=(r"\frac{{{g}}}{{n}} \text{{ at each violation}}",),
    glyph="margin",
    call="nn.functional.multi_margin_loss",
    doc="By how much other classes come within a margin of the right one.",
    samples=(S((2, 3), Arg((2,), 0, 3, "int64", False)), S((2, 3), Arg((2,), 0, 3, "int64", False), 2, 0.5)),
)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much other classes come within a margin of the right one."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    params = {
        "target": np.array(target._data),
        "weight": None if weight is None else np.array(weight._data),
        "p": p,
        "margin": margin,
        "reduction": reduction,
    }
    return apply(MULTI_MARGIN_LOSS, (input,), params)


HELPERS: dict[str, tuple[Any, Any]] = {"mask": (lambda mask: mask, wrap)}
FUNCTIONS: dict[str, Any] = public(
    pairwise_distance,
    cosine_similarity,
    hinge_embedding_loss,
    margin_ranking_loss,
    triplet_margin_loss,
    cosine_embedding_loss,
)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
