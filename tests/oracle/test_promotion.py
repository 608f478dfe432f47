"""Type promotion: every pair of dtypes through every kind of op, values and error texts included."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch as real

from engine.state import fresh_state
from tests.support import promotion_cases as cases
from tests.support.library import torch

pytestmark = pytest.mark.torch


def compare(ask: Any, *args: Any) -> None:
    with fresh_state(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = ask(torch, *args), ask(real, *args)
    if isinstance(theirs, str):
        assert ours == theirs, args
        return
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert cases.same(a, b), (args, number, a, b)


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
