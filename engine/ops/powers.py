"""pow in its four kinds, and square: the ops behind ``**``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops import kernels, roots
from engine.ops.dispatch import NUMBERS, apply, binary, floating, scalar
from engine.ops.functions import deliver, expect_tensor, invalid_combination, number_or_tensor, public
from engine.ops.quick import quick_single
from engine.ops.spec import Arg, OpSpec, S
from engine.refusals import no_operand
from engine.tensors import Tensor

POSITIVE = Arg((2, 3), 0.5, 2.0)

NEGATIVE_POWER = "Integers to negative integer powers are not allowed."


def power(x: Raw, exponent: Any) -> Raw:
    """x to a Python number; small whole exponents are products and 0.5 is a square root, as in torch."""
    if x.dtype.kind != "f":
        if type(exponent) is float:
            x = floating(x)
        elif exponent < 0:
            raise RuntimeError(NEGATIVE_POWER)
        elif x.dtype.kind == "b" and type(exponent) is int:
            x = x.astype(np.int64)
    if exponent == 2:
        return x * x
    if exponent == 3:
        return x * x * x
    if exponent == 1:
        return x.copy()
    if exponent == 0.5:
        return roots.sqrt(x)
    if exponent == -1:
        return 1 / x
    if exponent == -2:
        return 1 / (x * x)
    if exponent == -0.5:
        return 1 / np.sqrt(x)
    return kernels.power(x, scalar(exponent, x.dtype))


def _pow_grad(g: Any, c: Any) -> Any:
    exponent = c.param("exponent")
    if exponent == 0:
        return c.zeros_like(g)
    x = c.saved(0)
    if exponent == 2 and not c.creates_graph:
        return g * (x * 2)
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


def _tensor_power(x: Raw, y: Raw) -> Raw:
    if x.dtype.kind == "b" and y.dtype.kind == "b":
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")
    if y.dtype.kind == "i" and np.any(y < 0):
        # Of the integers only 1 and -1 have a whole reciprocal; the others give 0.
        whole = np.where(y % 2 == 0, x * x, x) * (np.abs(x) == 1)
        return np.where(y < 0, whole, x ** np.maximum(y, 0)).astype(x.dtype)
    return kernels.power(x, y)


def _pow_self(g: Any, c: Any) -> Any:
    x, y = c.saved(0), c.saved(1)
    return c.zero_where(y == 0.0, g * (y * x ** (y - 1)))


def _pow_exponent(g: Any, c: Any) -> Any:
    x, y, result = c.saved(0), c.saved(1), c.saved(2)
    return g * c.zero_where((x == 0.0) & (y >= 0.0), result * c.log(x))


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
    doc="input to the power of exponent, elementwise.",
    samples=(S(POSITIVE, (2, 3)), S(POSITIVE, (3,))),
)


def _number_power(y: Raw, base: Any) -> Raw:
    if type(base) is float:
        y = floating(y)
    elif type(base) is int and y.dtype.kind == "b":
        y = y.astype(np.int64)
    return _tensor_power(scalar(base, y.dtype), y)


def _number_power_grad(g: Any, c: Any) -> Any:
    base, result = c.param("base"), c.saved(1)
    if base == 0:
        return c.zero_where(c.saved(0) >= 0, result * -math.inf) * g
    return g * (result * (math.log(base) if base > 0 else math.nan))


POW_SCALAR_BASE = OpSpec(
    "rpow",
    _number_power,
    (_number_power_grad,),
    grad_fn="PowBackward2",
    args=("exponent",),
    saves=((0, (0,)), (OUT, (0,))),
    form="{base} ** {0}",
    latex="{base}^{{{0}}}",
    derivatives=(r"{out}\,\ln {base}",),
    glyph="aˣ",
    local=True,
    call="Tensor.__rpow__",
    doc="A number to the power of input.",
    samples=(S((2, 3), 2.5),),
)


def torch_pow(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """input to the power of exponent; either may be a number."""
    if type(exponent) in NUMBERS and isinstance(input, Tensor):
        result = apply(POW, (input,), {"exponent": exponent})
        return result if out is None else deliver(result, out, "pow")
    a = number_or_tensor(input, "pow", "input", 1)
    b = number_or_tensor(exponent, "pow", "exponent", 2)
    if isinstance(a, Tensor):
        result = binary(POW_TENSOR, a, b) if isinstance(b, Tensor) else apply(POW, (a,), {"exponent": b})
    elif isinstance(b, Tensor):
        result = apply(POW_SCALAR_BASE, (b,), {"base": a})
    else:
        raise invalid_combination(
            "pow",
            (input, exponent),
            {},
            "Tensor input, Tensor exponent, *, Tensor out = None",
            "Number self, Tensor exponent, *, Tensor out = None",
            "Tensor input, Number exponent, *, Tensor out = None",
        )
    return deliver(result, out, "pow")


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input to the power of 2."""
    return deliver(apply(SQUARE, (expect_tensor(input, "square"),), {"exponent": 2}), out, "square")


def plain(value: Any) -> Any:
    """numpy's numbers as Python's."""
    return value.item() if isinstance(value, np.number) else value


_number_power_of = quick_single(POW)


def _to_the(self: Tensor, other: Any) -> Any:
    if type(other) in NUMBERS:
        return _number_power_of(self, {"exponent": other})
    return torch_pow(self, plain(other)) if isinstance(other, (Tensor, int, float, np.number)) else no_operand(other)


def _exponent_of(self: Tensor, other: Any) -> Any:
    return torch_pow(plain(other), self) if isinstance(other, (int, float, np.number)) else no_operand(other)


OPERATORS: dict[str, Any] = {"__pow__": _to_the, "__rpow__": _exponent_of}
METHODS: dict[str, Any] = public(torch_pow, square)
FUNCTIONS: dict[str, Any] = dict(METHODS)
