"""What the engine's bench runs, on torch or on anything with torch's names.

Each class is made with the module to use; calling it does one step and returns numbers by which the
engines are compared before they are timed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LR = 0.01
HIDDEN = 16


_rng = np.random.default_rng(0)
_angles = np.linspace(0, np.pi, 50)


class Data:
    """Inputs that every engine gets alike."""

    moons = np.vstack([np.c_[np.cos(_angles), np.sin(_angles)], np.c_[1 - np.cos(_angles), 0.5 - np.sin(_angles)]])
    moons += _rng.normal(0, 0.1, (100, 2))
    sides = np.r_[-np.ones(50), np.ones(50)].reshape(-1, 1)
    small = (
        _rng.uniform(-1, 1, (2, HIDDEN)),
        np.zeros(HIDDEN),
        _rng.uniform(-1, 1, (HIDDEN, HIDDEN)) / 2,
        np.zeros(HIDDEN),
        _rng.uniform(-1, 1, (HIDDEN, 1)) / 2,
        np.zeros(1),
    )
    images = _rng.normal(size=(64, 64)).astype(np.float32)
    digits = _rng.integers(0, 10, 64)
    wide = tuple(
        (_rng.normal(size=shape) * 0.1).astype(np.float32)
        for shape in ((64, 128), (128,), (128, 128), (128,), (128, 10), (10,))
    )


class Workload:
    """``m`` is torch or like it."""

    def __init__(self, m: Any) -> None:
        self.m = m
        self.prepare()

    def prepare(self) -> None:
        """Make what all steps share."""

    def leaf(self, value: Any, requires_grad: bool = True) -> Any:
        return self.m.tensor(value, requires_grad=requires_grad, dtype=self.m.float64)

    def descend(self, parameters: list[Any]) -> None:
        with self.m.no_grad():
            for p in parameters:
                p -= LR * p.grad
                p.grad = None


class Chain(Workload):
    """1,000 ops on scalars, one after another, and back."""

    def prepare(self) -> None:
        self.x, self.w, self.b = self.leaf(0.7), self.leaf(1.1), self.leaf(0.3)

    def __call__(self) -> list[float]:
        self.x.grad = self.w.grad = self.b.grad = None
        x = self.x
        for _ in range(250):
            x = x * self.w
            x = x + self.b
            x = x.tanh()
            x = x**2
        x.backward()
        return [t.grad.item() for t in (self.x, self.w, self.b)]


class LinearRegression(Workload):
    """Three points, 100 epochs of Linear, MSELoss and SGD."""

    def prepare(self) -> None:
        self.x = self.m.tensor([[1.0], [2.0], [3.0]])
        self.y = self.m.tensor([[3.0], [5.0], [7.0]])

    def __call__(self) -> list[float]:
        nn = self.m.nn
        layer = nn.Linear(1, 1)
        with self.m.no_grad():
            layer.weight.fill_(0.5)
            layer.bias.fill_(0.0)
        optimizer = self.m.optim.SGD(layer.parameters(), lr=0.05)
        criterion = nn.MSELoss()
        for _ in range(100):
            optimizer.zero_grad()
            loss = criterion(layer(self.x), self.y)
            loss.backward()
            optimizer.step()
        return [loss.item(), layer.weight.item()]


class SmallNetwork(Workload):
    """An MLP 2-16-16-1 with a hinge loss on 100 points of two moons: one training step."""

    def prepare(self) -> None:
        self.x, self.y = self.leaf(Data.moons, False), self.leaf(Data.sides, False)
        self.parameters = [self.leaf(p) for p in Data.small]

    def __call__(self) -> list[float]:
        w1, b1, w2, b2, w3, b3 = self.parameters
        hidden = (self.x @ w1 + b1).relu()
        hidden = (hidden @ w2 + b2).relu()
        scores = hidden @ w3 + b3
        loss = (1 - self.y * scores).relu().mean() + 1e-4 * sum((p * p).sum() for p in self.parameters)
        loss.backward()
        self.descend(self.parameters)
        return [loss.item()]


class ScalarNetwork(Workload):
    """The same network as a graph of scalars, on 10 of the points."""

    def prepare(self) -> None:
        self.layers = []
        self.parameters = []
        for weight, bias in zip(Data.small[::2], Data.small[1::2], strict=True):
            columns = [[self.leaf(float(v)) for v in column] for column in weight.T]
            biases = [self.leaf(float(v)) for v in bias]
            self.layers.append((columns, biases))
            self.parameters += [p for column in columns for p in column] + biases
        self.points = list(zip(Data.moons[::10].tolist(), Data.sides[::10, 0].tolist(), strict=True))

    def __call__(self) -> list[float]:
        total: Any = 0.0
        for point, side in self.points:
            values: list[Any] = point
            for depth, (columns, biases) in enumerate(self.layers):
                sums = []
                for column, bias in zip(columns, biases, strict=True):
                    a = bias
                    for w, v in zip(column, values, strict=True):
                        a = a + w * v
                    sums.append(a.relu() if depth < 2 else a)
                values = sums
            total = total + (1 + values[0] * (-side)).relu()
        loss = total * (1.0 / len(self.points))
        loss.backward()
        self.descend(self.parameters)
        return [loss.item()]


class WideNetwork(Workload):
    """An MLP 64-128-128-10 with cross entropy on a batch of 64: one training step."""

    def prepare(self) -> None:
        self.x, self.y = self.m.tensor(Data.images), self.m.tensor(Data.digits)
        self.parameters = [self.m.tensor(p, requires_grad=True) for p in Data.wide]

    def __call__(self) -> list[float]:
        w1, b1, w2, b2, w3, b3 = self.parameters
        hidden = (self.x @ w1 + b1).relu()
        hidden = (hidden @ w2 + b2).relu()
        loss = self.m.nn.functional.cross_entropy(hidden @ w3 + b3, self.y)
        loss.backward()
        self.descend(self.parameters)
        return [loss.item()]


class DoubleBackward(Workload):
    """The second derivative of the sum of x**3."""

    size = 1

    def prepare(self) -> None:
        self.x = self.leaf(np.linspace(0.9, 1.0, self.size))

    def __call__(self) -> list[float]:
        grad = self.m.autograd.grad
        (slope,) = grad((self.x**3).sum(), self.x, create_graph=True)
        (bend,) = grad(slope.sum(), self.x)
        return [slope[0].item(), bend[0].item()]


class DoubleBackwardOfMany(DoubleBackward):
    """The same for 1,000 elements."""

    size = 1000


class Row:
    """A line of the table: a workload, and the most that it may take of torch's time."""

    def __init__(self, name: str, workload: type[Workload], off: float, on: float) -> None:
        self.name = name
        self.workload = workload
        self.off = off
        self.on = on


ROWS = (
    Row("scalar chain of 1,000 ops, forward + backward", Chain, 0.5, 0.9),
    Row("linear regression, 3 points, 100 epochs", LinearRegression, 0.35, 0.7),
    Row("MLP 2-16-16-1, 100 points, one step", SmallNetwork, 0.8, 1.2),
    Row("the same as a graph of scalars, 10 points", ScalarNetwork, 1.0, 1.6),
    Row("MLP 64-128-128-10, batch 64, one step", WideNetwork, 1.0, 1.3),
    Row("double backward of x**3, shape (1,)", DoubleBackward, 1.0, 1.5),
    Row("double backward of x**3, shape (1000,)", DoubleBackwardOfMany, 1.0, 1.5),
)
