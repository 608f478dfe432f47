"""Data types: torch's names on numpy's storage, and torch's promotion rules.

Rule and table: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class dtype:
    """A torch dtype; ``numpy`` is the storage type behind it."""

    __slots__ = ("alias", "category", "legacy", "name", "numpy")

    __module__ = "torch"
    is_complex = False
    complete = False
    """Whether all that there are have been made."""

    def __init__(self, name: str = "", storage: str = "", legacy: str = "", alias: str | None = None) -> None:
        if dtype.complete:
            raise TypeError("cannot create 'torch.dtype' instances")
        self.name = name
        self.numpy = np.dtype(storage)
        self.legacy = legacy
        self.alias = alias
        self.category = {"b": 0, "u": 1, "i": 1, "f": 2}[self.numpy.kind]

    @property
    def storage_name(self) -> str:
        """The C++ name of the storage type that other messages use: ``int64_t``, ``c10::Half``."""
        names = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "int64": "int64_t"}
        return names.get(self.name, self.c_name)

    @property
    def scalar_type(self) -> str:
        """The name that some messages use: ``Float`` in ``expected scalar type Float but found Double``."""
        return self.legacy.removesuffix("Tensor")

    @property
    def is_floating_point(self) -> bool:
        """float16, float32 and float64: the types that can require gradients."""
        return self.category == 2

    @property
    def is_signed(self) -> bool:
        """Whether negative numbers can be held."""
        return self.numpy.kind in "if"

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.numpy.itemsize

    @property
    def c_name(self) -> str:
        """The C++ name that some messages use: ``float``, ``double``, ``long int``."""
        names = {
            "float16": "c10::Half",
            "int64": "long int",
            "int16": "short int",
            "int8": "signed char",
            "uint8": "unsigned char",
        }
        return names.get(self.name, self.alias or self.name)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


float16 = dtype("float16", "f2", "HalfTensor", "half")
float32 = dtype("float32", "f4", "FloatTensor", "float")
float64 = dtype("float64", "f8", "DoubleTensor", "double")
int8 = dtype("int8", "i1", "CharTensor")
int16 = dtype("int16", "i2", "ShortTensor", "short")
int32 = dtype("int32", "i4", "IntTensor", "int")
int64 = dtype("int64", "i8", "LongTensor", "long")
uint8 = dtype("uint8", "u1", "ByteTensor")
bool_ = dtype("bool", "?", "BoolTensor")
dtype.complete = True

ALL = (float16, float32, float64, int8, int16, int32, int64, uint8, bool_)
FROM_NUMPY: dict[np.dtype[Any], dtype] = {d.numpy: d for d in ALL}

_PYTHON_TYPES = {float: float64, int: int64, bool: bool_}


def as_dtype(value: Any, function: str) -> dtype:
    """A dtype, or the one that Python's float, int or bool stands for; TypeError as from torch otherwise."""
    if isinstance(value, dtype):
        return value
    if isinstance(value, type) and value in _PYTHON_TYPES:
        return _PYTHON_TYPES[value]
    raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(value).__name__}")


_FLOAT_RANK = (float16, float32, float64)
_INT_RANK = (int8, int16, int32, int64)


def promote(a: dtype, b: dtype) -> dtype:
    """The dtype of ``a op b`` for two tensors of equal standing (both with dimensions, or both without)."""
    if a is b:
        return a
    if a.category != b.category:
        return a if a.category > b.category else b
    if a.category == 2:
        return max(a, b, key=_FLOAT_RANK.index)
    if uint8 in (a, b):
        other = b if a is uint8 else a
        return int16 if other is int8 else other
    return max(a, b, key=_INT_RANK.index)


def of_number(value: bool | int | float, default: dtype) -> dtype:
    """The dtype that a Python number stands for when it meets tensors."""
    if isinstance(value, bool):
        return bool_
    return int64 if isinstance(value, int) else default


def result_type(
    dimensioned: Sequence[dtype],
    zero_dim: Sequence[dtype],
    numbers: Sequence[bool | int | float],
    default: dtype,
) -> dtype:
    """torch.result_type: tensors with dimensions outrank 0-d tensors, which outrank Python numbers,
    unless the weaker one is of a higher category (bool < integer < floating)."""

    def join(group: Sequence[dtype]) -> dtype | None:
        out: dtype | None = None
        for d in group:
            out = d if out is None else promote(out, d)
        return out

    strong, weak = join(dimensioned), join(zero_dim)
    weakest = join([of_number(v, default) for v in numbers])
    out = strong
    for other in (weak, weakest):
        if other is not None and (out is None or other.category > out.category):
            out = other
    assert out is not None
    return out
