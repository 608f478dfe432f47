"""How events are cut into steps."""

from __future__ import annotations

from engine.trace import events as ev
from engine.trace.steps import Phase
from engine.trace.trace import Trace
from tests.support.runs import FIRST, TRAINING, trace_of


def phases(source: str) -> list[str]:
    return [s.phase.value for s in trace_of(source).steps]


def test_the_first_program_has_eleven_steps() -> None:
    assert phases(FIRST) == ["leaves"] * 2 + ["forward"] * 3 + ["backward"] * 5 + ["output"]


def test_a_turn_of_training() -> None:
    trace = trace_of(TRAINING)
    turn = [s.phase.value for s in trace.steps if s.turn == (1,)]
    assert turn == ["forward"] * 3 + ["update"] + ["backward"] * 5 + ["update"] * 2 + ["output"]


def test_steps_cover_all_events_in_order() -> None:
    for source in (FIRST, TRAINING):
        trace = trace_of(source)
        place = 0
        for step in trace.steps:
            assert step.start == place
            assert step.start <= step.main < step.stop
            place = step.stop
        assert trace.stop(len(trace)) == len(trace.events)


def test_a_layer_is_made_in_one_step() -> None:
    trace = trace_of(TRAINING)
    made = [e.how for e in trace.step_events(1) if isinstance(e, ev.Created)]
    assert made == ["Parameter", "Parameter"]
    assert trace.steps[0].phase is Phase.LEAVES


def test_the_loops_variable_is_shown_with_the_turn() -> None:
    trace = trace_of(TRAINING)
    first = next(c for c in range(1, len(trace) + 1) if trace.step(c).turn == (1,))
    names = [e.name for e in trace.step_events(first) if isinstance(e, ev.Bound)]
    assert "epoch" in names


def test_an_update_by_hand() -> None:
    source = (
        "import torch\nw = torch.ones(1, requires_grad=True)\n(w * w).backward()\n"
        "with torch.no_grad():\n    w -= 0.1 * w.grad\nw.grad.zero_();\n"
    )
    assert phases(source) == ["leaves", "forward"] + ["backward"] * 2 + ["update"] * 3


def test_a_stream_cuts_as_the_whole() -> None:
    whole = trace_of(TRAINING)
    stream = Trace(TRAINING)
    for i in range(0, len(whole.events), 7):
        stream.extend(whole.events[i : i + 7])
    assert stream.steps == whole.steps


def test_cursor_of_an_event() -> None:
    trace = trace_of(FIRST)
    for cursor, step in enumerate(trace.steps, 1):
        assert trace.cursor_of(step.main) == cursor
