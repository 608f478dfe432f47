from __future__ import annotations

import numpy as np

from engine.layout.arrays import group, slices


def test_group() -> None:
    values, begin = group(np.array([2, 0, 2, 2]), np.array([10, 11, 12, 13]), 4)
    assert values.tolist() == [11, 10, 12, 13]
    assert begin.tolist() == [0, 1, 1, 4, 4]


def test_slices() -> None:
    assert slices(np.array([11, 10, 12, 13]), np.array([0, 1, 1, 4, 4])) == [[11], [], [10, 12, 13], []]
    assert slices(np.zeros(0, np.int64), np.array([0])) == []
