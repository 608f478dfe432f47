"""The arithmetic of optimisers, rounded as torch's kernels round it (with fused multiply-adds)."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fused import fused
from engine.node import Raw

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def add_scaled(x: Raw, y: Raw, factor: float) -> Raw:
    """``x + factor * y``."""
    if x.dtype is FLOAT32:
        # The product of two float32 numbers is exact in float64.
        return (x.astype(FLOAT64) + y.astype(FLOAT64) * float(np.float32(factor))).astype(FLOAT32)
    return _fused(y, factor, x)


def lerp(x: Raw, y: Raw, weight: float) -> Raw:
    """From x to y by weight, from the nearer end."""
    return _fused(y - x, weight, x) if abs(weight) < 0.5 else _fused(y - x, x.dtype.type(weight) - x.dtype.type(1), y)


def add_product(x: Raw, a: Raw, b: Raw, factor: float) -> Raw:
    """``x + factor * a * b``."""
    return _fused(a * x.dtype.type(factor), b, x)


def add_quotient(x: Raw, a: Raw, b: Raw, factor: float) -> Raw:
    """``x + factor * a / b``."""
    return x + a * x.dtype.type(factor) / b


def _fused(x: Raw, y: Any, z: Raw) -> Raw:
    if x.dtype == np.float16:
        wide = np.float32
        return (x.astype(wide) * np.asarray(y, wide) + np.asarray(z, wide)).astype(np.float16)
    return fused(x, x.dtype.type(y) if isinstance(y, float) else y, z)
