"""Fused multiply-add: what torch's compiled kernels do, and numpy does not."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_SPLIT = 2.0**27 + 1


def fused(x: Array, y: Any, z: Any) -> Array:
    """``x * y + z`` in the precision of ``x``, rounded once."""
    if x.dtype == np.float32:
        return (x.astype(np.float64) * np.asarray(y, np.float64) + np.asarray(z, np.float64)).astype(np.float32)
    # The rounding errors of the product (Dekker) and of the sum (Knuth), added at the end.
    product = x * y
    x_high, x_low = _halves(x)
    y_high, y_low = _halves(np.asarray(y, np.float64))
    lost = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low
    total = product + z
    back = total - product
    out: Array = total + ((product - (total - back)) + (z - back) + lost)
    return out


def _halves(v: Array) -> tuple[Array, Array]:
    scaled = v * _SPLIT
    high = scaled - (scaled - v)
    return high, v - high
