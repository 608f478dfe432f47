"""Batch norm in the order in which torch computes it on the CPU with one thread, so that the last digit agrees as well.

Channels of single elements, as (N, C) has them, are summed in the precision of the input, row by row; images in double
precision. Source: aten/src/ATen/native/cpu/batch_norm_kernel.cpp.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fused import fused

Array = np.ndarray[Any, Any]

LANES = {np.dtype(np.float32): 8, np.dtype(np.float64): 4}
"""How many elements a vector has, by the dtypes that are computed so."""


def _rows(x: Array) -> Array:
    """``x`` as (rows, channels), for channels of single elements."""
    return x.reshape(x.shape[:2])


def _images(x: Array) -> Array:
    """``x`` as (channels, elements)."""
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)


def _single(x: Array) -> bool:
    return bool(x.size == x.shape[0] * x.shape[1])


def _last_sum(x: Array, axis: int) -> Array:
    """The sum along an axis, one element after another."""
    out: Array = np.add.accumulate(x, axis=axis).take(-1, axis=axis)
    return out


def _sum_of_products(a: Array, b: Array) -> Array:
    """Sums of ``a * b`` over the rows, each step rounded once to their dtype."""
    total = np.zeros(a.shape[1], a.dtype)
    if a.dtype == np.float32:
        wide = a.astype(np.float64) * b
        for row in wide:
            total = (total + row).astype(np.float32)
        return total
    for x, y in zip(a, b, strict=True):
        total = fused(x, y, total)
    return total


def _sum_of_images(x: Array) -> Array:
    """Sums over each channel: of each image in vectors, whose lanes are joined in halves; over the batch in doubles."""
    lanes = LANES[x.dtype]
    images = x.reshape(*x.shape[:2], -1)
    size = images.shape[2]
    if size < lanes:
        sums = _last_sum(images, 2)
    else:
        full = size - size % lanes
        vectors = _last_sum(images[:, :, :full].reshape(*x.shape[:2], -1, lanes), 2)
        vectors[:, :, : size - full] += images[:, :, full:]
        while vectors.shape[2] > 1:
            half = vectors.shape[2] // 2
            vectors = vectors[:, :, :half] + vectors[:, :, half:]
        sums = vectors[:, :, 0]
    return _last_sum(sums.astype(np.float64), 0)


def moments(x: Array) -> tuple[Array, Array, int]:
    """Mean and sum of squared deviations of each channel, and how many elements it has."""
    if _single(x):
        rows = _rows(x)
        count = len(rows)
        mean = _last_sum(rows, 0) / x.dtype.type(count)
        apart = rows - mean
        return mean, _sum_of_products(apart, apart), count
    images = _images(x)
    count = images.shape[1]
    mean = (_last_sum(images.astype(np.float64), 1) / count).astype(x.dtype)
    apart = images - mean[:, None]
    return mean, _last_sum((apart * apart).astype(np.float64), 1).astype(x.dtype), count


def _inverse_deviation(squares: Array, count: int, eps: float) -> Array:
    variance = (squares / squares.dtype.type(count)).astype(np.float64)
    out: Array = (1 / np.sqrt(variance + eps)).astype(squares.dtype)
    return out


def normalised(x: Array, weight: Any, bias: Any, mean: Any, var: Any, eps: float) -> Array:
    """The result; over the batch, or by a mean and a variance that are given."""
    kind = x.dtype.type
    if mean is None:
        mean, squares, count = moments(x)
        inverse = _inverse_deviation(squares, count, eps)
    else:
        mean = np.reshape(mean, -1)
        inverse = kind(1) / np.sqrt(np.reshape(var, -1) + kind(eps))
    factor = inverse if weight is None else inverse * np.reshape(weight, -1)
    offset = fused(-mean, factor, kind(0) if bias is None else np.reshape(bias, -1))
    seen = (-1, *(1,) * (x.ndim - 2))
    return fused(x, factor.reshape(seen), offset.reshape(seen))


def gradients(g: Array, x: Array, weight: Any, eps: float) -> tuple[Array, Array, Array]:
    """The gradients of the input, the weight and the bias, over the batch."""
    kind = x.dtype.type
    mean, squares, count = moments(x)
    inverse = _inverse_deviation(squares, count, eps)
    seen = (-1, *(1,) * (x.ndim - 2))
    apart = x - mean.reshape(seen)
    single = _single(x)
    if single:
        total = _last_sum(_rows(g), 0)
        products = _sum_of_products(_rows(apart), _rows(g))
    else:
        total, products = _sum_of_images(g), _sum_of_images(apart * g)
    slope = (products.astype(x.dtype) * inverse * inverse / kind(count)).reshape(seen)
    level = g - (total.astype(x.dtype) / kind(count)).reshape(seen)
    rest = fused(-apart, slope, level)
    # What is left over beside full vectors is computed one by one, without fused steps.
    shape = x.shape if single else (*x.shape[:2], -1)
    size = x.shape[1] if single else count // len(x)
    tail = (..., slice(size - size % LANES[x.dtype], None))
    rest.reshape(shape)[tail] = (level - apart * slope).reshape(shape)[tail]
    found = rest * inverse.reshape(seen)
    scaled = found if weight is None else found * np.reshape(weight, seen)
    return scaled, (products * inverse).astype(x.dtype), total.astype(x.dtype)


def followed(running_mean: Array, running_var: Array, x: Array, momentum: float) -> tuple[Array, Array]:
    """The running statistics, moved towards those of the batch (the variance with Bessel's correction)."""
    kind = x.dtype.type
    mean, squares, count = moments(x)
    new, old = kind(momentum), kind(1 - momentum)
    spread = squares / kind(count - 1)
    return new * mean + old * running_mean, fused(np.full_like(mean, new), spread, old * running_var)
