"""Sums in the order in which torch adds on the CPU, so that the last digit agrees as well.

torch adds eight floats (four doubles) at a time, in four running sums that are joined at the end; long rows go through
levels of partial sums. Columns are added row by row. numpy's own order is another one, and a training loop carries
the difference on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_reduce: Any = np.add.reduce
"""The stubs know it for literal arguments alone."""

FLOAT64 = np.dtype(np.float64)
LANES = {np.dtype(np.float32): 8, FLOAT64: 4}
RUNNING = 4
"""How many sums run side by side in one row."""
LEVELS = 4
FEW = 32
SHORT = np.array([0, 4, 5, 6, 1, 2, 3])
"""The order in which a row of fewer than eight elements is added: the first of four sums takes the rest."""


def add_up(x: Any, axes: tuple[int, ...] | None, keepdims: bool = False) -> Any:
    """The sum over ``axes`` (all for None) of floats or doubles; anything else is left to numpy."""
    if type(x) is not np.ndarray or x.dtype not in LANES or x.size <= RUNNING:
        return _reduce(x, axis=axes, keepdims=keepdims)
    rank = x.ndim
    if not keepdims and x.flags.c_contiguous:
        # What losses and the gradients of biases ask for.
        if axes is None:
            return _row(x.reshape(-1))[()]
        if rank == 2 and axes == (0,) and 1 not in x.shape:
            return _columns(x)
    kept_axes = () if axes is None else tuple(i for i, n in enumerate(x.shape) if i not in axes and n > 1)
    shape = (1,) * rank if axes is None else tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    if not keepdims:
        shape = () if axes is None else tuple(n for i, n in enumerate(x.shape) if i not in axes)
    if not kept_axes and x.flags.forc:
        total = _rows(x.ravel("K"))
        return total.reshape(shape) if shape else total[()]
    if not x.flags.c_contiguous:
        return _reduce(x, axis=axes, keepdims=keepdims)
    lead, trail = kept_axes[0], kept_axes[-1]
    if len(kept_axes) != sum(n > 1 for n in x.shape[lead : trail + 1]):
        return _reduce(x, axis=axes, keepdims=keepdims)
    ahead, kept, behind = _size(x.shape[:lead]), _size(x.shape[lead : trail + 1]), _size(x.shape[trail + 1 :])
    if behind == 1:
        return _columns(x.reshape(ahead, kept)).reshape(shape)
    return _reduce(_rows(x.reshape(ahead, kept, behind)), axis=0).reshape(shape)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _row(x: Array) -> Any:
    """The sum of one row."""
    n, lanes = x.size, LANES[x.dtype]
    if n < lanes:
        return _rows(x)
    begin = n - n % lanes
    if x.dtype is FLOAT64 and n <= FEW:
        return np.float64(_few(x.tolist()) + 0.0)  # as numpy does, so that no sum is -0
    sums = _row_sum(x[:begin].reshape(-1, lanes))
    if x.dtype is not FLOAT64:
        parts = sums if begin == n else np.concatenate([x[begin:], sums])
        return np.add.accumulate(parts)[-1]
    return np.float64(_in_turn(x[begin:].tolist() + sums.tolist()))


def _few(x: list[float]) -> float:
    """The same for a few doubles, which Python adds faster than numpy does."""
    whole = len(x) // 4
    quarter = whole // RUNNING * RUNNING
    parts = x[whole * 4 :]
    for lane in range(4):
        column = x[lane : whole * 4 : 4]
        sums = column[:RUNNING] if quarter else column
        for i in range(RUNNING, quarter):
            sums[i % RUNNING] += column[i]
        for i in range(quarter, whole if quarter else 0):
            sums[0] += column[i]
        parts.append(_in_turn(sums))
    return _in_turn(parts)


def _in_turn(values: list[float]) -> float:
    total = values[0]
    for value in values[1:]:
        total += value
    return total


def _rows(x: Array) -> Array:
    """The sum of each row: over the last axis, whose elements lie side by side."""
    n = x.shape[-1]
    lanes = LANES[x.dtype]
    if n < lanes:
        order = SHORT[: n + 3][SHORT[: n + 3] < n] if n > RUNNING else slice(None)
        return np.asarray(_reduce(x[..., order], axis=-1))
    whole = n // lanes
    lane_sums = _row_sum(x[..., : whole * lanes].reshape(*x.shape[:-1], whole, lanes))
    # The elements beyond the last full lane come first.
    parts = np.concatenate([x[..., whole * lanes :], lane_sums], axis=-1)
    return np.asarray(np.add.accumulate(parts, axis=-1)[..., -1])


def _row_sum(x: Array) -> Array:
    """Over the last axis but one: four running sums, the rest in the first of them, then all four."""
    n, width = x.shape[-2:]
    quarter = n // RUNNING
    if not quarter:
        return np.asarray(_reduce(x, -2))
    lead = x.shape[:-2]
    whole = x if quarter * RUNNING == n else x[..., : quarter * RUNNING, :]
    sums = _cascade(whole.reshape(*lead, quarter, RUNNING * width)).reshape(*lead, RUNNING, width)
    for i in range(quarter * RUNNING, n):
        sums[..., 0, :] += x[..., i, :]
    return np.asarray(_reduce(sums, -2))


def _cascade(x: Array) -> Array:
    """Over the last axis but one, one after another; beyond a number of rows in levels of partial sums."""
    n = x.shape[-2]
    power = max(4, (n - 1).bit_length() // LEVELS)
    step = 1 << power
    if n < step:
        return np.asarray(_reduce(x, -2))
    sums = []
    level = x
    for depth in range(LEVELS):
        rows = level.shape[-2]
        groups = rows // step if depth + 1 < LEVELS else 0
        # No rows are 0, but in front of a sum of -0 that is not nothing.
        sums.append(_reduce(level[..., groups * step :, :], -2) if groups * step < rows else 0.0)
        if not groups:
            break
        if groups * step < rows:
            level = level[..., : groups * step, :]
        level = _reduce(level.reshape(*level.shape[:-2], groups, step, level.shape[-1]), -2)
    total = sums[0]
    for part in sums[1:]:
        total = total + part
    return np.asarray(total)


def _columns(x: Array) -> Array:
    """The sum of each column of a matrix: groups of columns one row after another, the others in running sums."""
    n, width = x.shape
    lanes = LANES[x.dtype]
    group = RUNNING * lanes if width >= lanes else RUNNING
    if width == 1:
        return np.asarray(_rows(x.reshape(1, n)))
    plain = width // group * group
    if plain == width:
        return _cascade(x)
    if not plain:
        return _row_sum(x)
    return np.concatenate([_cascade(x[:, :plain]), _row_sum(x[:, plain:])])


def add_in_turn(x: Array) -> Any:
    """The sum of all elements as torch's loops over a batch add them: one by one, sixteen to a level.

    The first element climbs to the last level at once, so it is added at the end.
    """
    flat = x.ravel()
    if flat.size <= 2:
        return _reduce(flat)
    parts = []
    level = flat[1:]
    while level.size:
        groups = level.size // 16
        rest = level[groups * 16 :]
        if rest.size:
            parts.append(np.add.accumulate(rest)[-1])
        level = np.add.accumulate(level[: groups * 16].reshape(groups, 16), axis=1)[:, -1]
    return np.add.accumulate(np.array([*parts, flat[0]]))[-1]
