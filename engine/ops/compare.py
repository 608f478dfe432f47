"""Comparisons, logic and tests on elements: never differentiable, so the graph ends at them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops.dispatch import NUMBERS, apply, as_number, binary
from engine.ops.functions import binary_function, expect_tensor, unary_function
from engine.ops.spec import Arg, OpSpec, Sample
from engine.tensors import Tensor

_TWO = (Sample((Arg((2, 3)), Arg((3,)))),)
_BITS = (Sample((Arg((2, 3), 0, 8, "int64", False), Arg((3,), 0, 8, "int64", False))),)


def _comparison(name: str, forward: Callable[..., Raw], sign: str, latex: str) -> OpSpec:
    return OpSpec(
        name,
        forward,
        args=("self", "other"),
        form=f"{{0}} {sign} {{1}}",
        latex=f"{{0}} {latex} {{1}}",
        glyph=sign,
        local=True,
        doc=f"input {sign} other, elementwise.",
        samples=_TWO,
    )


EQ = _comparison("eq", operator.eq, "==", "=")
NE = _comparison("ne", operator.ne, "!=", r"\ne")
LT = _comparison("lt", operator.lt, "<", "<")
LE = _comparison("le", operator.le, "<=", r"\le")
GT = _comparison("gt", operator.gt, ">", ">")
GE = _comparison("ge", operator.ge, ">=", r"\ge")


def _logic(name: str, forward: Callable[..., Raw], sign: str) -> OpSpec:
    return OpSpec(
        name,
        forward,
        args=("self", "other"),
        form=f"{{0}} {sign} {{1}}",
        glyph=sign,
        local=True,
        doc=f"{name.replace('_', ' ')}, elementwise.",
        samples=_BITS,
    )


def _bitwise(kernel: str, f: Callable[[Raw, Raw], Raw], kinds: str = "iub") -> Callable[[Raw, Raw], Raw]:
    """``f`` on whole numbers; torch's NotImplementedError for floating ones."""

    def forward(a: Raw, b: Raw) -> Raw:
        kind = np.result_type(a, b)
        if kind.kind not in kinds:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[kind].scalar_type}'")
        return f(a, b)

    return forward


AND = _logic("bitwise_and", _bitwise("bitwise_and_cpu", operator.and_), "&")
OR = _logic("bitwise_or", _bitwise("bitwise_or_cpu", operator.or_), "|")
XOR = _logic("bitwise_xor", _bitwise("bitwise_xor_cpu", operator.xor), "^")
LSHIFT = _logic("bitwise_left_shift", _bitwise("lshift_cpu", operator.lshift, "iu"), "<<")
RSHIFT = _logic("bitwise_right_shift", _bitwise("rshift_cpu", operator.rshift, "iu"), ">>")
LOGICAL_AND = _logic("logical_and", np.logical_and, "and")
LOGICAL_OR = _logic("logical_or", np.logical_or, "or")
LOGICAL_XOR = _logic("logical_xor", np.logical_xor, "xor")


def _test(name: str, forward: Callable[..., Raw], doc: str, glyph: str = "") -> OpSpec:
    return OpSpec(
        name,
        forward,
        args=("self",),
        local=True,
        glyph=glyph,
        doc=doc,
        samples=(Sample((Arg((2, 3)),)),),
    )


def _inverted(x: Raw) -> Raw:
    if x.dtype.kind == "f":
        raise NotImplementedError(f"\"bitwise_not_cpu\" not implemented for '{FROM_NUMPY[x.dtype].scalar_type}'")
    return ~x


NOT = OpSpec(
    "bitwise_not",
    _inverted,
    args=("self",),
    form="~{0}",
    glyph="~",
    local=True,
    doc="bitwise not, elementwise.",
    samples=(Sample((Arg((2, 3), 0, 8, "int64", False),)),),
)
LOGICAL_NOT = _test("logical_not", np.logical_not, "Whether an element is 0.", "not")
ISNAN = _test("isnan", np.isnan, "Whether an element is nan.")
ISINF = _test("isinf", np.isinf, "Whether an element is infinite.")
ISFINITE = _test("isfinite", np.isfinite, "Whether an element is neither infinite nor nan.")

_BINARY = (EQ, NE, LT, LE, GT, GE, AND, OR, XOR, LSHIFT, RSHIFT, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR)
_UNARY = (NOT, LOGICAL_NOT, ISNAN, ISINF, ISFINITE)

_NUMBERS = {
    **dict.fromkeys((EQ, NE, LT, LE, GT, GE), "other"),
    **dict.fromkeys((LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR), ""),
}
"""Which operands may be Python numbers; for the rest both."""

METHODS: dict[str, Any] = {
    spec.name: binary_function(spec, numbers=_NUMBERS.get(spec, "input other")) for spec in _BINARY
}
METHODS.update({spec.name: unary_function(spec) for spec in _UNARY})
for _alias, _name in {
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "not_equal": "ne",
}.items():
    METHODS[_alias] = METHODS[_name]


def equal(input: Tensor, other: Tensor) -> bool:
    """True if both have the same shape and the same elements."""
    a, b = expect_tensor(input, "equal"), expect_tensor(other, "equal", "other", 2)
    return bool(a._data.shape == b._data.shape and np.all(a._data == b._data))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """|input - other| <= atol + rtol * |other|, elementwise."""
    a, b = _same_dtype(input, other, "isclose")
    return apply(ISCLOSE, (a, b), {"rtol": rtol, "atol": atol, "equal_nan": equal_nan})


ISCLOSE = OpSpec(
    "isclose",
    lambda a, b, rtol, atol, equal_nan: np.isclose(a, b, rtol, atol, equal_nan),
    args=("self", "other"),
    form="{0} ≈ {1}",
    glyph="≈",
    local=True,
    doc="Whether elements are close.",
    samples=_TWO,
)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """True if all elements are close."""
    a, b = _same_dtype(input, other, "allclose")
    return bool(np.all(np.isclose(a._data, b._data, rtol, atol, equal_nan)))


def _same_dtype(input: Tensor, other: Tensor, name: str) -> tuple[Tensor, Tensor]:
    a, b = expect_tensor(input, name), expect_tensor(other, name, "other", 2)
    if a.dtype is not b.dtype:
        raise RuntimeError(f"{a.dtype.scalar_type} did not match {b.dtype.scalar_type}")
    return a, b


METHODS.update(equal=equal, isclose=isclose, allclose=allclose)
FUNCTIONS: dict[str, Any] = dict(METHODS)


def _operator(spec: OpSpec, foreign: Any = NotImplemented) -> Callable[[Tensor, Any], Any]:
    def method(self: Tensor, other: Any) -> Any:
        if isinstance(other, Tensor) or type(other) in NUMBERS:
            return binary(spec, self, other)
        if isinstance(other, (int, float)):
            return binary(spec, self, as_number(other))
        return method(self, other.item()) if isinstance(other, np.number) else foreign

    return method


def _reflected(spec: OpSpec) -> Callable[[Tensor, Any], Any]:
    def method(self: Tensor, other: Any) -> Any:
        return binary(spec, as_number(other), self) if isinstance(other, (int, float)) else NotImplemented

    return method


def _invert(self: Tensor) -> Any:
    if self.is_floating_point():
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return METHODS["bitwise_not"](self)


OPERATORS: dict[str, Any] = {
    "__eq__": _operator(EQ, False),
    "__ne__": _operator(NE, True),
    "__lt__": _operator(LT),
    "__le__": _operator(LE),
    "__gt__": _operator(GT),
    "__ge__": _operator(GE),
    "__and__": _operator(AND),
    "__rand__": _operator(AND),
    "__or__": _operator(OR),
    "__ror__": _operator(OR),
    "__xor__": _operator(XOR),
    "__rxor__": _operator(XOR),
    "__lshift__": _operator(LSHIFT),
    "__rlshift__": _reflected(LSHIFT),
    "__rshift__": _operator(RSHIFT),
    "__rrshift__": _reflected(RSHIFT),
    "__invert__": _invert,
}
