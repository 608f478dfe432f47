"""Normal numbers from uniform ones, in blocks of 16: eight radii and eight angles, eight cosines and eight sines.

In float32 torch computes the logarithm, sine and cosine by polynomials of its own, with fused
multiply-adds; they are done here in the same steps, so that every bit agrees.
Source: aten/src/ATen/native/cpu/DistributionTemplates.h and avx_mathfun.h (the polynomials are those of
S. L. Moshier's Cephes library).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.fused import fused

Array = np.ndarray[Any, Any]

_f = np.float32

_HALF_BITS = _f(0.5).view(np.int32)
_EXPONENT = 0x7F800000

_LOG = [
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
]
_LN2_HIGH, _LN2_LOW = _f(0.693359375), _f(-2.12194440e-4)
_SQRT_HALF = _f(0.707106781186547524)

_SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]
_COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]
_QUARTER_PI = (_f(-0.78515625), _f(-2.4187564849853515625e-4), _f(-3.77489497744594108e-8))
"""Minus pi / 4 in three parts, so that multiples of it can be taken away without loss."""


def _polynomial(coefficients: list[float], x: Array) -> Array:
    y = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        y = fused(y, x, _f(coefficient))
    return y


def _log(x: Array) -> Array:
    """Natural logarithm of positive float32 numbers."""
    bits = x.view(np.int32)
    exponent = (bits >> 23) - 126
    mantissa = ((bits & ~_EXPONENT) | _HALF_BITS).view(np.float32)
    small = mantissa < _SQRT_HALF
    e = (exponent - small).astype(np.float32)
    m = np.where(small, mantissa + (mantissa - _f(1)), mantissa - _f(1))
    z = m * m
    y = fused(_polynomial(_LOG, m) * m, z, e * _LN2_LOW)
    y = fused(z, _f(-0.5), y)
    return fused(e, _LN2_HIGH, m + y)


def _sin_cos(x: Array) -> tuple[Array, Array]:
    """Sine and cosine of float32 numbers from [0, 2 pi]."""
    octant = ((x * _f(1.27323954473516)).astype(np.int32) + 1) & ~1
    for part in _QUARTER_PI:
        x = fused(octant.astype(np.float32), part, x)
    z = x * x
    cosine = fused(_polynomial(_COS, z) * z, z, -(z * _f(0.5))) + _f(1)
    sine = fused(_polynomial(_SIN, z) * z, x, x)
    swapped = (octant & 2) != 0
    sin_sign = np.where(octant & 4, _f(-1), _f(1))
    cos_sign = np.where((octant + 2) & 4, _f(-1), _f(1))
    return np.where(swapped, cosine, sine) * sin_sign, np.where(swapped, sine, cosine) * cos_sign


def normal_blocks(u: Array, mean: float, std: float) -> Array:
    """Normal numbers from uniform ones, whose count is a multiple of 16, in the dtype of ``u``."""
    blocks = u.reshape(-1, 16)
    kind = u.dtype.type
    u1, u2 = kind(1) - blocks[:, :8], blocks[:, 8:]
    angle = kind(2 * math.pi) * u2
    if u.dtype == np.float32:
        radius = np.sqrt(_f(-2) * _log(u1))
        sine, cosine = _sin_cos(angle)
    else:
        radius = np.sqrt(-2 * np.log(u1))
        sine, cosine = np.sin(angle), np.cos(angle)
    return fused(np.concatenate((radius * cosine, radius * sine), axis=1), kind(std), kind(mean)).reshape(-1)
