"""Ops over all dtypes, with and without dimensions and with Python numbers: what dtype comes out, or which error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
NUMBERS = (2, -1, 2.5, True, 0)

UNARY = [
    "abs",
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_not",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "frac",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_not",
    "neg",
    "positive",
    "rad2deg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sgn",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
    "sum",
    "mean",
    "prod",
    "all",
    "any",
    "max",
    "min",
    "argmax",
    "argmin",
    "amax",
    "amin",
    "median",
    "std",
    "var",
    "nansum",
    "logsumexp",
    "cumsum",
    "cumprod",
    "softmax",
    "log_softmax",
    "sort",
    "argsort",
    "unique",
    "bincount",
    "diff",
    "msort",
    "mode",
    "norm",
    "count_nonzero",
    "nan_to_num",
    "zeros_like",
    "ones_like",
    "flip",
    "roll",
    "aminmax",
    "cummax",
    "histc",
    "trace_of_square",
    "tril_of_square",
]
BINARY = [
    "add",
    "sub",
    "mul",
    "div",
    "floor_divide",
    "remainder",
    "fmod",
    "pow",
    "atan2",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "copysign",
    "hypot",
    "logaddexp",
    "xlogy",
    "float_power",
    "true_divide",
    "gcd",
    "lcm",
    "heaviside",
    "ldexp",
    "nextafter",
]
RECORDED = ("add", "div", "pow", "maximum", "bitwise_and")
"""The binary ones that are recorded for the suite that runs without torch."""

EDITS = [
    "add_",
    "sub_",
    "mul_",
    "div_",
    "floor_divide_",
    "remainder_",
    "fmod_",
    "pow_",
    "copy_",
    "eq_",
    "logical_and_",
    "bitwise_and_",
    "atan2_",
    "hypot_",
]


def values(torch: Any, dtype: str) -> Any:
    return torch.tensor([1, 0, 1, 3], dtype=getattr(torch, dtype))


def seen(call: Callable[[], Any]) -> Any:
    """What a call gives, as plain data: dtypes and numbers, or the exception."""
    try:
        result = call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [[str(p.dtype), p.tolist()] if hasattr(p, "dtype") and hasattr(p, "tolist") else p for p in parts]


def unary(torch: Any, name: str, dtype: str) -> Any:
    x = values(torch, dtype)
    if name == "trace_of_square":
        return seen(lambda: torch.trace(x.reshape(2, 2)))
    if name == "tril_of_square":
        return seen(lambda: torch.tril(x.reshape(2, 2)))
    along: dict[str, tuple[Any, ...]] = {
        "logsumexp": (0,),
        "cumsum": (0,),
        "cumprod": (0,),
        "softmax": (0,),
        "log_softmax": (0,),
        "flip": ((0,),),
        "roll": (1,),
        "cummax": (0,),
        "amax": (0,),
        "amin": (0,),
    }
    return seen(lambda: getattr(torch, name)(x, *along.get(name, ())))


def pairs(torch: Any, name: str, a: str, b: str) -> list[Any]:
    """Both tensors with dimensions; the second one without; the first one without."""
    f, x, y = getattr(torch, name), values(torch, a), values(torch, b)
    return [seen(lambda: f(x, y)), seen(lambda: f(x, y[3])), seen(lambda: f(x[3], y))]


def with_numbers(torch: Any, name: str, a: str) -> list[Any]:
    f, x = getattr(torch, name), values(torch, a)
    found = []
    for n in NUMBERS:
        found += [seen(lambda n=n: f(x, n)), seen(lambda n=n: f(n, x))]
    return found


def edits(torch: Any, name: str, a: str, b: str) -> list[Any]:
    x, y = values(torch, a), values(torch, b)
    return [
        seen(lambda: getattr(x.clone(), name)(y)),
        seen(lambda: getattr(x.clone(), name)(y[3])),
        seen(lambda: getattr(x.clone(), name)(2)),
        seen(lambda: getattr(x.clone(), name)(1.5)),
    ]


def joined(torch: Any, a: str, b: str) -> list[Any]:
    x, y = values(torch, a), values(torch, b)
    return [
        seen(lambda: torch.cat([x, y])),
        seen(lambda: torch.stack([x, y])),
        seen(lambda: torch.where(x > 0, x, y)),
        seen(lambda: torch.where(x > 0, x, y[0])),
        seen(lambda: torch.where(x > 0, x, 1)),
        seen(lambda: torch.where(x > 0, x, 1.5)),
        seen(lambda: torch.clamp(x, 1)),
        seen(lambda: torch.clamp(x, 0.5, 2)),
        seen(lambda: torch.clamp(x, y)),
        seen(lambda: torch.lerp(x, y, 0.5)),
        seen(lambda: torch.addcmul(x, y, y)),
        seen(lambda: torch.dot(x, y)),
        seen(lambda: torch.outer(x, y)),
        seen(lambda: torch.result_type(x, y)),
        seen(lambda: x.to(y.dtype)),
        seen(lambda: torch.isclose(x, y)),
        seen(lambda: torch.full((2,), 3, dtype=x.dtype)),
        seen(lambda: x.masked_fill(x > 0, 2)),
        seen(lambda: x.masked_fill(x > 0, 1.5)),
        seen(lambda: x.index_fill(0, torch.tensor([0]), 2)),
        seen(lambda: torch.isin(x, y)),
        seen(lambda: torch.searchsorted(x.sort()[0], y)),
    ]


def same(a: Any, b: Any) -> bool:
    """Whether two outcomes agree; floating numbers up to the precision of float16."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=2e-3, abs_tol=1e-4)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return str(a) == str(b) and isinstance(a, bool) == isinstance(b, bool)
