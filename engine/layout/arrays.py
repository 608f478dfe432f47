"""Array types, and values grouped by keys."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias, overload

import numpy as np

Ints: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Bools: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


@overload
def group(keys: Ints, values: Ints, count: int) -> tuple[Ints, Ints]: ...
@overload
def group(keys: Ints, values: Floats, count: int) -> tuple[Floats, Ints]: ...
def group(keys: Ints, values: Ints | Floats, count: int) -> tuple[Ints | Floats, Ints]:
    """The values of each key in one array, and where each key's begin in it (``count`` + 1 entries)."""
    begin = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=count), out=begin[1:])
    return values[np.argsort(keys, kind="stable")], begin


@overload
def slices(values: Ints, begin: Ints) -> list[list[int]]: ...
@overload
def slices(values: Floats, begin: Ints) -> list[list[float]]: ...
def slices(values: Ints | Floats, begin: Ints) -> list[list[int]] | list[list[float]]:
    """The grouped values as one list for each key."""
    flat: Any = values.tolist()
    return [flat[a:b] for a, b in pairwise(begin.tolist())]
