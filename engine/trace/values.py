"""Value: the numbers of one tensor at one moment, copied once and never changed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

NAMES = {dtype: dtype.name for dtype in map(np.dtype, ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"))}
"""numpy works a dtype's name out anew at each call."""


class Value:
    """A copy of a tensor's data, element after element.

    ``data`` is None when the run's byte budget did not hold it; shape, dtype and the extremes are kept all
    the same.
    """

    __slots__ = ("data", "dtype", "high", "low", "shape")

    def __init__(
        self, data: bytes | None, dtype: str, shape: tuple[int, ...], low: float = math.nan, high: float = math.nan
    ) -> None:
        self.data = data
        self.dtype = dtype
        self.shape = shape
        self.low = low
        self.high = high

    @classmethod
    def of(cls, data: Any, keep: bool = True) -> Value:
        """A copy of an array or numpy scalar; only its summary if ``keep`` is false."""
        if keep:
            return cls(data.tobytes(), NAMES[data.dtype], data.shape)
        return cls(None, NAMES[data.dtype], data.shape, *extremes(np.asarray(data)))

    @property
    def array(self) -> np.ndarray[Any, Any] | None:
        """The data as a read-only array; None if it was not kept."""
        return None if self.data is None else np.frombuffer(self.data, self.dtype).reshape(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return 0 if self.data is None else len(self.data)

    def extremes(self) -> tuple[float, float]:
        """The smallest and the largest finite element; nan, nan if there is none."""
        array = self.array
        return (self.low, self.high) if array is None else extremes(array)

    def item(self) -> Any:
        """The number of a value of one element."""
        array = self.array
        if array is None or array.size != 1:
            raise ValueError(f"a value of shape {self.shape} has no single number at hand")
        return array.item()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        if (self.dtype, self.shape, self.data) != (other.dtype, other.shape, other.data):
            return False
        return self.data is not None or (self.low, self.high) == (other.low, other.high)

    def __hash__(self) -> int:
        return hash((self.dtype, self.shape, self.data))

    def __repr__(self) -> str:
        array = self.array
        data = "not kept" if array is None else array.tolist()
        return f"Value({data}, {self.dtype}{list(self.shape)})"


def extremes(array: np.ndarray[Any, Any]) -> tuple[float, float]:
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    return (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)


def plain_params(params: dict[str, Any]) -> dict[str, Any]:
    """What an op was called with, as it can stand in an event."""
    return {name: plain(value) for name, value in params.items()}


def plain(value: Any) -> Any:
    """A param as something that can stand in an event: numbers, text, lists; arrays as nested lists."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist() if value.size <= 64 else f"array of shape {list(value.shape)}"
    if isinstance(value, slice):
        parts = [value.start, value.stop, *([] if value.step in (None, 1) else [value.step])]
        return ":".join("" if part is None else str(part) for part in parts)
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return str(value)
