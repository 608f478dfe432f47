"""Near: which of many boxes are in a part of the scene, without looking at all of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gui.canvas.arrays import Floats, Mask, Numbers, meet

LONG = 2000.0
"""Scene pixels of length from which a box is not sorted along an axis."""


class Near:
    """Boxes are rows of left, top, right, bottom; they are found by their numbers."""

    def __init__(self, boxes: Floats) -> None:
        # Column after column, as they are compared.
        self._all: Floats = np.asfortranarray(boxes)
        extent = np.ptp(boxes[:, :2], axis=0) if len(boxes) else np.zeros(2)
        first = int(extent[1] > extent[0])
        """The axis along which a part holds the smaller share of the boxes."""
        short = [boxes[:, axis + 2] - boxes[:, axis] <= LONG for axis in (first, 1 - first)]
        # Lines between layers are long along these, and short across.
        self._rows = (
            _Row(boxes, short[0], first),
            _Row(boxes, ~short[0] & short[1], 1 - first),
            _Row(boxes, ~short[0] & ~short[1], first),
        )

    def most(self, rect: QRectF) -> int:
        """How many boxes have to be looked at for a part of the scene."""
        return sum(behind - first for first, behind in (row.between(rect) for row in self._rows))

    def meeting(self, rect: QRectF) -> Numbers:
        """The boxes that have a point in common with a rectangle, in the order of their numbers."""
        if 2 * self.most(rect) > len(self._all):
            return np.flatnonzero(meet(self._all, rect))
        found: Numbers = np.sort(np.concatenate([row.meeting(rect) for row in self._rows]))
        return found


class _Row:
    """Some of the boxes, in the order in which they begin along an axis."""

    def __init__(self, boxes: Floats, some: Mask, axis: int) -> None:
        numbers = np.flatnonzero(some)
        self._numbers: Numbers = numbers[np.argsort(boxes[numbers, axis], kind="stable")]
        self._boxes: Floats = np.asfortranarray(boxes[self._numbers])
        self._axis = axis
        self._begin = self._boxes[:, axis]
        self._longest = float((self._boxes[:, axis + 2] - self._begin).max(initial=0.0))

    def between(self, rect: QRectF) -> tuple[int, int]:
        """From which to before which place those stand that may reach into a part of the scene."""
        low, high = (rect.top(), rect.bottom()) if self._axis else (rect.left(), rect.right())
        first, behind = np.searchsorted(self._begin, (low - self._longest, np.nextafter(high, np.inf))).tolist()
        return first, behind

    def meeting(self, rect: QRectF) -> Numbers:
        first, behind = self.between(rect)
        found: Numbers = self._numbers[first:behind][meet(self._boxes[first:behind], rect)]
        return found
