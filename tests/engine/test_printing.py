"""A selection of the oracle's tensors, printed as torch printed them when they were recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.state import fresh_state
from tests.support.library import torch
from tests.support.printing_cases import case, text

CASES = json.loads((Path(__file__).parent.parent / "goldens" / "printing.json").read_text())["cases"]


@pytest.mark.parametrize("number", CASES)
def test_tensor_is_printed_as_recorded(number: str) -> None:
    with fresh_state():
        assert text(torch, case(int(number))) == CASES[number]
