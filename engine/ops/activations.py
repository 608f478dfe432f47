"""Activations of neural networks, element by element: relu and its relatives."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import OUT, Raw
from engine.ops import kernels
from engine.ops.dispatch import apply, choose
from engine.ops.functions import expect_tensor, unary_function
from engine.ops.inplace import inplace as edit
from engine.ops.libm import one_by_one
from engine.ops.second_activations import CUBIC, TANH_SCALE
from engine.ops.spec import OpSpec, S
from engine.ops.vectorised import VECTOR, exp_over_vectors
from engine.tensors import Tensor

ANY = (S((2, 3)), S(()))

INPUT = ((0, (0,)),)


def floating_only(kernel: str, forward: Callable[..., Raw]) -> Callable[..., Raw]:
    """``forward``; torch's NotImplementedError for integers."""

    def checked(x: Raw, **params: Any) -> Raw:
        if x.dtype.kind != "f":
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[x.dtype].scalar_type}'")
        return forward(x, **params)

    return checked


def _relu(x: Raw) -> Raw:
    if x.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    zero = x.dtype.type(0)
    if isinstance(x, np.generic):
        return zero if x < zero else x
    return np.maximum(zero, x)


RELU = OpSpec(
    "relu",
    _relu,
    (lambda g, c: c.threshold_backward(g, c.saved(0)),),
    args=("self",),
    saves=((OUT, (0,)),),
    form="relu({0})",
    latex=r"\max(0, {0})",
    derivatives=("[{0} > 0]",),
    local=True,
    doc="max(0, input); its derivative at 0 is taken as 0.",
    samples=ANY,
)


def _leaky_relu(x: Raw, negative_slope: float = 0.01) -> Raw:
    return choose(x > 0, x, x * x.dtype.type(negative_slope))


LEAKY_RELU = OpSpec(
    "leaky_relu",
    floating_only("leaky_relu_cpu", _leaky_relu),
    (lambda g, c: c.leaky_relu_backward(g, c.saved(0), c.param("negative_slope", 0.01)),),
    args=("self",),
    saves=INPUT,
    form="leaky_relu({0})",
    latex=r"\operatorname{{leaky\,relu}} {0}",
    derivatives=(r"[{0} > 0] + {negative_slope}\,[{0} \le 0]",),
    local=True,
    call="nn.functional.leaky_relu",
    doc="input where positive, else negative_slope * input.",
    samples=(S((2, 3)), S((2, 3), negative_slope=0.2)),
)


def _log_of_one_and_exp(x: Raw) -> Raw:
    if x.size >= VECTOR:
        return kernels.log1p(exp_over_vectors(x))
    return one_by_one("log1p", one_by_one("exp", x, np.exp), np.log1p)


def _softplus(x: Raw, beta: float = 1.0, threshold: float = 20.0) -> Raw:
    scaled = x * beta
    return choose(scaled > threshold, x, _log_of_one_and_exp(np.minimum(scaled, threshold)) / beta).astype(x.dtype)


SOFTPLUS = OpSpec(
    "softplus",
    floating_only("softplus_cpu", _softplus),
    (lambda g, c: c.softplus_backward(g, c.saved(0), c.param("beta", 1.0), c.param("threshold", 20.0)),),
    args=("self",),
    saves=INPUT,
    form="softplus({0})",
    latex=r"\ln(1 + e^{{{0}}})",
    derivatives=(r"\sigma({0})",),
    local=True,
    call="nn.functional.softplus",
    doc="A smooth relu: log(1 + exp(input)).",
    samples=ANY,
)


def _elu(x: Raw, alpha: float = 1.0) -> Raw:
    return choose(x > 0, x, kernels.expm1(np.minimum(x, 0)) * alpha).astype(x.dtype)


ELU = OpSpec(
    "elu",
    floating_only("elu_cpu", _elu),
    (lambda g, c: c.elu_backward(g, c.saved(0), c.param("alpha", 1.0)),),
    args=("self",),
    saves=INPUT,
    form="elu({0})",
    latex=r"\operatorname{{elu}} {0}",
    derivatives=(r"[{0} > 0] + {alpha}\,e^{{{0}}}\,[{0} \le 0]",),
    local=True,
    call="nn.functional.elu",
    doc="input where positive, else alpha * (exp(input) - 1).",
    samples=(S((2, 3)), S((2, 3), alpha=0.7)),
)


def _gelu(x: Raw, approximate: str = "none") -> Raw:
    if approximate == "tanh":
        return 0.5 * x * (1 + kernels.tanh(TANH_SCALE * (x + CUBIC * x * x * x)))
    return x * (0.5 * (1 + kernels.erf(x * math.sqrt(0.5))))


GELU = OpSpec(
    "gelu",
    floating_only("GeluKernelImpl", _gelu),
    (lambda g, c: c.gelu_backward(g, c.saved(0), c.param("approximate", "none")),),
    args=("self",),
    saves=INPUT,
    form="gelu({0})",
    latex=r"{0}\,\Phi({0})",
    derivatives=(r"\Phi({0}) + {0}\,\varphi({0})",),
    local=True,
    call="nn.functional.gelu",
    doc="input times the normal distribution function of input.",
    samples=(S((2, 3)), S((2, 3), approximate="tanh")),
)


def _silu_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    s = c.sigmoid(x)
    return g * s * c.fused(x, 1 - s, 1)


SILU = OpSpec(
    "silu",
    floating_only("silu_cpu", lambda x: x / (1 + exp_over_vectors(-x))),
    (_silu_grad,),
    args=("self",),
    saves=INPUT,
    form="silu({0})",
    latex=r"{0}\,\sigma({0})",
    derivatives=(r"\sigma({0})(1 + {0}(1 - \sigma({0})))",),
    local=True,
    call="nn.functional.silu",
    doc="input * sigmoid(input).",
    samples=ANY,
)

LOG_SIGMOID = OpSpec(
    "logsigmoid",
    floating_only("log_sigmoid_cpu", kernels.log_sigmoid),
    (lambda g, c: c.log_sigmoid_backward(g, c.saved(0)),),
    grad_fn="LogSigmoidBackward0",
    args=("self",),
    saves=INPUT,
    form="logsigmoid({0})",
    latex=r"\ln \sigma({0})",
    derivatives=(r"\sigma(-{0})",),
    local=True,
    call="nn.functional.logsigmoid",
    doc="log(sigmoid(input)), without overflow.",
    samples=ANY,
)


def _hardtanh(x: Raw, min_val: float = -1.0, max_val: float = 1.0) -> Raw:
    return np.clip(x, x.dtype.type(min_val), x.dtype.type(max_val))


def _hardtanh_grad(g: Any, c: Any) -> Any:
    return c.hardtanh_backward(g, c.saved(0), c.param("min_val", -1.0), c.param("max_val", 1.0))


HARDTANH = OpSpec(
    "hardtanh",
    _hardtanh,
    (_hardtanh_grad,),
    args=("self",),
    saves=INPUT,
    form="hardtanh({0})",
    latex=r"\operatorname{{clip}}({0}, {min_val}, {max_val})",
    derivatives=(r"[{min_val} < {0} < {max_val}]",),
    local=True,
    call="nn.functional.hardtanh",
    doc="input, limited to [min_val, max_val].",
    samples=ANY,
)


def activated(spec: OpSpec, input: Any, inplace: bool, params: dict[str, Any]) -> Tensor:
    """Call an activation, in place or not."""
    x = expect_tensor(input, spec.name)
    return edit(_in_place(spec), x, (), params) if inplace else apply(spec, (x,), params)


@functools.cache
def _in_place(spec: OpSpec) -> OpSpec:
    """The op by the name of its node where torch has another one for the edit in place."""
    if spec.name not in ("leaky_relu", "elu", "selu", "celu", "threshold", "rrelu"):
        return spec
    return replace(spec, grad_fn=spec.grad_fn.removesuffix("0") + "1", samples=())


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where positive, else negative_slope * input."""
    return activated(LEAKY_RELU, input, inplace, {"negative_slope": negative_slope})


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """A smooth relu: log(1 + exp(beta * input)) / beta."""
    return activated(SOFTPLUS, input, False, {"beta": beta, "threshold": threshold})


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where positive, else alpha * (exp(input) - 1)."""
    return activated(ELU, input, inplace, {"alpha": alpha})


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the normal distribution function of input."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return activated(GELU, input, False, {"approximate": approximate})


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return activated(SILU, input, inplace, {})


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, limited to [min_val, max_val]."""
    return activated(HARDTANH, input, inplace, {"min_val": min_val, "max_val": max_val})


logsigmoid = unary_function(LOG_SIGMOID)
relu = unary_function(RELU)

METHODS: dict[str, Any] = {"relu": relu}
FUNCTIONS: dict[str, Any] = {"relu": relu}
OPERATORS: dict[str, Any] = {}
