"""Derivatives of activations that torch computes in one op of their own, in terms of the input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import kernels
from engine.ops.dispatch import apply, apply_many, array, choose, zero_where
from engine.ops.second import as_op, second_spec
from engine.ops.spec import OpSpec
from engine.ops.vectorised import exp_over_vectors
from engine.tensors import Tensor

Bend = Callable[[Any, Any], Any]
"""The second derivative at ``x``, computed with ``c``."""

_ROOT_HALF, _ROOT_TAU = math.sqrt(0.5), math.sqrt(2 * math.pi)
TANH_SCALE = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def _slope(
    name: str, torch_name: str, forward: Callable[..., Raw], bend: Bend, factor: str, bent: str, *params: str
) -> OpSpec:
    """``grad_output * f'(self)`` for an f with the second derivative ``bend``; both are shown as LaTeX."""

    def again(h: Any, c: Any) -> Any:
        return getattr(c, name)(h, c.saved(1), *(c.param(param) for param in params))

    return second_spec(
        name,
        f"{torch_name}BackwardBackward0",
        forward,
        (again, lambda h, c: h * c.saved(0) * bend(c.saved(1), c)),
        f"{name}({{0}}, {{1}})",
        rf"{{0}}\,({factor})",
        factor,
        rf"{{0}}\,({bent})",
    )


def _flat(x: Any, c: Any) -> Any:
    return c.zeros_like(x)


# --- elu and its kin --------------------------------------------------------------------------


def _below_zero(x: Any, c: Any, slope: float = 1.0) -> Any:
    """exp(slope * x) for negative x, else 0."""
    return c.zero_where(x > 0, c.exp(c.minimum(x, c.zeros_like(x)) * slope))


def _elu_slope(g: Raw, x: Raw, alpha: float) -> Raw:
    return choose(x <= 0, g * alpha * exp_over_vectors(np.minimum(x, 0)), g)


def _celu_slope(g: Raw, x: Raw, alpha: float) -> Raw:
    inverse = _inverse(alpha)
    return choose(x > 0, g, g * (kernels.exp(np.minimum(x, 0) * inverse) * (inverse * alpha)))


def _inverse(alpha: float) -> float:
    """torch takes the reciprocal of celu's alpha in single precision."""
    return 1 / float(np.float32(alpha))


def _selu_slope(g: Raw, x: Raw, below: float, scale: float) -> Raw:
    return choose(x <= 0, g * below * exp_over_vectors(np.minimum(x, 0)), g * scale)


ELU_BACKWARD = _slope(
    "elu_backward",
    "Elu",
    _elu_slope,
    lambda x, c: _below_zero(x, c) * c.param("alpha"),
    r"[{1} > 0] + {alpha}\,e^{{{1}}}\,[{1} \le 0]",
    r"{alpha}\,e^{{{1}}}\,[{1} \le 0]",
    "alpha",
)
CELU_BACKWARD = _slope(
    "celu_backward",
    "Elu",
    _celu_slope,
    lambda x, c: _below_zero(x, c, _inverse(c.param("alpha"))) * (_inverse(c.param("alpha")) ** 2 * c.param("alpha")),
    r"[{1} > 0] + e^{{{1} / {alpha}}}\,[{1} \le 0]",
    r"\tfrac{{1}}{{{alpha}}} e^{{{1} / {alpha}}}\,[{1} \le 0]",
    "alpha",
)
SELU_BACKWARD = _slope(
    "selu_backward",
    "Elu",
    _selu_slope,
    lambda x, c: _below_zero(x, c) * c.param("below"),
    r"1.0507\,[{1} > 0] + 1.7581\,e^{{{1}}}\,[{1} \le 0]",
    r"1.7581\,e^{{{1}}}\,[{1} \le 0]",
    "below",
    "scale",
)

# --- smooth ones ------------------------------------------------------------------------------


def _softplus_slope(g: Raw, x: Raw, beta: float, threshold: float) -> Raw:
    scaled = x * beta
    above = scaled > threshold
    power = exp_over_vectors(zero_where(above, scaled))
    return choose(above, g, g * power / (power + 1))


def _softplus_bend(x: Any, c: Any) -> Any:
    scaled = x * c.param("beta")
    s = c.sigmoid(scaled)
    return c.zero_where(scaled > c.param("threshold"), s * (1 - s) * c.param("beta"))


SOFTPLUS_BACKWARD = _slope(
    "softplus_backward",
    "Softplus",
    _softplus_slope,
    _softplus_bend,
    r"\sigma({1})",
    r"\sigma({1})(1 - \sigma({1}))",
    "beta",
    "threshold",
)


def _log_sigmoid_bend(x: Any, c: Any) -> Any:
    s = c.sigmoid(x)
    return (s - 1) * s


LOG_SIGMOID_BACKWARD = _slope(
    "log_sigmoid_backward",
    "LogSigmoid",
    lambda g, x: g * kernels.logistic(-x),
    _log_sigmoid_bend,
    r"\sigma(-{1})",
    r"-\sigma({1})(1 - \sigma({1}))",
)


def _gelu_slope(g: Raw, x: Raw, approximate: str) -> Raw:
    if approximate == "tanh":
        t = kernels.tanh((x + x * x * x * CUBIC) * TANH_SCALE)
        inner = (1 + x * x * (3 * CUBIC)) * TANH_SCALE
        return g * ((1 + t) * 0.5 + (x * 0.5) * (1 - t * t) * inner)
    density = kernels.exp(x * x * -0.5) * (1 / _ROOT_TAU)
    return g * ((1 + kernels.erf(x * _ROOT_HALF)) * 0.5 + x * density)


def _gelu_bend(x: Any, c: Any) -> Any:
    square = x * x
    if c.param("approximate") == "tanh":
        t = c.tanh((x + x * square * CUBIC) * TANH_SCALE)
        inner = (square * (3 * CUBIC) + 1) * TANH_SCALE
        curved = x * (6 * CUBIC * TANH_SCALE) - t * inner * inner * 2
        return (1 - t * t) * (inner + x * curved * 0.5)
    return c.exp(square * -0.5) * (2 - square) * (1 / _ROOT_TAU)


GELU_BACKWARD = _slope(
    "gelu_backward",
    "Gelu",
    _gelu_slope,
    _gelu_bend,
    r"\Phi({1}) + {1}\,\varphi({1})",
    r"\varphi({1})(2 - {1}^2)",
    "approximate",
)

# --- with corners -----------------------------------------------------------------------------


def _hardswish_slope(g: Raw, x: Raw) -> Raw:
    return zero_where(x <= -3, choose(x < 3, g * (x / 3 + 0.5), g))


HARDSWISH_BACKWARD = _slope(
    "hardswish_backward",
    "Hardswish",
    _hardswish_slope,
    lambda x, c: c.zero_where(c.abs(x) >= 3, c.full_like(x, 1 / 3)),
    r"\tfrac{{{1}}}{{3}} + \tfrac12",
    r"\tfrac13",
)
THRESHOLD_AT_BACKWARD = _slope(
    "threshold_at_backward",
    "Threshold",
    lambda g, x, threshold: zero_where(x <= threshold, g),
    _flat,
    "[{1} > {threshold}]",
    "0",
    "threshold",
)


def _shrunk(name: str, torch_name: str) -> OpSpec:
    return _slope(
        name,
        torch_name,
        lambda g, x, lambd: zero_where(np.abs(x) <= lambd, g),
        _flat,
        r"[|{1}| > {lambd}]",
        "0",
        "lambd",
    )


HARDSHRINK_BACKWARD = _shrunk("hardshrink_backward", "Hardshrink")
SOFTSHRINK_BACKWARD = _shrunk("softshrink_backward", "Softshrink")


def _prelu_grads(g: Raw, x: Raw, w: Raw) -> tuple[Raw, Raw]:
    above = x > 0
    return choose(above, g, g * w), zero_where(above, g * x)


def _prelu_again(hs: Any, c: Any) -> list[Any]:
    """Of (g where x > 0 else g w, g x where x <= 0): by g, x and w."""
    g, x, w = c.saved(0), c.saved(1), c.saved(2)
    first, second = (c.zeros_like(x) if h is None else h for h in hs)
    above = x > 0
    return [
        c.where(above, first, first * w + second * x) if c.needs(0) else None,
        c.zero_where(above, second * g) if c.needs(1) else None,
        c.zero_where(above, first * g) if c.needs(2) else None,
    ]


PRELU_BACKWARD = OpSpec(
    "prelu_backward",
    _prelu_grads,
    joint=_prelu_again,
    grad_fn="PreluKernelBackwardBackward0",
    args=("grad_output", "self", "weight"),
    saves=((0, (0, 1, 2)), (1, (0, 1, 2)), (2, (0, 1, 2))),
    form="prelu_backward({0}, {1}, {2})",
    derivatives=(r"{g}\,([{1} > 0] + {2}\,[{1} \le 0])", r"{g}\,{0}\,[{1} \le 0]", r"{g}\,{0}\,[{1} \le 0]"),
    doc="The derivative of prelu by its input and its weight.",
)


def prelu_backward(g: Tensor, x: Tensor, w: Tensor) -> tuple[Tensor, ...]:
    """The gradients of prelu's input and weight, before the weight's is added up."""
    return apply_many(PRELU_BACKWARD, (g, x, w), None, _prelu_grads(g._data, x._data, w._data))


# --- glu --------------------------------------------------------------------------------------


def _glu_slope(g: Raw, x: Raw, dim: int) -> Raw:
    a, b = np.split(array(x), 2, axis=dim)
    s = kernels.logistic(b)
    return np.concatenate([g * s, g * a * s * (1 - s)], dim)


def _halves(x: Any, c: Any) -> tuple[Any, Any]:
    dim = c.param("dim")
    n = x.shape[dim] // 2
    return c.narrow(x, dim, 0, n), c.narrow(x, dim, n, n)


def _glu_by_grad(h: Any, c: Any) -> Any:
    (a, b), (first, second) = _halves(c.saved(1), c), _halves(h, c)
    s = c.sigmoid(b)
    return first * s + second * a * s * (1 - s)


def _glu_by_input(h: Any, c: Any) -> Any:
    g, (a, b), (first, second) = c.saved(0), _halves(c.saved(1), c), _halves(h, c)
    s = c.sigmoid(b)
    slope = g * s * (1 - s)
    return c.cat([second * slope, slope * (first + second * a * (1 - s * 2))], c.param("dim"))


GLU_BACKWARD = second_spec(
    "glu_backward",
    "GluBackwardBackward0",
    _glu_slope,
    (_glu_by_grad, _glu_by_input),
    "glu_backward({0}, {1})",
    r"({0}\,\sigma(b), {0}\,a\,\sigma'(b))",
    r"{g}_a\,\sigma(b) + {g}_b\,a\,\sigma'(b)",
    r"({0}\,{g}_b\,\sigma'(b), {0}\,{g}_a\,\sigma'(b) + {0}\,{g}_b\,a\,\sigma''(b))",
)


def glu_backward(g: Tensor, x: Tensor, dim: int) -> Tensor:
    """The gradient of glu's input."""
    return apply(GLU_BACKWARD, (g, x), {"dim": dim})


HELPERS: dict[str, tuple[Any, Any]] = {
    "elu_backward": as_op(ELU_BACKWARD, "alpha"),
    "celu_backward": as_op(CELU_BACKWARD, "alpha"),
    "selu_backward": as_op(SELU_BACKWARD, "below", "scale"),
    "softplus_backward": as_op(SOFTPLUS_BACKWARD, "beta", "threshold"),
    "log_sigmoid_backward": as_op(LOG_SIGMOID_BACKWARD),
    "gelu_backward": as_op(GELU_BACKWARD, "approximate"),
    "hardswish_backward": as_op(HARDSWISH_BACKWARD),
    "threshold_at_backward": as_op(THRESHOLD_AT_BACKWARD, "threshold"),
    "hardshrink_backward": as_op(HARDSHRINK_BACKWARD, "lambd"),
    "softshrink_backward": as_op(SOFTSHRINK_BACKWARD, "lambd"),
    "prelu_backward": (_prelu_grads, prelu_backward),
    "glu_backward": (_glu_slope, glu_backward),
}
FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
