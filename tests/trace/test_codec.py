"""Events as bytes: nothing is lost on the wire or in a file, and nothing foreign is taken in."""

from __future__ import annotations

import json
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.trace import codec
from engine.trace import events as ev
from engine.trace.values import Value
from tests.support.runs import FIRST, TRAINING, trace_of

PARTS = "import torch\nmantissa, exponent = torch.frexp(torch.tensor(3.0))\n"
"""Arguments of an op that are arrays of no dimension."""


LOOSE = """import torch
x = torch.ones(2, requires_grad=True)
with torch.no_grad():
    a = x[1]
y = a ** 2
"""
"""A view that asks for gradients and has no node."""


@pytest.mark.parametrize("source", [FIRST, TRAINING, "print('é𝛼')\nx = = 1\n", PARTS, LOOSE])
def test_there_and_back(source: str) -> None:
    events = list(trace_of(source).events)
    assert codec.unpack(codec.pack(events)) == events
    file = codec.from_json(codec.to_json(source, events))
    assert (file.source, file.events) == (source, events)


DTYPES = st.sampled_from([np.float32, np.float64, np.float16, np.int64, np.int32, np.int8, np.uint8, np.bool_])


@given(DTYPES.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))))
def test_every_number_survives(array: np.ndarray) -> None:
    value = Value.of(array)
    event = ev.Created(tensor=0, how="tensor", value=value)
    back = codec.unpack(codec.pack([event]))[0].value
    again = codec.from_json(codec.to_json("", [event])).events[0].value
    for other in (back, again):
        assert (other.dtype, other.shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(other.array, value.array)
        assert not other.array.flags.writeable


def test_json_is_readable() -> None:
    event = ev.Created(tensor=0, how="tensor", value=Value.of(np.array([1.0, math.nan, -math.inf], np.float32)))
    data = json.loads(codec.to_json("x", [event]))
    assert data["events"][0] == {
        "event": "created",
        "tensor": 0,
        "how": "tensor",
        "value": {"dtype": "float32", "shape": [3], "data": [1.0, "nan", "-inf"]},
    }


def test_a_value_over_budget_keeps_its_extremes() -> None:
    value = Value.of(np.array([3.0, -1.0, math.nan]), keep=False)
    back = codec.unpack(codec.pack([ev.Created(tensor=0, how="", value=value)]))[0].value
    assert (back.array, back.low, back.high, back.shape) == (None, -1.0, 3.0, (3,))
    assert back.extremes() == (-1.0, 3.0)


@pytest.mark.parametrize("data", [b"", b"nonsense", codec.pack([]) + b"x", b"\x91\x81\xa5event\xa3bad"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, msgspec.ValidationError)):
        codec.unpack(data)
