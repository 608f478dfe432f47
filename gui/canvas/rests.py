"""Rests: where on each edge the chip with its gradient stands, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from engine.explain.flow import EdgeKey
from engine.layout import Layout
from gui.canvas import measure
from gui.canvas.arrays import Floats

SHARES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8)
"""Places on an edge, best first (0 is the operand's end)."""
WIDE = 58.0
TALL = measure.CHIP_HEIGHT + measure.CHIP_ROW
"""Chips are kept off each other as they are in their step, when they have two lines."""
CARDS = 400
"""Up to so many cards, chips are kept off cards and off each other."""


class Rest(NamedTuple):
    """``share`` of the edge's way; ``roomy``: no chip that is shown stands there."""

    share: float
    roomy: bool


class _Rects:
    """Rectangles in columns: many are compared with one at once."""

    def __init__(self, most: int) -> None:
        self._columns: Floats = np.empty((4, most))
        self._count = 0

    def add(self, left: float, top: float, right: float, bottom: float) -> None:
        self._columns[:, self._count] = left, top, right, bottom
        self._count += 1

    def over(self, left: float, top: float, right: float, bottom: float) -> int:
        """How many have more than a border in common with a rectangle."""
        lefts, tops, rights, bottoms = self._columns[:, : self._count]
        seen = lefts < right
        seen &= rights > left
        seen &= tops < bottom
        seen &= bottoms > top
        return int(np.count_nonzero(seen))


def rests(layout: Layout, sizes: Mapping[str, tuple[float, float]]) -> dict[EdgeKey, Rest]:
    """For each edge the place of its chip: off the cards and off other chips, where that can be had."""
    if len(layout.positions) > CARDS:
        return dict.fromkeys(layout.routes, Rest(0.5, True))
    cards, taken, shown = _Rects(len(layout.positions)), _Rects(len(layout.routes)), _Rects(len(layout.routes))
    for k, (x, y) in layout.positions.items():
        wide, tall = sizes[k][0] / 2 + 4, sizes[k][1] / 2 + 4
        cards.add(x - wide, y - tall, x + wide, y + tall)
    out: dict[EdgeKey, Rest] = {}
    for key, route in layout.routes.items():
        best, best_cost, place, crowded = SHARES[0], float("inf"), (0.0, 0.0, 0.0, 0.0), False
        for order, share in enumerate(SHARES):
            (x, y), _ = route.at(share)
            chip = x - WIDE / 2, y - TALL / 2, x + WIDE / 2, y + TALL / 2
            on_shown = bool(shown.over(chip[0], y - measure.CHIP_HEIGHT / 2, chip[2], y + measure.CHIP_HEIGHT / 2))
            cost = order * 0.1 + 10 * taken.over(*chip) + 30 * on_shown + 4 * cards.over(*chip)
            if cost < best_cost:
                best, best_cost, place, crowded = share, cost, chip, on_shown
            if cost < 1.0:
                break
        out[key] = Rest(best, not crowded)
        taken.add(*place)
        if not crowded:
            left, _, right, _ = place
            middle = (place[1] + place[3]) / 2
            shown.add(left, middle - measure.CHIP_HEIGHT / 2, right, middle + measure.CHIP_HEIGHT / 2)
    return out
