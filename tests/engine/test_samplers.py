"""The same seed gives the numbers that torch gave when they were recorded, for a selection of the oracle's cases."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from engine.random import Generator
from engine.state import fresh_state
from tests.support.library import torch
from tests.support.sampler_cases import CHOSEN, outcome

CASES = json.loads((Path(__file__).parent.parent / "goldens" / "samplers.json").read_text())["cases"]


@pytest.mark.parametrize("name", CASES)
def test_same_numbers_as_recorded(name: str) -> None:
    for seed, ((shape, dtype), recorded) in enumerate(zip(CHOSEN, CASES[name], strict=True)):
        error, numbers, kind, after = recorded
        with fresh_state() as state, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            state.generator = Generator()
            ours = outcome(torch, name, shape, dtype, seed)
        assert (ours[0], *ours[2:]) == (error, kind, after), (shape, dtype)
        if numbers is not None:
            np.testing.assert_allclose(ours[1], numbers, rtol=1e-15 if kind == "torch.float64" else 0)


def test_state_is_kept_as_bytes() -> None:
    torch.manual_seed(3)
    torch.randn(3)
    saved = torch.get_rng_state()
    assert (saved.dtype, saved.shape) == (torch.uint8, (5056,))
    first = torch.randn(5)
    torch.set_rng_state(saved)
    assert torch.equal(torch.randn(5), first)


@pytest.mark.parametrize("state", [3, "a", None])
def test_what_is_no_state_is_refused(state: object) -> None:
    with pytest.raises(TypeError, match=r"expected a torch\.ByteTensor"):
        torch.set_rng_state(state)
