"""The functions of analysis on arrays and numpy scalars, rounded once.

numpy's own kernels for float32 are wrong in the last bit more often than those that torch uses; so
float32 and float16 are computed in double precision and rounded at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import vectorised
from engine.ops.libm import one_by_one

FLOAT64 = np.dtype(np.float64)


def _rounded_once(f: Callable[[Any], Any]) -> Callable[[Raw], Raw]:
    def kernel(x: Raw) -> Raw:
        if x.dtype is FLOAT64:
            return f(x)
        return f(x.astype(np.float64)).astype(x.dtype)

    return kernel


def _single(name: str, f: Callable[[Any], Any]) -> Callable[[Raw], Raw]:
    """A function that torch takes from the C library where there are too few numbers for a vector."""
    of_many = _rounded_once(f)

    def kernel(x: Raw) -> Raw:
        return vectorised.over_vectors(name, x, of_many, f)

    return kernel


def _always_single(name: str, f: Callable[[Any], Any]) -> Callable[[Raw], Raw]:
    return lambda x: one_by_one(name, x, f)


exp = _rounded_once(np.exp)
exp2 = _single("exp2", np.exp2)
expm1 = _rounded_once(np.expm1)
log = _rounded_once(np.log)
log2 = _rounded_once(np.log2)
log10 = _rounded_once(np.log10)
log1p = _rounded_once(np.log1p)
sin = _rounded_once(np.sin)
cos = _rounded_once(np.cos)
tan = _rounded_once(np.tan)
asin = _rounded_once(np.arcsin)
acos = _rounded_once(np.arccos)
atan = _rounded_once(np.arctan)
sinh = _single("sinh", np.sinh)
cosh = _single("cosh", np.cosh)
asinh = _always_single("asinh", np.arcsinh)
acosh = _always_single("acosh", np.arccosh)
atanh = _single("atanh", np.arctanh)
tanh = _rounded_once(np.tanh)

_erf = np.vectorize(math.erf, otypes=[np.float64])


def erf(x: Raw) -> Raw:
    """The error function, from Python's math module: numpy has none."""
    return np.asarray(_erf(x)).astype(x.dtype)[()]


def logistic(x: Raw) -> Raw:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + vectorised.exp_over_vectors(-x))


def log_sigmoid(x: Raw) -> Raw:
    """log(1 / (1 + exp(-x))), without overflow."""
    return np.minimum(x, 0) - log1p(vectorised.exp(-np.abs(x)))[()]


def power(x: Raw, y: Raw) -> Raw:
    """x to the power of y, both of one dtype."""
    if x.dtype.kind != "f" or x.dtype is FLOAT64:
        return x**y
    return (x.astype(np.float64) ** y.astype(np.float64)).astype(x.dtype)
