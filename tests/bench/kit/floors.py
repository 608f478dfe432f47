"""The workloads once more with forward and backward written out by hand on numpy: what no tape can beat by much."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.bench.kit.workloads import LR, Data


class Chain:
    def __call__(self) -> list[float]:
        x, w, b = np.float64(0.7), np.float64(1.1), np.float64(0.3)
        kept = []
        for _ in range(250):
            bent = np.tanh(x * w + b)
            kept.append((x, bent))
            x = bent * bent
        g, gw, gb = np.float64(1.0), np.float64(0.0), np.float64(0.0)
        for x, bent in reversed(kept):
            g = g * 2 * bent * (1 - bent * bent)
            gw += g * x
            gb += g
            g = g * w
        return [float(g), float(gw), float(gb)]


class LinearRegression:
    def __call__(self) -> list[float]:
        x, y = np.array([1.0, 2.0, 3.0], np.float32), np.array([3.0, 5.0, 7.0], np.float32)
        w, b, rate = np.float32(0.5), np.float32(0.0), np.float32(0.05 * 2 / 3)
        for _ in range(100):
            d = x * w + b - y
            loss = d.dot(d) / 3
            w, b = w - rate * d.dot(x), b - rate * d.sum()
        return [float(loss), float(w)]


def _network(parameters: list[Any], x: Any) -> tuple[Any, Any, Any]:
    w1, b1, w2, b2, w3, b3 = parameters
    first = x @ w1 + b1
    np.maximum(first, 0, out=first)
    second = first @ w2 + b2
    np.maximum(second, 0, out=second)
    return first, second, second @ w3 + b3


def _gradients(parameters: list[Any], x: Any, first: Any, second: Any, g: Any) -> list[Any]:
    g2 = (g @ parameters[4].T) * (second > 0)
    g1 = (g2 @ parameters[2].T) * (first > 0)
    return [x.T @ g1, g1.sum(0), first.T @ g2, g2.sum(0), second.T @ g, g.sum(0)]


class SmallNetwork:
    def __init__(self) -> None:
        self.parameters = [p.copy() for p in Data.small]

    def __call__(self) -> list[float]:
        first, second, scores = _network(self.parameters, Data.moons)
        margin = 1 - Data.sides * scores
        wrong = margin > 0
        loss = (margin * wrong).sum() / 100 + 1e-4 * sum(np.vdot(p, p) for p in self.parameters)
        grads = _gradients(self.parameters, Data.moons, first, second, (-Data.sides * wrong) / 100)
        for p, g in zip(self.parameters, grads, strict=True):
            p -= LR * (g + 2e-4 * p)
        return [float(loss)]


class ScalarNetwork:
    """Python floats: the hand-written form of a graph of scalars."""

    def __init__(self) -> None:
        self.weights = [w.T.tolist() for w in Data.small[::2]]
        self.biases = [b.tolist() for b in Data.small[1::2]]
        self.points = list(zip(Data.moons[::10].tolist(), Data.sides[::10, 0].tolist(), strict=True))

    def __call__(self) -> list[float]:
        total = 0.0
        slopes = [[[0.0] * len(row) for row in layer] for layer in self.weights]
        shifts = [[0.0] * len(layer) for layer in self.biases]
        for point, side in self.points:
            values = [point]
            for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                sums = [
                    b + math.fsum(w * v for w, v in zip(row, values[-1], strict=True))
                    for row, b in zip(weight, bias, strict=True)
                ]
                values.append([max(s, 0.0) for s in sums] if depth < 2 else sums)
            margin = 1 - values[3][0] * side
            if margin <= 0:
                continue
            total += margin
            g = [-side / len(self.points)]
            for depth in (2, 1, 0):
                inputs, onward = values[depth], [0.0] * len(values[depth])
                for j, gj in enumerate(g):
                    shifts[depth][j] += gj
                    row, slope = self.weights[depth][j], slopes[depth][j]
                    for i, v in enumerate(inputs):
                        slope[i] += gj * v
                        onward[i] += gj * row[i]
                g = [s if v > 0 else 0.0 for s, v in zip(onward, inputs, strict=True)]
        for depth in range(3):
            for row, slope in zip(self.weights[depth], slopes[depth], strict=True):
                for i, s in enumerate(slope):
                    row[i] -= LR * s
            for j, s in enumerate(shifts[depth]):
                self.biases[depth][j] -= LR * s
        return [total / len(self.points)]


class WideNetwork:
    def __init__(self) -> None:
        self.parameters = [p.copy() for p in Data.wide]
        self.rows = np.arange(64)

    def __call__(self) -> list[float]:
        first, second, z = _network(self.parameters, Data.images)
        z -= z.max(1, keepdims=True)
        e = np.exp(z)
        sums = e.sum(1, keepdims=True)
        loss = (np.log(sums[:, 0]) - z[self.rows, Data.digits]).mean()
        e /= sums
        e[self.rows, Data.digits] -= 1
        e /= 64
        for p, g in zip(self.parameters, _gradients(self.parameters, Data.images, first, second, e), strict=True):
            p -= np.float32(LR) * g
        return [float(loss)]


class DoubleBackward:
    def __init__(self, size: int = 1) -> None:
        self.x = np.linspace(0.9, 1.0, size)

    def __call__(self) -> list[float]:
        return [float((3 * self.x * self.x)[0]), float((6 * self.x)[0])]


FLOORS = (
    Chain,
    LinearRegression,
    SmallNetwork,
    ScalarNetwork,
    WideNetwork,
    DoubleBackward,
    lambda: DoubleBackward(1000),
)
"""By the order of workloads.ROWS."""
