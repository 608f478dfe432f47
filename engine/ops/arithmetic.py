"""add, sub, mul, div, pow and their kin: the ops behind Python's operators."""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import NUMBERS, apply, binary, broadcast_error, floating, promoted
from engine.ops.functions import (
    binary_function,
    deliver,
    expect_tensor,
    named,
    number_or_tensor,
    operator_of,
    unary_function,
    wrapped_number,
)
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor

POSITIVE = Arg((2, 3), 0.5, 2.0)
NONZERO = Arg((3,), 0.5, 2.0)

ADD = OpSpec(
    "add",
    operator.add,
    (lambda g, c: g, lambda g, c: g),
    args=("self", "other"),
    form="{0} + {1}",
    latex="{0} + {1}",
    derivatives=("1", "1"),
    glyph="+",
    local=True,
    doc="Adds other, scaled by alpha, to input.",
    samples=(S((2, 3), (2, 3)), S((2, 3), (3,)), S((2, 1), (3,)), S((), (2,)), S((3,), 2.5)),
)


def _scaled_add(a: Raw, b: Raw, alpha: Any) -> Raw:
    return a + b * alpha


ADD_SCALED = OpSpec(
    "add_scaled",
    _scaled_add,
    (lambda g, c: g, lambda g, c: g * c.param("alpha")),
    grad_fn="AddBackward0",
    args=("self", "other"),
    form="{0} + {alpha}·{1}",
    latex=r"{0} + {alpha}\,{1}",
    derivatives=("1", "{alpha}"),
    glyph="+",
    local=True,
    call="add",
    samples=(S((2, 3), (3,), alpha=2.5),),
)

SUB = OpSpec(
    "sub",
    operator.sub,
    (lambda g, c: g, lambda g, c: -g),
    args=("self", "other"),
    form="{0} − {1}",
    latex="{0} - {1}",
    derivatives=("1", "-1"),
    glyph="−",
    local=True,
    doc="Subtracts other, scaled by alpha, from input.",
    samples=(S((2, 3), (2, 3)), S((2, 3), (3,)), S((3,), 2.5)),
)

RSUB = OpSpec(
    "rsub",
    operator.sub,
    (lambda g, c: g, lambda g, c: -g),
    grad_fn="RsubBackward1",
    args=("other", "self"),
    form="{0} − {1}",
    latex="{0} - {1}",
    derivatives=("1", "-1"),
    glyph="−",
    local=True,
    call="rsub",
    doc="Subtracts input from other.",
)

MUL = OpSpec(
    "mul",
    operator.mul,
    (lambda g, c: g * c.saved(1), lambda g, c: g * c.saved(0)),
    args=("self", "other"),
    saves=((0, (1,)), (1, (0,))),
    form="{0} · {1}",
    latex=r"{0} \cdot {1}",
    derivatives=("{1}", "{0}"),
    glyph="×",
    local=True,
    doc="Multiplies input by other.",
    samples=(S((2, 3), (2, 3)), S((2, 3), (3,)), S((), (2,)), S((3,), 2.5)),
)


def _div(a: Raw, b: Raw) -> Raw:
    if type(a) not in NUMBERS and a.dtype.kind != "f":
        a = floating(a)
    if type(b) not in NUMBERS and b.dtype.kind != "f":
        b = floating(b)
    if type(b) in NUMBERS and b == 0:
        b = a.dtype.type(b)
    return a / b


DIV = OpSpec(
    "div",
    _div,
    (lambda g, c: g / c.saved(1), lambda g, c: -g * ((c.saved(0) / c.saved(1)) / c.saved(1))),
    args=("self", "other"),
    saves=((0, (1,)), (1, (0, 1))),
    form="{0} / {1}",
    latex=r"\frac{{{0}}}{{{1}}}",
    derivatives=(r"\frac{{1}}{{{1}}}", r"-\frac{{{0}}}{{{1}^2}}"),
    glyph="÷",
    local=True,
    doc="Divides input by other; rounding_mode may be None, 'trunc' or 'floor'.",
    samples=(S((2, 3), Arg((2, 3), 0.5, 2.0)), S((2, 3), NONZERO), S((3,), 2.5)),
)

NEG = OpSpec(
    "neg",
    operator.neg,
    (lambda g, c: -g,),
    args=("self",),
    form="−{0}",
    latex="-{0}",
    derivatives=("-1",),
    glyph="−",
    local=True,
    doc="The negative of input.",
    samples=(S((2, 3)),),
)

RECIPROCAL = OpSpec(
    "reciprocal",
    lambda x: 1 / floating(x),
    (lambda g, c: -g * (c.saved(0) * c.saved(0)),),
    args=("self",),
    saves=((OUT, (0,)),),
    form="1 / {0}",
    latex=r"\frac{{1}}{{{0}}}",
    derivatives=(r"-\frac{{1}}{{{0}^2}}",),
    glyph="1/x",
    local=True,
    doc="1 / input.",
    samples=(S(POSITIVE),),
)


def power(x: Raw, exponent: Any) -> Raw:
    """x to a Python number; small whole exponents are products and 0.5 is a square root, as in torch."""
    if x.dtype.kind in "iub":
        if type(exponent) is float:
            x = floating(x)
        elif exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
    if exponent == 2:
        return x * x
    if exponent == 3:
        return x * x * x
    if exponent == 1:
        return x.copy() if isinstance(x, np.ndarray) else x
    if exponent == 0.5:
        return np.sqrt(x)
    if exponent == -1:
        return 1 / x
    if exponent == -2:
        return 1 / (x * x)
    if exponent == -0.5:
        return 1 / np.sqrt(x)
    return x ** (x.dtype.type(exponent) if type(exponent) is float else exponent)


def _pow_grad(g: Any, c: Any) -> Any:
    exponent = c.param("exponent")
    if exponent == 0:
        return c.zeros_like(g)
    x = c.saved(0)
    if exponent == 2:
        return g * (x * 2)
    if exponent == 1:
        return g
    return g * (c.pow(x, exponent - 1) * exponent)


POW = OpSpec(
    "pow",
    power,
    (_pow_grad,),
    args=("self",),
    saves=((0, (0,)),),
    form="{0} ** {exponent}",
    latex="{0}^{{{exponent}}}",
    derivatives=(r"{exponent}\,{0}^{{{exponent}-1}}",),
    glyph="xⁿ",
    local=True,
    doc="input to the power of exponent.",
    samples=(S((2, 3), 2), S((2, 3), 3), S((2, 3), 1), S((2, 3), 0), S(POSITIVE, 0.5), S(POSITIVE, -1.5)),
)


def _tensor_power(x: Raw, y: Raw) -> Raw:
    if x.dtype.kind in "iu" and np.any(y < 0):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return x**y


def _pow_self(g: Any, c: Any) -> Any:
    x, y = c.saved(0), c.saved(1)
    return c.where(y == 0.0, c.zeros_like(g), g * (y * x ** (y - 1)))


def _pow_exponent(g: Any, c: Any) -> Any:
    x, y, result = c.saved(0), c.saved(1), c.saved(2)
    return g * c.where((x == 0.0) & (y >= 0.0), c.zeros_like(result), result * c.log(x))


POW_TENSOR = OpSpec(
    "pow_tensor",
    _tensor_power,
    (_pow_self, _pow_exponent),
    grad_fn="PowBackward1",
    args=("self", "exponent"),
    saves=((0, (0, 1)), (1, (0, 1)), (OUT, (1,))),
    form="{0} ** {1}",
    latex="{0}^{{{1}}}",
    derivatives=(r"{1}\,{0}^{{{1}-1}}", r"{out}\,\ln {0}"),
    glyph="xʸ",
    local=True,
    call="pow",
    samples=(S(POSITIVE, (2, 3)), S(POSITIVE, (3,))),
)


def _rpow_exponent(g: Any, c: Any) -> Any:
    base, result = c.param("base"), c.saved(1)
    if base == 0:
        return c.where(c.saved(0) >= 0, c.zeros_like(result), result * -math.inf) * g
    return g * (result * (math.log(base) if base > 0 else math.nan))


def _rpow(y: Raw, base: Any) -> Raw:
    base = floating(y).dtype.type(base) if type(base) is float or y.dtype.kind == "f" else y.dtype.type(base)
    return _tensor_power(base, floating(y) if base.dtype.kind == "f" else y)


POW_SCALAR_BASE = OpSpec(
    "rpow",
    _rpow,
    (_rpow_exponent,),
    grad_fn="PowBackward2",
    args=("exponent",),
    saves=((0, (0,)), (OUT, (0,))),
    form="{base} ** {0}",
    latex="{base}^{{{0}}}",
    derivatives=(r"{out}\,\ln {base}",),
    glyph="aˣ",
    local=True,
    call="Tensor.__rpow__",
    samples=(S((2, 3), 2.5),),
)

SQUARE = OpSpec(
    "square",
    power,
    POW.vjps,
    grad_fn="PowBackward0",
    args=("self",),
    saves=((0, (0,)),),
    form="{0} ** 2",
    latex="{0}^2",
    derivatives=(r"2\,{0}",),
    glyph="x²",
    local=True,
    doc="input to the power of 2.",
    samples=(S((2, 3)),),
)


def _floor_divide(a: Raw, b: Raw) -> Raw:
    if a.dtype.kind in "iu" and not np.all(b):
        raise RuntimeError("ZeroDivisionError")
    return np.floor_divide(a, b)


def _not_implemented(name: str) -> Any:
    def vjp(g: Any, c: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return vjp


FLOOR_DIVIDE = OpSpec(
    "floor_divide",
    _floor_divide,
    (_not_implemented("floor_divide"), _not_implemented("floor_divide")),
    grad_fn="NotImplemented",
    args=("self", "other"),
    form="{0} // {1}",
    latex=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
    derivatives=("0", "0"),
    glyph="//",
    local=True,
    doc="Divides input by other and rounds down.",
)

REMAINDER = OpSpec(
    "remainder",
    lambda a, b: np.remainder(a, b),
    (lambda g, c: g, lambda g, c: -g * c.div_floor(c.saved(0), c.saved(1))),
    args=("self", "other"),
    saves=((0, (1,)), (1, (1,))),
    form="{0} % {1}",
    latex=r"{0} \bmod {1}",
    derivatives=("1", r"-\lfloor {0} / {1} \rfloor"),
    glyph="%",
    local=True,
    doc="The remainder of input / other, with the sign of other.",
    samples=(S((2, 3), 1.3),),
)
REMAINDER_TENSOR = replace(
    REMAINDER,
    name="remainder_tensor",
    grad_fn="RemainderBackward1",
    call="remainder",
    samples=(S((2, 3), Arg((3,), 0.7, 1.9)),),
)

FMOD = OpSpec(
    "fmod",
    lambda a, b: np.fmod(a, b),
    (lambda g, c: g, lambda g, c: -g * c.div_trunc(c.saved(0), c.saved(1))),
    args=("self", "other"),
    saves=((0, (1,)), (1, (1,))),
    form="fmod({0}, {1})",
    derivatives=("1", r"-\operatorname{{trunc}}({0} / {1})"),
    glyph="%",
    local=True,
    doc="The remainder of input / other, with the sign of input.",
    samples=(S((2, 3), 1.3),),
)
FMOD_TENSOR = replace(
    FMOD, name="fmod_tensor", grad_fn="FmodBackward1", call="fmod", samples=(S((2, 3), Arg((3,), 0.7, 1.9)),)
)

DIV_FLOOR = OpSpec(
    "div_floor",
    lambda a, b: np.floor_divide(a, b),
    (lambda g, c: c.zeros_like(g), lambda g, c: c.zeros_like(g)),
    grad_fn="DivBackward2",
    args=("self", "other"),
    form="⌊{0} / {1}⌋",
    derivatives=("0", "0"),
    glyph="÷",
    local=True,
    call="div",
    samples=(S((2, 3), 1.3, rounding_mode="floor"), S((2, 3), Arg((3,), 0.7, 1.9), rounding_mode="floor")),
)

DIV_TRUNC = OpSpec(
    "div_trunc",
    lambda a, b: np.trunc(a / b) if a.dtype.kind == "f" else np.trunc(a / b).astype(a.dtype),
    (lambda g, c: c.zeros_like(g), lambda g, c: c.zeros_like(g)),
    grad_fn="DivBackward2",
    args=("self", "other"),
    form="trunc({0} / {1})",
    derivatives=("0", "0"),
    glyph="÷",
    local=True,
    call="div",
    samples=(S((2, 3), 1.3, rounding_mode="trunc"), S((2, 3), Arg((3,), 0.7, 1.9), rounding_mode="trunc")),
)


def _with_alpha(spec: OpSpec, sign: int) -> Any:
    def call(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
        a = number_or_tensor(input, spec.name, "input", 1)
        b = number_or_tensor(other, spec.name, "other", 2)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            a = wrapped_number(a)
        if alpha == 1:
            result = binary(spec, a, b)
        else:
            x = a._data if isinstance(a, Tensor) else a
            y = b._data if isinstance(b, Tensor) else b
            x, y = promoted((x, y))
            try:
                np.broadcast_shapes(x.shape, y.shape)
            except ValueError:
                raise broadcast_error(x.shape, y.shape) from None
            result = apply(ADD_SCALED, (a, b), {"alpha": sign * alpha})
        return result if out is None else deliver(result, out, spec.name)

    return named(call, spec)


add = _with_alpha(ADD, 1)
sub = _with_alpha(SUB, -1)
mul = binary_function(MUL)
neg = unary_function(NEG)
reciprocal = unary_function(RECIPROCAL)
floor_divide = binary_function(FLOOR_DIVIDE)
remainder = binary_function(REMAINDER_TENSOR, number=REMAINDER)
fmod = binary_function(FMOD_TENSOR, number=FMOD)
div_floor = binary_function(DIV_FLOOR)
div_trunc = binary_function(DIV_TRUNC)


DIV_BY_ROUNDING = {None: DIV, "trunc": DIV_TRUNC, "floor": DIV_FLOOR}


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Divides input by other; rounding_mode may be None, 'trunc' or 'floor'."""
    if rounding_mode not in (None, "trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    a = number_or_tensor(input, "div", "input", 1)
    b = number_or_tensor(other, "div", "other", 2)
    if type(a) in NUMBERS and type(b) in NUMBERS:
        a = wrapped_number(a)
    result = binary(DIV_BY_ROUNDING[rounding_mode], a, b)
    return result if out is None else deliver(result, out, "div")


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input to the power of 2."""
    result = apply(SQUARE, (expect_tensor(input, "square"),), {"exponent": 2})
    return result if out is None else deliver(result, out, "square")


def pow(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """input to the power of exponent; either may be a number."""
    if type(exponent) in NUMBERS and isinstance(input, Tensor):
        result = apply(POW, (input,), {"exponent": exponent})
    else:
        a = number_or_tensor(input, "pow", "input", 1)
        b = number_or_tensor(exponent, "pow", "exponent", 2)
        if isinstance(a, Tensor) and isinstance(b, Tensor):
            result = binary(POW_TENSOR, a, b)
        elif isinstance(a, Tensor):
            result = apply(POW, (a,), {"exponent": b})
        elif isinstance(b, Tensor):
            result = apply(POW_SCALAR_BASE, (b,), {"base": a})
        else:
            raise TypeError(
                "pow() received an invalid combination of arguments - got "
                f"({type(input).__name__}, {type(exponent).__name__}), but expected one of:\n"
                " * (Tensor input, Tensor exponent, *, Tensor out = None)\n"
                " * (Number self, Tensor exponent, *, Tensor out = None)\n"
                " * (Tensor input, Number exponent, *, Tensor out = None)\n"
            )
    return result if out is None else deliver(result, out, "pow")


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input."""
    return binary(RSUB, other, input) if alpha == 1 else sub(other, input, alpha=alpha)


def _pow_method(self: Tensor, other: Any) -> Any:
    if isinstance(other, (Tensor, int, float)):
        return pow(self, other)
    return NotImplemented


def _rpow_method(self: Tensor, other: Any) -> Any:
    if isinstance(other, (int, float)):
        return pow(other, self)
    return NotImplemented


def _rdiv_method(self: Tensor, other: Any) -> Any:
    if isinstance(other, (int, float)):
        return reciprocal(self) * other
    return NotImplemented


def _pos(self: Tensor) -> Tensor:
    return self


OPERATORS: dict[str, Any] = {
    "__add__": operator_of(ADD),
    "__radd__": operator_of(ADD),
    "__sub__": operator_of(SUB),
    "__rsub__": operator_of(RSUB, reflected=True),
    "__mul__": operator_of(MUL),
    "__rmul__": operator_of(MUL),
    "__truediv__": operator_of(DIV),
    "__rtruediv__": _rdiv_method,
    "__floordiv__": operator_of(FLOOR_DIVIDE),
    "__rfloordiv__": operator_of(FLOOR_DIVIDE, reflected=True),
    "__mod__": operator_of(REMAINDER_TENSOR, number=REMAINDER),
    "__rmod__": operator_of(REMAINDER, reflected=True),
    "__pow__": _pow_method,
    "__rpow__": _rpow_method,
    "__neg__": lambda self: neg(self),
    "__pos__": _pos,
}

METHODS: dict[str, Any] = {
    "add": add,
    "sub": sub,
    "subtract": sub,
    "mul": mul,
    "multiply": mul,
    "div": div,
    "divide": div,
    "true_divide": div,
    "neg": neg,
    "negative": neg,
    "reciprocal": reciprocal,
    "pow": pow,
    "square": square,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "fmod": fmod,
}

FUNCTIONS: dict[str, Any] = {**METHODS, "rsub": rsub}
