"""Value: the numbers of one tensor at one moment, copied once and never changed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class Value:
    """A read-only copy of a tensor's data.

    ``array`` is None when the run's byte budget did not hold the data; shape, dtype and the extremes are
    kept all the same.
    """

    __slots__ = ("array", "dtype", "high", "low", "shape")

    def __init__(
        self, array: np.ndarray[Any, Any] | None, dtype: str, shape: tuple[int, ...], low: float, high: float
    ) -> None:
        self.array = array
        self.dtype = dtype
        self.shape = shape
        self.low = low
        self.high = high

    @classmethod
    def of(cls, data: Any, keep: bool = True) -> Value:
        """A copy of an array or numpy scalar; only its summary if ``keep`` is false."""
        array = np.array(data)
        if keep:
            array.flags.writeable = False
            return cls(array, array.dtype.name, array.shape, math.nan, math.nan)
        low, high = extremes(array)
        return cls(None, array.dtype.name, array.shape, low, high)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return 0 if self.array is None else int(self.array.nbytes)

    def extremes(self) -> tuple[float, float]:
        """The smallest and the largest finite element; nan, nan if there is none."""
        return (self.low, self.high) if self.array is None else extremes(self.array)

    def item(self) -> Any:
        """The number of a value of one element."""
        if self.array is None or self.array.size != 1:
            raise ValueError(f"a value of shape {self.shape} has no single number at hand")
        return self.array.item()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        if (self.dtype, self.shape) != (other.dtype, other.shape) or (self.array is None) != (other.array is None):
            return False
        if self.array is None or other.array is None:
            return (self.low, self.high) == (other.low, other.high)
        return self.array.tobytes() == other.array.tobytes()

    def __hash__(self) -> int:
        return hash((self.dtype, self.shape, None if self.array is None else self.array.tobytes()))

    def __repr__(self) -> str:
        data = "not kept" if self.array is None else self.array.tolist()
        return f"Value({data}, {self.dtype}{list(self.shape)})"


def extremes(array: np.ndarray[Any, Any]) -> tuple[float, float]:
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    return (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)
