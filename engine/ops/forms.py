"""torch's three forms of an elementwise op: the function, the method, and the method that works in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops.dispatch import NUMBERS
from engine.ops.division import quotient
from engine.ops.functions import binary_function, expect_tensor, number_or_tensor, unary_function
from engine.ops.inplace import inplace
from engine.ops.spec import OpSpec
from engine.tensors import Tensor

Forms = tuple[dict[str, Any], dict[str, Any]]
"""Functions of torch and methods of Tensor, by name."""


def edit_one(spec: OpSpec) -> Callable[[Tensor], Tensor]:
    """``tensor.<op>_()``."""

    def method(self: Tensor) -> Tensor:
        return inplace(spec, self, ())

    method.__name__ = f"{spec.call.rpartition('.')[2]}_"
    method.__doc__ = f"{spec.doc} In place."
    return method


def edit_two(spec: OpSpec, number: OpSpec | None = None, numbers: str = "other") -> Callable[[Tensor, Any], Tensor]:
    """``tensor.<op>_(other)``; ``number`` is the op for a Python number, where torch has another one for it."""
    name = f"{spec.call.rpartition('.')[2]}_"

    def method(self: Tensor, other: Any) -> Tensor:
        value = number_or_tensor(other, name, "other", 1) if numbers else expect_tensor(other, name, "other", 1)
        return inplace(number if number is not None and type(value) in NUMBERS else spec, self, (value,))

    method.__name__ = name
    method.__doc__ = f"{spec.doc} In place."
    return method


def limited(kernel: str, kinds: str, f: Callable[[Raw, Raw], Raw]) -> Callable[[Raw, Raw], Raw]:
    """``f`` for dtypes of the given numpy kinds; torch's NotImplementedError for others."""

    def forward(a: Raw, b: Raw) -> Raw:
        kind = (b if type(a) in NUMBERS else a).dtype
        if kind.kind not in kinds:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[kind].scalar_type}'")
        return f(a, b)

    return forward


def on_numbers(f: Callable[[Raw, Raw], Raw]) -> Callable[[Raw, Raw], Raw]:
    """``f``, whose operands must have a dtype, for Python numbers as well: these take on that of the other."""

    def forward(a: Raw, b: Raw) -> Raw:
        if type(a) in NUMBERS:
            a = b.dtype.type(a)
        elif type(b) in NUMBERS:
            b = a.dtype.type(b)
        return f(a, b)

    return forward


def unary_forms(*specs: OpSpec) -> Forms:
    """All forms of ops of one operand."""
    functions = {spec.name: unary_function(spec) for spec in specs}
    return functions, functions | {f"{spec.name}_": edit_one(spec) for spec in specs}


def binary_forms(*specs: OpSpec, numbers: str = "") -> Forms:
    """All forms of ops of two operands; ``numbers`` says which of them may be Python numbers (see binary_function)."""
    functions = {spec.name: binary_function(spec, numbers=numbers, compute=quotient) for spec in specs}
    return functions, functions | {f"{spec.name}_": edit_two(spec, numbers=numbers) for spec in specs}
