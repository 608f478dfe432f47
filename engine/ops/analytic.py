"""The functions of analysis, element by element: exp, log, roots, trigonometry, sigmoid, erf."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops import kernels, roots
from engine.ops.dispatch import apply, floating
from engine.ops.functions import binary_function, deliver, expect_tensor, public, unary_function
from engine.ops.spec import Arg, OpSpec, S, Sample, Vjp
from engine.tensors import Tensor

ANY = (S((2, 3)), S(()))
POSITIVE = (S(Arg((2, 3), 0.2, 3.0)),)
INSIDE = (S(Arg((2, 3), -0.9, 0.9)),)

INPUT = ((0, (0,)),)
"""saves: the input, for its own gradient."""
RESULT = ((OUT, (0,)),)
"""saves: the result, for the input's gradient."""


def _function(
    name: str,
    forward: Callable[[Raw], Raw],
    vjp: Vjp,
    saves: tuple[tuple[int, tuple[int, ...]], ...],
    *,
    latex: str,
    derivative: str,
    doc: str,
    samples: tuple[Sample, ...] = ANY,
    grad_fn: str = "",
) -> OpSpec:
    """A function of one number; integers are computed in the default dtype."""
    return OpSpec(
        name,
        lambda x: forward(floating(x)),
        (vjp,),
        grad_fn=grad_fn,
        args=("self",),
        saves=saves,
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(derivative,),
        local=True,
        doc=doc,
        samples=samples,
    )


# --- exponentials and logarithms -------------------------------------------------------------

EXP = _function(
    "exp",
    kernels.exp,
    lambda g, c: g * c.saved(0),
    RESULT,
    latex="e^{{{0}}}",
    derivative="{out}",
    doc="e to the power of input.",
)
EXP2 = _function(
    "exp2",
    kernels.exp2,
    lambda g, c: g * (c.saved(0) * math.log(2)),
    RESULT,
    latex="2^{{{0}}}",
    derivative=r"{out}\,\ln 2",
    doc="2 to the power of input.",
)
EXPM1 = _function(
    "expm1",
    kernels.expm1,
    lambda g, c: g * (c.saved(0) + 1),
    RESULT,
    latex="e^{{{0}}} - 1",
    derivative="{out} + 1",
    doc="exp(input) - 1, exact near 0.",
)
LOG = _function(
    "log",
    kernels.log,
    lambda g, c: g / c.saved(0),
    INPUT,
    latex=r"\ln {0}",
    derivative=r"\frac{{1}}{{{0}}}",
    doc="Natural logarithm.",
    samples=POSITIVE,
)
LOG2 = _function(
    "log2",
    kernels.log2,
    lambda g, c: g / (c.saved(0) * math.log(2)),
    INPUT,
    latex=r"\log_2 {0}",
    derivative=r"\frac{{1}}{{{0}\,\ln 2}}",
    doc="Logarithm to base 2.",
    samples=POSITIVE,
)
LOG10 = _function(
    "log10",
    kernels.log10,
    lambda g, c: g / (c.saved(0) * math.log(10)),
    INPUT,
    latex=r"\log_{{10}} {0}",
    derivative=r"\frac{{1}}{{{0}\,\ln 10}}",
    doc="Logarithm to base 10.",
    samples=POSITIVE,
)
LOG1P = _function(
    "log1p",
    kernels.log1p,
    lambda g, c: g / (c.saved(0) + 1),
    INPUT,
    latex=r"\ln(1 + {0})",
    derivative=r"\frac{{1}}{{{0} + 1}}",
    doc="log(1 + input), exact near 0.",
    samples=POSITIVE,
    grad_fn="Log1PBackward0",
)

# --- roots -----------------------------------------------------------------------------------

SQRT = _function(
    "sqrt",
    roots.sqrt,
    lambda g, c: g / (c.saved(0) * 2),
    RESULT,
    latex=r"\sqrt{{{0}}}",
    derivative=r"\frac{{1}}{{2\,{out}}}",
    doc="Square root.",
    samples=POSITIVE,
)
RSQRT = _function(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    lambda g, c: g * c.pow(c.saved(0), 3) * -0.5,
    RESULT,
    latex=r"\frac{{1}}{{\sqrt{{{0}}}}}",
    derivative=r"-\frac{{1}}{{2}}\,{out}^3",
    doc="1 / sqrt(input).",
    samples=POSITIVE,
)

# --- trigonometry ----------------------------------------------------------------------------

SIN = _function(
    "sin",
    kernels.sin,
    lambda g, c: g * c.cos(c.saved(0)),
    INPUT,
    latex=r"\sin {0}",
    derivative=r"\cos {0}",
    doc="Sine of radians.",
)
COS = _function(
    "cos",
    kernels.cos,
    lambda g, c: g * -c.sin(c.saved(0)),
    INPUT,
    latex=r"\cos {0}",
    derivative=r"-\sin {0}",
    doc="Cosine of radians.",
)
TAN = _function(
    "tan",
    kernels.tan,
    lambda g, c: g * (1 + c.square(c.saved(0))),
    RESULT,
    latex=r"\tan {0}",
    derivative="1 + {out}^2",
    doc="Tangent of radians.",
    samples=INSIDE,
)
ASIN = _function(
    "asin",
    kernels.asin,
    lambda g, c: g * c.rsqrt(-c.saved(0) * c.saved(0) + 1),
    INPUT,
    latex=r"\arcsin {0}",
    derivative=r"\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",
    doc="Inverse sine.",
    samples=INSIDE,
)
ACOS = _function(
    "acos",
    kernels.acos,
    lambda g, c: g * -c.rsqrt(-c.saved(0) * c.saved(0) + 1),
    INPUT,
    latex=r"\arccos {0}",
    derivative=r"-\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",
    doc="Inverse cosine.",
    samples=INSIDE,
)
ATAN = _function(
    "atan",
    kernels.atan,
    lambda g, c: g / (c.saved(0) * c.saved(0) + 1),
    INPUT,
    latex=r"\arctan {0}",
    derivative=r"\frac{{1}}{{1 + {0}^2}}",
    doc="Inverse tangent.",
)


def _turned(c: Any, away: Any) -> Any:
    """How fast the angle turns; at the origin it has none, and torch says 0."""
    square = c.square(c.saved(0)) + c.square(c.saved(1))
    return c.zero_where(square == 0, away / square)


ATAN2 = OpSpec(
    "atan2",
    lambda a, b: np.arctan2(floating(a), floating(b)),
    (
        lambda g, c: g * _turned(c, c.saved(1)),
        lambda g, c: g * _turned(c, -c.saved(0)),
    ),
    grad_fn="Atan2Backward0",
    args=("self", "other"),
    saves=((0, (0, 1)), (1, (0, 1))),
    latex=r"\operatorname{{atan2}}({0}, {1})",
    derivatives=(r"\frac{{{1}}}{{{0}^2 + {1}^2}}", r"-\frac{{{0}}}{{{0}^2 + {1}^2}}"),
    local=True,
    doc="The angle of the point (other, input).",
    samples=(S((2, 3), (2, 3)),),
)
SINH = _function(
    "sinh",
    kernels.sinh,
    lambda g, c: g * c.cosh(c.saved(0)),
    INPUT,
    latex=r"\sinh {0}",
    derivative=r"\cosh {0}",
    doc="Hyperbolic sine.",
)
COSH = _function(
    "cosh",
    kernels.cosh,
    lambda g, c: g * c.sinh(c.saved(0)),
    INPUT,
    latex=r"\cosh {0}",
    derivative=r"\sinh {0}",
    doc="Hyperbolic cosine.",
)
TANH = _function(
    "tanh",
    kernels.tanh,
    lambda g, c: c.tanh_backward(g, c.saved(0)),
    RESULT,
    latex=r"\tanh {0}",
    derivative="1 - {out}^2",
    doc="Hyperbolic tangent.",
)

# --- sigmoid and erf -------------------------------------------------------------------------

SIGMOID = _function(
    "sigmoid",
    kernels.logistic,
    lambda g, c: c.sigmoid_backward(g, c.saved(0)),
    RESULT,
    latex=r"\sigma({0})",
    derivative="{out}(1 - {out})",
    doc="The logistic function 1 / (1 + exp(-input)).",
)


def _logit(x: Raw, eps: float | None = None) -> Raw:
    v = floating(x)
    if eps is not None:
        v = np.clip(v, v.dtype.type(eps), v.dtype.type(1 - eps))
    return kernels.log(v / (1 - v))


def _logit_grad(g: Any, c: Any) -> Any:
    x, eps = c.saved(0), c.param("eps")
    slope = g / (x * (1 - x))
    return slope if eps is None else c.zero_where((x < eps) | (x > 1 - eps), slope)


LOGIT = OpSpec(
    "logit",
    _logit,
    (_logit_grad,),
    args=("self",),
    saves=INPUT,
    form="logit({0})",
    latex=r"\operatorname{{logit}} {0}",
    derivatives=(r"\frac{{1}}{{{0}(1 - {0})}}",),
    local=True,
    doc="log(input / (1 - input)), with input limited to [eps, 1 - eps] if eps is given.",
    samples=(S(Arg((2, 3), 0.1, 0.9)), S((2, 3), eps=0.2)),
)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """log(input / (1 - input)), with input limited to [eps, 1 - eps] if eps is given."""
    params = None if eps is None else {"eps": eps}
    return deliver(apply(LOGIT, (expect_tensor(input, "logit"),), params), out, "logit")


ERF = _function(
    "erf",
    kernels.erf,
    lambda g, c: g * (c.exp(-c.square(c.saved(0))) * (2 / math.sqrt(math.pi))),
    INPUT,
    latex=r"\operatorname{{erf}} {0}",
    derivative=r"\frac{{2}}{{\sqrt{{\pi}}}} e^{{-{0}^2}}",
    doc="The error function.",
)

UNARY = (
    EXP,
    EXP2,
    EXPM1,
    LOG,
    LOG2,
    LOG10,
    LOG1P,
    SQRT,
    RSQRT,
    SIN,
    COS,
    TAN,
    ASIN,
    ACOS,
    ATAN,
    SINH,
    COSH,
    TANH,
    SIGMOID,
    LOGIT,
    ERF,
)
"""The ops of this file that take one tensor: each has an in-place form, too."""

METHODS: dict[str, Any] = public(*(unary_function(spec) for spec in UNARY), binary_function(ATAN2, numbers=""), logit)
for _alias, _name in {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"}.items():
    METHODS[_alias] = METHODS[_name]
FUNCTIONS: dict[str, Any] = dict(METHODS)
OPERATORS: dict[str, Any] = {}
