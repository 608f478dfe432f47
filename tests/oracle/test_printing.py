"""A thousand tensors, printed letter by letter as torch prints them."""

from __future__ import annotations

import pytest
import torch as real

from engine.state import fresh_state
from tests.support.library import torch
from tests.support.printing_cases import case, text

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("tens", range(100))
def test_tensor_is_printed_as_by_torch(tens: int) -> None:
    for number in range(10 * tens, 10 * tens + 10):
        c = case(number)
        with fresh_state():
            ours = text(torch, c)
        assert ours == text(real, c), f"case {number}: {c.data.dtype} {c.data.shape} {c.options}"
