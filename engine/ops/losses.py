"""Losses of regression that torch computes as one op: mse, smooth_l1, huber; and l1, which it composes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops.autograd_ops import to_dtype
from engine.ops.broadcasting import broadcast_tensors
from engine.ops.dispatch import apply, choose
from engine.ops.functions import type_name
from engine.ops.reduce import wide
from engine.ops.spec import OpSpec, S, Vjp
from engine.ops.summation import add_up
from engine.state import warn
from engine.tensors import Tensor

SIZE_WARNING = (
    "Using a target size ({}) that is different to the input size ({}). This will likely lead to incorrect results "
    "due to broadcasting. Please ensure they have the same size."
)

PAIRS = (S((2, 3), (2, 3)), S((3,), (3,), reduction="sum"), S((3,), (3,), reduction="none"))

# --- reductions, which all losses have in common ----------------------------------------------


def reduced(x: Raw, reduction: str) -> Raw:
    """Raw losses as they are, their sum or their mean."""
    if reduction == "none":
        return x
    total = add_up(wide(x), None)
    out = total / total.dtype.type(x.size) if reduction == "mean" else total
    return out if out.dtype is x.dtype else out.astype(x.dtype)


def reduce_loss(losses: Tensor, reduction: str) -> Tensor:
    """The same for a tensor of losses, as ops of their own."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def spread_back(g: Any, c: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of each loss from that of their mean or sum."""
    return g / math.prod(shape) if c.param("reduction", "mean") == "mean" else g


def check_reduction(reduction: str) -> str:
    """``reduction``; ValueError if it is no name of one."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def legacy_reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """``reduction`` from the two old flags, with torch's warning."""
    if size_average is None and reduce is None:
        return check_reduction(reduction)
    size_average = True if size_average is None else size_average
    reduce = True if reduce is None else reduce
    out = "mean" if size_average and reduce else "sum" if reduce else "none"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{out}' instead.")
    return out


def _of_one_size(input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Two tensors; torch's warning if their sizes differ, and the error that it runs into if one is no tensor."""
    for x in (input, target):
        if not isinstance(x, Tensor):
            raise AttributeError(f"{type_name(x)!r} object has no attribute 'size'")
    if input._data.shape != target._data.shape:
        warn(SIZE_WARNING.format(target.shape, input.shape))
    return input, target


def matched(input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both in their common shape (with torch's warning if they had two) and their common dtype."""
    a, b = _of_one_size(input, target)
    if a._data.dtype is b._data.dtype and a._data.shape == b._data.shape:
        return a, b
    if a._data.shape != b._data.shape:
        a, b = broadcast_tensors(a, b)
    kind = FROM_NUMPY[np.result_type(a._data.dtype, b._data.dtype)] if a.dtype is not b.dtype else a.dtype
    if a.is_floating_point() != b.is_floating_point():
        kind = a.dtype if a.is_floating_point() else b.dtype
    return to_dtype(a, kind), to_dtype(b, kind)


# --- squared errors ---------------------------------------------------------------------------


def _squared(a: Raw, b: Raw, reduction: str = "mean") -> Raw:
    if a.dtype.kind != "f":
        raise NotImplementedError(f"\"mse_cpu\" not implemented for '{FROM_NUMPY[a.dtype].scalar_type}'")
    return reduced((a - b) ** 2, reduction)


def _squared_grad(g: Any, c: Any) -> Any:
    return c.mse_loss_backward(g, c.saved(0), c.saved(1), c.param("reduction", "mean"))


MSE_LOSS = OpSpec(
    "mse_loss",
    _squared,
    (_squared_grad, lambda g, c: -_squared_grad(g, c)),
    args=("self", "target"),
    saves=((0, (0, 1)), (1, (0, 1))),
    form="mse_loss({0}, {1})",
    latex=r"\frac{{1}}{{n}} \sum ({0} - {1})^2",
    derivatives=(r"{g}\,\frac{{2}}{{n}}({0} - {1})", r"-{g}\,\frac{{2}}{{n}}({0} - {1})"),
    glyph="MSE",
    call="nn.functional.mse_loss",
    doc="The mean of squared differences.",
    samples=PAIRS,
)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The mean (or sum, or none) of squared differences; warns if the shapes differ."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    a, b = matched(input, target)
    if weight is not None:
        return reduce_loss(apply(MSE_LOSS, (a, b), {"reduction": "none"}) * weight, reduction)
    return apply(MSE_LOSS, (a, b), {"reduction": reduction})


# --- absolute errors, also rounded off near 0 -------------------------------------------------


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The mean (or sum, or none) of absolute differences."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    a, b = _of_one_size(input, target)
    return reduce_loss((a - b).abs(), reduction)


def _rounded_off(
    name: str,
    parameter: str,
    forward: Callable[[Raw, float], Raw],
    *,
    grad_fn: str,
    glyph: str,
    latex: str,
) -> OpSpec:
    """A function of the difference that is a parabola near 0 and straight beyond ``parameter``."""

    def grad(own: int) -> Vjp:
        def vjp(g: Any, c: Any) -> Any:
            slope = getattr(c, f"{name}_backward")
            return slope(g, c.saved(own), c.saved(1 - own), c.param("reduction", "mean"), c.param(parameter, 1.0))

        return vjp

    def losses(a: Raw, b: Raw, reduction: str = "mean", **params: float) -> Raw:
        return reduced(forward(a - b, params.get(parameter, 1.0)).astype(a.dtype), reduction)

    return OpSpec(
        name,
        losses,
        (grad(0), grad(1)),
        grad_fn=grad_fn,
        args=("self", "target"),
        saves=((0, (0, 1)), (1, (0, 1))),
        form=f"{name}({{0}}, {{1}})",
        latex=rf"\operatorname{{{{{glyph}}}}}({{0}} - {{1}})",
        derivatives=(rf"\frac{{{{{{g}}}}}}{{{{n}}}}\,{latex}", rf"-\frac{{{{{{g}}}}}}{{{{n}}}}\,{latex}"),
        glyph=glyph,
        call=f"nn.functional.{name}",
        doc=f"{name}: squared near 0, absolute beyond {parameter}.",
        samples=PAIRS,
    )


SMOOTH_L1_LOSS = _rounded_off(
    "smooth_l1_loss",
    "beta",
    lambda d, beta: choose(np.abs(d) < beta, 0.5 * d * d / beta, np.abs(d) - 0.5 * beta),
    grad_fn="SmoothL1LossBackward0",
    glyph="L1",
    latex=r"\operatorname{{clip}}({0} - {1}, -1, 1)",
)
HUBER_LOSS = _rounded_off(
    "huber_loss",
    "delta",
    lambda d, delta: choose(np.abs(d) <= delta, 0.5 * d * d, delta * (np.abs(d) - 0.5 * delta)),
    grad_fn="HuberLossBackward0",
    glyph="Huber",
    latex=r"\operatorname{{clip}}({0} - {1}, -\delta, \delta)",
)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared differences below beta, absolute ones above."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return apply(SMOOTH_L1_LOSS, matched(input, target), {"reduction": reduction, "beta": beta})


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Tensor:
    """Squared differences up to delta, absolute ones above."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    params = {"reduction": check_reduction(reduction), "delta": delta}
    return apply(HUBER_LOSS, matched(input, target), params)


METHODS: dict[str, Any] = {}
FUNCTIONS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
