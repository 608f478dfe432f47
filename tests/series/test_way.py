"""The way of two numbers: any two, also of a large tensor; and when two runs have one surface."""

from __future__ import annotations

import numpy as np
import pytest

from engine.series.parameters import Parameter, ParameterReader
from engine.series.surface import Area, function_of, rows
from engine.series.task import loss_at, trained_part
from engine.series.turns import TurnReader
from engine.series.way import axes_of, axis_named, usual_pair, way_of
from engine.trace.trace import Trace
from tests.support.runs import TRAINING, scenes_of, trace_of

LARGE = """import torch
import torch.nn as nn
torch.manual_seed(0)
x = torch.stack([torch.cos(torch.linspace(0, 3, 9)), torch.linspace(-1, 1, 9)], 1)
y = (x[:, :1] > 0).float()
model = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
for epoch in range(4):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def parameters_of(source: str) -> tuple[Trace, list[Parameter]]:
    trace = trace_of(source)
    return trace, ParameterReader(trace, scenes_of(source)).read()


def test_a_single_element_of_a_large_tensor_is_followed() -> None:
    trace, parameters = parameters_of(LARGE)
    one, other = (axis_named(parameters, name) for name in ("model.0.weight[5, 1]", "model.2.bias"))
    assert one is not None
    assert other is not None
    assert one.element == 11
    way = way_of(trace, one, other)
    assert way.points.shape == (5, 2)
    last = trace.state_at(len(trace)).tensors[one.parameter.tensor].value.array
    assert last is not None
    assert way.points[-1, 0] == last[5, 1]
    # Its gradients are those by which the first step, which has no momentum yet, was made.
    point, gradient = way.gradient(way.places[1]) or (-1, (0.0, 0.0))
    assert point == 0
    assert way.points[1] == pytest.approx(way.points[0] - 0.5 * np.array(gradient), abs=1e-6)


def test_names_that_are_none_find_nothing() -> None:
    _, parameters = parameters_of(LARGE)
    for name in ("", "model.0.weight", "model.0.weight[6, 0]", "model.0.weight[1]", "weight[0, 0]", "w[x]"):
        assert axis_named(parameters, name) is None
    assert "model.0.weight[0, 1]" in [axis.name for axis in axes_of(parameters)]


def test_the_pair_that_is_shown_first_is_the_one_that_moved_most() -> None:
    trace, parameters = parameters_of(LARGE)
    pair = usual_pair(trace, parameters)
    assert pair is not None
    way = way_of(trace, *pair).points
    moved = np.abs(way[-1] - way[0])
    for axis in axes_of(parameters):
        if axis.name not in (pair[0].name, pair[1].name):
            other = way_of(trace, axis, pair[0]).points[:, 0]
            assert abs(other[-1] - other[0]) <= moved.min() + 1e-7


def surface_of(source: str) -> tuple[object, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    trace, parameters = parameters_of(source)
    first, second = axes_of(parameters)[:2]
    turns = TurnReader(trace)
    turns.read()
    began = turns.backward_before(0)
    whole = loss_at(trace, began)
    assert whole is not None
    state = trace.state_after(began)
    graph = trained_part(whole, state)
    area = Area(-1.0, -1.0, 1.0, 1.0)
    one, other = first.number_in(graph), second.number_in(graph)
    assert one is not None
    assert other is not None
    found = [row for row in rows(graph, state, one, other, area, 3) if row is not None]
    return function_of(graph, state, one, other), np.array(found)


def test_another_rate_is_the_same_surface_and_other_data_are_not() -> None:
    function, losses = surface_of(TRAINING)
    for source, alike in (
        (TRAINING.replace("lr=0.01", "lr=0.05").replace("range(5)", "range(9)"), True),
        (TRAINING.replace("[3.0]", "[3.5]"), False),
        (TRAINING.replace("MSELoss", "L1Loss"), False),
    ):
        other, others = surface_of(source)
        assert (other == function) is alike
        assert np.array_equal(others, losses) is alike


def test_what_nobody_trains_is_taken_as_it_is() -> None:
    trace, _ = parameters_of(LARGE)
    turns = TurnReader(trace)
    turns.read()
    began = turns.backward_before(0)
    whole = loss_at(trace, began)
    assert whole is not None
    graph = trained_part(whole, trace.state_after(began))
    assert "cos" in [event.op for event in whole.ops]
    assert {event.op for event in graph.ops}.isdisjoint(("cos", "stack", "gt"))


def test_of_a_way_that_runs_off_the_beginning_is_shown() -> None:
    way = np.array([[(-3.0) ** k, (-3.0) ** k] for k in range(40)])
    area = Area.around(way)
    assert area.right - area.left < 1e5
    assert area.left < way[:4].min() < way[:4].max() < area.right


def test_an_area_is_kept_while_ways_fit_into_it() -> None:
    area = Area.around(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert area.holds(Area.around(np.array([[0.1, 0.0], [1.2, 0.9]])))
    assert not area.holds(Area.around(np.array([[0.0, 0.0], [3.0, 1.0]])))
    assert area.dwarfs(Area.around(np.array([[0.4, 0.4], [0.5, 0.5]])), 0.3)
