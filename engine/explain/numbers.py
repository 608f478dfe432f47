"""Numbers in few characters: four significant digits; tensors in a compact form."""

from __future__ import annotations

import math
from typing import Any

from engine.trace.values import Value

SIGNIFICANT = 4


def number(value: Any) -> str:
    """A number as the picture shows it: 2.0, 0.0771, 1.235e6, nan, True."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**7 else _scientific(float(value))
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "-0.0" if math.copysign(1.0, value) < 0 else "0.0"
    size = abs(value)
    if size < 1e-4 or size >= 1e6:
        return _scientific(value)
    decimals = max(1, SIGNIFICANT - 1 - math.floor(math.log10(size)))
    text = f"{value:.{decimals}f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def _scientific(value: float) -> str:
    mantissa, _, exponent = f"{value:.{SIGNIFICANT - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def shape_text(shape: tuple[int, ...]) -> str:
    """``[3]``, ``[2×3]``; empty for a single number without dimensions."""
    return f"[{'×'.join(map(str, shape))}]" if shape else ""


def compact(value: Value, most: int = 3) -> str:
    """A value in a few words: the number itself, up to ``most`` numbers, or the shape and the extremes."""
    if value.array is not None and value.size == 1:
        return number(value.array.item())
    if value.size == 0:
        return f"{shape_text(value.shape)} empty"
    if value.array is not None and value.size <= most and len(value.shape) == 1:
        return "[" + ", ".join(number(v) for v in value.array.tolist()) + "]"
    low, high = value.extremes()
    return f"{shape_text(value.shape)} {number(low)} … {number(high)}"


def inline(value: Value) -> str:
    """A value inside a sentence or on an edge: like :func:`compact`, without the extremes of large tensors."""
    if value.size == 1 or (value.size <= 3 and len(value.shape) <= 1):
        return compact(value)
    if value.array is not None and value.size <= 4 and len(value.shape) == 2:
        rows = ", ".join("[" + ", ".join(number(v) for v in row) + "]" for row in value.array.tolist())
        return f"[{rows}]"
    return compact(value)
