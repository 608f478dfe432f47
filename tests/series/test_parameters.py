"""Parameters and gradients over a run."""

from __future__ import annotations

import math

import pytest

from engine.graph.scenes import Scenes
from engine.series.parameters import Parameter, ParameterReader
from engine.trace import events as ev
from engine.trace.trace import Trace
from tests.support.runs import TRAINING, only, scenes_of, trace_of

BY_HAND = """import torch
w = torch.tensor([1., 2.], requires_grad=True)
for step in range(3):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
    w.grad.zero_()
"""

LARGE = """import torch
w = torch.ones(3, 4, requires_grad=True)
for step in range(2):
    (w.sum() * 2).backward()
"""


def read(source: str) -> list[Parameter]:
    return ParameterReader(trace_of(source), scenes_of(source)).read()


def test_every_value_of_a_parameter_is_kept_with_its_place() -> None:
    (w,) = read(BY_HAND)
    assert (w.name, w.shape, w.elements) == ("w", (2,), ("[0]", "[1]"))
    assert w.values.values == [(1.0, 2.0), (0.5, 1.0), (0.25, 0.5), (0.125, 0.25)]
    assert w.values.at(0) is None
    assert w.values.at(len(trace_of(BY_HAND).events)) == (0.125, 0.25)


def test_gradients_are_those_that_backward_left_and_zero_where_cleared() -> None:
    (w,) = read(BY_HAND)
    assert w.grads.values == [(2.0, 4.0), (0.0, 0.0), (1.0, 2.0), (0.0, 0.0), (0.5, 1.0), (0.0, 0.0)]


def test_none_is_no_number() -> None:
    weight, bias = read(TRAINING)
    assert (weight.name, bias.name) == ("model.weight", "model.bias")
    # zero_grad in the second turn sets None, which is not 0.
    assert math.isnan(weight.grads.values[1][0])
    assert weight.values.values[0][0] == pytest.approx(-0.0074868, rel=1e-4), "as initialised, not as allocated"
    assert len(weight.values.values) == 1 + 5


def test_of_many_elements_the_norm_is_followed() -> None:
    (w,) = read(LARGE)
    assert w.elements == ("norm",)
    assert w.grads.values == [(pytest.approx(math.sqrt(12 * 4)),), (pytest.approx(math.sqrt(12 * 16)),)]


def test_the_norm_of_all_gradients_after_each_pass() -> None:
    reader = ParameterReader(trace_of(TRAINING), scenes_of(TRAINING))
    weight, bias = reader.read()
    assert len(reader.norm.values) == len(only(ev.BackwardEnded, TRAINING))
    assert reader.norm.values[0][0] == pytest.approx(math.hypot(weight.grads.values[0][0], bias.grads.values[0][0]))


def test_a_growing_trace_is_read_to_the_same_histories() -> None:
    whole = trace_of(TRAINING)
    growing, scenes = Trace(TRAINING), Scenes()
    reader = ParameterReader(growing, scenes)
    for start in range(0, len(whole.events), 11):
        more = whole.events[start : start + 11]
        growing.extend(more)
        scenes.extend(more)
        reader.read()
    grown = [(p.name, p.values.values, str(p.grads.values)) for p in reader.read()]
    assert grown == [(p.name, p.values.values, str(p.grads.values)) for p in read(TRAINING)]
