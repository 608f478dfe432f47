from __future__ import annotations

import math
from itertools import pairwise

import pytest

from engine.layout import Route
from engine.layout.path import straight

BEND = Route((0.0, 0.0), (((50.0, 0.0), (50.0, 100.0), (100.0, 100.0)), straight((100.0, 100.0), (200.0, 100.0))))


def test_sample_has_both_ends_and_every_joint() -> None:
    points = BEND.sample(4)
    assert len(points) == 9
    assert (points[0], points[4], points[8]) == ((0.0, 0.0), (100.0, 100.0), (200.0, 100.0))
    assert points[2] == pytest.approx((50.0, 50.0))


def test_ends() -> None:
    assert BEND.at(0.0) == ((0.0, 0.0), 0.0)
    point, angle = BEND.at(1.0)
    assert point == pytest.approx((200.0, 100.0))
    assert angle == pytest.approx(0.0)


def test_fractions_are_of_the_length() -> None:
    points = [BEND.at(i / 200)[0] for i in range(201)]
    steps = [math.dist(a, b) for a, b in pairwise(points)]
    assert max(steps) / min(steps) < 1.08


def test_fraction_outside_is_clamped() -> None:
    assert BEND.at(-1.0) == BEND.at(0.0)
    assert BEND.at(2.0) == BEND.at(1.0)


def test_angle_points_along_the_path() -> None:
    for i in range(1, 20):
        (x0, y0), (x1, y1) = BEND.at(i / 20 - 1e-4)[0], BEND.at(i / 20 + 1e-4)[0]
        assert BEND.at(i / 20)[1] == pytest.approx(math.atan2(y1 - y0, x1 - x0), abs=1e-2)


def test_angle_grows_clockwise_on_the_screen() -> None:
    down = Route((0.0, 0.0), (straight((0.0, 0.0), (0.0, 10.0)),))
    assert down.at(0.5) == ((0.0, 5.0), pytest.approx(math.pi / 2))


def test_straight_stretch_is_walked_evenly() -> None:
    route = Route((0.0, 5.0), (straight((0.0, 5.0), (90.0, 5.0)),))
    assert route.sample(3) == [pytest.approx((x, 5.0)) for x in (0.0, 30.0, 60.0, 90.0)]
    assert route.straight
    assert not BEND.straight


def test_route_without_segments_stays_where_it_is() -> None:
    assert Route((1.0, 2.0), ()).at(0.5) == ((1.0, 2.0), 0.0)
    assert Route((1.0, 2.0), ()).sample() == [(1.0, 2.0)]


def test_routes_are_values() -> None:
    assert Route(BEND.start, BEND.segments) == BEND
    assert hash(BEND) == hash(Route(BEND.start, BEND.segments))
