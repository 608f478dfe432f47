"""Orders: which cards belong to derivatives of higher order, and where those stand as a layer of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from PySide6.QtCore import QRectF

from engine.graph.scenes import OP, Entity
from gui.canvas.arrays import Floats, Numbers

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

LEFT, TOP, RIGHT, BOTTOM = 22.0, 34.0, 22.0, 20.0
"""How far a layer reaches beyond its cards; its title is above them."""
NAMES = {1: "second-order graph", 2: "third-order graph"}


def bands(graph: nx.MultiDiGraph[str]) -> dict[str, int]:
    """Per card 0 for the program's own graph, 1 for that of its derivatives, and so on; empty if that is all 0.

    A number or a seed that only such nodes use stands with them.
    """
    entities: dict[str, Entity] = {key: data["entity"] for key, data in graph.nodes(data=True)}
    if all(e.order == 1 for e in entities.values()):
        return {}
    out = {key: e.order - 1 for key, e in entities.items()}
    for key, e in entities.items():
        if not e.tracked and not e.names and e.kind != OP:
            out[key] = min((entities[user].order - 1 for user in graph.successors(key)), default=1)
    return out


def layers(boxes: Floats, band: Numbers) -> list[tuple[str, QRectF]]:
    """The title and the place of each layer of higher order."""
    out = []
    for number in np.unique(band[band > 0]).tolist():
        left, top = boxes[band == number, :2].min(axis=0).tolist()
        right, bottom = boxes[band == number, 2:].max(axis=0).tolist()
        rect = QRectF(left, top, right - left, bottom - top).adjusted(-LEFT, -TOP, RIGHT, BOTTOM)
        out.append((NAMES.get(number, f"graph of order {number + 1}"), rect))
    return out


def shown_layers(stage: Stage, shown: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[tuple[str, QRectF]]:
    """Those in which something has been made; each has its whole place from the beginning."""
    there = np.unique(stage.bands[shown & (stage.bands > 0)]).tolist()
    if not there:
        return []
    numbers = np.unique(stage.bands[stage.bands > 0]).tolist()
    return [layer for number, layer in zip(numbers, layers(stage.boxes, stage.bands), strict=True) if number in there]
