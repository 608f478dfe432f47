"""Activations with corners: thresholds, shrinking towards 0, and piecewise linear stand-ins for smooth ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.activations import HARDTANH, INPUT, activated, floating_only
from engine.ops.dispatch import apply, array, choose
from engine.ops.functions import expect_tensor, public
from engine.ops.spec import Arg, OpSpec, S
from engine.random import default_generator
from engine.tensors import Tensor

SIXTH = float(np.float32(1 / 6))
"""torch has this constant in single precision."""


def _threshold(x: Raw, threshold: float, value: float) -> Raw:
    return choose(x <= threshold, x.dtype.type(value), x)


THRESHOLD = OpSpec(
    "threshold",
    _threshold,
    (lambda g, c: c.threshold_at_backward(g, c.saved(0), c.param("threshold")),),
    args=("self",),
    saves=INPUT,
    form="threshold({0}, {threshold}, {value})",
    latex=r"\operatorname{{threshold}} {0}",
    derivatives=("[{0} > {threshold}]",),
    local=True,
    call="nn.functional.threshold",
    doc="input above threshold, else value.",
    samples=(S((2, 3), 0.1, 20.0),),
)
HARDSHRINK = OpSpec(
    "hardshrink",
    floating_only("hardshrink_cpu", lambda x, lambd=0.5: choose(np.abs(x) <= lambd, x.dtype.type(0), x)),
    (lambda g, c: c.hardshrink_backward(g, c.saved(0), c.param("lambd", 0.5)),),
    args=("self",),
    saves=INPUT,
    form="hardshrink({0})",
    latex=r"\operatorname{{hardshrink}} {0}",
    derivatives=(r"[|{0}| > {lambd}]",),
    local=True,
    call="nn.functional.hardshrink",
    doc="input, but 0 near 0.",
    samples=(S((2, 3), 0.5),),
)


def _softshrink(x: Raw, lambd: float = 0.5) -> Raw:
    size = x.dtype.type(lambd)
    return choose(x > size, x - size, choose(x < -size, x + size, x * x.dtype.type(0)))


SOFTSHRINK = OpSpec(
    "softshrink",
    floating_only("softshrink_cpu", _softshrink),
    (lambda g, c: c.softshrink_backward(g, c.saved(0), c.param("lambd", 0.5)),),
    args=("self",),
    saves=INPUT,
    form="softshrink({0})",
    latex=r"\operatorname{{softshrink}} {0}",
    derivatives=(r"[|{0}| > {lambd}]",),
    local=True,
    call="nn.functional.softshrink",
    doc="input moved towards 0 by lambd, and 0 near 0.",
    samples=(S((2, 3), 0.5),),
)


def _hardsigmoid(x: Raw) -> Raw:
    return (np.clip(x + x.dtype.type(3), 0, 6) / x.dtype.type(6)).astype(x.dtype)


HARDSIGMOID = OpSpec(
    "hardsigmoid",
    floating_only("hardsigmoid_cpu", _hardsigmoid),
    (lambda g, c: c.zero_where(c.abs(c.saved(0)) >= 3, g * SIXTH),),
    args=("self",),
    saves=INPUT,
    form="hardsigmoid({0})",
    latex=r"\operatorname{{hardsigmoid}} {0}",
    derivatives=(r"\tfrac16 [|{0}| < 3]",),
    local=True,
    call="nn.functional.hardsigmoid",
    doc="Three straight lines in the place of sigmoid.",
    samples=(S(Arg((2, 3), -4, 4)),),
)


HARDSWISH = OpSpec(
    "hardswish",
    floating_only("hardswish_cpu", lambda x: (x * np.clip(x + 3, 0, 6) / 6).astype(x.dtype)),
    (lambda g, c: c.hardswish_backward(g, c.saved(0)),),
    args=("self",),
    saves=INPUT,
    form="hardswish({0})",
    latex=r"\operatorname{{hardswish}} {0}",
    derivatives=(r"\tfrac{{{0}}}{{3}} + \tfrac12",),
    local=True,
    call="nn.functional.hardswish",
    doc="input times hardsigmoid(input).",
    samples=(S(Arg((2, 3), -4, 4)),),
)
RELU6 = replace(HARDTANH, name="relu6", form="relu6({0})", call="nn.functional.relu6", samples=(S(Arg((2, 3), -2, 8)),))


def _prelu_grads(g: Any, c: Any) -> list[Any]:
    return list(c.prelu_backward(g, c.saved(0), c.saved(1)))


PRELU = OpSpec(
    "prelu",
    lambda x, w: choose(x > 0, x, x * w),
    joint=_prelu_grads,
    grad_fn="PreluKernelBackward0",
    args=("self", "weight"),
    saves=((0, (0, 1)), (1, (0, 1))),
    form="prelu({0}, {1})",
    latex=r"\operatorname{{prelu}}({0}, {1})",
    derivatives=(r"[{0} > 0] + {1}\,[{0} \le 0]", r"{0}\,[{0} \le 0]"),
    local=True,
    doc="input where positive, else weight * input.",
    samples=(S((2, 3), (3,)), S((4,), (1,))),
)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where positive, else weight * input; one weight for all, or one per channel."""
    x, w = expect_tensor(input, "prelu"), expect_tensor(weight, "prelu", "weight", 2)
    if x.dtype is not w.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {x.dtype.scalar_type} and {w.dtype.scalar_type}")
    if w._data.ndim > 1:
        raise RuntimeError("prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = " + str(w._data.ndim))
    if w._data.size != 1:
        rank = x._data.ndim
        if rank == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = x._data.shape[1] if rank > 1 else 1
        if channels != w._data.size:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{w._data.size} and channel size = {channels}."
            )
    rank = x._data.ndim
    if rank != w._data.ndim:
        w = w.reshape((1, -1, *(1,) * (rank - 2)) if rank > 1 else (1,) * rank)
    return apply(PRELU, (x, w))


RRELU = OpSpec(
    "rrelu",
    lambda x, noise: array(x * noise)[()],
    (lambda g, c: g * c.constant(c.param("noise")),),
    grad_fn="RreluWithNoiseBackward0",
    args=("self",),
    holds=("noise",),
    form="rrelu({0})",
    derivatives=("{noise}",),
    local=True,
    doc="input where positive, else input times a number drawn between lower and upper.",
    samples=(S((2, 3)),),
)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """input where positive, else input times a slope: drawn between lower and upper, or their mean."""
    x = expect_tensor(input, "rrelu")
    data = array(x._data)
    slopes = np.ones(data.shape, data.dtype)
    below = data <= 0
    if training:
        draws = default_generator().fractions(int(below.sum()), np.dtype(np.float64))
        slopes[below] = draws * (upper - lower) + lower
    else:
        slopes[below] = (lower + upper) / 2
    return activated(RRELU, x, inplace, {"noise": slopes})


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input above threshold, else value."""
    return activated(THRESHOLD, input, inplace, {"threshold": threshold, "value": value})


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input, but 0 near 0."""
    return activated(HARDSHRINK, input, False, {"lambd": lambd})


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Three straight lines in the place of sigmoid."""
    return activated(HARDSIGMOID, input, inplace, {})


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input times hardsigmoid(input)."""
    return activated(HARDSWISH, input, inplace, {})


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input moved towards 0 by lambd, and 0 near 0."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return activated(SOFTSHRINK, input, False, {"lambd": lambd})


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input, limited to [0, 6]."""
    return activated(RELU6, input, inplace, {"min_val": 0.0, "max_val": 6.0})


FUNCTIONS: dict[str, Any] = public(prelu, rrelu, threshold, hardshrink)
METHODS: dict[str, Any] = public(prelu, hardshrink)
OPERATORS: dict[str, Any] = {}
