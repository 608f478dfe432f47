"""A smooth path made of cubic Bezier segments, and how to walk along it."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[Point, Point, Point]
"""First control point, second control point, end; the start is the end of what came before."""

_PIECES = 24
"""Chords a segment is measured with: the length of an S over 72 x 500 px is then right to 0.1%."""


@dataclass(frozen=True, slots=True)
class Route:
    """A start and the segments that follow, in scene pixels. Straight stretches are segments too."""

    start: Point
    segments: tuple[Segment, ...]

    @property
    def straight(self) -> bool:
        """Whether the whole path runs along one of the axes."""
        points = [self.start, *(point for segment in self.segments for point in segment)]
        return any(len({point[axis] for point in points}) == 1 for axis in (0, 1))

    def sample(self, per_segment: int = 8) -> list[Point]:
        """The path as a polyline with ``per_segment`` chords for each segment, both ends included."""
        points = [self.start]
        here = self.start
        for segment in self.segments:
            points += [_point(here, segment, i / per_segment) for i in range(1, per_segment)]
            here = segment[2]
            points.append(here)
        return points

    def polyline(self, chords: int) -> list[Point]:
        """The same with one chord only for each segment that is straight."""
        points = [self.start]
        for segment in self.segments:
            piece = Route(points[-1], (segment,))
            points += piece.sample(1 if piece.straight else chords)[1:]
        return points

    def at(self, t: float) -> tuple[Point, float]:
        """The point at fraction ``t`` of the path's length, and the direction there in radians.

        ``t`` is clamped to [0, 1]; the angle grows clockwise on the screen, 0 is to the right.
        """
        if not self.segments:
            return self.start, 0.0
        lengths = _lengths(self)
        way = min(max(t, 0.0), 1.0) * lengths[-1]
        piece = min(max(bisect_right(lengths, way) - 1, 0), len(lengths) - 2)
        step = lengths[piece + 1] - lengths[piece]
        index, nth = divmod(piece, _PIECES)
        inside = (nth + ((way - lengths[piece]) / step if step > 0.0 else 0.0)) / _PIECES
        here = self.segments[index - 1][2] if index else self.start
        return _point(here, self.segments[index], inside), _angle(here, self.segments[index], inside)


def straight(start: Point, end: Point) -> Segment:
    """The straight stretch between two points as a segment, walked at even speed."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = (x1 - x0) / 3.0, (y1 - y0) / 3.0
    return (x0 + dx, y0 + dy), (x1 - dx, y1 - dy), end


def _point(start: Point, segment: Segment, t: float) -> Point:
    a, b, end = segment
    s = 1.0 - t
    w0, w1, w2, w3 = s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t
    return (
        w0 * start[0] + w1 * a[0] + w2 * b[0] + w3 * end[0],
        w0 * start[1] + w1 * a[1] + w2 * b[1] + w3 * end[1],
    )


def _angle(start: Point, segment: Segment, t: float) -> float:
    a, b, end = segment
    s = 1.0 - t
    w0, w1, w2 = s * s, 2.0 * s * t, t * t
    dx = w0 * (a[0] - start[0]) + w1 * (b[0] - a[0]) + w2 * (end[0] - b[0])
    dy = w0 * (a[1] - start[1]) + w1 * (b[1] - a[1]) + w2 * (end[1] - b[1])
    return math.atan2(dy, dx)


@lru_cache(maxsize=1024)
def _lengths(route: Route) -> tuple[float, ...]:
    """The length walked at the end of each chord. Kept, because a moving chip asks at every frame."""
    points = route.sample(_PIECES)
    walked = [0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        walked.append(walked[-1] + math.hypot(x1 - x0, y1 - y0))
    return tuple(walked)
