"""LU decomposition of small matrices, in the steps in which LAPACK takes them: so that roundings agree with torch's.

numpy's solver is another build of LAPACK, whose last bits differ; for large matrices it is used all the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SMALL = 16


def decomposed(matrix: Array) -> tuple[Array, Array, int]:
    """L (below the diagonal) and U in one matrix, the order of the rows, and the first pivot, from 1, that is 0."""
    a = matrix.copy()
    order = np.arange(len(a))
    zero = 0
    for k in range(len(a)):
        best = k + int(np.argmax(np.abs(a[k:, k])))
        if a[best, k] == 0:
            zero = zero or k + 1
            continue
        if best != k:
            a[[k, best]], order[[k, best]] = a[[best, k]], order[[best, k]]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a, order, zero


def solved(matrix: Array, right: Array) -> tuple[Array, int]:
    """X with matrix @ X = right, and the first pivot, from 1, that is 0 (then X is worth nothing)."""
    a, order, zero = decomposed(matrix)
    n = len(a)
    x = right[order].astype(a.dtype)
    if zero:
        return x, zero
    for k in range(n):
        x[k + 1 :] -= np.outer(a[k + 1 :, k], x[k])
    one = a.dtype.type(1)
    for k in range(n - 1, -1, -1):
        x[k] *= one / a[k, k]
        x[:k] -= np.outer(a[:k, k], x[k])
    return x, 0


def solve(matrices: Array, right: Array) -> tuple[Array, tuple[int, int]]:
    """X with matrices @ X = right, batch by batch; which matrix is singular, and its pivot (0: none)."""
    batch = np.broadcast_shapes(matrices.shape[:-2], right.shape[:-2])
    n, columns = matrices.shape[-1], right.shape[-1]
    if n > SMALL:
        try:
            return np.linalg.solve(matrices, right), (0, 0)
        except np.linalg.LinAlgError:
            pass
    left = np.broadcast_to(matrices, (*batch, n, n)).reshape(-1, n, n)
    wanted = np.broadcast_to(right, (*batch, n, columns)).reshape(-1, n, columns)
    out = np.empty(wanted.shape, matrices.dtype)
    for number, (a, b) in enumerate(zip(left, wanted, strict=True)):
        out[number], zero = solved(a, b)
        if zero:
            return out.reshape((*batch, n, columns)), (number, zero)
    return out.reshape((*batch, n, columns)), (0, 0)


def log_determinant(matrices: Array) -> tuple[Array, Array]:
    """The sign and the logarithm of the size of determinants."""
    n = matrices.shape[-1]
    if n > SMALL:
        sign, size = np.linalg.slogdet(matrices)
        return np.asarray(sign, matrices.dtype), np.asarray(size, matrices.dtype)
    signs, sizes = [], []
    for matrix in matrices.reshape(-1, n, n):
        a, order, _ = decomposed(matrix)
        pivots = np.diagonal(a)
        swaps = sum(int(order[i] > order[j]) for i in range(n) for j in range(i + 1, n))
        signs.append(np.prod(np.sign(pivots)) * (-1) ** swaps)
        sizes.append(np.sum(np.log(np.abs(pivots))))
    shape = matrices.shape[:-2]
    return np.array(signs, matrices.dtype).reshape(shape), np.array(sizes, matrices.dtype).reshape(shape)
