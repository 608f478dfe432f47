"""Functions of the C library on single float32 numbers: what torch calls where it does not loop over vectors.

Their last digits are the C library's own, so the same one is asked. Where there is none (or for many numbers, which
would take too long) the nearest float32 is taken.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from engine.node import Raw

MOST = 4096
"""More numbers are not computed one by one: a call takes a third of a microsecond."""


@cache
def _function(name: str) -> Callable[[float], float] | None:
    try:
        function = getattr(ctypes.CDLL(None), f"{name}f")
    except (AttributeError, OSError, TypeError):
        return None
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    found: Callable[[float], float] = function
    return found


def one_by_one(name: str, x: Raw, otherwise: Callable[[Any], Any]) -> Raw:
    """The C library's function of that name, of each number; ``otherwise`` is numpy's, for doubles."""
    function = _function(name) if x.dtype == np.float32 and x.size <= MOST else None
    if function is None:
        return otherwise(x.astype(np.float64)).astype(x.dtype)
    if x.ndim:
        return np.array([function(v) for v in x.ravel().tolist()], np.float32).reshape(x.shape)
    return np.float32(function(float(x)))
