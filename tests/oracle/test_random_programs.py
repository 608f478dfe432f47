"""Random programs over the API run in torch and in the engine, and agree after every step."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.lockstep import Lockstep, fresh
from tests.oracle.steps import OF_ONE, OF_TWO

pytestmark = pytest.mark.torch

NUMBER = st.integers(-4, 6).map(lambda n: n / 2)
ROW = st.lists(NUMBER, min_size=2, max_size=2)
VALUES = st.one_of(NUMBER, ROW, st.lists(ROW, min_size=1, max_size=2))
LEAF = st.tuples(VALUES, st.booleans())
INDEX = st.integers(0, 30)
STEP = st.one_of(
    st.tuples(st.sampled_from(sorted(OF_ONE)), INDEX),
    st.tuples(st.sampled_from(sorted(OF_TWO)), INDEX, INDEX),
)


@given(leaves=st.lists(LEAF, min_size=1, max_size=3), steps=st.lists(STEP, min_size=1, max_size=14))
@settings(max_examples=400)
def test_a_random_program_does_as_in_torch(leaves: list, steps: list) -> None:
    with fresh():
        both = Lockstep()
        for values, requires_grad in leaves:
            both.leaf(values, requires_grad)
        for name, *indices in steps:
            both.call(name, {**OF_ONE, **OF_TWO}[name], *indices)
