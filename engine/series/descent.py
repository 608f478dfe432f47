"""What if the descent had begun elsewhere: gradient descent on two numbers, computed again from the recorded loss."""

from __future__ import annotations

import math

import numpy as np

from engine.series.surface import Number
from engine.series.task import Floats, LossGraph, evaluate
from engine.trace.state import State

STEP = 1e-4
"""The h of the central difference, as a part of the number's size, in double precision."""
FAR = 1e6
"""Times the recorded way's length at which a descent that runs away is given up."""


def rate_of(values: Floats, gradients: Floats) -> float | None:
    """The learning rate of the first recorded step: what a number moved by, over its gradient.

    ``values`` is (N, 2), ``gradients`` (N, 2) with the gradient that led from each row to the next; None if no step
    moved both against their gradient.
    """
    for before, after, gradient in zip(values, values[1:], gradients, strict=False):
        if np.isfinite(gradient).all() and gradient.all():
            rates = (before - after) / gradient
            if (rates > 0).all() and np.isfinite(rates).all():
                return float(rates.mean())
    return None


def descend(
    graph: LossGraph, state: State, first: Number, second: Number, start: tuple[float, float], rate: float, steps: int
) -> Floats:
    """Points (up to steps + 1, 2) of plain gradient descent from ``start``, all other numbers as in ``state``."""
    way = [start]
    for _ in range(steps):
        x, y = way[-1]
        gradient = []
        for axis in (0, 1):
            h = STEP * max(1.0, abs(way[-1][axis]))
            ends = [
                _loss(graph, state, first, second, (x + s * h, y) if axis == 0 else (x, y + s * h)) for s in (1, -1)
            ]
            if ends[0] is None or ends[1] is None:
                return np.array(way)
            gradient.append((ends[0] - ends[1]) / (2 * h))
        point = (x - rate * gradient[0], y - rate * gradient[1])
        if not all(math.isfinite(v) and abs(v) < FAR for v in point):
            break
        way.append(point)
    return np.array(way)


def _loss(graph: LossGraph, state: State, first: Number, second: Number, at: tuple[float, float]) -> float | None:
    given: dict[int, Floats] = {}
    for tensor, _ in (first, second):
        info = state.tensors.get(tensor)
        if info is None or info.value.array is None:
            return None
        given.setdefault(tensor, info.value.array.astype(np.float64))
    for (tensor, element), value in zip((first, second), at, strict=True):
        given[tensor].reshape(-1)[element] = value
    loss = evaluate(graph.ops, state, graph.loss, given)
    return None if loss is None or loss.size != 1 else float(loss.item())
