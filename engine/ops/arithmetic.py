"""add, sub, mul, neg: the ops behind ``+``, ``-`` and ``*``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import NUMBERS, binary, broadcast_shape, finish, promoted, scalar
from engine.ops.functions import (
    binary_function,
    deliver,
    expect_tensor,
    named,
    number_or_tensor,
    operator_of,
    public,
    unary_function,
    wrapped_number,
)
from engine.ops.spec import OpSpec, S, Vjp
from engine.tensors import Tensor

TWO_BOOLS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
    "instead."
)
ONE_BOOL = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead."
)
NEGATIVE_BOOL = (
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` "
    "or `logical_not()` operator instead."
)

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


def _reversed(name: str, grad_fn: str, samples: Any, other_grad: Vjp | None = None) -> OpSpec:
    """``other - input``: torch's rsub, which has one node for tensors and one for numbers."""
    return OpSpec(
        name,
        operator.sub,
        (other_grad, lambda g, c: -g),
        grad_fn=grad_fn,
        args=("other", "self"),
        form="{0} − {1}",
        latex="{0} - {1}",
        derivatives=("1", "-1"),
        glyph="−",
        local=True,
        call="rsub",
        doc="Subtracts input from other.",
        samples=samples,
    )


RSUB = _reversed("rsub", "RsubBackward1", (S((3,), 2.5),))
RSUB_TENSOR = _reversed("rsub_tensor", "RsubBackward0", (S((2, 3), (3,)),), lambda g, c: g)


def _scaled(a: Raw, b: Raw, alpha: Any) -> Raw:
    return a + b * alpha


def _scaled_sum(name: str, grad_fn: str, sign: int, samples: Any) -> OpSpec:
    """add and sub with an alpha of their own; ``alpha`` among the params carries the sign."""
    return OpSpec(
        name,
        _scaled,
        (lambda g, c: g, lambda g, c: g * c.param("alpha")),
        grad_fn=grad_fn,
        args=("self", "other"),
        form="{0} + {alpha}·{1}",
        latex=r"{0} + {alpha}\,{1}",
        derivatives=("1", "{alpha}"),
        glyph="+",
        local=True,
        call="add" if sign > 0 else "sub",
        doc="Adds a multiple of other to input.",
        samples=samples,
    )


ADD_SCALED = _scaled_sum("add_scaled", "AddBackward0", 1, (S((2, 3), (3,), alpha=2.5),))
SUB_SCALED = _scaled_sum("sub_scaled", "SubBackward0", -1, (S((2, 3), (3,), alpha=2.5),))

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


MUL_NUMBER = replace(
    MUL,
    name="mul_number",
    vjps=(lambda g, c: g * c.saved(0), None),
    grad_fn="MulBackward1",
    saves=((1, (0,)),),
    call="mul",
    doc="Multiplies input by a number, as torch does inside its own functions.",
    samples=(),
)


def _negative(x: Raw) -> Raw:
    if x.dtype.kind == "b":
        raise RuntimeError(NEGATIVE_BOOL)
    return -x


NEG = OpSpec(
    "neg",
    _negative,
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


def is_bool(x: Any) -> bool:
    """Whether an operand is a bool or a tensor of bools."""
    return x._data.dtype.kind == "b" if isinstance(x, Tensor) else type(x) is bool


def difference(spec: OpSpec, a: Any, b: Any) -> Tensor:
    """``a - b``; torch subtracts no bools."""
    bools = is_bool(a) + is_bool(b)
    if bools:
        raise RuntimeError(TWO_BOOLS if bools == 2 else ONE_BOOL)
    return binary(spec, a, b)


def check_alpha(alpha: Any, kind: np.dtype[Any]) -> None:
    """Raise torch's RuntimeError for a scale that does not go with the result's dtype."""
    if isinstance(alpha, bool) and kind.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and kind.kind != "f":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")


def scaled_sum(spec: OpSpec, a: Any, b: Any, alpha: Any) -> Tensor:
    """``a + alpha * b``, as ``spec``'s doing."""
    x, y = promoted([v._data if isinstance(v, Tensor) else v for v in (a, b)])
    check_alpha(alpha, x.dtype)
    broadcast_shape(x.shape, y.shape)
    return finish(spec, (a, b), {"alpha": alpha}, _scaled(x, y, scalar(alpha, x.dtype)))


def _with_alpha(spec: OpSpec, scaled: OpSpec, sign: int, plain: Callable[[OpSpec, Any, Any], Tensor]) -> Any:
    def call(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
        a = number_or_tensor(input, spec.name, "input", 1)
        b = number_or_tensor(other, spec.name, "other", 2)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            a = wrapped_number(a)
        if alpha == 1 and alpha is not True:
            result = plain(spec, a, b)
        else:
            result = scaled_sum(scaled, a, b, alpha if sign > 0 else -alpha)
        return result if out is None else deliver(result, out, spec.name)

    return named(call, spec)


add = _with_alpha(ADD, ADD_SCALED, 1, binary)
sub = _with_alpha(SUB, SUB_SCALED, -1, difference)
mul = binary_function(MUL)
neg = unary_function(NEG)


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input."""
    x = expect_tensor(input, "rsub")
    if alpha != 1:
        out: Tensor = sub(other, x, alpha=alpha)
        return out
    return difference(RSUB_TENSOR if isinstance(other, Tensor) else RSUB, other, x)


def positive(input: Tensor) -> Tensor:
    """input itself."""
    if input._data.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


OPERATORS: dict[str, Any] = {
    "__add__": operator_of(ADD),
    "__radd__": operator_of(ADD),
    "__sub__": operator_of(SUB, call=difference),
    "__rsub__": operator_of(RSUB, call=difference, reflected=True),
    "__mul__": operator_of(MUL),
    "__rmul__": operator_of(MUL),
    "__neg__": lambda self: neg(self),
    "__pos__": positive,
}
METHODS: dict[str, Any] = {
    **public(add, sub, mul, neg),
    "subtract": sub,
    "multiply": mul,
    "negative": neg,
    "positive": positive,
}
FUNCTIONS: dict[str, Any] = {**METHODS, "rsub": rsub}
