"""exp and log of float32 as torch computes them in loops over vectors: with the polynomials of SLEEF.

torch's own loops (softmax, and sigmoid and its kin over 32 elements or more) take these from SLEEF (Boost Software
License 1.0, Naoki Shibata and contributors), whose results differ from the nearest number in one case of ten or a
hundred. Every step is rounded as a fused multiply-add rounds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.libm import one_by_one

Array = np.ndarray[Any, Any]

VECTOR = 32
"""So many float32 numbers a loop over vectors takes at once; what is left goes one by one."""
SUMS = 16
"""Lanes of a running sum."""
MOST_FUSED = 512
"""Longer sums of products are added without fused multiply-adds, which numpy has to spell out step by step."""
_F = np.float32


def _wide(*numbers: float) -> tuple[np.float64, ...]:
    """Numbers of single precision, in double."""
    return tuple(np.float64(_F(c)) for c in numbers)


_MINUS_LN2_HIGH, _MINUS_LN2_LOW = _wide(-0.693145751953125, -1.428606765330187045e-06)
_EXP = _wide(0.000198527617612853646278381, 0.00139304355252534151, 0.00833336077630519867)
_EXP += _wide(0.0416664853692054749, 0.16666667163, 0.5)
_LOG = _wide(0.3027294874, 0.3996108174, 0.6666694880)
_LN2 = np.float64(_F(0.69314718246459960938)) + np.float64(_F(-1.904654323148236017e-09))


def exp(x: Array) -> Array:
    """e to the power of float32 numbers; other precisions as everywhere."""
    if x.dtype != np.float32:
        return np.asarray(_nearest(np.exp, x))
    power = np.rint(x * _F(1.44269504088896340736))
    s = _fused(power, _MINUS_LN2_LOW, _fused(power, _MINUS_LN2_HIGH, x))
    wide = s.astype(np.float64)
    p = _fused(wide, _EXP[0], _EXP[1])
    for c in _EXP[2:]:
        p = _fused(p, wide, c)
    p = _fused(s * s, p, wide) + _F(1)
    # Between these bounds 2 ** power is a number whose bits are told by its exponent alone.
    bounded = np.fmax(np.fmin(power, 300), -300).astype(np.int64)
    out = np.asarray(p * (bounded + 1023 << 52).view(np.float64)).astype(np.float32)
    out[x < -104] = 0
    out[x > 104] = np.inf
    return out


def log(x: Array) -> Array:
    """The natural logarithm of float32 numbers; other precisions as everywhere."""
    if x.dtype != np.float32:
        return np.asarray(_nearest(np.log, x))
    power = np.frexp(x * _F(1 / 0.75))[1] - 1
    m = np.ldexp(x, -power)
    ratio = (m - _F(1)) * (_F(1) / (m + _F(1)))
    square = ratio * ratio
    p = _fused(_fused(square, _LOG[0], _LOG[1]), square, _LOG[2])
    wide = m.astype(np.float64)
    near = (power * _LN2 + 2 * ((wide - 1) / (wide + 1))) + (square * ratio) * p
    regular = (x > 0) & (x < np.inf)
    return np.where(regular, near, np.log(x)).astype(np.float32)


def exp_over_vectors(x: Raw) -> Raw:
    """e to the power of ``x`` in a loop over vectors: what is left at the end is computed one by one."""
    return over_vectors("exp", x, exp, np.exp)


def over_vectors(name: str, x: Raw, vectors: Callable[[Array], Array], single: Callable[[Any], Any]) -> Raw:
    """``vectors`` of what fills whole vectors, the C library's function of that name (or ``single``) of the rest."""
    whole = x.size // VECTOR * VECTOR
    if x.dtype != np.float32 or not whole:
        return one_by_one(name, x, single)
    flat = np.ravel(x)
    if whole == x.size:
        return vectors(flat).reshape(x.shape)
    return np.concatenate([vectors(flat[:whole]), one_by_one(name, flat[whole:], single)]).reshape(x.shape)


def by_columns(f: Callable[[Array], Array], x: Array, dim: int) -> Array:
    """``f``, exp or log, where torch goes along ``dim``: over vectors of neighbours, in what is left one by one."""
    if dim in (-1, x.ndim - 1) or x.dtype != np.float32:
        return f(x)
    rows = x.reshape(*x.shape[: dim + 1], -1)
    whole = rows.shape[-1] // SUMS * SUMS
    rest = _nearest(np.exp if f is exp else np.log, rows[..., whole:])
    return np.concatenate([f(rows[..., :whole]), rest], axis=-1).reshape(x.shape)


def sum_of_products(x: Array, y: Array, dim: int) -> Array:
    """The sum of ``x * y`` along ``dim``, kept with size 1, as softmax's gradient needs it."""
    last = dim in (-1, x.ndim - 1)
    if last or x.dtype != np.float32 or x.shape[dim] > MOST_FUSED:
        return sum_over_vectors(x * y, dim, last)
    out = np.zeros_like(np.take(x, [0], dim))
    for i in range(x.shape[dim]):
        out = _fused(np.take(x, [i], dim), np.take(y, [i], dim), out)
    return out


def sum_over_vectors(x: Array, dim: int, last: bool) -> Array:
    """The sum of float32 numbers along ``dim``, kept with size 1; along a row (``last``) sixteen at a time."""
    n = x.shape[dim]
    if x.dtype != np.float32 or not n:
        return np.asarray(np.sum(x, axis=dim, keepdims=True))
    if not last or n < SUMS:
        return np.take(np.add.accumulate(x, axis=dim), [-1], dim)
    whole = n // SUMS * SUMS
    parts = x[..., :whole].reshape(*x.shape[:-1], -1, SUMS)
    sums = np.asarray(np.add.accumulate(parts, axis=-2)[..., -1, :])
    sums[..., : n - whole] += x[..., whole:]
    lanes = SUMS
    while lanes > 1:
        lanes //= 2
        sums = sums[..., :lanes] + sums[..., lanes:]
    return sums


def fused(x: Raw, y: Any, z: Any) -> Raw:
    """``x * y + z`` of numbers of one precision, rounded once where that is float32."""
    return _fused(x, y, z) if x.dtype == np.float32 else x * y + z


def _nearest(f: Callable[[Any], Any], x: Raw) -> Raw:
    return f(x.astype(np.float64)).astype(x.dtype)


def _fused(x: Any, y: Any, z: Any) -> Any:
    # What is of double precision already spares a conversion.
    return (x.astype(np.float64) * y + z).astype(np.float32)
