"""Smooth activations that bend or gate their input: celu, selu, mish, glu, softsign, tanhshrink."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import kernels
from engine.ops.activations import ANY, ELU, INPUT, activated, floating_only
from engine.ops.dispatch import apply, array, choose
from engine.ops.functions import expect_tensor, public
from engine.ops.spec import OpSpec, S
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _celu(x: Raw, alpha: float = 1.0) -> Raw:
    return choose(x > 0, x, kernels.expm1(np.minimum(x, 0) / alpha) * alpha).astype(x.dtype)


CELU = OpSpec(
    "celu",
    floating_only("elu_cpu", _celu),
    (lambda g, c: c.celu_backward(g, c.saved(0), c.param("alpha", 1.0)),),
    args=("self",),
    saves=INPUT,
    form="celu({0})",
    latex=r"\operatorname{{celu}}({0})",
    derivatives=(r"[{0} > 0] + e^{{{0} / {alpha}}}\,[{0} \le 0]",),
    local=True,
    doc="input where positive, else alpha * (exp(input / alpha) - 1).",
    samples=(S((2, 3)), S((2, 3), alpha=0.7)),
)


def _selu(x: Raw) -> Raw:
    below = kernels.expm1(np.minimum(x, 0)) * (SELU_ALPHA * SELU_SCALE)
    return choose(x > 0, x * SELU_SCALE, below).astype(x.dtype)


SELU = replace(
    ELU,
    name="selu",
    forward=floating_only("elu_cpu", _selu),
    vjps=(lambda g, c: c.selu_backward(g, c.saved(0), SELU_ALPHA * SELU_SCALE, SELU_SCALE),),
    grad_fn="EluBackward0",
    form="selu({0})",
    latex=r"\operatorname{{selu}}({0})",
    derivatives=(r"1.0507\,([{0} > 0] + 1.6733\,e^{{{0}}}\,[{0} \le 0])",),
    glyph="selu",
    call="selu",
    doc="elu with the constants that keep mean 0 and variance 1.",
    samples=ANY,
)


def _softplus(x: Raw) -> Raw:
    return np.maximum(x, 0) + kernels.log1p(kernels.exp(-np.abs(x)))


def _mish_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    # softplus(x) is -logsigmoid(-x).
    t, s = c.tanh(-c.logsigmoid(-x)), c.sigmoid(x)
    return g * (t + x * s * (1 - t * t))


MISH = OpSpec(
    "mish",
    floating_only("mish_cpu", lambda x: x * kernels.tanh(_softplus(x))),
    (_mish_grad,),
    args=("self",),
    saves=INPUT,
    form="mish({0})",
    latex=r"{0}\,\tanh(\ln(1 + e^{{{0}}}))",
    derivatives=(r"t + {0}\,\sigma({0})(1 - t^2)",),
    local=True,
    call="nn.functional.mish",
    doc="input * tanh(softplus(input)).",
    samples=ANY,
)


def _glu(x: Raw, dim: int = -1) -> Raw:
    a, b = np.split(array(x), 2, axis=dim)
    return a * kernels.logistic(b)


GLU = OpSpec(
    "glu",
    _glu,
    (lambda g, c: c.glu_backward(g, c.saved(0), c.param("dim")),),
    args=("self",),
    saves=INPUT,
    form="glu({0})",
    latex=r"\operatorname{{glu}}({0})",
    derivatives=(r"\sigma(b), a\,\sigma(b)(1 - \sigma(b))",),
    call="nn.functional.glu",
    doc="One half of the input, gated by the sigmoid of the other.",
    samples=(S((2, 4)), S((4, 3), 0)),
)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where positive, else alpha * (exp(input / alpha) - 1)."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return activated(CELU, input, inplace, {"alpha": alpha})


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu with the constants that keep mean 0 and variance 1."""
    return activated(SELU, input, inplace, {})


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input))."""
    return activated(MISH, input, inplace, {})


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """One half of the input along dim, gated by the sigmoid of the other."""
    x = expect_tensor(input, "glu")
    if x._data.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    d = wrap_dim(dim, x._data.ndim)
    if x._data.shape[d] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {d} is size {x._data.shape[d]}")
    return apply(GLU, (x,), {"dim": d})


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    out: Tensor = input - input.tanh()
    return out


FUNCTIONS: dict[str, Any] = public(celu, selu)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
