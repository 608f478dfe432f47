"""torch.testing.assert_close: whether results are as expected, told in torch's words.

Source: torch/testing/_comparison.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.ops.dispatch import array
from engine.tensors import Tensor

__all__ = ["assert_close"]

Tolerances = tuple[float, float]

_DEFAULTS: dict[str, Tolerances] = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""Relative and absolute tolerance by dtype; integers must be equal."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """AssertionError unless actual and expected (tensors, numbers, or sequences and dicts of them) are close."""
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    given = None if rtol is None or atol is None else (rtol, atol)
    found = _difference(actual, expected, given, equal_nan, check_dtype, check_stride, ())
    if found is not None:
        raise AssertionError(found if msg is None else msg(found) if callable(msg) else msg)


def _difference(
    actual: Any,
    expected: Any,
    given: Tolerances | None,
    equal_nan: bool,
    check_dtype: bool,
    check_stride: bool,
    path: tuple[Any, ...],
) -> str | None:
    """What differs, in words; None if nothing does."""
    rest = (given, equal_nan, check_dtype, check_stride)
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        missing = [key for key in expected if key not in actual]
        extra = [key for key in actual if key not in expected]
        if missing or extra:
            return _at(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {missing}\nAdditional keys in the actual mapping: {extra}",
                path,
            )
        pairs = [(key, actual[key], expected[key]) for key in actual]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return _at(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path)
        pairs = [(i, a, e) for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    elif isinstance(actual, Tensor) and isinstance(expected, Tensor):
        text = _of_tensors(actual, expected, *rest)
        return None if text is None else _at(text, path)
    elif isinstance(actual, (int, float)) and isinstance(expected, (int, float)):
        text = _of_numbers(actual, expected, given, equal_nan)
        return None if text is None else _at(text, path)
    else:
        raise TypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}." + _where(path)
        )
    for key, a, e in pairs:
        text = _difference(a, e, *rest, (*path, key))
        if text is not None:
            return text
    return None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _where(path: tuple[Any, ...]) -> str:
    return "\n\nThe failure occurred for item " + "".join(f"[{key!r}]" for key in path) if path else ""


def _at(text: str, path: tuple[Any, ...]) -> str:
    return text + _where(path)


def _of_numbers(actual: Any, expected: Any, given: Tolerances | None, equal_nan: bool) -> str | None:
    if given is None:
        given = (0.0, 0.0) if isinstance(actual, int) and isinstance(expected, int) else _DEFAULTS["float64"]
    if actual == expected or (equal_nan and math.isnan(actual) and math.isnan(expected)):
        return None
    away = abs(actual - expected)
    if math.isfinite(away) and away <= given[1] + given[0] * abs(expected):
        return None
    return _scalars(actual, expected, given)


def _scalars(actual: Any, expected: Any, given: Tolerances) -> str:
    exact = not any(given)
    away = abs(actual - expected)
    share = away / abs(expected) if expected else math.inf
    limits = ("", "") if exact else (f" (up to {given[1]} allowed)", f" (up to {given[0]} allowed)")
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {away}{limits[0]}\nRelative difference: {share}{limits[1]}"
    )


def _of_tensors(
    actual: Tensor,
    expected: Tensor,
    given: Tolerances | None,
    equal_nan: bool,
    check_dtype: bool,
    check_stride: bool,
) -> str | None:
    for name, a, e, wanted in (
        ("shape", actual.shape, expected.shape, True),
        ("dtype", actual.dtype, expected.dtype, check_dtype),
        ("stride()", tuple(actual.stride()), tuple(expected.stride()), check_stride),
    ):
        if wanted and a != e:
            return f"The values for attribute '{name}' do not match: {a} != {e}."
    if given is None:
        kinds = [_DEFAULTS.get(t.dtype.name, (0.0, 0.0)) for t in (actual, expected)]
        given = max(kinds[0][0], kinds[1][0]), max(kinds[0][1], kinds[1][1])
    kind = np.result_type(actual._data.dtype, expected._data.dtype)
    if kind.kind == "b":
        kind = np.dtype(np.int64)
    x, y = array(actual._data).astype(kind), array(expected._data).astype(kind)
    away = np.abs(x - y)
    close = (x == y) | (np.isfinite(away) & (away <= given[1] + given[0] * np.abs(y)))
    if equal_nan:
        close = close | (np.isnan(x) & np.isnan(y))
    if close.all():
        return None
    if not x.ndim:
        return _scalars(x.item(), y.item(), given)
    exact = not any(given)
    share = np.where(close, 0, away / np.abs(y))
    away = np.where(close, 0, away)
    lines = [f"Tensor-likes are not {'equal' if exact else 'close'}!\n"]
    wrong = int((~close).sum())
    lines.append(f"Mismatched elements: {wrong} / {x.size} ({wrong / x.size:.1%})")
    for name, values, limit in (("absolute", away, given[1]), ("relative", share, given[0])):
        place = np.unravel_index(int(np.argmax(values)), values.shape)
        shown = tuple(int(n) for n in place)
        # torch divides integers in float32.
        top = values[place] if kind.kind == "f" or name == "absolute" else np.float32(values[place])
        allowed = "" if exact else f" (up to {limit} allowed)"
        lines.append(f"Greatest {name} difference: {top.item()} at index {shown}{allowed}")
    return "\n".join(lines)
