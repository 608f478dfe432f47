"""Painting many edges and cards at once: lines and blocks from arrays, no more of them than can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.base.theme import Theme, faded
from gui.canvas.arrays import Floats, Mask, draw_lines, draw_points, draw_rects, meet
from gui.canvas.levels import BLOCK, CLOSE
from gui.canvas.picture import TINTS, Picture
from gui.canvas.wires import Wires

FROM_AFAR = 0.07
"""Below this zoom a bend is not seen as one."""
PIECES, LENGTH = 9_000, 250_000
"""Pieces of lines, and pixels of their length, that are drawn in a whole view."""
SINGLE = 60
"""Edges that are painted one by one, where they are wider than a pixel."""
BLOCKS = 12_000
"""Cards that are drawn as rectangles; more of them are drawn as points."""
GHOST = 0.4
MOST_POINTS = 4
"""Points along each side of a card."""


class Amount(NamedTuple):
    """How a view is painted by how much there is in it. Parts of it are painted in the same way as the whole."""

    single: bool = True
    """Whether each edge is painted for itself, with its width."""
    share: float = 1.0
    """The share of the edges for which there is room."""
    points: bool = False
    """Whether there are too many cards for rectangles."""


def alike(a: Amount, b: Amount) -> bool:
    """Whether parts of a view may be painted by one, and the rest by the other."""
    return (a.single, a.points) == (b.single, b.points) and abs(a.share - b.share) <= 0.15 * a.share


ALL = Amount()
"""Everything in full, for files."""


def amount(picture: Picture, view: QRectF, zoom: float) -> Amount:
    """How to paint the part of the scene that is seen."""
    wires = _wires(picture, zoom)
    edges = wires.near(picture.resting, view)
    points = zoom < BLOCK and int((picture.standing & meet(picture.stage.boxes, view)).sum()) > BLOCKS
    if len(edges) <= (SINGLE if zoom > CLOSE else 2 * SINGLE):
        return Amount(points=points)
    count = int((wires.begin[edges + 1] - wires.begin[edges]).sum())
    # Of very many edges a part tells how long they are.
    part = edges[wires.rank[edges] < 4 * PIECES / count] if count > 4 * PIECES else edges
    pieces = wires.inside(part, view)
    single = len(np.unique(wires.owner[pieces])) <= SINGLE and len(part) == len(edges)
    whole = len(edges) / max(1, len(part))
    least = np.array([view.left(), view.top()] * 2)
    most = np.array([view.right(), view.bottom()] * 2)
    seen = np.clip(wires.pieces[pieces], least, most)
    length = float(np.abs(seen[:, 2:] - seen[:, :2]).max(axis=1).sum()) * zoom * whole if len(pieces) else 0.0
    share = min(1.0, PIECES / max(1.0, len(pieces) * whole), LENGTH / max(1.0, length))
    return Amount(single and share == 1.0, share, points)


def _wires(picture: Picture, zoom: float) -> Wires:
    bundle = picture.stage.bundle
    return bundle.coarse if zoom < FROM_AFAR else bundle.fine


def paint_wires(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float, share: float) -> None:
    """The edges in a part of the scene as lines; a ``share`` of them, where there are too many."""
    wires = _wires(picture, zoom)
    edges = wires.near(picture.resting, rect)
    if share < 1.0:
        edges = edges[wires.rank[edges] < share]
    pieces = wires.inside(edges, rect)
    owner = wires.owner[pieces]
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, mask in _kinds(picture, theme, zoom):
        pen = QPen(colour if share == 1.0 else _denser(colour, share), 1.0)
        pen.setCosmetic(True)
        p.setPen(pen)
        draw_lines(p, wires.pieces[pieces[mask[owner]]])


def _kinds(picture: Picture, theme: Theme, zoom: float) -> Iterator[tuple[QColor, Mask]]:
    """Colours and which edges have them. A line of one pixel stands for a width in the scene."""
    width = min(2.0, max(0.55, 1.6 * zoom))
    flowing, passed = picture.flowing, picture.passed
    pale = picture.ghosts[picture.ends[:, 0]] | picture.ghosts[picture.ends[:, 1]]
    for ghost, opacity in ((False, 1.0), (True, GHOST)):
        here = pale == ghost
        if ghost and not here.any():
            return
        yield faded(theme.untracked, min(1.0, 0.7 * width) * opacity), here & ~flowing & ~passed
        yield faded(getattr(theme, picture.stream), min(1.0, 0.5 * width) * opacity), here & flowing & ~passed
        yield faded(theme.gradient_past, min(1.0, 1.4 * width) * opacity), here & passed


def _denser(colour: QColor, share: float) -> QColor:
    """The same colour for the few that stand for many."""
    out = QColor(colour)
    out.setAlphaF(min(1.0, colour.alphaF() / share**0.35))
    return out


def paint_blocks(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float, many: bool) -> None:
    """The cards in a part of the scene as blocks of their colours."""
    boxes = picture.stage.boxes
    here = np.flatnonzero(picture.standing & meet(boxes, rect))
    p.setPen(Qt.PenStyle.NoPen)
    tints, ghosts = picture.tints[here], picture.ghosts[here]
    for number, name in enumerate(TINTS):
        for ghost, opacity in ((False, 1.0), (True, GHOST)):
            some = boxes[here[(tints == number) & (ghosts == ghost)]]
            if not len(some):
                continue
            colour = faded(getattr(theme, name), opacity)
            if many:
                p.setPen(QPen(colour, 0))
                draw_points(p, _points(some, zoom))
            else:
                p.setPen(Qt.PenStyle.NoPen)
                p.setBrush(colour)
                draw_rects(p, some)


def _points(boxes: Floats, zoom: float) -> Floats:
    """Points a pixel apart that fill the boxes."""
    wide = float(np.median(boxes[:, 2] - boxes[:, 0])) * zoom
    high = float(np.median(boxes[:, 3] - boxes[:, 1])) * zoom
    columns, rows = (min(MOST_POINTS, max(1, round(size))) for size in (wide, high))
    corner = boxes[:, :2] + 0.5 / zoom
    shifts = [(i / zoom, j / zoom) for i in range(columns) for j in range(rows)]
    return np.concatenate([corner + shift for shift in shifts])
