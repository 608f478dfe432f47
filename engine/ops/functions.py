"""Making torch's public functions out of specs: argument checks in torch's words, ``out=``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import of_number
from engine.ops import dispatch
from engine.ops.dispatch import NUMBERS, as_number, check_cast
from engine.ops.quick import quick_pair, quick_pair_fits, quick_single
from engine.ops.spec import OpSpec
from engine.ops.storage import store
from engine.refusals import no_operand
from engine.state import state, warn
from engine.tensors import Tensor, leaf


def public(*functions: Callable[..., Any]) -> dict[str, Any]:
    """Functions by the names that torch gives them.

    A function whose name in torch is one of Python's builtins is called ``torch_<name>`` in its file, so
    that the builtin keeps its meaning there.
    """
    named = {}
    for function in functions:
        name = function.__name__.removeprefix("torch_")
        function.__name__ = function.__qualname__ = name
        named[name] = function
    return named


def type_name(value: Any) -> str:
    """The name of the value's type, as error messages give it."""
    return type(value).__name__


def expect_tensor(value: Any, function: str, argument: str = "input", position: int = 1) -> Tensor:
    """``value``, if it is a tensor; TypeError as from torch's argument parser otherwise."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}"
        )
    return value


def expect_int(value: Any, function: str, argument: str, position: int = 1) -> int:
    """``value``, if it is a whole number (or a tensor of one); TypeError as from torch otherwise."""
    if isinstance(value, Tensor) and value._data.size == 1 and value._data.dtype.kind in "iu":
        value = value.item()
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be int, not {type_name(value)}"
        )
    return int(value)


def invalid_combination(function: str, args: tuple[Any, ...], kwargs: dict[str, Any], *signatures: str) -> TypeError:
    """torch's error for a call that fits none of a function's signatures."""
    got = [type_name(a) for a in args] + [f"{k}={type_name(v)}" for k, v in sorted(kwargs.items())]
    expected = "".join(f" * ({signature})\n" for signature in signatures)
    return TypeError(
        f"{function}() received an invalid combination of arguments - got ({', '.join(got)}), but expected one of:\n"
        f"{expected}"
    )


def invalid_type(function: str, value: Any, *signatures: str) -> TypeError:
    """The same for a single argument that fits none of the signatures."""
    why = f"didn't match because some of the arguments have invalid types: (!{type_name(value)}!)"
    expected = "".join(f" * ({signature})\n      {why}\n" for signature in signatures)
    return TypeError(
        f"{function}() received an invalid combination of arguments - got ({type_name(value)}), but expected one of:\n"
        f"{expected}"
    )


def number_or_tensor(value: Any, function: str, argument: str, position: int) -> Any:
    """A tensor, or a plain Python number; TypeError as from torch otherwise."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, np.number, np.bool_)):
        return as_number(value.item() if isinstance(value, np.generic) else value)
    raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}")


def wrapped_number(value: Any) -> Tensor:
    """A number as the 0-d tensor that torch makes of it when both operands are numbers."""
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
    check_cast(result._data.dtype, out._data.dtype)
    data = result._data.astype(out._data.dtype)
    if out._data.shape == data.shape:
        store(out, data, f"{function}(out=)")
        return out
    if out._data.size:
        warn(
            f"An output with one or more elements was resized since it had shape {list(out._data.shape)}, which does "
            f"not match the required output shape {list(data.shape)}. This behavior is deprecated, and in a future "
            "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an "
            "out tensor t by resizing it, inplace, to zero elements with t.resize_(0)."
        )
    out._data = data
    store(out, data, f"{function}(out=)")
    return out


def unary_function(spec: OpSpec) -> Callable[..., Tensor]:
    """torch.<name>(input, *, out=None) for an elementwise op of one operand."""

    quick = quick_single(spec)

    def call(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        result = quick(input if isinstance(input, Tensor) else expect_tensor(input, spec.name))
        return result if out is None else deliver(result, out, spec.name)

    call.of_tensor = quick  # type: ignore[attr-defined]  # for whoever has checked the arguments
    return named(call, spec)


def binary_function(
    spec: OpSpec,
    number: OpSpec | None = None,
    numbers: str = "input other",
    compute: Callable[[OpSpec, Any, Any], Tensor] = dispatch.binary,
) -> Callable[..., Tensor]:
    """torch.<name>(input, other, *, out=None) for an elementwise op of two operands.

    ``number`` is the op for a Python number as second operand, where torch has another one for it; ``numbers``
    names the operands that may be Python numbers.
    """
    name = spec.call
    first = number_or_tensor if "input" in numbers else expect_tensor
    second = number_or_tensor if "other" in numbers else expect_tensor

    def call(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        a = first(input, name, "input", 1)
        b = second(other, name, "other", 2)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            a = wrapped_number(a)
        result = compute(number if number is not None and type(b) in NUMBERS else spec, a, b)
        return result if out is None else deliver(result, out, name)

    return named(call, spec)


def named(call: Callable[..., Any], spec: OpSpec) -> Callable[..., Any]:
    """``call`` under the spec's name and with its docstring."""
    call.__name__ = call.__qualname__ = spec.call.rsplit(".", 1)[-1]
    call.__doc__ = spec.doc
    return call


def operator_of(
    spec: OpSpec,
    number: OpSpec | None = None,
    call: Callable[[OpSpec, Any, Any], Tensor] = dispatch.binary,
    reflected: bool = False,
) -> Callable[[Tensor, Any], Any]:
    """The method behind an operator; NotImplemented for foreign types, so that Python's TypeError arises.

    ``number`` is the op for a Python number as the other operand, where torch has another one for it.
    """
    on_number = number or spec

    def method(self: Tensor, other: Any) -> Any:
        if isinstance(other, Tensor):
            return call(spec, self, other)
        if type(other) in NUMBERS:
            return call(on_number, self, other)
        if isinstance(other, (int, float)):
            return call(on_number, self, as_number(other))
        return method(self, other.item()) if isinstance(other, np.number) else no_operand(other)

    def method_reflected(self: Tensor, other: Any) -> Any:
        if isinstance(other, Tensor):
            return call(spec, other, self)
        if isinstance(other, (int, float)):
            return call(on_number, as_number(other), self)
        return method_reflected(self, other.item()) if isinstance(other, np.number) else no_operand(other)

    if reflected:
        return method_reflected
    return quick_pair(spec, method) if number is None and quick_pair_fits(spec) else method
