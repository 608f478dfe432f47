"""Functions applied to each element: exp, log, trigonometry, activations, clamping, selecting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import apply, broadcast_error, finish, floating, promoted
from engine.ops.functions import binary_function, deliver, expect_tensor, unary_function
from engine.ops.spec import Arg, OpSpec, S, Vjp
from engine.tensors import Tensor, leaf

ANY = (S((2, 3)), S(()))
POSITIVE = (S(Arg((2, 3), 0.2, 3.0)),)
INSIDE = (S(Arg((2, 3), -0.9, 0.9)),)

ON_SELF = ((0, (0,)),)
ON_RESULT = ((OUT, (0,)),)


def _analytic(
    name: str,
    forward: Any,
    vjp: Vjp,
    saves: tuple[tuple[int, tuple[int, ...]], ...],
    latex: str,
    derivative: str,
    doc: str,
    samples: Any = ANY,
    grad_fn: str = "",
) -> OpSpec:
    """A function of analysis: integers are computed in the default dtype."""
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


def _sigmoid(x: Raw) -> Raw:
    return 1 / (1 + np.exp(-x))


def _erf(x: Raw) -> Raw:
    """The error function, to double precision: W. J. Cody, Math. Comp. 23 (1969), via math.erf."""
    out = np.vectorize(math.erf, otypes=[np.float64])(x)
    return np.asarray(out).astype(x.dtype) if isinstance(x, np.ndarray) else x.dtype.type(out)


EXP = _analytic("exp", np.exp, lambda g, c: g * c.saved(0), ON_RESULT, "e^{{{0}}}", "{out}", "e to the power of input.")
EXP2 = _analytic(
    "exp2",
    np.exp2,
    lambda g, c: g * (c.saved(0) * math.log(2)),
    ON_RESULT,
    "2^{{{0}}}",
    r"{out}\,\ln 2",
    "2 to the power of input.",
)
EXPM1 = _analytic(
    "expm1",
    np.expm1,
    lambda g, c: g * (c.saved(0) + 1),
    ON_RESULT,
    "e^{{{0}}} - 1",
    "{out} + 1",
    "exp(input) - 1, exact near 0.",
)
LOG = _analytic(
    "log",
    np.log,
    lambda g, c: g / c.saved(0),
    ON_SELF,
    r"\ln {0}",
    r"\frac{{1}}{{{0}}}",
    "Natural logarithm.",
    POSITIVE,
)
LOG2 = _analytic(
    "log2",
    np.log2,
    lambda g, c: g / (c.saved(0) * 0.6931471805599453),
    ON_SELF,
    r"\log_2 {0}",
    r"\frac{{1}}{{{0}\,\ln 2}}",
    "Logarithm to base 2.",
    POSITIVE,
)
LOG10 = _analytic(
    "log10",
    np.log10,
    lambda g, c: g / (c.saved(0) * 2.3025850929940456),
    ON_SELF,
    r"\log_{{10}} {0}",
    r"\frac{{1}}{{{0}\,\ln 10}}",
    "Logarithm to base 10.",
    POSITIVE,
)
LOG1P = _analytic(
    "log1p",
    np.log1p,
    lambda g, c: g / (c.saved(0) + 1),
    ON_SELF,
    r"\ln(1 + {0})",
    r"\frac{{1}}{{{0} + 1}}",
    "log(1 + input), exact near 0.",
    POSITIVE,
    "Log1PBackward0",
)
SQRT = _analytic(
    "sqrt",
    np.sqrt,
    lambda g, c: g / (c.saved(0) * 2),
    ON_RESULT,
    r"\sqrt{{{0}}}",
    r"\frac{{1}}{{2\,{out}}}",
    "Square root.",
    POSITIVE,
)
RSQRT = _analytic(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    lambda g, c: g * c.pow(c.saved(0), 3) * -0.5,
    ON_RESULT,
    r"\frac{{1}}{{\sqrt{{{0}}}}}",
    r"-\frac{{1}}{{2}}\,{out}^3",
    "1 / sqrt(input).",
    POSITIVE,
)
SIN = _analytic(
    "sin", np.sin, lambda g, c: g * c.cos(c.saved(0)), ON_SELF, r"\sin {0}", r"\cos {0}", "Sine of radians."
)
COS = _analytic(
    "cos", np.cos, lambda g, c: g * -c.sin(c.saved(0)), ON_SELF, r"\cos {0}", r"-\sin {0}", "Cosine of radians."
)
TAN = _analytic(
    "tan",
    np.tan,
    lambda g, c: g * (1 + c.square(c.saved(0))),
    ON_RESULT,
    r"\tan {0}",
    "1 + {out}^2",
    "Tangent of radians.",
    INSIDE,
)
ASIN = _analytic(
    "asin",
    np.arcsin,
    lambda g, c: g * c.rsqrt(-c.saved(0) * c.saved(0) + 1),
    ON_SELF,
    r"\arcsin {0}",
    r"\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",
    "Inverse sine.",
    INSIDE,
)
ACOS = _analytic(
    "acos",
    np.arccos,
    lambda g, c: g * -c.rsqrt(-c.saved(0) * c.saved(0) + 1),
    ON_SELF,
    r"\arccos {0}",
    r"-\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",
    "Inverse cosine.",
    INSIDE,
)
ATAN = _analytic(
    "atan",
    np.arctan,
    lambda g, c: g / (c.saved(0) * c.saved(0) + 1),
    ON_SELF,
    r"\arctan {0}",
    r"\frac{{1}}{{1 + {0}^2}}",
    "Inverse tangent.",
)
SINH = _analytic(
    "sinh", np.sinh, lambda g, c: g * c.cosh(c.saved(0)), ON_SELF, r"\sinh {0}", r"\cosh {0}", "Hyperbolic sine."
)
COSH = _analytic(
    "cosh",
    np.cosh,
    lambda g, c: g * c.sinh(c.saved(0)),
    ON_SELF,
    r"\cosh {0}",
    r"\sinh {0}",
    "Hyperbolic cosine.",
)
TANH = _analytic(
    "tanh",
    np.tanh,
    lambda g, c: g * (1 - c.saved(0) * c.saved(0)),
    ON_RESULT,
    r"\tanh {0}",
    "1 - {out}^2",
    "Hyperbolic tangent.",
)
SIGMOID = _analytic(
    "sigmoid",
    _sigmoid,
    lambda g, c: g * ((1 - c.saved(0)) * c.saved(0)),
    ON_RESULT,
    r"\sigma({0})",
    "{out}(1 - {out})",
    "The logistic function 1 / (1 + exp(-input)).",
)
LOGIT = _analytic(
    "logit",
    lambda x: np.log(x / (1 - x)),
    lambda g, c: g / (c.saved(0) * (1 - c.saved(0))),
    ON_SELF,
    r"\operatorname{{logit}} {0}",
    r"\frac{{1}}{{{0}(1 - {0})}}",
    "log(input / (1 - input)).",
    (S(Arg((2, 3), 0.1, 0.9)),),
)
ERF = _analytic(
    "erf",
    _erf,
    lambda g, c: g * (c.exp(-c.square(c.saved(0))) * (2 / math.sqrt(math.pi))),
    ON_SELF,
    r"\operatorname{{erf}} {0}",
    r"\frac{{2}}{{\sqrt{{\pi}}}} e^{{-{0}^2}}",
    "The error function.",
)


def _kinked(
    name: str, forward: Any, vjp: Vjp, saves: Any, latex: str, derivative: str, doc: str, grad_fn: str = ""
) -> OpSpec:
    """A function with kinks or steps, defined for integers too."""
    return OpSpec(
        name,
        forward,
        (vjp,),
        grad_fn=grad_fn,
        args=("self",),
        saves=saves,
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(derivative,),
        local=True,
        doc=doc,
        samples=ANY,
    )


def _no_slope(g: Any, c: Any) -> Any:
    return c.zeros_like(g)


def _rounding(f: Any) -> Any:
    return lambda x: f(x) if x.dtype.kind == "f" else x


ABS = _kinked(
    "abs",
    np.abs,
    lambda g, c: g * c.sign(c.saved(0)),
    ON_SELF,
    "|{0}|",
    r"\operatorname{{sign}} {0}",
    "Absolute value; its derivative at 0 is taken as 0.",
)
SIGN = _kinked("sign", np.sign, _no_slope, (), r"\operatorname{{sign}} {0}", "0", "-1, 0 or 1.")
FLOOR = _kinked(
    "floor", _rounding(np.floor), _no_slope, (), r"\lfloor {0} \rfloor", "0", "The largest whole number not above."
)
CEIL = _kinked(
    "ceil", _rounding(np.ceil), _no_slope, (), r"\lceil {0} \rceil", "0", "The smallest whole number not below."
)
TRUNC = _kinked("trunc", _rounding(np.trunc), _no_slope, (), r"\operatorname{{trunc}} {0}", "0", "Cuts decimals off.")
ROUND = _kinked(
    "round", _rounding(np.round), _no_slope, (), r"\operatorname{{round}} {0}", "0", "To the nearest; halves to even."
)
RELU = _kinked(
    "relu",
    lambda x: np.maximum(x, 0),
    lambda g, c: g * (c.saved(0) > 0),
    ON_RESULT,
    r"\max(0, {0})",
    r"[{0} > 0]",
    "max(0, input); its derivative at 0 is taken as 0.",
)

LEAKY_RELU = OpSpec(
    "leaky_relu",
    lambda x, negative_slope=0.01: np.where(x > 0, x, x * x.dtype.type(negative_slope))[()],
    (lambda g, c: c.where(c.saved(0) > 0, g, g * c.param("negative_slope", 0.01)),),
    args=("self",),
    saves=ON_SELF,
    form="leaky_relu({0})",
    latex=r"\operatorname{{leaky\,relu}} {0}",
    derivatives=(r"[{0} > 0] + {negative_slope}\,[{0} \le 0]",),
    local=True,
    call="nn.functional.leaky_relu",
    doc="input where positive, else negative_slope * input.",
    samples=(S((2, 3)), S((2, 3), negative_slope=0.2)),
)


def _softplus(x: Raw, beta: float = 1.0, threshold: float = 20.0) -> Raw:
    scaled = x * beta
    return np.where(scaled > threshold, x, np.log1p(np.exp(np.minimum(scaled, threshold))) / beta).astype(x.dtype)[()]


SOFTPLUS = OpSpec(
    "softplus",
    _softplus,
    (
        lambda g, c: c.where(
            c.saved(0) * c.param("beta", 1.0) > c.param("threshold", 20.0),
            g,
            g * c.sigmoid(c.saved(0) * c.param("beta", 1.0)),
        ),
    ),
    args=("self",),
    saves=ON_SELF,
    form="softplus({0})",
    latex=r"\ln(1 + e^{{{0}}})",
    derivatives=(r"\sigma({0})",),
    local=True,
    call="nn.functional.softplus",
    doc="A smooth relu: log(1 + exp(input)).",
    samples=ANY,
)


def _elu_grad(g: Any, c: Any) -> Any:
    x, alpha = c.saved(0), c.param("alpha", 1.0)
    return c.where(x > 0, g, g * (c.exp(c.minimum(x, c.zeros_like(x))) * alpha))


ELU = OpSpec(
    "elu",
    lambda x, alpha=1.0: np.where(x > 0, x, np.expm1(np.minimum(x, 0)) * alpha).astype(x.dtype)[()],
    (_elu_grad,),
    args=("self",),
    saves=ON_SELF,
    form="elu({0})",
    derivatives=(r"[{0} > 0] + {alpha}\,e^{{{0}}}\,[{0} \le 0]",),
    local=True,
    call="nn.functional.elu",
    doc="input where positive, else alpha * (exp(input) - 1).",
    samples=(S((2, 3)), S((2, 3), alpha=0.7)),
)


def _gelu(x: Raw, approximate: str = "none") -> Raw:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return x * (0.5 * (1 + _erf(x * math.sqrt(0.5))))


def _gelu_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    if c.param("approximate", "none") == "tanh":
        k = math.sqrt(2 / math.pi)
        t = c.tanh((x + x * x * x * 0.044715) * k)
        return g * ((1 + t) * 0.5 + (x * 0.5) * (1 - t * t) * ((1 + x * x * (3 * 0.044715)) * k))
    return g * ((1 + c.erf(x * math.sqrt(0.5))) * 0.5 + x * (c.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))))


GELU = OpSpec(
    "gelu",
    _gelu,
    (_gelu_grad,),
    args=("self",),
    saves=ON_SELF,
    form="gelu({0})",
    latex=r"{0}\,\Phi({0})",
    derivatives=(r"\Phi({0}) + {0}\,\varphi({0})",),
    local=True,
    call="nn.functional.gelu",
    doc="input times the normal distribution function of input.",
    samples=(S((2, 3)), S((2, 3), approximate="tanh")),
)

SILU = OpSpec(
    "silu",
    lambda x: x * _sigmoid(x),
    (lambda g, c: g * (c.sigmoid(c.saved(0)) * (1 + c.saved(0) * (1 - c.sigmoid(c.saved(0))))),),
    args=("self",),
    saves=ON_SELF,
    form="silu({0})",
    latex=r"{0}\,\sigma({0})",
    derivatives=(r"\sigma({0})(1 + {0}(1 - \sigma({0})))",),
    local=True,
    call="nn.functional.silu",
    doc="input * sigmoid(input).",
    samples=ANY,
)


def _log_sigmoid(x: Raw) -> Raw:
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


LOG_SIGMOID = OpSpec(
    "logsigmoid",
    _log_sigmoid,
    (lambda g, c: g * c.sigmoid(-c.saved(0)),),
    grad_fn="LogSigmoidBackward0",
    args=("self",),
    saves=ON_SELF,
    latex=r"\ln \sigma({0})",
    derivatives=(r"\sigma(-{0})",),
    local=True,
    call="nn.functional.logsigmoid",
    doc="log(sigmoid(input)), without overflow.",
    samples=ANY,
)


def _hardtanh(x: Raw, min_val: float = -1.0, max_val: float = 1.0) -> Raw:
    return np.clip(x, x.dtype.type(min_val), x.dtype.type(max_val))


HARDTANH = OpSpec(
    "hardtanh",
    _hardtanh,
    (lambda g, c: g * ((c.saved(0) > c.param("min_val", -1.0)) & (c.saved(0) < c.param("max_val", 1.0))),),
    args=("self",),
    saves=ON_SELF,
    latex=r"\operatorname{{clip}}({0}, {min_val}, {max_val})",
    derivatives=(r"[{min_val} < {0} < {max_val}]",),
    local=True,
    call="nn.functional.hardtanh",
    doc="input, limited to [min_val, max_val].",
    samples=ANY,
)


def _clamp(x: Raw, min: Any = None, max: Any = None) -> Raw:
    limits = [v for v in (min, max) if v is not None]
    if x.dtype.kind != "f" and any(type(v) is float for v in limits):
        x = floating(x)
    kind = x.dtype.type
    if min is not None:
        x = np.maximum(x, kind(min))
    return x if max is None else np.minimum(x, kind(max))


def _clamp_grad(g: Any, c: Any) -> Any:
    x, low, high = c.saved(0), c.param("min"), c.param("max")
    inside = x >= low if low is not None else None
    if high is not None:
        inside = x <= high if inside is None else inside & (x <= high)
    return g * inside


CLAMP = OpSpec(
    "clamp",
    _clamp,
    (_clamp_grad,),
    grad_fn="ClampBackward1",
    args=("self",),
    saves=ON_SELF,
    form="clamp({0})",
    latex=r"\operatorname{{clamp}}({0})",
    derivatives=(r"[\text{{{0} within}}]",),
    local=True,
    doc="input, limited to [min, max]; at the limits its derivative is taken as 1.",
    samples=(S((2, 3), min=-1.0), S((2, 3), -1.0, 1.0), S((2, 3), max=0.5)),
)


def _half_on_tie(first: bool) -> Vjp:
    """Each side of maximum or minimum gets g where it won, half of it where both are equal."""

    def vjp(g: Any, c: Any) -> Any:
        a, b = c.saved(0), c.saved(1)
        won = a > b if c.node.spec.name == "maximum" else a < b
        if not first:
            won = a < b if c.node.spec.name == "maximum" else a > b
        return c.where(a == b, g * 0.5, g * won)

    return vjp


def _extremum(name: str, forward: Any, latex: str) -> OpSpec:
    order = ">" if name == "maximum" else "<"
    return OpSpec(
        name,
        forward,
        (_half_on_tie(True), _half_on_tie(False)),
        args=("self", "other"),
        saves=((0, (0, 1)), (1, (0, 1))),
        form=f"{name}({{0}}, {{1}})",
        latex=latex,
        derivatives=(f"[{{0}} {order} {{1}}]", f"[{{1}} {order} {{0}}]"),
        local=True,
        doc=f"The {name} of each pair of elements; equal ones share the gradient.",
        samples=(S((2, 3), (2, 3)), S((2, 3), (3,))),
    )


MAXIMUM = _extremum("maximum", np.maximum, r"\max({0}, {1})")
MINIMUM = _extremum("minimum", np.minimum, r"\min({0}, {1})")

ATAN2 = OpSpec(
    "atan2",
    lambda a, b: np.arctan2(floating(a), floating(b)),
    (
        lambda g, c: g * c.saved(1) / (c.square(c.saved(0)) + c.square(c.saved(1))),
        lambda g, c: g * -c.saved(0) / (c.square(c.saved(0)) + c.square(c.saved(1))),
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

WHERE = OpSpec(
    "where",
    lambda condition, a, b: np.where(condition, a, b)[()],
    (
        None,
        lambda g, c: c.where(c.saved(0), g, c.zeros_like(g)),
        lambda g, c: c.where(c.saved(0), c.zeros_like(g), g),
    ),
    args=("condition", "self", "other"),
    saves=((0, (1, 2)),),
    form="where({0}, {1}, {2})",
    latex=r"\operatorname{{where}}({0}, {1}, {2})",
    derivatives=("0", "[{0}]", r"[\neg {0}]"),
    local=True,
    doc="Elements of input where condition holds, else of other.",
    samples=(
        S(Arg((2, 3), 0, 2, "bool", False), (2, 3), (2, 3)),
        S(Arg((2, 3), 0, 2, "bool", False), (3,), (2, 1)),
    ),
)

LERP = OpSpec(
    "lerp",
    lambda a, b, weight: a + weight * (b - a) if abs(weight) < 0.5 else b - (b - a) * (1 - weight),
    (lambda g, c: g * (1 - c.param("weight")), lambda g, c: g * c.param("weight")),
    args=("self", "end"),
    form="lerp({0}, {1})",
    latex=r"{0} + {weight}({1} - {0})",
    derivatives=("1 - {weight}", "{weight}"),
    local=True,
    doc="From input to end by weight.",
    samples=(S((2, 3), (2, 3), 0.3), S((2, 3), (2, 3), 0.8)),
)

NAN_TO_NUM = OpSpec(
    "nan_to_num",
    lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf),
    (lambda g, c: g * c.isfinite(c.saved(0)),),
    args=("self",),
    saves=ON_SELF,
    derivatives=(r"[{0}\text{{ finite}}]",),
    local=True,
    doc="input with nan and infinities replaced.",
    samples=(S((2, 3)),),
)

ANALYTIC = (
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
KINKED = (ABS, SIGN, FLOOR, CEIL, TRUNC, RELU)

METHODS: dict[str, Any] = {spec.name: unary_function(spec) for spec in ANALYTIC + KINKED}
METHODS.update(maximum=binary_function(MAXIMUM), minimum=binary_function(MINIMUM), atan2=binary_function(ATAN2))
for _alias, _name in {"absolute": "abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "fix": "trunc"}.items():
    METHODS[_alias] = METHODS[_name]


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """To the nearest multiple of 10**-decimals; halves to even."""
    x = expect_tensor(input, "round")
    if decimals == 0:
        return deliver(apply(ROUND, (x,)), out, "round")
    scale = 10.0**decimals
    return deliver(apply(ROUND, (x * scale,)) / scale, out, "round")


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Tensor | None = None) -> Tensor:
    """input, limited to [min, max]; each may be a number, a tensor or None."""
    x = expect_tensor(input, "clamp")
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        result = x
        if min is not None:
            result = METHODS["maximum"](result, min if isinstance(min, Tensor) else leaf(result._data.dtype.type(min)))
        if max is not None:
            result = METHODS["minimum"](result, max if isinstance(max, Tensor) else leaf(result._data.dtype.type(max)))
        return deliver(result, out, "clamp")
    params = {k: v for k, v in (("min", min), ("max", max)) if v is not None}
    return deliver(apply(CLAMP, (x,), params), out, "clamp")


def where(condition: Tensor, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any:
    """Elements of input where condition holds, else of other; with condition alone, the indices where it holds."""
    cond = expect_tensor(condition, "where", "condition")
    if input is None and other is None:
        return tuple(leaf(np.ascontiguousarray(i)) for i in np.nonzero(np.atleast_1d(cond._data)))
    if cond._data.dtype.kind != "b":
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {_c10(cond)}")
    raws = [v._data if isinstance(v, Tensor) else v for v in (input, other)]
    a, b = promoted(raws)
    try:
        np.broadcast_shapes(cond._data.shape, a.shape, b.shape)
    except ValueError:
        for first, second in ((cond._data, a), (cond._data, b), (a, b)):
            try:
                np.broadcast_shapes(first.shape, second.shape)
            except ValueError:
                raise broadcast_error(first.shape, second.shape) from None
    values = [v if isinstance(v, Tensor) and v._data is r else v for v, r in zip((input, other), (a, b), strict=True)]
    return deliver(finish(WHERE, (cond, *values), None, WHERE.forward(cond._data, a, b)), out, "where")


def _c10(t: Tensor) -> str:
    from engine.dtypes import SCALAR_TYPE

    return SCALAR_TYPE[t.dtype]


def lerp(input: Tensor, end: Tensor, weight: Any, *, out: Tensor | None = None) -> Tensor:
    """input + weight * (end - input)."""
    if isinstance(weight, Tensor):
        return deliver(input + weight * (end - input), out, "lerp")
    return deliver(apply(LERP, (input, end), {"weight": weight}), out, "lerp")


def nan_to_num(input: Tensor, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """input with nan and infinities replaced."""
    return apply(NAN_TO_NUM, (expect_tensor(input, "nan_to_num"),), {"nan": nan, "posinf": posinf, "neginf": neginf})


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""
    return input + tensor1 * tensor2 * value


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 / tensor2."""
    return input + tensor1 / tensor2 * value


def where_method(self: Tensor, condition: Tensor, other: Any) -> Any:
    return where(condition, self, other)


METHODS.update(round=round, clamp=clamp, clip=clamp, lerp=lerp, nan_to_num=nan_to_num, addcmul=addcmul, addcdiv=addcdiv)
FUNCTIONS: dict[str, Any] = {**METHODS, "where": where}
METHODS["where"] = where_method
OPERATORS: dict[str, Any] = {
    "__abs__": lambda self: METHODS["abs"](self),
    "__round__": lambda self, n=0: round(self, decimals=n),
}


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where positive, else negative_slope * input."""
    return apply(LEAKY_RELU, (expect_tensor(input, "leaky_relu"),), {"negative_slope": negative_slope})


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """A smooth relu: log(1 + exp(beta * input)) / beta."""
    return apply(SOFTPLUS, (expect_tensor(input, "softplus"),), {"beta": beta, "threshold": threshold})


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where positive, else alpha * (exp(input) - 1)."""
    return apply(ELU, (expect_tensor(input, "elu"),), {"alpha": alpha})


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the normal distribution function of input."""
    return apply(GELU, (expect_tensor(input, "gelu"),), {"approximate": approximate})


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return apply(SILU, (expect_tensor(input, "silu"),))


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, limited to [min_val, max_val]."""
    return apply(HARDTANH, (expect_tensor(input, "hardtanh"),), {"min_val": min_val, "max_val": max_val})


logsigmoid = unary_function(LOG_SIGMOID)
