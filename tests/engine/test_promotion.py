"""Type promotion as recorded from torch, for a selection of the oracle's cases."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from engine.state import fresh_state
from tests.support import promotion_cases as cases
from tests.support.library import torch

TABLES = json.loads((Path(__file__).parent.parent / "goldens" / "promotion.json").read_text())["cases"]


@pytest.mark.parametrize("name", TABLES)
def test_dtypes_as_recorded(name: str) -> None:
    op, _, kind = name.partition(" of ")
    with fresh_state(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "pairs":
            ours = [cases.pairs(torch, op, a, b) for a in cases.DTYPES for b in cases.DTYPES]
        elif kind == "numbers":
            ours = [cases.with_numbers(torch, op, a) for a in cases.DTYPES]
        else:
            ours = [cases.unary(torch, op, a) for a in cases.DTYPES]
    assert cases.same(json.loads(json.dumps(ours, default=str)), TABLES[name])
