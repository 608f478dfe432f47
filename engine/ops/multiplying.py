"""Products of float32 matrices in the order in which torch's library adds on the CPU.

torch hands products to Intel's MKL. Wide results (from 4 rows and 12 columns on) it adds one after another with fused
multiply-adds, as numpy's library does, in blocks of 192. Small ones, which most lessons compute, take plain loops that
a compiler has vectorised: products are rounded, some are added one by one until the address fits, the others in four
or eight lanes. A training loop carries on a last digit, so the same order is kept here.

The orders were found by comparing sums with torch's on an AMD processor; on others MKL may choose other loops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

FLOAT32 = np.dtype(np.float32)
BLOCK = 192
"""So many products are added in one go where a result is wide."""
SMALL_BATCH = 400
"""torch multiplies the matrices of a batch in a plain loop if each takes fewer products."""
LANES = 32
SMALL_FOR_BLAS = 1 << 20
"""Where the library under numpy has loops for small matrices: from so many products a sum, up to so many in all."""
MOST = 1 << 16
"""Products beyond this many are left to numpy: these orders cost memory and time."""


def product(a: Array, b: Array) -> Array:
    """``a @ b`` of matrices."""
    m, k = a.shape
    n = b.shape[1]
    if a.dtype != FLOAT32 or k < 2:
        return _plain(a, b)
    if m >= 4 and n >= 12:
        return _wide(a, b)
    if m * n * k > MOST or not m or not n:
        return _plain(a, b)
    if n == 1 and not by_columns(a) and (m > 1 or by_columns(b)):
        return _rows_times(a, b[:, 0])[:, None]
    return _small(a, b)


def added_product(bias: Any, a: Array, b: Array) -> Array:
    """``bias + a @ b``: the blocks of a wide product are added to the bias one by one."""
    m, k = a.shape
    if a.dtype == FLOAT32 and k > BLOCK and m >= 4 and b.shape[1] >= 12:
        return _wide(a, b, bias)
    return np.asarray(product(a, b) + bias)


def times_vector(a: Array, v: Array) -> Array:
    """``a @ v``: a matrix times a vector."""
    m, k = a.shape
    if a.dtype != FLOAT32 or k < 2 or not m or m * k > MOST:
        return _plain(a, v)
    if by_columns(a):
        return _column_by_column(a, v[:, None], 0)[:, 0]
    return _rows_times(a, v)


def inner(a: Array, b: Array) -> Any:
    """``a @ b`` of vectors: sixteen at a time in four sums of four lanes, then eight, then four; the rest before."""
    n = len(a)
    if a.dtype != FLOAT32 or n < 2 or n > MOST:
        return _plain(a, b)
    products = a * b
    if n < 4:
        return _one_by_one(products)
    fours = n // 4
    lanes = products[: fours * 4].reshape(fours, 4)
    odd = fours % 2
    even = lanes[: fours - odd]
    sums = [np.add.reduce(even[i::4], axis=0) for i in range(min(4, len(even)))] or [np.zeros(4, FLOAT32)]
    if odd:
        sums[0] = sums[0] + lanes[-1]
    for value in products[fours * 4 :]:
        sums[0][0] += value
    total = sums[0]
    for more in sums[1:]:
        total = total + more
    return (total[0] + total[2]) + (total[1] + total[3])


def batched(a: Array, b: Array) -> Array:
    """``a @ b`` for each pair of matrices of two batches."""
    count, m, k = a.shape
    n = b.shape[2]
    if a.dtype != FLOAT32 or k < 2 or not count * m * n:
        return _plain(a, b)
    if m * n * k < SMALL_BATCH:
        products = np.multiply(np.moveaxis(a, 2, 0)[..., None], np.moveaxis(b, 1, 0)[:, :, None], order="C")
        return _one_by_one(products)
    if (m >= 4 and n >= 12 and k < LANES) or count * m * n * k > MOST:
        return _plain(a, b)
    if count == 1:
        return product(a[0], b[0])[None]
    wide = m >= 4 and n >= 12
    return np.stack([_wide(a[i], b[i]) if wide else _small(a[i], b[i], i) for i in range(count)])


def by_columns(a: Any) -> bool:
    """Whether a matrix lies in memory column by column, as the transpose of another does."""
    return bool(a.strides[0] == a.itemsize and a.strides[1] != a.itemsize)


def _plain(a: Array, b: Array) -> Array:
    """As numpy's library multiplies."""
    out: Array = a @ b
    return out


def _wide(a: Array, b: Array, onto: Any = None) -> Array:
    """Blocks of products, fused; between one and two blocks are two halves."""
    k = a.shape[1]
    if k <= BLOCK:
        return _fused(a, b)
    step = BLOCK if k > 2 * BLOCK else k // 2
    out: Any = onto
    for i in range(0, k, step):
        block = _fused(a[:, i : i + step], b[i : i + step])
        out = block if out is None else out + block
    return np.asarray(out)


def _fused(a: Array, b: Array) -> Array:
    if a.shape[1] >= LANES and a.size * b.shape[1] <= SMALL_FOR_BLAS:
        # numpy's library has loops of its own for small matrices, but not for a first one by columns.
        return _plain(np.asfortranarray(a), np.ascontiguousarray(b))
    return _plain(a, b)


def _small(a: Array, b: Array, batch: int = 0) -> Array:
    """``a @ b`` in plain loops; ``batch`` is the number of the pair, which decides about addresses."""
    m, k = a.shape
    n = b.shape[1]
    if by_columns(b) and not by_columns(a):
        return _rows_times(b.T, a[0])[None] if m == 1 else _rows_by_rows(a, b, batch * m * k)
    return _column_by_column(a, b, batch * m * n)


def _products(a: Array, b: Array) -> Array:
    """All products that a matrix product adds up: over the first axis, for each column and each row of it."""
    products: Array = np.multiply(np.ascontiguousarray(a.T)[:, None], b[:, :, None], order="C")
    return products


def _column_by_column(a: Array, b: Array, start: int) -> Array:
    """One product after another is added to a row of the result, eight columns of ``a`` in one pass.

    The elements of a row before the first aligned address take the last four of the eight in one sum.
    """
    m, k = a.shape
    n = b.shape[1]
    if m == 1 == n:
        return _one_by_one(a[0] * b[:, 0]).reshape(1, 1)
    products = _products(a, b)
    out = np.ascontiguousarray(_one_by_one(products).T)
    if n % 4 == 0 or k < 8 or n < 5:
        return out
    for before in range(1, min(4, n - 3)):
        rows = _with_phase(m, n, start, before)
        if rows is None:
            continue
        head = products[:, :before, rows]
        whole = k // 8 * 8
        eights = head[:whole].reshape(k // 8, 8, *head.shape[1:])
        parts = np.empty((k // 8, 5, *head.shape[1:]), FLOAT32)
        parts[:, :4] = eights[:, :4]
        parts[:, 4] = ((eights[:, 4] + eights[:, 5]) + eights[:, 6]) + eights[:, 7]
        out[rows, :before] = _one_by_one(np.concatenate([parts.reshape(-1, *head.shape[1:]), head[whole:]])).T
    return out


def _with_phase(count: int, length: int, start: int, before: int) -> slice | None:
    """The rows of ``length`` elements that have so many elements before the first one at an aligned address."""
    for i in range(min(count, 4)):
        if (-(start + i * length)) % 4 == before:
            return slice(i, None, 4 if length % 2 else 2 if length % 4 else 1)
    return None


def _rows_by_rows(a: Array, b: Array, start: int) -> Array:
    """Each row of ``a`` with each column of ``b``: four columns at a time in four lanes, the last ones in eight."""
    m, k = a.shape
    n = b.shape[1]
    if k < 4 or (n < 4 and k < 8):
        return np.ascontiguousarray(_one_by_one(_products(a, b)).T)
    out = np.empty((m, n), FLOAT32)
    fours = n // 4 * 4
    for before in range(4):
        rows = _with_phase(m, k, start, before)
        if rows is None:
            continue
        if fours:
            out[rows, :fours] = _in_lanes(_products(a[rows], b[:, :fours]), before, 4, 4).T
        if fours < n:
            out[rows, fours:] = _in_lanes(_products(a[rows], b[:, fours:]), before, 8, 8).T
    return out


def _rows_times(a: Array, v: Array) -> Array:
    """Each row of ``a`` with ``v``: four rows at a time in four lanes, the last ones in eight."""
    m, k = a.shape
    column = v[:, None]
    if k < 5 or (m < 4 and k < 12):
        return _one_by_one(np.multiply(a.T, column, order="C"))
    out = np.empty(m, FLOAT32)
    fours = m // 4 * 4
    if fours:
        out[:fours] = _in_lanes(np.multiply(a[:fours].T, column, order="C"), (k - 1) % 4 + 1, 4, 4)
    if fours < m:
        rest = np.multiply(a[fours:].T, column, order="C")
        if k < 12:
            out[fours:] = _one_by_one(rest)
            return out
        second = rest[:, 1:2].copy()
        out[fours:] = _in_lanes(rest, 4, 8, 8)
        if fours + 1 < m:
            out[fours + 1] = _in_lanes(second, 4, 8, 4)[0]
    return out


def _in_lanes(products: Array, before: int, unit: int, lanes: int) -> Array:
    """The sum over the first axis: some one by one, then ``unit`` at a time in lanes, the rest one by one.

    It writes into ``products``.
    """
    k = len(products)
    stop = before + max(0, k - before) // unit * unit
    if stop == before:
        return _one_by_one(products)
    parts = products[before:stop].reshape(-1, lanes, *products.shape[1:])
    if before:
        parts[0, 0] += _one_by_one(products[:before])
    sums = np.add.reduce(parts, axis=0, initial=0) if len(parts) > 1 else parts[0]
    if lanes == 8:
        sums = sums[:4] + sums[4:]
    total: Array = (sums[0] + sums[2]) + (sums[1] + sums[3])
    for i in range(stop, k):
        total = total + products[i]
    return total + FLOAT32.type(0)


def _one_by_one(products: Array) -> Array:
    """The sum over the first axis, each added to the sum of those before it."""
    if products[0].size > 1 and products.flags.c_contiguous:
        # What stays is side by side in memory, so numpy adds row by row.
        return np.asarray(np.add.reduce(products, axis=0, initial=0))
    return np.asarray(np.add.accumulate(products, axis=0)[-1] + FLOAT32.type(0))
