"""Derivatives of losses that torch computes in one op of their own, but for mse_loss's (see engine.ops.second)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import kernels
from engine.ops.dispatch import apply, choose
from engine.ops.second import as_op
from engine.ops.spec import OpSpec, Vjp
from engine.tensors import Tensor

Slope = Callable[[Any], Any]
"""A derivative of each loss, computed with ``c`` from what was saved."""


def _share(g: Any, reduction: str, shape: tuple[int, ...]) -> Any:
    """What arrives at each loss, from what arrived at their mean or sum, or at each."""
    return g / math.prod(shape) if reduction == "mean" else g


def _by_grad(slope: Slope) -> Vjp:
    def vjp(h: Any, c: Any) -> Any:
        each, reduction = h * slope(c), c.param("reduction")
        return each if reduction == "none" else _share(c.sum(each), reduction, each.shape)

    return vjp


def _by_operand(bend: Slope) -> Vjp:
    return lambda h, c: h * _share(c.saved(0), c.param("reduction"), h.shape) * bend(c)


def _spec(
    name: str, torch_name: str, forward: Callable[..., Raw], vjps: tuple[Vjp | None, ...], latex: str, *shown: str
) -> OpSpec:
    """An op on what arrived, the loss's input, its target and perhaps weights; ``shown`` are its derivatives."""
    users = tuple(i for i, vjp in enumerate(vjps) if vjp is not None)
    args = ("grad_output", "self", "target", "weight")[: len(vjps)]
    return OpSpec(
        name,
        forward,
        vjps,
        grad_fn=f"{torch_name}BackwardBackward0",
        args=args,
        saves=tuple((i, users) for i in range(len(args))),
        form=f"{name}({{0}}, {{1}}, {{2}})",
        latex=latex,
        derivatives=shown,
        doc="The derivative of a loss, as an op.",
    )


# --- functions of the difference --------------------------------------------------------------


def _difference(c: Any) -> Any:
    return c.saved(1) - c.saved(2)


def _of_difference(
    name: str, torch_name: str, slope: Callable[[Raw, float], Raw], steep: Slope, bend: Slope, latex: str, bent: str
) -> OpSpec:
    """``slope`` of the difference on numpy, ``steep`` the same for vjps; ``bend`` is its derivative."""
    return _spec(
        name,
        torch_name,
        lambda g, a, b, reduction, width: _share(g, reduction, a.shape) * slope(a - b, width).astype(a.dtype),
        (_by_grad(steep), _by_operand(bend), _by_operand(lambda c: -bend(c))),
        rf"\tfrac{{{{{{0}}}}}}{{{{n}}}}\,{latex}",
        rf"\tfrac{{{{1}}}}{{{{n}}}} \textstyle\sum {{g}}\,{latex}",
        rf"\tfrac{{{{{{0}}\,{{g}}}}}}{{{{n}}}}\,{bent}",
        rf"-\tfrac{{{{{{0}}\,{{g}}}}}}{{{{n}}}}\,{bent}",
    )


def _round_slope(c: Any) -> Any:
    d, beta = _difference(c), c.param("width")
    return c.where(c.abs(d) < beta, d / beta, c.sign(d))


def _round_bend(c: Any) -> Any:
    d, beta = _difference(c), c.param("width")
    return c.zero_where(c.abs(d) >= beta, c.full_like(d, 1 / beta))


SMOOTH_L1_LOSS_BACKWARD = _of_difference(
    "smooth_l1_loss_backward",
    "SmoothL1Loss",
    lambda d, beta: choose(np.abs(d) < beta, d / beta, np.sign(d)),
    _round_slope,
    _round_bend,
    r"\operatorname{{clip}}(({1} - {2}) / {width}, -1, 1)",
    r"\tfrac{{1}}{{{width}}} [|{1} - {2}| < {width}]",
)


def _huber_slope(c: Any) -> Any:
    d, delta = _difference(c), c.param("width")
    return c.where(c.abs(d) <= delta, d, c.sign(d) * delta)


def _huber_bend(c: Any) -> Any:
    d = _difference(c)
    return c.zero_where(c.abs(d) >= c.param("width"), c.full_like(d, 1.0))


HUBER_LOSS_BACKWARD = _of_difference(
    "huber_loss_backward",
    "HuberLoss",
    lambda d, delta: choose(np.abs(d) <= delta, d, np.sign(d) * delta),
    _huber_slope,
    _huber_bend,
    r"\operatorname{{clip}}({1} - {2}, -{width}, {width})",
    r"[|{1} - {2}| < {width}]",
)

# --- classes ----------------------------------------------------------------------------------


def _soft_margin_slope(c: Any) -> Any:
    x, y = c.saved(1), c.saved(2)
    return -y * c.sigmoid(-y * x)


def _soft_margin_bend(c: Any) -> Any:
    x, y = c.saved(1), c.saved(2)
    s = c.sigmoid(-y * x)
    return y * y * s * (1 - s)


SOFT_MARGIN_LOSS_BACKWARD = _spec(
    "soft_margin_loss_backward",
    "SoftMarginLoss",
    lambda g, x, y, reduction: _share(g, reduction, x.shape) * (-y * kernels.logistic(-y * x)),
    (_by_grad(_soft_margin_slope), _by_operand(_soft_margin_bend), None),
    r"-\tfrac{{{0}}}{{n}}\,{2}\,\sigma(-{2}\,{1})",
    r"-\tfrac{{1}}{{n}} \textstyle\sum {g}\,{2}\,\sigma(-{2}\,{1})",
    r"\tfrac{{{0}\,{g}}}{{n}}\,{2}^2\,\sigma'({2}\,{1})",
    "0",
)


def _bce_slope_of(g: Raw, x: Raw, y: Raw, weight: Raw | None = None, reduction: str = "mean") -> Raw:
    slope = g * (x - y) / np.maximum((1 - x) * x, x.dtype.type(1e-12))
    return _share(slope if weight is None else slope * weight, reduction, x.shape)


def _weighted(slope: Any, c: Any) -> Any:
    weight = c.saved(3)
    return slope if weight is None else slope * weight


def _room(x: Any, c: Any) -> Any:
    """x (1 - x), kept away from 0."""
    return c.maximum((1 - x) * x, c.full_like(x, 1e-12))


def _bce_slope(c: Any) -> Any:
    x, y = c.saved(1), c.saved(2)
    return _weighted((x - y) / _room(x, c), c)


def _bce_bend(c: Any) -> Any:
    x, y = c.saved(1), c.saved(2)
    room = _room(x, c)
    return _weighted((x * x - x * y * 2 + y) / (room * room), c)


def _bce_by_target(c: Any) -> Any:
    return _weighted(-1 / _room(c.saved(1), c), c)


BINARY_CROSS_ENTROPY_BACKWARD = _spec(
    "binary_cross_entropy_backward",
    "BinaryCrossEntropy",
    _bce_slope_of,
    (_by_grad(_bce_slope), _by_operand(_bce_bend), _by_operand(_bce_by_target), None),
    r"\tfrac{{{0}}}{{n}}\,\tfrac{{{1} - {2}}}{{{1}(1 - {1})}}",
    r"\tfrac{{1}}{{n}} \textstyle\sum {g}\,\tfrac{{{1} - {2}}}{{{1}(1 - {1})}}",
    r"\tfrac{{{0}\,{g}}}{{n}}\,\tfrac{{{1}^2 - 2\,{1}\,{2} + {2}}}{{{1}^2 (1 - {1})^2}}",
    r"-\tfrac{{{0}\,{g}}}{{n}}\,\tfrac{{1}}{{{1}(1 - {1})}}",
    "0",
)


def binary_cross_entropy_backward(g: Tensor, x: Tensor, y: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """The gradient of binary_cross_entropy's input."""
    given = (g, x, y) if weight is None else (g, x, y, weight)
    return apply(BINARY_CROSS_ENTROPY_BACKWARD, given, {"reduction": reduction})


HELPERS: dict[str, tuple[Any, Any]] = {
    "smooth_l1_loss_backward": as_op(SMOOTH_L1_LOSS_BACKWARD, "reduction", "width"),
    "huber_loss_backward": as_op(HUBER_LOSS_BACKWARD, "reduction", "width"),
    "soft_margin_loss_backward": as_op(SOFT_MARGIN_LOSS_BACKWARD, "reduction"),
    "binary_cross_entropy_backward": (_bce_slope_of, binary_cross_entropy_backward),
}
FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
