"""Painting many edges and cards at once: lines and blocks from arrays, no more of them than can be told apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.base.theme import Theme, faded
from gui.canvas.arrays import Floats, Numbers, draw_lines, draw_points, draw_rects, meet
from gui.canvas.levels import BLOCK, CLOSE, SWAP
from gui.canvas.paint_cards import LEAF_RADIUS, OP_RADIUS, log_size
from gui.canvas.picture import EDGES, TINTS, Picture
from gui.canvas.threads import Threads

FROM_AFAR = 0.07
"""Below this zoom a bend is not seen as one."""
PIECES, LENGTH = 9_000, 250_000
"""Pieces of lines, and pixels of their length, that are drawn in a whole view."""
NEARER = 2.5
"""How many times as many where edges can be followed."""
SAMPLE = 30_000
"""Pieces of which so many tell how much there is in a view."""
SINGLE = 40
"""Edges that are painted one by one, where they are wider than a pixel."""
WIDE = 500
"""Pieces along which gradients have gone that are drawn with their widths."""
ROUND = 0.18
"""From this zoom on the corners of a block can be seen."""
BLOCKS = 12_000
"""Cards that are drawn as rectangles; more of them are drawn as points."""
GHOST = 0.4
POINTS = 200_000
"""Points for all cards of a view together."""


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
    bundle = picture.stage.bundle
    points = zoom < BLOCK and int((picture.standing & meet(picture.stage.boxes, view)).sum()) > BLOCKS
    if len(bundle.wires.near(picture.resting, view)) <= (SINGLE if zoom > CLOSE else 2 * SINGLE):
        return Amount(points=points)
    threads = _threads(picture, zoom)
    # Of very many pieces a part tells how many and how long they are.
    part = min(1.0, SAMPLE / max(1, len(threads.pieces)))
    seen = threads.inside(view, part)
    seen = seen[picture.states_of(threads)[seen] > 0]
    length = float(threads.clipped(seen, view).sum()) * zoom
    # Where single edges can be followed, none may be left out.
    room = 1.0 if zoom <= BLOCK else NEARER
    share = min(1.0, room * part * PIECES / max(1, len(seen)), room * part * LENGTH / max(1.0, length))
    return Amount(False, share, points)


def _threads(picture: Picture, zoom: float) -> Threads:
    bundle = picture.stage.bundle
    return bundle.coarse if zoom < FROM_AFAR else bundle.fine


def paint_wires(p: QPainter, picture: Picture, theme: Theme, rect: QRectF, zoom: float, share: float) -> None:
    """The edges in a part of the scene as lines; a ``share`` of their pieces, where there are too many."""
    threads = _threads(picture, zoom)
    seen = threads.inside(rect, share)
    states = picture.states_of(threads)[seen]
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, (kind, ghost) in enumerate(EDGES, 1):
        some = seen[states == number]
        if not len(some):
            continue
        if kind == "passed" and zoom >= SWAP and len(some) <= WIDE:
            _paint_widths(p, picture, theme, threads, some, ghost)
            continue
        pen = QPen(_denser(_colour(kind, ghost, picture, theme, zoom), share), 1.0)
        pen.setCosmetic(True)
        p.setPen(pen)
        level = threads.level[some]
        # A level line of one pixel needs no smoothing, which costs by its length.
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        draw_lines(p, threads.pieces[some[level]])
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_lines(p, threads.pieces[some[~level]])


def _colour(kind: str, ghost: bool, picture: Picture, theme: Theme, zoom: float) -> QColor:
    """The colour of a line of one pixel, which stands for a width in the scene."""
    name, opacity = {
        "untracked": ("untracked", 0.7),
        "stream": (picture.stream, 0.5),
        "passed": ("gradient_past", 1.4),
    }[kind]
    width = min(2.0, max(0.55, 1.6 * zoom))
    return faded(getattr(theme, name), min(1.0, opacity * width) * (GHOST if ghost else 1.0))


def _paint_widths(p: QPainter, picture: Picture, theme: Theme, threads: Threads, pieces: Numbers, ghost: bool) -> None:
    """Edges along which gradients have gone, as wide as those were large."""
    edges, at = np.unique(threads.edge[pieces], return_inverse=True)
    flows = [picture.flow_at(edge) for edge in edges.tolist()]
    widths = np.array([1.4 if flow is None else round(2 * log_size(flow.size)) / 2 for flow in flows])[at]
    for width in np.unique(widths).tolist():
        p.setPen(QPen(faded(theme.gradient_past, GHOST if ghost else 1.0), width))
        draw_lines(p, threads.pieces[pieces[widths == width]])


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
                if zoom < ROUND:
                    draw_rects(p, some)
                    continue
                r = LEAF_RADIUS if name == "leaf" else OP_RADIUS
                for left, top, right, bottom in some.tolist():
                    p.drawRoundedRect(QRectF(left, top, right - left, bottom - top), r, r)


def paint_density(p: QPainter, picture: Picture, theme: Theme, zoom: float) -> None:
    """All cards, the darker the denser they stand. ``zoom`` is in pixels of the device."""
    boxes = picture.stage.boxes[picture.standing]
    tints = picture.tints[picture.standing]
    large = bool(len(boxes)) and float(np.median(boxes[:, 3] - boxes[:, 1])) * zoom >= 2.0
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, name in enumerate(TINTS):
        some = boxes[tints == number]
        colour = faded(getattr(theme, name), 0.85 if large else 0.5)
        p.setPen(Qt.PenStyle.NoPen if large else QPen(colour, 0))
        p.setBrush(colour)
        if large:
            draw_rects(p, some)
        elif len(some):
            draw_points(p, _points(some, zoom))


def _points(boxes: Floats, zoom: float) -> Floats:
    """Points that fill the boxes: a pixel apart, or further where there are very many."""
    wide, high = (boxes[:: 1 + len(boxes) // 1000, 2:] - boxes[:: 1 + len(boxes) // 1000, :2]).mean(axis=0) * zoom
    most = max(1.0, (POINTS / len(boxes)) ** 0.5)
    columns, rows = max(1, round(min(wide, most))), max(1, round(min(high, most)))
    shifts = [((i + 0.5) * wide / columns, (j + 0.5) * high / rows) for i in range(columns) for j in range(rows)]
    return np.concatenate([boxes[:, :2] + np.array(shift) / zoom for shift in shifts])
