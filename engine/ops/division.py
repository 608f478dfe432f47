"""div in its rounding modes, floor_divide, remainder and fmod: the ops behind ``/``, ``//`` and ``%``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.dispatch import NUMBERS, binary, choose, floating
from engine.ops.functions import (
    binary_function,
    deliver,
    number_or_tensor,
    operator_of,
    public,
    unary_function,
    wrapped_number,
)
from engine.ops.spec import Arg, OpSpec, S, Vjp
from engine.refusals import no_operand
from engine.tensors import Tensor

NONZERO = Arg((3,), 0.7, 1.9)


def _quotient(a: Raw, b: Raw) -> Raw:
    if type(a) not in NUMBERS:
        a = floating(a)
    if type(b) not in NUMBERS:
        b = floating(b)
    return a / b


DIV = OpSpec(
    "div",
    _quotient,
    (lambda g, c: g / c.saved(1), lambda g, c: -g * ((c.saved(0) / c.saved(1)) / c.saved(1))),
    args=("self", "other"),
    saves=((0, (1,)), (1, (0, 1))),
    form="{0} / {1}",
    latex=r"\frac{{{0}}}{{{1}}}",
    derivatives=(r"\frac{{1}}{{{1}}}", r"-\frac{{{0}}}{{{1}^2}}"),
    glyph="÷",
    local=True,
    doc="Divides input by other; rounding_mode may be None, 'trunc' or 'floor'.",
    samples=(S((2, 3), Arg((2, 3), 0.5, 2.0)), S((2, 3), Arg((3,), 0.5, 2.0)), S((3,), 2.5)),
)

DIV_SCALAR = replace(
    DIV,
    name="div_scalar",
    vjps=(lambda g, c: g / c.saved(0), None),
    grad_fn="DivBackward1",
    saves=((1, (0,)),),
    call="div",
    doc="Divides input by a number, as torch does inside its own functions.",
    samples=(),
)


def divide_by(x: Tensor, number: float) -> Tensor:
    """``x / number`` as torch divides inside its own functions."""
    return binary(DIV_SCALAR, x, number)


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
    samples=(S(Arg((2, 3), 0.5, 2.0)),),
)


def _whole(kernel: str, f: Callable[[Raw, Raw], Raw]) -> Callable[[Raw, Raw], Raw]:
    """``f`` on operands of one dtype; integers cannot be divided by 0, bools not at all."""

    def forward(a: Raw, b: Raw) -> Raw:
        if type(a) in NUMBERS:
            a = b.dtype.type(a)
        elif type(b) in NUMBERS:
            b = a.dtype.type(b)
        if b.dtype.kind == "b":
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
        if b.dtype.kind in "iu" and not np.all(b):
            raise RuntimeError("ZeroDivisionError")
        return f(a, b)

    return forward


def _truncated(a: Raw, b: Raw) -> Raw:
    if a.dtype.kind == "f":
        return np.trunc(a / b)
    whole = np.floor_divide(np.abs(a), np.abs(b))
    return (whole * np.sign(a) * np.sign(b)).astype(a.dtype)


def _remainder(a: Raw, b: Raw) -> Raw:
    if a.dtype.kind != "f":
        return np.remainder(a, b)
    # Like numpy's, but a zero keeps the sign of the dividend.
    rest = np.fmod(a, b)
    return choose((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


def not_implemented(name: str) -> Vjp:
    """What torch puts on ops whose derivative it does not know: an error when backward gets there."""

    def vjp(g: Any, c: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return vjp


FLOOR_DIVIDE = OpSpec(
    "floor_divide",
    _whole("div_floor_cpu", np.floor_divide),
    (not_implemented("floor_divide"),) * 2,
    grad_fn="NotImplemented",
    args=("self", "other"),
    form="{0} // {1}",
    latex=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
    derivatives=("0", "0"),
    glyph="//",
    local=True,
    doc="Divides input by other and rounds down.",
    samples=(S((2, 3), 1.3), S((2, 3), NONZERO)),
)

REMAINDER = OpSpec(
    "remainder",
    _whole("remainder_cpu", _remainder),
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
    samples=(S((2, 3), NONZERO),),
)
REMAINDER_OF_NUMBER = replace(
    REMAINDER,
    name="remainder_of_number",
    vjps=(not_implemented("remainder"),) * 2,
    saves=(),
    grad_fn="NotImplemented",
    derivatives=("0", "0"),
    call="remainder",
    samples=(S(5.0, NONZERO),),
)

FMOD = OpSpec(
    "fmod",
    _whole("fmod_cpu", np.fmod),
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
FMOD_TENSOR = replace(FMOD, name="fmod_tensor", grad_fn="FmodBackward1", call="fmod", samples=(S((2, 3), NONZERO),))

DIV_FLOOR = OpSpec(
    "div_floor",
    _whole("div_floor_cpu", np.floor_divide),
    (lambda g, c: c.zeros_like(g), lambda g, c: c.zeros_like(g)),
    grad_fn="DivBackward2",
    args=("self", "other"),
    form="⌊{0} / {1}⌋",
    derivatives=("0", "0"),
    glyph="÷",
    local=True,
    call="div",
    doc="Divides input by other and rounds down.",
    samples=(S((2, 3), 1.3, rounding_mode="floor"), S((2, 3), NONZERO, rounding_mode="floor")),
)
DIV_TRUNC = OpSpec(
    "div_trunc",
    _whole("div_trunc_cpu", _truncated),
    (lambda g, c: c.zeros_like(g), lambda g, c: c.zeros_like(g)),
    grad_fn="DivBackward2",
    args=("self", "other"),
    form="trunc({0} / {1})",
    derivatives=("0", "0"),
    glyph="÷",
    local=True,
    call="div",
    doc="Divides input by other and cuts decimals off.",
    samples=(S((2, 3), 1.3, rounding_mode="trunc"), S((2, 3), NONZERO, rounding_mode="trunc")),
)


def quotient(spec: OpSpec, a: Any, b: Any) -> Tensor:
    """An op with a floating result. A whole number becomes a floating one where the tensor's dtype cannot hold it."""
    if type(b) is int and b < 0 and isinstance(a, Tensor) and a._data.dtype.kind in "ub":
        b = float(b)
    elif type(a) is int and a < 0 and isinstance(b, Tensor) and b._data.dtype.kind in "ub":
        a = float(a)
    return binary(spec, a, b)


_BY_ROUNDING = {None: DIV, "trunc": DIV_TRUNC, "floor": DIV_FLOOR}


def division(rounding_mode: str | None) -> OpSpec:
    """The op that divides in a rounding mode; RuntimeError if there is no such mode."""
    if rounding_mode not in _BY_ROUNDING:
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return _BY_ROUNDING[rounding_mode]


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Divides input by other; rounding_mode may be None, 'trunc' or 'floor'."""
    spec = division(rounding_mode)
    a = number_or_tensor(input, "div", "input", 1)
    b = number_or_tensor(other, "div", "other", 2)
    if type(a) in NUMBERS and type(b) in NUMBERS:
        a = wrapped_number(a)
    return deliver(quotient(spec, a, b) if spec is DIV else binary(spec, a, b), out, "div")


def remainder(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """The remainder of input / other, with the sign of other."""
    a = number_or_tensor(input, "remainder", "input", 1)
    b = number_or_tensor(other, "remainder", "other", 2)
    if not isinstance(a, Tensor):
        return deliver(binary(REMAINDER_OF_NUMBER, a, b), out, "remainder")
    return deliver(binary(REMAINDER_TENSOR if isinstance(b, Tensor) else REMAINDER, a, b), out, "remainder")


reciprocal = unary_function(RECIPROCAL)
floor_divide = binary_function(FLOOR_DIVIDE)
fmod = binary_function(FMOD_TENSOR, number=FMOD, numbers="other")
div_floor = binary_function(DIV_FLOOR)
div_trunc = binary_function(DIV_TRUNC)


def _divided_into(self: Tensor, other: Any) -> Any:
    """``other / self``, which torch computes as ``self.reciprocal() * other``."""
    return reciprocal(self) * other if isinstance(other, (int, float, np.number)) else no_operand(other)


OPERATORS: dict[str, Any] = {
    "__truediv__": operator_of(DIV, call=quotient),
    "__rtruediv__": _divided_into,
    "__floordiv__": operator_of(FLOOR_DIVIDE),
    "__rfloordiv__": operator_of(FLOOR_DIVIDE, reflected=True),
    "__mod__": operator_of(REMAINDER_TENSOR, number=REMAINDER),
    "__rmod__": operator_of(REMAINDER_OF_NUMBER, reflected=True),
}
METHODS: dict[str, Any] = {
    **public(div, reciprocal, floor_divide, remainder, fmod),
    "divide": div,
    "true_divide": div,
}
FUNCTIONS: dict[str, Any] = dict(METHODS)
