"""What of the canvas a step changes: where the picture of a moment differs from the one before."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from gui.canvas.arrays import Mask
from gui.canvas.levels import BLOCK
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge

AROUND = 64.0
"""How far what belongs to a card or an edge reaches beyond it: outlines, badges, regions, chips, labels."""
MOST = 60
"""So many differences are painted one by one."""


def changed(old: Picture, new: Picture, view: QRectF, zoom: float) -> list[QRectF] | None:
    """The parts of the view that must be painted anew; None for all of it."""
    if old.stage is not new.stage or type(old) is not type(new):
        return None
    view = view.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    cards = _flags(old.standing, new.standing) | _flags(old.ghosts, new.ghosts)
    edges = _flags(old.resting, new.resting) | _flags(old.passed, new.passed)
    pale = old.ghosts != new.ghosts
    edges |= pale[new.ends[:, 0]] | pale[new.ends[:, 1]]
    boxes, wires = new.stage.boxes, new.stage.bundle.wires
    cards_here, edges_here = new.stage.near.meeting(view), wires.around.meeting(view)
    if zoom > BLOCK:
        here = cards_here[old.standing[cards_here] & new.standing[cards_here]]
        if len(here) > MOST * 20:
            return None
        cards[[i for i in here.tolist() if old.look(i) != new.look(i)]] = True
        both = old.passed & new.passed & old.resting & new.resting
        if old.run == new.run:
            # What has gone along an edge in a pass stays; only sums of several edges grow.
            both &= new.stage.sums
        flowing = edges_here[both[edges_here]]
        if len(flowing) > MOST * 5:
            return None
        if len(flowing):
            edges[[i for i in flowing.tolist() if _face(old.edge_at(i)) != _face(new.edge_at(i))]] = True
    at, along = cards_here[cards[cards_here]], edges_here[edges[edges_here]]
    if len(at) + len(along) > MOST:
        return None
    parts = [*boxes[at].tolist(), *wires.spans[along].tolist()]
    reach = AROUND if zoom > BLOCK else 2.0 / zoom
    rects = [QRectF(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in parts]
    was, now = old.regions, new.regions
    rects += [r for r in was if r not in now] + [r for r in now if r not in was]
    rects += [r for layer in (old.layers, new.layers) for _, r in layer] if old.layers != new.layers else []
    before, after = old.frames, new.frames
    rects += [f.rect for f in before if f not in after] + [f.rect for f in after if f not in before]
    return [part for rect in rects if (part := rect.adjusted(-reach, -reach, reach, reach) & view).isValid()]


def _flags(old: Mask, new: Mask) -> Mask:
    out: Mask = old != new
    return out


def _face(edge: PlacedEdge) -> tuple[object, ...]:
    return edge.flow, edge.ghost, edge.route, edge.number
