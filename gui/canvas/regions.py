"""Regions: around what was made while grad mode was off, one for all that hangs together and lies together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from engine.graph.scenes import OP
from engine.trace import events as ev
from gui.canvas.arrays import Mask

if TYPE_CHECKING:
    from engine.trace.trace import Trace
    from gui.canvas.stage import Stage

LEFT, TOP, RIGHT, BOTTOM = 16.0, 24.0, 16.0, 14.0
"""How far a region reaches beyond its cards."""


def regions(trace: Trace, stage: Stage, standing: Mask, drawn: Mask) -> list[QRectF]:
    """The cards of each region, as one rectangle; where others lie between them, each card for itself."""
    found = [i for i in np.flatnonzero(standing & (stage.kinds == 0)).tolist() if _without_grad(trace, stage, i)]
    if not found:
        return []
    inside = np.zeros_like(standing)
    inside[found] = True
    part = {i: i for i in found}

    def top(i: int) -> int:
        while part[i] != i:
            i = part[i]
        return i

    for edge in np.flatnonzero(drawn & inside[stage.ends[:, 0]] & inside[stage.ends[:, 1]]).tolist():
        source, target = stage.ends[edge].tolist()
        part[top(target)] = top(source)
    together: dict[int, list[int]] = {}
    for i in found:
        together.setdefault(top(i), []).append(i)
    out = []
    for cards in together.values():
        boxes = stage.boxes[cards]
        left, upper = boxes[:, :2].min(0).tolist()
        right, lower = boxes[:, 2:].max(0).tolist()
        rect = QRectF(left, upper, right - left, lower - upper)
        others = np.setdiff1d(stage.near.meeting(around(rect)), cards)
        alone = not standing[others].any()
        out += [rect] if alone else [stage.rect(i) for i in cards]
    return out


def around(rect: QRectF) -> QRectF:
    """The region of a rectangle of cards."""
    return rect.adjusted(-LEFT, -TOP, RIGHT, BOTTOM)


def _without_grad(trace: Trace, stage: Stage, number: int) -> bool:
    entity = stage.entities[number]
    event = trace.events[entity.made]
    return entity.kind == OP and isinstance(event, ev.Applied) and not event.grad_mode
