"""Gradient descent from another start."""

from __future__ import annotations

import numpy as np
import pytest

from engine.series.descent import descend, rate_of
from engine.series.parameters import ParameterReader
from engine.series.task import loss_at
from engine.trace import events as ev
from tests.support.runs import TRAINING, scenes_of, trace_of


def test_from_the_recorded_start_it_is_the_recorded_way() -> None:
    trace = trace_of(TRAINING)
    weight, bias = ParameterReader(trace, scenes_of(TRAINING)).read()
    way = np.array([(a[0], b[0]) for a, b in zip(weight.values.values, bias.values.values, strict=True)])
    gradients = [[row[0] for row in p.grads.values if np.isfinite(row[0])] for p in (weight, bias)]
    rate = rate_of(way, np.array(gradients).T)
    assert rate == pytest.approx(0.01, rel=1e-3)
    began = next(i for i, e in enumerate(trace.events) if isinstance(e, ev.BackwardBegan))
    graph = loss_at(trace, began)
    assert graph is not None
    again = descend(graph, trace.state_after(began), (0, 0), (1, 0), (way[0, 0], way[0, 1]), rate, len(way) - 1)
    assert again == pytest.approx(way, rel=2e-3, abs=2e-3)


def test_a_descent_that_runs_away_ends() -> None:
    trace = trace_of(TRAINING)
    began = next(i for i, e in enumerate(trace.events) if isinstance(e, ev.BackwardBegan))
    graph = loss_at(trace, began)
    assert graph is not None
    way = descend(graph, trace.state_after(began), (0, 0), (1, 0), (0.0, 0.0), 100.0, 200)
    assert len(way) < 20
    assert np.isfinite(way).all()


def test_no_rate_without_a_step_against_the_gradient() -> None:
    assert rate_of(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 1.0]])) is None
    assert rate_of(np.zeros((1, 2)), np.zeros((0, 2))) is None
