"""The loss curve."""

from __future__ import annotations

import pytest

from engine.graph.scenes import Scenes
from engine.series import LossReader, loss_series
from engine.trace.trace import Trace
from tests.support.runs import FIRST, TRAINING, printed, scenes_of, trace_of


def test_one_point_per_epoch_with_the_printed_values() -> None:
    (series,) = loss_series(trace_of(TRAINING), scenes_of(TRAINING))
    assert (series.name, series.loop) == ("loss", "epoch")
    values = [f"Epoch {p.turn}, Loss: {p.value:.4f}" for p in series.points]
    assert "\n".join(values) + "\n" == printed(TRAINING)


def test_the_cursor_of_a_point_is_the_step_at_which_backward_starts() -> None:
    trace = trace_of(TRAINING)
    (series,) = loss_series(trace, scenes_of(TRAINING))
    for point in series.points:
        step = trace.step(point.cursor)
        assert step is not None
        assert (step.turn, step.phase.value) == ((point.turn,), "backward")
    assert series.at(0) is None
    assert series.at(series.points[2].cursor) == series.points[2]
    assert series.at(len(trace)) == series.points[-1]


def test_no_curve_without_a_loop() -> None:
    assert loss_series(trace_of(FIRST), scenes_of(FIRST)) == ()


@pytest.mark.parametrize("stride", [1, 37])
def test_a_growing_trace_is_read_to_the_same_curve(stride: int) -> None:
    whole = trace_of(TRAINING)
    growing, scenes = Trace(TRAINING, []), Scenes()
    reader = LossReader(growing, scenes)
    for start in range(0, len(whole.events), stride):
        more = whole.events[start : start + stride]
        growing.extend(more)
        scenes.extend(more)
        reader.read()
    assert reader.read() == loss_series(whole, scenes_of(TRAINING))


def test_two_losses_have_a_curve_each() -> None:
    source = """import torch
a = torch.tensor(1.0, requires_grad=True)
for step in range(4):
    d_loss = (a - 2) ** 2
    d_loss.backward()
    if step % 2:
        g_loss = (a - 5) ** 2
        g_loss.backward()
"""
    first, second = loss_series(trace_of(source), scenes_of(source))
    assert (first.name, len(first.points)) == ("d_loss", 4)
    assert (second.name, [p.value for p in second.points]) == ("g_loss", [16.0, 16.0])
