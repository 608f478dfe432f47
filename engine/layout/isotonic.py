"""Least squares in a given order: the values nearest to the wanted ones that never fall.

Neighbours in the wrong order are pooled at their weighted mean (M. Ayer and others: An empirical
distribution function for sampling with incomplete information, 1955). Once for a list, and once for many
sequences in one array, where a whole falling run is pooled at a time.
"""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Bools, Floats, Ints

_EQUAL = 1e-9
"""Falls below this many px are left alone."""


def isotonic(wanted: list[float], weight: list[float]) -> list[float]:
    """The fitted values of one sequence."""
    means: list[float] = []
    weights: list[float] = []
    counts: list[int] = []
    for value, w in zip(wanted, weight, strict=True):
        count = 1
        while means and means[-1] > value:
            w0 = weights.pop()
            value = (value * w + means.pop() * w0) / (w + w0)
            w += w0
            count += counts.pop()
        means.append(value)
        weights.append(w)
        counts.append(count)
    return [mean for mean, count in zip(means, counts, strict=True) for _ in range(count)]


def isotonic_each(wanted: Floats, weight: Floats, inside: Bools) -> Floats:
    """The fitted values of many sequences; ``inside`` tells of each value but the last if the next is in its own."""
    mean = wanted
    pool: Ints | None = None
    while True:
        falls = mean[1:] < mean[:-1] - _EQUAL
        falls &= inside
        if not falls.any():
            return mean if pool is None else mean[pool]
        rises = ~falls
        joined = np.zeros(len(mean), np.int64)
        rises.cumsum(out=joined[1:])
        total = np.asarray(np.bincount(joined, weight), np.float64)
        mean = np.bincount(joined, weight * mean) / total
        weight, inside = total, inside[rises]
        pool = joined if pool is None else joined[pool]
