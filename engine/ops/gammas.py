"""Kernels that numpy lacks: erfc, erfinv, lgamma, digamma, polygamma, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw

Array = np.ndarray[Any, Any]


def in_double(f: Callable[..., Any]) -> Callable[..., Raw]:
    """``f`` on arrays of doubles, as a kernel for any floating type, rounded once."""

    def kernel(x: Raw, *more: Any) -> Raw:
        return np.asarray(f(np.asarray(x, np.float64), *more)).astype(x.dtype)[()]

    return kernel


def _lgamma(x: float) -> float:
    if math.isinf(x):
        return math.inf
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


lgamma = in_double(np.vectorize(_lgamma, otypes=[np.float64]))
erfc = in_double(np.vectorize(math.erfc, otypes=[np.float64]))


def _erfinv(x: float) -> float:
    if not -1 < x < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    # Winitzki's approximation, made exact by Newton's steps (on erfc in the tails, where erf is all ones).
    log = math.log1p(-x * x)
    middle = 2 / (math.pi * 0.147) + log / 2
    y = math.copysign(math.sqrt(math.sqrt(middle * middle - log / 0.147) - middle), x)
    for _ in range(4):
        error = math.erf(y) - x
        if abs(x) >= 0.5:
            error = ((1 - abs(x)) - math.erfc(abs(y))) * math.copysign(1.0, x)
        y -= error / (2 / math.sqrt(math.pi) * math.exp(-y * y))
    return y


erfinv = in_double(np.vectorize(_erfinv, otypes=[np.float64]))

_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""B(2k) / 2k, of the asymptotic series."""


def _digamma(x: Array) -> Array:
    low = x <= 0
    pole = low & (x == np.floor(x))
    # Reflection: psi(1 - x) - pi / tan(pi x).
    v = np.where(low, 1 - x, x)
    out = np.zeros_like(v)
    for _ in range(10):
        small = v < 10
        out = np.where(small, out - 1 / np.where(small, v, 1), out)
        v = np.where(small, v + 1, v)
    series = np.zeros_like(v)
    for coefficient in reversed(_DIGAMMA):
        series = (series + coefficient) / (v * v)
    out = out + np.log(v) - 0.5 / v - series
    out = np.where(low, out - math.pi / np.tan(math.pi * np.where(low, x, 0.5)), out)
    zero = np.copysign(np.inf, -x)
    return np.where(pole, np.where(x == 0, zero, np.nan), out)


digamma = in_double(_digamma)

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _zeta(s: int, x: Array) -> Array:
    """Hurwitz' zeta function, by Euler's and Maclaurin's formula."""
    total = np.zeros_like(x)
    for k in range(12):
        total = total + (x + k) ** -float(s)
    v = x + 12
    total = total + v ** (1.0 - s) / (s - 1) + 0.5 * v ** -float(s)
    factor = float(s)
    for k, b in enumerate(_BERNOULLI, 1):
        total = total + b / math.factorial(2 * k) * factor * v ** -(s + 2.0 * k - 1)
        factor *= (s + 2 * k - 1) * (s + 2 * k)
    return total


def _polygamma(x: Array, n: int) -> Array:
    if n == 0:
        return _digamma(x)
    result: np.ndarray[Any, Any] = (-1) ** (n + 1) * math.factorial(n) * _zeta(n + 1, x)
    return result


polygamma = in_double(_polygamma)
