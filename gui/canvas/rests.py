"""Rests: where on each edge the chip with its gradient stands, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QRectF

from engine.explain.flow import EdgeKey
from engine.layout import Layout
from gui.canvas import measure

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


def rests(layout: Layout, sizes: Mapping[str, tuple[float, float]]) -> dict[EdgeKey, Rest]:
    """For each edge the place of its chip: off the cards and off other chips, where that can be had."""
    boxes = [
        QRectF(x - sizes[k][0] / 2, y - sizes[k][1] / 2, *sizes[k]).adjusted(-4, -4, 4, 4)
        for k, (x, y) in layout.positions.items()
    ]
    if len(boxes) > CARDS:
        return dict.fromkeys(layout.routes, Rest(0.5, True))
    taken: list[QRectF] = []
    shown: list[QRectF] = []
    out: dict[EdgeKey, Rest] = {}
    for key, route in layout.routes.items():
        best, best_cost, place = SHARES[0], float("inf"), QRectF()
        for order, share in enumerate(SHARES):
            (x, y), _ = route.at(share)
            chip = QRectF(x - WIDE / 2, y - TALL / 2, WIDE, TALL)
            line = QRectF(x - WIDE / 2, y - measure.CHIP_HEIGHT / 2, WIDE, measure.CHIP_HEIGHT)
            cost = (
                order * 0.1
                + 10 * sum(chip.intersects(o) for o in taken)
                + 30 * any(line.intersects(o) for o in shown)
                + 4 * sum(chip.intersects(b) for b in boxes)
            )
            if cost < best_cost:
                best, best_cost, place = share, cost, line
            if cost < 1.0:
                break
        out[key] = Rest(best, not any(place.intersects(o) for o in shown))
        taken.append(place.adjusted(0, (measure.CHIP_HEIGHT - TALL) / 2, 0, (TALL - measure.CHIP_HEIGHT) / 2))
        if out[key].roomy:
            shown.append(place)
    return out
