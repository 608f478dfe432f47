"""Further random numbers: exponential, geometric, Cauchy, log-normal, Poisson, multinomial; the stream's state."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.create import created
from engine.ops.dispatch import array
from engine.ops.front import functions, methods
from engine.ops.inplace import check
from engine.ops.sampling import check_floating, in_memory_order
from engine.ops.sorting import order_along
from engine.ops.storage import store
from engine.random import Generator, default_generator
from engine.tensors import Tensor

Array = np.ndarray[Any, Any]

DOUBLE = np.dtype(np.float64)


def _filled(self: Tensor, generator: Generator | None, name: str, draw: Callable[[Array], Array]) -> Tensor:
    """The tensor, filled with ``draw`` of numbers from [0, 1) in double precision."""
    check(self, self._track)
    u = (generator or default_generator()).fractions(self._data.size, DOUBLE)
    store(self, in_memory_order(draw(u).astype(self._data.dtype), self._data), name)
    return self


def _check_continuous(x: Tensor, name: str, kind: str) -> None:
    if not x.is_floating_point() and (x._data.size or name == "Cauchy"):
        raise RuntimeError(
            f"{name} distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {kind}"
        )


def exponential(g: Generator, count: int, rate: float = 1.0) -> Array:
    """``count`` numbers of the exponential distribution, in double precision."""
    return -np.log1p(-g.fractions(count, DOUBLE)) / rate


def exponential_(self: Tensor, lambd: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills with numbers of the exponential distribution, in place."""
    _check_continuous(self, "Exponential", self.dtype.scalar_type)
    if lambd <= 0.0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return _filled(self, generator, "exponential_", lambda u: -np.log1p(-u) / lambd)


def geometric_(self: Tensor, p: float, generator: Generator | None = None) -> Tensor:
    """Fills with how often something of probability p is tried until it happens, in place."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if self._data.dtype.kind == "b" and self._data.size:
        raise NotImplementedError("\"geometric_cpu\" not implemented for 'Bool'")
    return _filled(self, generator, "geometric_", lambda u: np.ceil(np.log(u) / math.log1p(-p)))


def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills with numbers of Cauchy's distribution, in place."""
    _check_continuous(self, "Cauchy", self.dtype.c_name)
    if sigma <= 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    return _filled(self, generator, "cauchy_", lambda u: median + sigma * np.tan(math.pi * (u - 0.5)))


def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, generator: Generator | None = None) -> Tensor:
    """Fills with numbers whose logarithms are normal, in place."""
    check_floating(self._data.dtype, "log_normal_cpu", self._data.size)
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    check(self, self._track)
    g = generator or default_generator()
    draws = np.exp(g.normal_one_by_one(self._data.size, DOUBLE, mean, std)).astype(self._data.dtype)
    store(self, in_memory_order(draws, self._data), "log_normal_")
    return self


# --- Poisson ----------------------------------------------------------------------------------


def _poisson(g: Generator, rate: float) -> int:
    """One number: products of uniform ones for small rates, else transformed rejection (Hoermann 1993).

    Source: ``sample_poisson`` in aten/src/ATen/native/Distributions.cpp.
    """

    def uniform() -> float:
        return float(g.fractions(1, DOUBLE)[0])

    if rate == 0:
        return 0
    if rate < 10:
        least, product, count = math.exp(-rate), 1.0, 0
        while True:
            product *= uniform()
            if product <= least:
                return count
            count += 1
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Numbers of Poisson's distribution with the rates that input gives."""
    check_floating(input._data.dtype, "poisson_cpu")
    rates = array(input._data)
    if np.any(rates < 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    g = generator or default_generator()
    draws = [_poisson(g, rate) for rate in np.ravel(rates).tolist()]
    return created(np.array(draws).astype(rates.dtype).reshape(rates.shape), False, "poisson")


# --- multinomial ------------------------------------------------------------------------------


def _with_replacement(g: Generator, p: Raw, count: int) -> Array:
    """Places in each row of ``p``, each found by bisection in the row's running sum."""
    rows = []
    for row in p:
        sums = np.cumsum(row.astype(row.dtype))
        sums = sums / sums[-1]
        sums[-1] = 1
        rows.append(np.searchsorted(sums, g.fractions(count, DOUBLE), "left"))
    result: np.ndarray[Any, Any] = np.minimum(np.array(rows).reshape(len(p), count), p.shape[-1] - 1)
    return result


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, generator: Generator | None = None
) -> Tensor:
    """Places of each row, drawn with the probabilities that the row gives."""
    p = array(input._data)
    if not 0 < p.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if p.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.scalar_type}")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > p.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all((p >= 0) & np.isfinite(p)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    rows = p.reshape(-1, p.shape[-1])
    if np.any(rows.sum(-1) == 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    g = generator or default_generator()
    if replacement and num_samples > 1:
        places = _with_replacement(g, rows, num_samples)
    else:
        # A race: each place arrives after an exponential time of its rate; the first ones win.
        times = exponential(g, p.size).astype(p.dtype).reshape(rows.shape)
        places = order_along(rows / times, 1, descending=True)[:, :num_samples]
    return created(places.reshape((*p.shape[:-1], num_samples)).astype(np.int64), False, "multinomial")


# --- the state of the stream ------------------------------------------------------------------


def get_rng_state() -> Tensor:
    """Where the default generator's stream stands, as a tensor of bytes."""
    return default_generator().get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Puts the default generator's stream where it stood."""
    default_generator().set_state(new_state)


_FILLING = (exponential_, geometric_, cauchy_, log_normal_)
METHODS: dict[str, Any] = methods(*_FILLING, multinomial)
FUNCTIONS: dict[str, Any] = {
    **functions(multinomial, poisson),
    "get_rng_state": get_rng_state,
    "set_rng_state": set_rng_state,
}
OPERATORS: dict[str, Any] = {}
