"""Derivatives that torch computes in one op of their own, so that under create_graph they are one node each.

A relu's derivative does not depend on how large the input is, yet its node knows the input: a second derivative is
zero, and not an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.node import Raw
from engine.ops.dispatch import apply, choose, zero_where
from engine.ops.softmax import HELPERS as _SOFTMAX
from engine.ops.spec import OpSpec
from engine.ops.vectorised import fused
from engine.tensors import Tensor

Vjp = Callable[[Any, Any], Any]

_inner = _SOFTMAX["sum_of_products"][0]
_sum = _SOFTMAX["sum_along"][0]
_exp = _SOFTMAX["exp_by_columns"][0]


def second_spec(
    name: str, grad_fn: str, forward: Callable[..., Raw], vjps: tuple[Vjp, ...], form: str, latex: str, *rest: str
) -> OpSpec:
    """An op on what arrived (first), and what the first op had saved."""
    args = ("grad_output", *("result",) * (len(vjps) == 2), *("self", "target") * (len(vjps) == 3))
    return OpSpec(
        name,
        forward,
        vjps,
        grad_fn=grad_fn,
        args=args,
        saves=tuple((i, tuple(range(len(vjps)))) for i in range(len(vjps))),
        form=form,
        latex=latex,
        derivatives=rest,
        doc="The derivative of an op, as an op.",
    )


# --- sigmoid and tanh -------------------------------------------------------------------------


def _sigmoid_slope(g: Raw, y: Raw) -> Raw:
    return g * (1 - y) * y


SIGMOID_BACKWARD = second_spec(
    "sigmoid_backward",
    "SigmoidBackwardBackward0",
    _sigmoid_slope,
    (
        lambda h, c: c.sigmoid_backward(h, c.saved(1)),
        lambda h, c: h * c.saved(0) * (-2 * c.saved(1) + 1),
    ),
    "{0} · {1}(1 − {1})",
    r"{0}\,{1}(1 - {1})",
    r"{1}(1 - {1})",
    r"{0}(1 - 2\,{1})",
)
TANH_BACKWARD = second_spec(
    "tanh_backward",
    "TanhBackwardBackward0",
    lambda g, y: g * _one_minus_square(y),
    (
        lambda h, c: c.tanh_backward(h, c.saved(1)),
        lambda h, c: h * (-2 * c.saved(1) * c.saved(0)),
    ),
    "{0} · (1 − {1}²)",
    r"{0}(1 - {1}^2)",
    "1 - {1}^2",
    r"-2\,{0}\,{1}",
)


def _one_minus_square(y: Raw) -> Raw:
    return fused(-y, y, 1)


# --- straight lines ---------------------------------------------------------------------------


def _no_bend(h: Any, c: Any) -> Any:
    return c.zeros_like(h)


THRESHOLD_BACKWARD = second_spec(
    "threshold_backward",
    "ThresholdBackwardBackward0",
    lambda g, y: zero_where(y <= 0, g),
    (lambda h, c: c.threshold_backward(h, c.saved(1)), _no_bend),
    "{0} where {1} > 0",
    r"{0}\,[{1} > 0]",
    "[{1} > 0]",
    "0",
)
LEAKY_RELU_BACKWARD = second_spec(
    "leaky_relu_backward",
    "LeakyReluBackwardBackward0",
    lambda g, x, slope: choose(x > 0, g, g * g.dtype.type(slope)),
    (lambda h, c: c.leaky_relu_backward(h, c.saved(1), c.param("slope")), _no_bend),
    "{0} where {1} > 0, else {slope} · {0}",
    r"{0}\,([{1} > 0] + {slope}\,[{1} \le 0])",
    r"[{1} > 0] + {slope}\,[{1} \le 0]",
    "0",
)
HARDTANH_BACKWARD = second_spec(
    "hardtanh_backward",
    "HardtanhBackwardBackward0",
    lambda g, x, low, high: zero_where((x <= low) | (x >= high), g),
    (lambda h, c: c.hardtanh_backward(h, c.saved(1), c.param("low"), c.param("high")), _no_bend),
    "{0} where {low} < {1} < {high}",
    r"{0}\,[{low} < {1} < {high}]",
    "[{low} < {1} < {high}]",
    "0",
)

# --- softmax ----------------------------------------------------------------------------------


def _softmax_twice(h: Any, c: Any) -> Any:
    g, y, dims = c.saved(0), c.saved(1), (c.param("dim"),)
    return h * g - c.sum(y * g, dims, True) * h - g * c.sum(h * y, dims, True)


SOFTMAX_BACKWARD = second_spec(
    "softmax_backward",
    "SoftmaxBackwardDataBackward0",
    lambda g, y, dim: (g - _inner(g, y, dim)) * y,
    (lambda h, c: c.softmax_backward(h, c.saved(1), c.param("dim")), _softmax_twice),
    "{1} · ({0} − ⟨{0}, {1}⟩)",
    r"{1} \odot ({0} - \langle {0}, {1} \rangle)",
    r"{1} \odot ({g} - \langle {g}, {1} \rangle)",
    r"{g} \odot {0} - \langle {0}, {1} \rangle {g} - \langle {g}, {1} \rangle {0}",
)


def _log_softmax_twice(h: Any, c: Any) -> Any:
    dim = c.param("dim")
    return -(h * c.exp(c.saved(1))) * c.sum(c.saved(0), (dim,), True)


LOG_SOFTMAX_BACKWARD = second_spec(
    "log_softmax_backward",
    "LogSoftmaxBackwardDataBackward0",
    lambda g, y, dim: fused(-_exp(y, dim), _sum(g, dim), g),
    (
        lambda h, c: h - c.sum(h * c.exp(c.saved(1)), (c.param("dim"),), True),
        _log_softmax_twice,
    ),
    "{0} − exp({1}) Σ {0}",
    r"{0} - e^{{{1}}} \sum {0}",
    r"{g} - \sum {g}\,e^{{{1}}}",
    r"-{g}\,e^{{{1}}} \sum {0}",
)

# --- squared errors ---------------------------------------------------------------------------


def _squares_slope(g: Raw, a: Raw, b: Raw, reduction: str) -> Raw:
    d = a - b
    return (g / d.size if reduction == "mean" else g) * (d * 2)


def _squares_of_grad(h: Any, c: Any) -> Any:
    d = c.saved(1) - c.saved(2)
    each, reduction = h * (d * 2), c.param("reduction")
    if reduction == "none":
        return each
    whole = c.sum(each)
    return whole / math.prod(d.shape) if reduction == "mean" else whole


def _squares_of_input(sign: int) -> Vjp:
    def vjp(h: Any, c: Any) -> Any:
        g, x, reduction = c.saved(0), c.saved(1), c.param("reduction")
        count = math.prod(x.shape) if reduction == "mean" else 1
        return h * g * (2 * sign / count)

    return vjp


MSE_LOSS_BACKWARD = second_spec(
    "mse_loss_backward",
    "MseLossBackwardBackward0",
    _squares_slope,
    (_squares_of_grad, _squares_of_input(1), _squares_of_input(-1)),
    "{0} · 2({1} − {2}) / n",
    r"{0}\,\tfrac{{2}}{{n}}({1} - {2})",
    r"\textstyle\sum {g}\,\tfrac{{2}}{{n}}({1} - {2})",
    r"\tfrac{{2}}{{n}}\,{0}\,{g}",
    r"-\tfrac{{2}}{{n}}\,{0}\,{g}",
)


def as_op(spec: OpSpec, *names: str) -> tuple[Any, Any]:
    """The op for the two contexts: on numpy, and as a node; what follows the tensors are params by these names."""
    count = len(spec.args)

    def on_tensors(*given: Any) -> Tensor:
        return apply(spec, given[:count], dict(zip(names, given[count:], strict=True)))

    return spec.forward, on_tensors


HELPERS: dict[str, tuple[Any, Any]] = {
    "sigmoid_backward": as_op(SIGMOID_BACKWARD),
    "tanh_backward": as_op(TANH_BACKWARD),
    "threshold_backward": as_op(THRESHOLD_BACKWARD),
    "leaky_relu_backward": as_op(LEAKY_RELU_BACKWARD, "slope"),
    "hardtanh_backward": as_op(HARDTANH_BACKWARD, "low", "high"),
    "softmax_backward": as_op(SOFTMAX_BACKWARD, "dim"),
    "log_softmax_backward": as_op(LOG_SOFTMAX_BACKWARD, "dim"),
    "mse_loss_backward": as_op(MSE_LOSS_BACKWARD, "reduction"),
}
FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
