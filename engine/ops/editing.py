"""The in-place forms of the ops, as methods of Tensor: ``add_``, ``exp_``, ``+=`` ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops import activations, analytic, arithmetic, division, pointwise, powers
from engine.ops.arithmetic import ONE_BOOL, TWO_BOOLS, check_alpha, is_bool
from engine.ops.dispatch import as_number
from engine.ops.functions import number_or_tensor, public
from engine.ops.inplace import copy_, fill_, inplace, zero_
from engine.ops.spec import OpSpec
from engine.ops.storage import written_at_once
from engine.tensors import Tensor


def _unary(spec: OpSpec) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        return inplace(spec, self, ())

    method.__name__ = f"{spec.name}_"
    method.__doc__ = spec.doc
    return method


def _binary(name: str, spec: OpSpec, number: OpSpec | None = None) -> Callable[[Tensor, Any], Tensor]:
    def method(self: Tensor, other: Any) -> Tensor:
        value = number_or_tensor(other, name, "other", 1)
        return inplace(spec if isinstance(value, Tensor) else number or spec, self, (value,))

    method.__name__ = name
    method.__doc__ = spec.doc
    return method


def add_(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """Adds other, scaled by alpha, in place."""
    value = number_or_tensor(other, "add_", "other", 1)
    return _scaled(self, value, alpha, arithmetic.ADD, arithmetic.ADD_SCALED, 1)


def sub_(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """Subtracts other, scaled by alpha, in place."""
    value = number_or_tensor(other, "sub_", "other", 1)
    bools = is_bool(self) + is_bool(value)
    if bools:
        raise RuntimeError(TWO_BOOLS if bools == 2 else ONE_BOOL)
    return _scaled(self, value, alpha, arithmetic.SUB, arithmetic.SUB_SCALED, -1)


def _scaled(self: Tensor, value: Any, alpha: Any, plain: OpSpec, scaled: OpSpec, sign: int) -> Tensor:
    check_alpha(alpha, self._data.dtype)
    if alpha == 1:
        return inplace(plain, self, (value,))
    return inplace(scaled, self, (value,), {"alpha": sign * alpha})


mul_ = _binary("mul_", arithmetic.MUL)
floor_divide_ = _binary("floor_divide_", division.FLOOR_DIVIDE)
remainder_ = _binary("remainder_", division.REMAINDER_TENSOR, division.REMAINDER)
fmod_ = _binary("fmod_", division.FMOD_TENSOR, division.FMOD)


def div_(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Divides by other, in place; rounding_mode may be None, 'trunc' or 'floor'."""
    return inplace(division.division(rounding_mode), self, (number_or_tensor(other, "div_", "other", 1),))


def pow_(self: Tensor, exponent: Any) -> Tensor:
    """Raises to the power of exponent, in place."""
    if isinstance(exponent, Tensor):
        return inplace(powers.POW_TENSOR, self, (exponent,))
    return inplace(powers.POW, self, (), {"exponent": as_number(exponent)})


def square_(self: Tensor) -> Tensor:
    """Raises to the power of 2, in place."""
    return pow_(self, 2)


def clamp_(self: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Limits to [min, max], in place."""
    params = {k: v for k, v in (("min", min), ("max", max)) if v is not None}
    return inplace(pointwise.CLAMP, self, (), params)


UNARY = (*analytic.UNARY, *pointwise.UNARY, pointwise.ROUND, activations.RELU, arithmetic.NEG, division.RECIPROCAL)

METHODS: dict[str, Any] = {
    **{f"{spec.name}_": _unary(spec) for spec in UNARY},
    **public(add_, sub_, mul_, div_, pow_, square_, floor_divide_, remainder_, fmod_, clamp_, zero_, fill_, copy_),
    "subtract_": sub_,
    "multiply_": mul_,
    "divide_": div_,
    "true_divide_": div_,
    "clip_": clamp_,
}
FUNCTIONS: dict[str, Any] = {"relu_": METHODS["relu_"], "zero_": zero_}


def _operator(name: str, ufunc: np.ufunc | None = None) -> Callable[[Tensor, Any], Any]:
    method = METHODS[name]

    def call(self: Tensor, other: Any) -> Any:
        if ufunc is not None and isinstance(other, Tensor) and written_at_once(ufunc, self, other):
            return self
        if isinstance(other, np.number):
            other = other.item()
        return method(self, other) if isinstance(other, (Tensor, int, float)) else NotImplemented

    return call


OPERATORS: dict[str, Any] = {
    "__iadd__": _operator("add_", np.add),
    "__isub__": _operator("sub_", np.subtract),
    "__imul__": _operator("mul_", np.multiply),
    "__itruediv__": _operator("div_"),
    "__ifloordiv__": _operator("floor_divide_"),
    "__imod__": _operator("remainder_"),
    "__ipow__": _operator("pow_"),
}
