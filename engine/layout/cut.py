"""Blocks cut where no one coordinate suits all their vertices any more."""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Floats, Ints


def common(block: Ints, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Per block from where to where all its vertices may be; vertex ``v`` from ``low[v]`` to ``high[v]``."""
    count = int(block.max()) + 1
    least, most = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(least, block, low)
    np.minimum.at(most, block, high)
    return least, most


def cut(block: Ints, layer: Ints, low: Floats, high: Floats) -> Ints:
    """New numbers for blocks: each goes on along the flow while there is a coordinate for all of it."""
    least, most = common(block, low, high)
    tight = np.flatnonzero((least > most)[block])
    if not len(tight):
        return block
    tight = tight[np.lexsort((layer[tight], block[tight]))]
    result = block.copy()
    result[tight] = len(least) + _pieces(block[tight].tolist(), low[tight].tolist(), high[tight].tolist())
    return np.unique(result, return_inverse=True)[1].astype(np.int64)


def _pieces(block: list[int], low: list[float], high: list[float]) -> Ints:
    numbers: list[int] = []
    number, last, least, most = -1, -1, 0.0, 0.0
    for mine, a, b in zip(block, low, high, strict=True):
        least, most = max(least, a), min(most, b)
        if mine != last or least > most:
            number, last, least, most = number + 1, mine, a, b
        numbers.append(number)
    return np.array(numbers, np.int64)
