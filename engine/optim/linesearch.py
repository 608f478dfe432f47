"""A line search that ends where the strong Wolfe conditions hold. Source: torch/optim/lbfgs.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.node import Raw

SUFFICIENT, CURVED, TOLERANCE = 1e-4, 0.9, 1e-9


class Point(NamedTuple):
    """A step size, with loss, gradient and slope there."""

    size: Any
    loss: float
    gradient: Raw
    slope: Any


def cubic_minimum(a: Point, b: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two points with these slopes is lowest, kept within bounds."""
    low, high = bounds or ((a.size, b.size) if a.size <= b.size else (b.size, a.size))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.size - b.size)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square) if isinstance(square, float) else np.sqrt(square)
    if a.size <= b.size:
        place = b.size - (b.size - a.size) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        place = a.size - (a.size - b.size) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(place, low), high)


def strong_wolfe(
    at: Callable[[Any], tuple[float, Raw]],
    size: Any,
    direction: Raw,
    loss: float,
    gradient: Raw,
    slope: Any,
    max_steps: int,
) -> tuple[float, Raw, Any, int]:
    """Loss, gradient, step size and how often ``at`` was called."""
    calls = 0

    def point(t: Any) -> Point:
        nonlocal calls
        calls += 1
        f, g = at(t)
        return Point(t, f, g, np.dot(g, direction))

    begin = Point(0, loss, gradient.copy(), slope)
    before, new = begin, point(size)
    steps, done = 0, False
    bracket = [begin, new]
    while steps < max_steps:
        if new.loss > loss + SUFFICIENT * new.size * slope or (steps > 1 and new.loss >= before.loss):
            bracket = [before, new]
            break
        if abs(new.slope) <= -CURVED * slope:
            bracket, done = [new], True
            break
        if new.slope >= 0:
            bracket = [before, new]
            break
        bounds = (new.size + 0.01 * (new.size - before.size), new.size * 10)
        before, new = new, point(cubic_minimum(before, new, bounds))
        steps += 1
    else:
        bracket = [begin, new]
    stuck = False
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    while not done and steps < max_steps:
        sizes = [p.size for p in bracket]
        if abs(sizes[1] - sizes[0]) * np.abs(direction).max() < TOLERANCE:
            break
        t, stuck = _away_from_ends(cubic_minimum(bracket[0], bracket[1]), sizes, stuck)
        new = point(t)
        steps += 1
        if new.loss > loss + SUFFICIENT * new.size * slope or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
        else:
            if abs(new.slope) <= -CURVED * slope:
                done = True
            elif new.slope * (bracket[high].size - bracket[low].size) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    best = bracket[low]
    return best.loss, best.gradient, best.size, calls


def _away_from_ends(t: Any, sizes: list[Any], stuck: bool) -> tuple[Any, bool]:
    """``t``, moved into the bracket if it keeps falling close to an end; whether it fell there."""
    lowest, highest = min(sizes), max(sizes)
    margin = 0.1 * (highest - lowest)
    if min(highest - t, t - lowest) >= margin:
        return t, False
    if stuck or t >= highest or t <= lowest:
        return (highest - margin if abs(t - highest) < abs(t - lowest) else lowest + margin), False
    return t, True
