"""What parameters and samples of a distribution must satisfy. Source: torch/distributions/constraints.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.tensors import Tensor, wrap


def cholesky_succeeds(matrix: Tensor) -> Tensor:
    """Whether each matrix is positive definite."""
    rows = np.linalg.eigvalsh(np.asarray(matrix._data, np.float64))
    return wrap((rows > 0).all(-1))


_TESTS: dict[str, Callable[..., Any]] = {
    "Real": lambda v: v == v,
    "Boolean": lambda v: (v == 0) | (v == 1),
    "GreaterThan": lambda v, low: low < v,
    "GreaterThanEq": lambda v, low: low <= v,
    "LessThan": lambda v, high: v < high,
    "Interval": lambda v, low, high: (low <= v) & (v <= high),
    "IntegerGreaterThan": lambda v, low: (v % 1 == 0) & (v >= low),
    "IntegerInterval": lambda v, low, high: (v % 1 == 0) & (low <= v) & (v <= high),
    "HalfOpenInterval": lambda v, low, high: (low <= v) & (v < high),
    "OneHot": lambda v: (((v == 0) | (v == 1)) & (v.sum(-1, True) == 1)).all(-1),
    "Multinomial": lambda v, upper_bound: (v >= 0).all(-1) & (v.sum(-1) <= upper_bound),
    "LowerCholesky": lambda v: (v.tril() == v).flatten(-2).all(-1) & (v.diagonal(0, -2, -1) > 0).all(-1),
    "PositiveDefinite": lambda v: (v - v.mT).abs().flatten(-2).amax(-1).lt(1e-6) & cholesky_succeeds(v),
    "Simplex": lambda v: (v >= 0).all(-1) & ((v.sum(-1) - 1).abs() < 1e-6),
}
"""Whether a value satisfies a constraint, by its name; the bounds follow."""


class Constraint:
    """A set of allowed values."""

    def __init__(self, name: str, **bounds: Any) -> None:
        self.name = name
        self.bounds = bounds

    def check(self, value: Tensor) -> Any:
        """Whether each value is allowed."""
        return _TESTS[self.name](value, *self.bounds.values())

    def __repr__(self) -> str:
        if self.name == "Multinomial":
            return "Multinomial()"
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.bounds.items())})"


class Independent(Constraint):
    """A constraint that all elements of a vector must satisfy together."""

    def __init__(self, base: Constraint) -> None:
        super().__init__("IndependentConstraint")
        self.base = base

    def check(self, value: Tensor) -> Any:
        """Whether each vector is allowed."""
        return self.base.check(value).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base!r}, 1)"


real = Constraint("Real")
real_vector = Independent(real)
boolean = Constraint("Boolean")
nonnegative_integer = Constraint("IntegerGreaterThan", lower_bound=0)
positive = Constraint("GreaterThan", lower_bound=0.0)
positive_vector = Independent(positive)
nonnegative = Constraint("GreaterThanEq", lower_bound=0.0)
unit_interval = Constraint("Interval", lower_bound=0.0, upper_bound=1.0)
simplex = Constraint("Simplex")
one_hot = Constraint("OneHot")
lower_cholesky = Constraint("LowerCholesky")
positive_definite = Constraint("PositiveDefinite")


def interval(low: Any, high: Any) -> Constraint:
    """Between two numbers, both allowed."""
    return Constraint("Interval", lower_bound=low, upper_bound=high)


def integer_interval(low: Any, high: Any) -> Constraint:
    """Whole numbers between two numbers, both allowed."""
    return Constraint("IntegerInterval", lower_bound=low, upper_bound=high)


def greater_than(low: Any) -> Constraint:
    """Above a number."""
    return Constraint("GreaterThan", lower_bound=low)


def greater_than_eq(low: Any) -> Constraint:
    """Not below a number."""
    return Constraint("GreaterThanEq", lower_bound=low)


def half_open_interval(low: Any, high: Any) -> Constraint:
    """Between two numbers, of which only the lower is allowed."""
    return Constraint("HalfOpenInterval", lower_bound=low, upper_bound=high)


def multinomial(upper_bound: int) -> Constraint:
    """Counts of categories."""
    return Constraint("Multinomial", upper_bound=upper_bound)


def independent(base: Constraint, dims: int) -> Constraint:
    """A constraint that all elements of the last dimensions must satisfy together."""
    for _ in range(dims):
        base = Independent(base)
    return base


def less_than(high: Any) -> Constraint:
    """Below a number."""
    return Constraint("LessThan", upper_bound=high)
