"""Settling: when a picture takes the place of another, what is in both glides from where it was to where it is."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QVariantAnimation, Slot

from engine.explain.flow import EdgeKey
from engine.graph.identity import matched
from engine.layout import Route
from engine.layout.path import Point
from engine.layout.steady import most_common
from gui.canvas.arrays import Floats
from gui.canvas.bundle import Bundle
from gui.canvas.picture import Picture
from gui.canvas.stage import FOLLOWED, Stage

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

SETTLE_MS = 260
MOST = 300
"""Larger pictures switch at once: they could not be painted fast enough."""
LARGER = 1.3
"""A picture that could be shown this much larger is fitted anew."""
STILL = 0.5
"""Scene pixels that nobody sees a card move."""
EQUAL = 1e-6
ROOM = 30.0
"""Scene pixels beside a graph that does not fit."""

Places = dict[int, QPointF]
"""Where cards were, by their numbers on the new stage, in pixels of the viewport."""


class Settling(QObject):
    """The gliding cards of a canvas view. ``at`` sets how far they are, from 0 to 1."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._offsets: Floats | None = None
        """Per card, how far it was from its place when the glide began, in scene pixels."""
        self._stage: Stage | None = None
        self._share = 1.0
        self._clock = QVariantAnimation(self)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setDuration(SETTLE_MS)
        self._clock.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._clock.valueChanged.connect(self.at)

    def places(self, old: Picture, new: Picture) -> Places:
        """Where the cards of a new picture were in the old one; nothing if its stage is the same."""
        if new.stage in (old.stage, self._stage) or max(len(old.stage.keys), len(new.stage.keys)) > FOLLOWED:
            return {}
        found = {}
        for number, before in _same(old.stage, new.stage).items():
            if old.shown[before]:
                left, top, right, bottom = old.stage.boxes[before].tolist()
                at = QPointF((left + right) / 2, (top + bottom) / 2)
                found[number] = self._view.viewportTransform().map(at)
        return found

    def stays(self, places: Places, fitted: bool) -> bool:
        """Move the view so that most cards stay where they are; whether all can be seen well like that.

        ``fitted``: whether the view fits itself to the graph. Then it shows no empty ground beside a graph that is
        cut off on the other side.
        """
        view = self._view
        ways = self._ways(places)
        if not places:
            return False
        # What goes to another place is far from the rest; the way of most is the one of those that stay.
        view.shift(QPointF(-most_common(ways[list(places), 0]), -most_common(ways[list(places), 1])))
        whole, legible = view.fitting_zoom()
        if whole < legible:
            if fitted:
                view.shift(_less_empty(view.clear_part(), view.picture.bounds))
            return abs(view.zoom - legible) < EQUAL
        return view.shows_all() and view.zoom * LARGER >= whole

    def begin(self, places: Places) -> None:
        """Let the cards glide from where they were; without any, go on with what is under way."""
        view = self._view
        picture = view.picture
        if not places:
            if self._stage is picture.stage:
                self.at(self._share)
            else:
                self.end()
            return
        ways = self._ways(places)
        self.end()
        animated = view.session.animate and view.isVisible() and len(picture.stage.keys) <= MOST
        if animated and (np.abs(ways) > STILL).any():
            self._offsets, self._stage = ways, picture.stage
            self._clock.start()
            self.at(0.0)

    def end(self) -> None:
        """Forget a glide that is under way."""
        self._clock.stop()
        self._offsets = self._stage = None
        self._share = 1.0

    @Slot(object)
    def at(self, share: float) -> None:
        """Show the cards as far on their way."""
        stage, offsets = self._stage, self._offsets
        if stage is None or offsets is None:
            return
        self._share = share
        if share >= 1.0:
            self.end()
            self._view.show_on(stage)
        else:
            self._view.show_on(moved(stage, offsets * (1.0 - share)))

    def _ways(self, places: Places) -> Floats:
        """Per card, the way back to where it was, as the view lies now."""
        stage = self._view.picture.stage
        back, sure = self._view.viewportTransform().inverted()
        assert sure
        out = np.zeros((len(stage.keys), 2))
        for number, place in places.items():
            at = back.map(place)
            left, top, right, bottom = stage.boxes[number].tolist()
            out[number] = at.x() - (left + right) / 2, at.y() - (top + bottom) / 2
        return out


def _less_empty(seen: QRectF, bounds: QRectF) -> QPointF:
    """How far to move what is seen so that less of it is empty."""
    ways = []
    for low, high, begin, end in (
        (seen.left(), seen.right(), bounds.left() - ROOM, bounds.right() + ROOM),
        (seen.top(), seen.bottom(), bounds.top() - ROOM, bounds.bottom() + ROOM),
    ):
        if high - low >= end - begin:
            ways.append(0.0 if low <= begin and end <= high else (begin + end - low - high) / 2)
        else:
            ways.append(begin - low if low < begin else end - high if high > end else 0.0)
    return QPointF(ways[0], ways[1])


def _same(old: Stage, new: Stage) -> dict[int, int]:
    """By number on the new stage, the number on the old one of the card that it was or that it was in."""
    out = {}
    if any(old.folded.entities.get(key) is entity for key, entity in new.folded.entities.items()):
        # One run: entities are the same, and those of a group come out of its card.
        for number, key in enumerate(new.keys):
            if key in old.index:
                out[number] = old.index[key]
        return out
    for key, was in matched(old.marks, new.marks).items():
        out[new.index[key]] = old.index[was]
    return out


def moved(stage: Stage, offsets: Floats) -> Stage:
    """The same stage with its cards elsewhere, and the edges between them."""
    out = copy.copy(stage)
    for name in ("near", "frames"):
        out.__dict__.pop(name, None)
    out.boxes = stage.boxes + np.hstack([offsets, offsets])
    routes: dict[EdgeKey, Route] = {}
    for number, (source, target) in enumerate(stage.ends.tolist()):
        routes[stage.edges[number]] = _moved_route(stage.route(number), offsets[source], offsets[target])
    frames = []
    for frame in stage.layout.frames:
        inside = sorted({stage.index[key] for key in stage.folded.groups.all[frame.path].keys})
        dx, dy = offsets[inside].mean(axis=0).tolist()
        left, top, right, bottom = frame.rect
        frames.append(replace(frame, rect=(left + dx, top + dy, right + dx, bottom + dy)))
    out.layout = replace(stage.layout, routes=routes, frames=tuple(frames))
    out.bundle = Bundle(routes, stage.edges, dict(zip(stage.edges, stage.rests.tolist(), strict=True)))
    return out


def _moved_route(route: Route, begin: Floats, end: Floats) -> Route:
    """A route whose ends go along with their cards; between them it is drawn along."""
    if not route.segments:
        return route
    x0, x1 = route.start[0], route.segments[-1][2][0]
    length = (x1 - x0) or 1.0
    first, last = begin.tolist(), end.tolist()

    def there(point: Point) -> Point:
        share = min(1.0, max(0.0, (point[0] - x0) / length))
        return (
            point[0] + first[0] * (1.0 - share) + last[0] * share,
            point[1] + first[1] * (1.0 - share) + last[1] * share,
        )

    return Route(there(route.start), tuple((there(a), there(b), there(c)) for a, b, c in route.segments))
