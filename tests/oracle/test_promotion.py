"""Type promotion: every pair of dtypes through every kind of op, values and error texts included."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest
import torch as real

from engine.state import fresh_state
from tests.support import promotion_cases as cases
from tests.support.library import torch

pytestmark = pytest.mark.torch


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=2e-3 if abs(a) > 1e-4 else 1)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b if not hasattr(a, "is_floating_point") else str(a) == str(b)


def compare(ask: Any, *args: Any) -> None:
    with fresh_state(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = ask(torch, *args), ask(real, *args)
    if isinstance(theirs, str):
        assert ours == theirs, args
        return
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert same(a, b), (args, number, a, b)


@pytest.mark.parametrize("name", cases.UNARY)
def test_one_operand(name: str) -> None:
    for dtype in cases.DTYPES:
        compare(cases.unary, name, dtype)


@pytest.mark.parametrize("name", cases.BINARY)
def test_two_operands(name: str) -> None:
    for a in cases.DTYPES:
        compare(cases.with_numbers, name, a)
        for b in cases.DTYPES:
            compare(cases.pairs, name, a, b)


@pytest.mark.parametrize("name", cases.EDITS)
def test_in_place(name: str) -> None:
    for a in cases.DTYPES:
        for b in cases.DTYPES:
            compare(cases.edits, name, a, b)


@pytest.mark.parametrize("a", cases.DTYPES)
def test_joined(a: str) -> None:
    for b in cases.DTYPES:
        compare(cases.joined, a, b)
