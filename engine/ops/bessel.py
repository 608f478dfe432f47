"""Kernels that numpy lacks: modified Bessel functions and those of the normal distribution, in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.ops.gammas import erfc, in_double, lgamma

Array = np.ndarray[Any, Any]

_COSINES = np.cos((np.arange(64) + 0.5) * (math.pi / 128))
"""Of a quarter of 256 angles around the circle: the mean over these is the integral, to the last digits."""
_FAR = 700.0
"""From here on the asymptotic series is exact."""


def _far(a: Array, order: int) -> Array:
    total, term = np.ones_like(a), np.ones_like(a)
    for k in range(1, 7):
        term = -term * (4 * order * order - (2 * k - 1) ** 2) / (k * 8 * a)
        total = total + term
    return total / np.sqrt(2 * math.pi * a)


def _bessel(x: Array, order: int) -> Array:
    """I of order 0 or 1, times exp(-|x|): the mean of exp(x cos t) cos(order t) over all angles t."""
    a = np.abs(x)[..., None]
    near = np.minimum(a, _FAR)
    falling = np.exp(near * (_COSINES - 1))
    if order == 0:
        mean = np.mean((falling + np.exp(-near * (_COSINES + 1))) / 2, axis=-1)
    else:
        mean = np.mean(_COSINES * falling * -np.expm1(-2 * near * _COSINES) / 2, axis=-1)
    a = a[..., 0]
    scaled = np.where(a > _FAR, _far(np.maximum(a, _FAR), order), mean)
    return np.copysign(scaled, x) if order else scaled


i0e = in_double(lambda x: _bessel(x, 0))
i1e = in_double(lambda x: _bessel(x, 1))
i0 = in_double(lambda x: np.exp(np.abs(x)) * _bessel(x, 0))
i1 = in_double(lambda x: np.exp(np.abs(x)) * _bessel(x, 1))

_TAIL = 25.0


def _erfcx(x: Array) -> Array:
    far = np.maximum(x, _TAIL)
    total, term = np.ones_like(far), np.ones_like(far)
    for k in range(1, 8):
        term = -term * (2 * k - 1) / (2 * far * far)
        total = total + term
    near = np.minimum(x, _TAIL)
    return np.where(x > _TAIL, total / (far * math.sqrt(math.pi)), np.exp(near * near) * erfc(near))


erfcx = in_double(_erfcx)


def _log_ndtr(x: Array) -> Array:
    low = np.minimum(x, -1.0)
    tail = np.log(_erfcx(-low / math.sqrt(2)) / 2) - low * low / 2
    return np.where(x < -1, tail, np.log1p(-erfc(np.maximum(x, -1.0) / math.sqrt(2)) / 2))


log_ndtr = in_double(_log_ndtr)


def _ndtri(p: float) -> float:
    if not 0 < p < 1:
        return math.copysign(math.inf, p - 0.5) if p in (0, 1) else math.nan
    if p == 0.5:
        return 0.0
    tail = min(p, 1 - p)
    # Hastings' approximation, made exact by Halley's steps on the tail.
    t = math.sqrt(-2 * math.log(tail))
    upper = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    y = upper - t
    for _ in range(3):
        missed = 0.5 * math.erfc(-y / math.sqrt(2)) - tail
        step = missed * math.sqrt(2 * math.pi) * math.exp(y * y / 2)
        y -= step / (1 + y * step / 2)
    return y if p < 0.5 else -y


ndtri = in_double(np.vectorize(_ndtri, otypes=[np.float64]))


def _log_gammas(x: Array, p: int) -> Array:
    total: Array = np.asarray(lgamma(x[..., None] - np.arange(p) / 2)).sum(-1)
    return total + p * (p - 1) / 4 * math.log(math.pi)


mvlgamma = in_double(_log_gammas)
