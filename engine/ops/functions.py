"""Making torch's public functions out of specs: argument checks in torch's words, ``out=``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops import dispatch
from engine.ops.dispatch import NUMBERS, as_number
from engine.ops.spec import OpSpec
from engine.state import state
from engine.tensors import Tensor, leaf


def type_name(value: Any) -> str:
    return type(value).__name__


def expect_tensor(value: Any, function: str, argument: str = "input", position: int = 1) -> Tensor:
    """``value``, if it is a tensor; TypeError as from torch's argument parser otherwise."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}"
        )
    return value


def number_or_tensor(value: Any, function: str, argument: str, position: int) -> Any:
    """A tensor, or a plain Python number; TypeError as from torch otherwise."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, np.number, np.bool_)):
        return as_number(value.item() if isinstance(value, np.generic) else value)
    raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}")


def wrapped_number(value: Any) -> Tensor:
    """A number as the 0-d tensor that torch makes of it when both operands are numbers."""
    from engine.dtypes import of_number

    return leaf(of_number(value, state.default_dtype).numpy.type(value))


def deliver(result: Tensor, out: Tensor | None, function: str) -> Tensor:
    """``result`` itself, or ``out`` holding its values.

    Raises RuntimeError if a gradient is asked for: torch does not differentiate through ``out=``.
    """
    if out is None:
        return result
    if result._track or (out._track and state.grad_enabled):
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )
    from engine.ops.inplace import store

    store(out, result._data.astype(out._data.dtype), f"{function}(out=)")
    return out


def unary_function(spec: OpSpec) -> Callable[..., Tensor]:
    """torch.<name>(input, *, out=None) for an elementwise op of one operand."""

    def call(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        result = dispatch.unary(spec, expect_tensor(input, spec.name))
        return result if out is None else deliver(result, out, spec.name)

    return named(call, spec)


def binary_function(spec: OpSpec, number: OpSpec | None = None) -> Callable[..., Tensor]:
    """torch.<name>(input, other, *, out=None) for an elementwise op of two operands.

    ``number`` is the op for a Python number as second operand, where torch has another one for it.
    """
    name = spec.call

    def call(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        a = number_or_tensor(input, name, "input", 1)
        b = number_or_tensor(other, name, "other", 2)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            a = wrapped_number(a)
        result = dispatch.binary(number if number is not None and type(b) in NUMBERS else spec, a, b)
        return result if out is None else deliver(result, out, name)

    return named(call, spec)


def named(call: Callable[..., Any], spec: OpSpec) -> Callable[..., Any]:
    call.__name__ = call.__qualname__ = spec.call.rsplit(".", 1)[-1]
    call.__doc__ = spec.doc
    return call


def operator_of(spec: OpSpec, reflected: bool = False, number: OpSpec | None = None) -> Callable[[Tensor, Any], Any]:
    """The method behind an operator; NotImplemented for foreign types, so that Python's TypeError arises."""
    binary = dispatch.binary
    on_number = number or spec

    if reflected:

        def method(self: Tensor, other: Any) -> Any:
            if type(other) in NUMBERS or isinstance(other, Tensor):
                return binary(spec, other, self)
            if isinstance(other, (int, float)):
                return binary(spec, as_number(other), self)
            return NotImplemented

    else:

        def method(self: Tensor, other: Any) -> Any:
            if isinstance(other, Tensor):
                return binary(spec, self, other)
            if type(other) in NUMBERS:
                return binary(on_number, self, other)
            if isinstance(other, (int, float)):
                return binary(on_number, self, as_number(other))
            return NotImplemented

    return method
