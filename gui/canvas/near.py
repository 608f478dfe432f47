"""Near: which of many boxes are in a part of the scene, without looking at all of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gui.canvas.arrays import Floats, Numbers, meet

LONG = 2000.0
"""Scene pixels of length from which a box is looked at each time."""


class Near:
    """Boxes are rows of left, top, right, bottom; they are found by their numbers."""

    def __init__(self, boxes: Floats) -> None:
        self._all = boxes
        extent = np.ptp(boxes[:, :2], axis=0) if len(boxes) else np.zeros(2)
        self._axis = int(extent[1] > extent[0])
        """The axis along which a part holds the smaller share of the boxes."""
        begin, end = boxes[:, self._axis], boxes[:, self._axis + 2]
        far = end - begin > LONG
        order = np.lexsort((begin, far))
        short = len(boxes) - int(far.sum())
        self._short, self._long = order[:short], order[short:]
        self._boxes, self._far = boxes[self._short], boxes[self._long]
        self._begin = np.ascontiguousarray(self._boxes[:, self._axis])

    def most(self, rect: QRectF) -> int:
        """How many boxes have to be looked at for a part of the scene."""
        first, behind = self._between(rect)
        return behind - first + len(self._long)

    def _between(self, rect: QRectF) -> tuple[int, int]:
        low, high = (rect.top(), rect.bottom()) if self._axis else (rect.left(), rect.right())
        return int(np.searchsorted(self._begin, low - LONG)), int(np.searchsorted(self._begin, high, side="right"))

    def meeting(self, rect: QRectF) -> Numbers:
        """The boxes that have a point in common with a rectangle, in the order of their numbers."""
        first, behind = self._between(rect)
        if 2 * (behind - first) > len(self._all):
            return np.flatnonzero(meet(self._all, rect))
        here = self._short[first:behind][meet(self._boxes[first:behind], rect)]
        there = self._long[meet(self._far, rect)]
        found: Numbers = np.sort(np.concatenate([here, there]))
        return found
