"""What is beside a card: its edges, what it was made of and what of it, the nearest above and below."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge


def edges_of(picture: Picture, key: str) -> list[PlacedEdge]:
    """The edges that end at a card, those of its operands first."""
    number = picture.stage.index[key]
    into = [n for n in picture.stage.into.get(number, ()) if picture.drawn[n]]
    out = np.flatnonzero(picture.drawn & (picture.ends[:, 0] == number)).tolist()
    return [picture.edge_at(n) for n in (*into, *out)]


def leading_to(picture: Picture, key: str) -> list[str]:
    """The entities that a result was made of."""
    into = picture.stage.into.get(picture.stage.index[key], ())
    return [picture.stage.keys[picture.ends[n, 0]] for n in into if picture.drawn[n]]


def made_of(picture: Picture, key: str) -> list[str]:
    """The results that an entity was used for."""
    number = picture.stage.index[key]
    return [picture.stage.edges[n][1] for n in np.flatnonzero(picture.drawn & (picture.ends[:, 0] == number)).tolist()]


def ports_of(picture: Picture, key: str) -> list[QPointF]:
    """Where the edges to all results of an entity begin, also to those that are still to come."""
    number = picture.stage.index[key]
    edges = map(picture.edge_at, np.flatnonzero(picture.ends[:, 0] == number).tolist())
    return [QPointF(*edge.route.start) for edge in edges]


def beside(picture: Picture, key: str, up: bool) -> list[str]:
    """The card above or below another one that is nearest, those in its own layer first."""
    stage = picture.stage
    x, y = (stage.boxes[:, :2] + stage.boxes[:, 2:]).T / 2
    here = stage.index[key]
    side = picture.shown & (y < y[here] if up else y > y[here])
    if not side.any():
        return []
    far = np.where(side, 3 * np.abs(x - x[here]) + np.abs(y - y[here]), np.inf)
    return [stage.keys[int(far.argmin())]]
