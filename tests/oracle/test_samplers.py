"""The same seed gives the same numbers: every sampler, shape and dtype, and the stream stands where torch's stands."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch as real

from engine.random import Generator
from engine.state import fresh_state
from tests.support.library import torch
from tests.support.sampler_cases import CASES, DTYPES, SHAPES, outcome

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_same_numbers(name: str, dtype: str) -> None:
    real.set_num_threads(1)
    for seed, shape in enumerate(SHAPES):
        with fresh_state() as state, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            state.generator = Generator()
            error, ours, kind, after = outcome(torch, name, shape, dtype, seed)
            wanted, theirs, their_kind, then = outcome(real, name, shape, dtype, seed)
        assert (error, kind, after) == (wanted, their_kind, then), shape
        if ours is not None and kind == "torch.float64":
            np.testing.assert_allclose(ours, theirs, rtol=1e-15, err_msg=str(shape))
        else:
            assert np.array_equal(np.array(ours), np.array(theirs), equal_nan=ours is not None), shape
