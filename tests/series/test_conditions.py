"""Conditions to stop at."""

from __future__ import annotations

import pytest

from engine.series.conditions import UnknownCondition, first, parse
from engine.series.loss import loss_series
from engine.series.parameters import ParameterReader
from tests.support.runs import TRAINING, scenes_of, trace_of

LONG = TRAINING.replace("range(5)", "range(60)").replace("    print(f'Epoch {epoch}, Loss: {loss.item():.4f}')\n", "")
WILD = LONG.replace("lr=0.01", "lr=50.")


def found(text: str, source: str = LONG, after: int = 0) -> int | None:
    trace, scenes = trace_of(source), scenes_of(source)
    reader = ParameterReader(trace, scenes)
    parameters = reader.read()
    return first(parse(text), trace, loss_series(trace, scenes), parameters, reader.norm, after)


@pytest.mark.parametrize(("text", "sign"), [("loss < 0.5", -1), ("loss<=5e-1", -1), ("  loss  <  .5 ", -1)])
def test_the_first_turn_in_which_the_loss_is_small(text: str, sign: int) -> None:
    (series,) = loss_series(trace_of(LONG), scenes_of(LONG))
    cursor = found(text)
    assert cursor is not None
    point = series.at(cursor)
    assert point is not None
    assert point.value < 0.5 <= series.points[point.turn - 1].value
    assert found(text, after=cursor) == series.points[point.turn + 1].cursor, "and from there the next one"


def test_a_turn_a_parameter_and_its_gradient() -> None:
    trace = trace_of(LONG)
    (series,) = loss_series(trace, scenes_of(LONG))
    assert found("epoch == 20") == series.points[20].cursor
    cursor = found("model.weight > 1.0")
    assert cursor is not None
    assert trace.state_at(cursor).tensors[0].value.item() > 1.0 >= trace.state_at(cursor - 1).tensors[0].value.item()
    cursor = found("model.bias.grad > 0")
    assert cursor is not None
    grad = trace.state_at(cursor).grad(1)
    assert grad is not None
    assert grad.item() > 0


def test_nan_inf_and_none_are_told_apart() -> None:
    assert found("loss is nan") is None
    blown = found("loss is inf", WILD)
    gone = found("grad is nan", WILD)
    assert blown is not None
    assert gone is not None
    assert blown < gone
    cleared = found("model.weight.grad is none")
    assert cleared is not None


def test_convergence() -> None:
    cursor = found("converged", LONG.replace("range(60)", "range(300)"))
    assert cursor is not None
    assert found("converged", WILD.replace("range(60)", "range(12)")) is None


@pytest.mark.parametrize("text", ["", "loss", "loss <", "loss < much", "< 3", "loss ~ 3", "loss < 1.2.3"])
def test_what_is_no_condition_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnknownCondition):
        parse(text)


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(
        UnknownCondition, match=r"Nothing is called lost here\. There is: loss, epoch, grad, model\.weight"
    ):
        found("lost < 1")
