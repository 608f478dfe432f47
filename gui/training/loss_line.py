"""LossLine: the loss over the one number that a program trains, with the way walked, the tangent and the step."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable
from typing import Any

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.explain.numbers import number
from engine.series.parameters import Parameter
from engine.series.surface import function_of, losses_over
from engine.series.task import Floats, LossGraph
from engine.series.way import axes_of, walk_of
from gui.base.drawn import Drawn
from gui.base.quiet_plot import colour_plot, quiet_plot, set_range
from gui.session import Session
from gui.training.labels import section, small

POINTS = 121
ROOM = 0.2
"""How far the curve reaches beyond the way, as a part of its extent."""
MOST_WALKED = 150
"""Steps of the way that are drawn: the last before the cursor."""
RUNS_OFF = 30.0
"""Times the first step beyond which a way is not followed any more."""
TANGENT = 0.12
"""Half the length of the tangent, as a part of the width."""


class LossLine(QWidget):
    """Shown where a run trains one number."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._plot: Any = None
        self._drawn: Any = None
        self._of: Hashable = None
        """What the curve was computed for."""
        self._curve: tuple[Floats, Floats] | None = None
        self.said = small()
        self.said.setWordWrap(True)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        self.title = section("Loss")
        self._box.addWidget(self.title)
        self._box.addWidget(self.said)
        self.setAccessibleName("Loss over the parameter")

    def show_run(self, graph: LossGraph | None, parameters: list[Parameter], place: int) -> None:
        """``graph`` is what the last pass started from; ``place`` is that of the cursor."""
        s = self._session
        axis = axes_of(parameters)[0] if sum(p.size for p in parameters) == 1 else None
        at = None if graph is None or axis is None else axis.number_in(graph)
        self.setVisible(at is not None)
        if graph is None or axis is None or at is None:
            return
        if self._plot is None:
            self._plot = quiet_plot(left=46, bottom=True)
            self._plot.setFixedHeight(190)
            self._drawn = Drawn(self._plot)
            self._box.insertWidget(1, self._plot)
        colour_plot(self._plot, s.theme)
        self.title.setText(f"Loss over {axis.name}")
        values, grads = walk_of(s.trace, axis)
        way = np.array([row[0] for row in values.values], np.float64)
        state = s.trace.state_after(place)
        low, high = _extent(way)
        of = (function_of(graph, state, at, at), low, high)
        if of != self._of:
            self._of = of
            x = np.linspace(low, high, POINTS)
            y = losses_over(graph, state, at, x)
            self._curve = None if y is None else (x, y)
        if self._curve is None:
            self.setVisible(False)
            return
        x, y = self._curve
        good = y[np.isfinite(y)]
        bottom, top = (float(good.min()), float(good.max())) if len(good) else (0.0, 1.0)
        room = (top - bottom) * 0.1 or 1.0
        set_range(self._plot, low, high, bottom - room, top + room)
        draw, t = self._drawn, s.theme
        draw.curve("loss", x, y, t.forward, 2)
        behind = way[: bisect_left(values.places, place)][-MOST_WALKED:]
        height = np.interp(behind, x, y, left=math.nan, right=math.nan)
        draw.curve("way", behind, height, t.leaf, 1.4, z=2)
        draw.dots("steps", behind, height, t.leaf, t.leaf, 4, z=2)
        draw.dots("here", behind[-1:], height[-1:], t.leaf, t.panel, 11, z=4)
        self._tangent(way, values.places, grads.places, [row[0] for row in grads.values], place)
        draw.sweep()

    def _tangent(self, way: Floats, places: list[int], grad_places: list[int], grads: list[float], place: int) -> None:
        """The gradient is the slope where it was computed."""
        assert self._curve is not None
        last = bisect_left(grad_places, place) - 1
        while last >= 0 and math.isnan(grads[last]):
            last -= 1
        if last < 0:
            self.said.setText("")
            return
        start = float(way[max(0, bisect_left(places, grad_places[last]) - 1)])
        x, y = self._curve
        height = float(np.interp(start, x, y, left=math.nan, right=math.nan))
        half = (x[-1] - x[0]) * TANGENT
        ends = np.array([start - half, start + half])
        if math.isfinite(height) and math.isfinite(grads[last]):
            t = self._session.theme
            self._drawn.curve("tangent", ends, height + (ends - start) * grads[last], t.gradient, 2.2, z=3)
        self.said.setText(f"The slope at {number(start)} is the gradient: {number(grads[last])}.")


def _extent(way: Floats) -> tuple[float, float]:
    """Where the curve begins and ends: it holds the way, of one that runs off its beginning."""
    good = way[np.isfinite(way)]
    if not len(good):
        return -1.0, 1.0
    away = np.abs(good - good[0])
    if len(good) > 1 and away[1] > 0:
        good = good[away <= RUNS_OFF * away[1]]
    low, high = float(good.min()), float(good.max())
    room = (high - low) * ROOM or abs(low) * ROOM or 1.0
    return low - room, high + room
