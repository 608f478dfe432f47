"""A bundle: the edges of a layout in arrays, finer and coarser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.explain.flow import EdgeKey
from engine.layout import Route, polylines
from gui.canvas.arrays import Floats
from gui.canvas.near import Near
from gui.canvas.threads import Threads
from gui.canvas.wires import Wires

FINE, COARSE = 8, 1
"""Pieces of a bend when it can be seen as one, and from afar."""


class Bundle:
    """Edges are numbered as those of the stage. ``rests``: per edge, the share of its way at which its chip stands."""

    def __init__(
        self, routes: Mapping[EdgeKey, Route], edges: Sequence[EdgeKey], rests: Mapping[EdgeKey, float]
    ) -> None:
        fine, coarse = polylines(routes, FINE), polylines(routes, COARSE)
        number: dict[str, int] = {}
        sources = np.array([number.setdefault(edge[0], len(number)) for edge in edges], np.int64)
        self.wires = Wires(fine[edge] for edge in edges)
        self.fine = Threads(self.wires, sources)
        self.coarse = Threads(Wires(coarse[edge] for edge in edges), sources)
        shares: Floats = np.array([rests[edge] for edge in edges], np.float64)
        at = self.wires.points_at(np.arange(len(edges)), shares)
        self.chips = Near(np.hstack([at, at]))
        """About where the chip of each edge stands."""
