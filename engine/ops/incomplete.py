"""The incomplete gamma functions igamma and igammac, whose derivative torch knows by their second argument alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.forms import binary_forms, limited
from engine.ops.spec import Arg, OpSpec, S

_LAST = 1e-17
"""Terms below this part of a sum change nothing."""


def _factor(a: float, x: float) -> float:
    """x ** a * exp(-x) / gamma(a)."""
    return math.exp(a * math.log(x) - x - math.lgamma(a))


def _series(a: float, x: float) -> float:
    """The lower function for small x. Formula: DLMF 8.11.4."""
    term = total = 1.0 / a
    n = a
    while term > total * _LAST:
        n += 1
        term *= x / n
        total += term
    return total * _factor(a, x)


def _fraction(a: float, x: float) -> float:
    """The upper function for large x, by Lentz's method. Formula: DLMF 8.9.2."""
    tiny = 1e-300
    b = x + 1.0 - a
    c, d = 1.0 / tiny, 1.0 / b
    h, n = d, 0
    while True:
        n += 1
        factor = -n * (n - a)
        b += 2.0
        d = 1.0 / (factor * d + b or tiny)
        c = b + factor / c or tiny
        h *= c * d
        if abs(c * d - 1.0) < 1e-16 or n > 10_000:
            return h * _factor(a, x)


def _lower(a: float, x: float) -> float:
    if not (a >= 0 and x >= 0) or a == x == 0 or a == x == math.inf:
        return math.nan
    if a == 0 or x == math.inf:
        return 1.0
    if x == 0 or a == math.inf:
        return 0.0
    return _series(a, x) if x < a + 1 else 1.0 - _fraction(a, x)


def _upper(a: float, x: float) -> float:
    known = _lower(a, x) if not 0 < a < x - 1 < math.inf else None
    return _fraction(a, x) if known is None else 1.0 - known


def _elementwise(f: Callable[[float, float], float]) -> Callable[[Raw, Raw], Raw]:
    every = np.vectorize(f, otypes=[np.float64])
    return lambda a, x: np.asarray(every(a, x)).astype(np.result_type(a, x))[()]


def _unknown(name: str) -> Callable[[Any, Any], Any]:
    def vjp(g: Any, c: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")

    return vjp


def _by_bound(sign: int) -> Callable[[Any, Any], Any]:
    def vjp(g: Any, c: Any) -> Any:
        a, x = c.saved(0), c.saved(1)
        return g * c.exp((a - 1) * c.log(x) - x - c.lgamma(a)) * sign

    return vjp


_SAMPLE = S(Arg((2, 3), 0.5, 3.0, requires_grad=False), Arg((2, 3), 0.3, 6.0))
_DENSITY = r"\frac{{{1}^{{{0} - 1}} e^{{-{1}}}}}{{\Gamma({0})}}"


def _spec(name: str, forward: Callable[[float, float], float], sign: int, letter: str, doc: str) -> OpSpec:
    return OpSpec(
        name,
        limited(f"{name}_cpu", "f", _elementwise(forward)),
        (_unknown(name), _by_bound(sign)),
        args=("self", "other"),
        saves=((0, (1,)), (1, (1,))),
        form=f"{name}({{0}}, {{1}})",
        latex=rf"{letter}({{0}}, {{1}})",
        derivatives=(r"\text{{not known}}", _DENSITY if sign > 0 else f"-{_DENSITY}"),
        local=True,
        doc=doc,
        samples=(_SAMPLE,),
    )


IGAMMA = _spec("igamma", _lower, 1, "P", "The lower incomplete gamma function, as a part of the whole.")
IGAMMAC = _spec("igammac", _upper, -1, "Q", "The upper incomplete gamma function, as a part of the whole.")

FUNCTIONS, METHODS = binary_forms(IGAMMA, IGAMMAC)
OPERATORS: dict[str, Any] = {}
