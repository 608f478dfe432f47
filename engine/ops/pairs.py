"""Further ops of two numbers: logaddexp, hypot, copysign, fmax, heaviside, ldexp, gcd and their kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY, float64
from engine.node import OUT, Raw
from engine.ops.dispatch import binary, broadcast_shape, choose, finish, floating, promoted
from engine.ops.division import not_implemented
from engine.ops.forms import binary_forms, limited, on_numbers, unary_forms
from engine.ops.front import functions, methods
from engine.ops.pointwise import SIGN
from engine.ops.powers import torch_pow
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor

BOTH = ((0, (0, 1)), (1, (0, 1)))
WHOLE = Arg((2, 3), 1, 30, "int64", False)


def _logaddexp(name: str, base: str, f: Any, latex: str) -> OpSpec:
    """log of a sum of powers; ``base`` names the power function in the contexts of vjps."""

    def part(place: int) -> Any:
        def vjp(g: Any, c: Any) -> Any:
            own, other = c.saved(place), c.saved(1 - place)
            return g / (getattr(c, base)(other - own) + 1)

        return vjp

    return OpSpec(
        name,
        limited(f"{name}_cpu", "f", f),
        (part(0), part(1)),
        args=("self", "other"),
        saves=BOTH,
        form=f"{name}({{0}}, {{1}})",
        latex=latex,
        derivatives=(r"\frac{{1}}{{1 + e^{{{1} - {0}}}}}", r"\frac{{1}}{{1 + e^{{{0} - {1}}}}}")
        if base == "exp"
        else (r"\frac{{1}}{{1 + 2^{{{1} - {0}}}}}", r"\frac{{1}}{{1 + 2^{{{0} - {1}}}}}"),
        local=True,
        doc=f"The logarithm of {base}(input) + {base}(other), without overflow.",
        samples=(S((2, 3), (2, 3)), S((2, 3), (3,))),
    )


LOGADDEXP = _logaddexp("logaddexp", "exp", np.logaddexp, r"\ln(e^{{{0}}} + e^{{{1}}})")
LOGADDEXP2 = _logaddexp("logaddexp2", "exp2", np.logaddexp2, r"\log_2(2^{{{0}}} + 2^{{{1}}})")

HYPOT = OpSpec(
    "hypot",
    limited("hypot_cpu", "f", np.hypot),
    (lambda g, c: g * (c.saved(0) / c.saved(2)), lambda g, c: g * (c.saved(1) / c.saved(2))),
    args=("self", "other"),
    saves=(*BOTH, (OUT, (0, 1))),
    form="hypot({0}, {1})",
    latex=r"\sqrt{{{0}^2 + {1}^2}}",
    derivatives=(r"\frac{{{0}}}{{{out}}}", r"\frac{{{1}}}{{{out}}}"),
    local=True,
    doc="The length of the vector (input, other).",
    samples=(S((2, 3), (2, 3)),),
)


def _copysign_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    return g * c.zero_where(x == 0, c.saved(1) / x)


COPYSIGN = OpSpec(
    "copysign",
    on_numbers(lambda a, b: np.copysign(floating(a), floating(b))),
    (_copysign_grad, lambda g, c: c.zeros_like(g)),
    args=("self", "other"),
    saves=((0, (0,)), (OUT, (0,))),
    form="copysign({0}, {1})",
    latex=r"|{0}| \operatorname{{sign}} {1}",
    derivatives=(r"\operatorname{{sign}} {0} \operatorname{{sign}} {1}", "0"),
    local=True,
    doc="The size of input with the sign of other.",
    samples=(S((2, 3), (2, 3)),),
)


def _ignoring_nan(name: str, f: Any, sign: str, wins: Callable[[Any, Any], Any]) -> OpSpec:
    def first(c: Any) -> Any:
        a, b = c.saved(0), c.saved(1)
        return wins(a, b) | c.isnan(b)

    return OpSpec(
        name,
        f,
        (
            lambda g, c: c.where(first(c), g, c.zeros_like(g)),
            lambda g, c: c.zero_where(first(c), g),
        ),
        args=("self", "other"),
        saves=BOTH,
        form=f"{name}({{0}}, {{1}})",
        latex=rf"\{name[1:]}({{0}}, {{1}})",
        derivatives=(f"[{{0}} {sign} {{1}}]", f"[{{1}} {sign} {{0}}]"),
        local=True,
        doc=f"The {'larger' if name == 'fmax' else 'smaller'} of each pair of elements; a number goes before nan.",
        samples=(S((2, 3), (2, 3)),),
    )


FMAX = _ignoring_nan("fmax", np.fmax, ">", lambda a, b: a >= b)
FMIN = _ignoring_nan("fmin", np.fmin, "<", lambda a, b: a <= b)

HEAVISIDE = OpSpec(
    "heaviside",
    lambda x, values: choose(x == 0, values, (x > 0).astype(x.dtype)),
    (not_implemented("heaviside"),) * 2,
    grad_fn="NotImplemented",
    args=("self", "values"),
    form="heaviside({0}, {1})",
    derivatives=("0", "0"),
    local=True,
    doc="0 for negative elements, 1 for positive ones, values at 0.",
    samples=(S((2, 3), (2, 3)),),
)
NEXTAFTER = OpSpec(
    "nextafter",
    limited("nextafter_cpu", "f", np.nextafter),
    (lambda g, c: g, lambda g, c: c.zeros_like(g)),
    args=("self", "other"),
    form="nextafter({0}, {1})",
    derivatives=("1", "0"),
    local=True,
    doc="The next number after input in the direction of other.",
    samples=(S((2, 3), (2, 3)),),
)


def _whole(name: str, f: Any, doc: str) -> OpSpec:
    def forward(a: Raw, b: Raw) -> Raw:
        if a.dtype.kind not in "iu":
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{FROM_NUMPY[a.dtype].scalar_type}'")
        return f(a, b)

    return OpSpec(
        name,
        forward,
        args=("self", "other"),
        form=f"{name}({{0}}, {{1}})",
        local=True,
        doc=doc,
        samples=(S(WHOLE, WHOLE),),
    )


GCD = _whole("gcd", np.gcd, "The greatest common divisor.")
LCM = _whole("lcm", np.lcm, "The least common multiple.")


def _test(name: str, f: Callable[[Raw], Raw], doc: str) -> OpSpec:
    return OpSpec(name, f, args=("self",), local=True, form=f"{name}({{0}})", doc=doc, samples=(S((2, 3)),))


SIGNBIT = _test(
    "signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, "Whether an element is negative, -0 included."
)
SGN = OpSpec(
    "sgn",
    SIGN.forward,
    SIGN.vjps,
    args=("self",),
    form="sgn({0})",
    latex=r"\operatorname{{sgn}} {0}",
    derivatives=("0",),
    local=True,
    doc="-1, 0 or 1.",
    samples=(S((2, 3)),),
)


def _angle(x: Raw) -> Raw:
    v = floating(x)
    turned = choose(v < 0, v.dtype.type(np.pi), v.dtype.type(0))
    return choose(np.isnan(v), v, turned)


ANGLE = OpSpec(
    "angle",
    _angle,
    (lambda g, c: c.zeros_like(g),),
    args=("self",),
    form="angle({0})",
    derivatives=("0",),
    local=True,
    doc="pi for negative numbers, else 0.",
    samples=(S((2, 3)),),
)
ISPOSINF = _test("isposinf", lambda x: np.isinf(x) & (x > 0), "Whether an element is positive infinity.")
ISNEGINF = _test("isneginf", lambda x: np.isinf(x) & (x < 0), "Whether an element is negative infinity.")
ISREAL = _test("isreal", lambda x: np.isreal(x), "Whether an element is a real number: always, here.")


def _scaled_by_power(x: Raw, exponent: Raw) -> Raw:
    if exponent.dtype.kind == "f":
        return (x * np.exp2(exponent)).astype(x.dtype)
    return np.ldexp(x, exponent.astype(np.int32))


LDEXP = OpSpec(
    "ldexp",
    _scaled_by_power,
    (
        lambda g, c: g * c.exp2(c.saved(1)),
        lambda g, c: g * (c.saved(0) * c.exp2(c.saved(1)) * math.log(2)),
    ),
    args=("self", "other"),
    saves=((0, (1,)), (1, (0, 1))),
    form="{0} · 2 ** {1}",
    latex=r"{0} \cdot 2^{{{1}}}",
    derivatives=("2^{{{1}}}", r"{out}\,\ln 2"),
    local=True,
    doc="input * 2 ** other.",
    samples=(S((2, 3), (2, 3)), S((2, 3), (3,))),
)


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2 ** other."""
    x, exponent = input._data, other._data
    if exponent.dtype.kind == "b" and x.dtype.kind == "f":
        raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
    if exponent.dtype.kind == "f":
        x, exponent = promoted((x, exponent))
    broadcast_shape(x.shape, exponent.shape)
    return finish(LDEXP, (input, other), None, _scaled_by_power(floating(x), exponent))


def float_power(input: Any = None, exponent: Any = None, **number: Any) -> Tensor:
    """input to the power of exponent, in double precision."""
    base = number.get("self", input)
    a, b = (v.to(float64) if isinstance(v, Tensor) else float(v) for v in (base, exponent))
    return torch_pow(a, b)


_FUNCTIONS, _METHODS = binary_forms(LOGADDEXP, LOGADDEXP2, HYPOT, FMAX, FMIN, NEXTAFTER, GCD, LCM)
_SIGN_FUNCTIONS, _SIGN_METHODS = binary_forms(COPYSIGN, numbers="other")
_TEST_FUNCTIONS, _TEST_METHODS = unary_forms(SIGNBIT, ISPOSINF, ISNEGINF, ISREAL, ANGLE)
_SGN_FUNCTIONS, _SGN_METHODS = unary_forms(SGN)


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 for negative elements, 1 for positive ones, values at 0."""
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return binary(HEAVISIDE, input, values)


_STRICT = (ldexp, heaviside)
FUNCTIONS: dict[str, Any] = {
    **_FUNCTIONS,
    **_SIGN_FUNCTIONS,
    **_TEST_FUNCTIONS,
    **_SGN_FUNCTIONS,
    **functions(*_STRICT, float_power),
}
METHODS: dict[str, Any] = {
    **{name: f for name, f in _METHODS.items() if name not in ("logaddexp_", "logaddexp2_", "fmax_", "fmin_")},
    **{name: f for name, f in _TEST_METHODS.items() if not name.endswith("_")},
    **_SGN_METHODS,
    **_SIGN_METHODS,
    **methods(*_STRICT, float_power),
}
OPERATORS: dict[str, Any] = {}
