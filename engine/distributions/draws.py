"""Drawing from gamma and binomial distributions with torch's stream.

Source: aten/src/ATen/native/Distributions.h (Marsaglia and Tsang's gamma, Hörmann's BTRS) and Distributions.cpp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.random import Generator, default_generator
from engine.tensors import Tensor, wrap

FLOAT64 = np.dtype(np.float64)
THIRD = float(np.float32(1) / np.float32(3))
SQUEEZE = float(np.float32(0.0331))


def _fraction(g: Generator) -> float:
    return float(g.fractions(1, FLOAT64)[0])


def _gamma(alpha: float, g: Generator) -> float:
    if alpha == 0.0:
        return 0.0
    scale = 1.0
    if alpha < 1.0:
        scale = (1 - _fraction(g)) ** (1.0 / alpha)
        alpha += 1.0
    d = alpha - THIRD
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        y = 0.0
        while y <= 0:
            x = float(g.normal_one_by_one(1, FLOAT64)[0])
            y = 1.0 + c * x
        v = y * y * y
        u = 1 - _fraction(g)
        square = x * x
        if u < 1.0 - SQUEEZE * square * square or math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return scale * d * v


def standard_gamma(concentration: Tensor) -> Tensor:
    """Numbers of the gamma distributions of rate 1."""
    g, data = default_generator(), concentration._data
    drawn = np.array([_gamma(float(a), g) for a in np.ravel(data)]).reshape(data.shape)
    return wrap(np.maximum(drawn, np.finfo(data.dtype).tiny).astype(data.dtype)[()])


def dirichlet(concentration: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Rows of gamma numbers, divided by their sum."""
    g, kind = default_generator(), concentration.dtype
    gammas = np.array([_gamma(float(a), g) for a in concentration.ravel()]).reshape(concentration.shape)
    shares = (gammas / gammas.sum(-1, keepdims=True)).astype(kind)
    limits = np.finfo(kind)
    out: np.ndarray[Any, Any] = np.clip(shares, limits.tiny, 1 - limits.eps / 2)
    return out


# --- binomial ---------------------------------------------------------------------------------

_TAIL = (
    *(0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211),
    *(0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287),
)
"""How far Stirling's formula is off for k! up to 9!."""


def _tail(k: float) -> float:
    if k <= 9:
        return _TAIL[int(k)]
    square = (k + 1) ** 2
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _by_gaps(count: float, p: float, g: Generator) -> float:
    """The gaps between successes, one after another."""
    reached, successes, log_failure = 0.0, 0, math.log1p(-p)
    while True:
        u = _fraction(g)
        reached += math.ceil(math.log(u) / log_failure) if u else math.inf
        if reached > count:
            return float(successes)
        successes += 1


def _by_rejection(count: float, p: float, g: Generator) -> float:
    spread = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre, tight, ratio = count * p + 0.5, 0.92 - 4.2 / b, p / (1 - p)
    alpha = (2.83 + 5.1 / b) * spread
    m = math.floor((count + 1) * p)
    while True:
        u, v = _fraction(g) - 0.5, _fraction(g)
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + centre)
        if us >= 0.07 and v <= tight:
            return float(k)
        if k < 0 or k > count:
            continue
        height = math.log(v * alpha / (a / (us * us) + b)) if v else -math.inf
        bound = (
            (m + 0.5) * math.log((m + 1) / (ratio * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(ratio * (count - k + 1) / (k + 1))
            + (_tail(m) + _tail(count - m) - _tail(k) - _tail(count - k))
        )
        if height <= bound:
            return float(k)


def _binomial(count: float, p: float, g: Generator) -> float:
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if p > 0.5:
        return count - _binomial(count, 1 - p, g)
    return (_by_rejection if count * p >= 10 else _by_gaps)(count, p, g)


def binomial(count: Tensor, prob: Tensor) -> Tensor:
    """How many of ``count`` trials succeed with probability ``prob`` each."""
    g, kind = default_generator(), prob._data.dtype
    pairs = zip(np.ravel(count._data).tolist(), np.ravel(prob._data).tolist(), strict=True)
    drawn = np.array([_binomial(n, p, g) for n, p in pairs], kind)
    return wrap(drawn.reshape(prob._data.shape)[()])
