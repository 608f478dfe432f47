"""The four parts of a training loop's turns, and what is wrong with them."""

from __future__ import annotations

import pytest

from engine.series.turns import (
    ADDS_UP,
    CLEARED_TOO_EARLY,
    NEVER_STEPS,
    STALE,
    Part,
    TurnReader,
    lamps_at,
)
from engine.trace import events as ev
from engine.trace.trace import Trace
from tests.support.runs import FIRST, TRAINING, trace_of

HEAD = """import torch
model = torch.nn.Linear(1, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
x, y = torch.tensor([[1.], [2.]]), torch.tensor([[2.], [4.]])
"""


def loop(*lines: str, turns: int = 3) -> str:
    return HEAD + f"for epoch in range({turns}):\n" + "".join(f"    {line}\n" for line in lines)


UPDATE = ("for p in model.parameters():", "    p -= 0.1 * p.grad")
CLEAR = ("for p in model.parameters():", "    p.grad = None")
LOSS = "loss = ((model(x) - y) ** 2).mean()"


def reader_of(source: str) -> TurnReader:
    reader = TurnReader(trace_of(source))
    reader.read()
    return reader


def faults(source: str) -> dict[str, int]:
    return {stretch.fault: number for number, stretch in reader_of(source).faults()}


def shown(source: str) -> list[tuple[str, str]]:
    trace = trace_of(source)
    return [(lamp.part.value, lamp.state) for lamp in lamps_at(trace, len(trace))]


def test_a_good_loop_has_its_parts_in_order_and_no_fault() -> None:
    reader = reader_of(TRAINING)
    assert len(reader.turns) == 5
    for turn in reader.turns:
        assert [s.part for s in turn.stretches] == [Part.FORWARD, Part.ZERO_GRAD, Part.BACKWARD, Part.STEP]
    assert reader.faults() == []


def test_lamps_light_one_after_the_other_as_the_cursor_passes() -> None:
    trace = trace_of(TRAINING)
    reader = reader_of(TRAINING)
    seen: list[str] = []
    second = reader.turns[1]
    for cursor in range(1, len(trace) + 1):
        place = trace.stop(cursor)
        if second.begin < place <= reader.turns[2].begin:
            now = [lamp.part.value for lamp in reader.lamps(cursor) if lamp.state == "now"]
            if now and now != seen[-1:]:
                seen += now
    assert seen == ["forward", "zero_grad", "backward", "step"]
    assert {lamp.state for lamp in reader.lamps(0)} == {"off"}


def test_the_last_backward_before_an_event() -> None:
    trace, reader = trace_of(TRAINING), reader_of(TRAINING)
    begins = [i for i, e in enumerate(trace.events) if isinstance(e, ev.BackwardBegan)]
    for place in range(len(trace.events)):
        earlier = [b for b in begins if b < place]
        assert reader.backward_before(place) == (earlier[-1] if earlier else begins[0])
    assert TurnReader(Trace("")).backward_before(0) == -1


def test_without_a_loop_all_lamps_are_off() -> None:
    assert {state for _, state in shown(FIRST)} == {"off"}


def test_gradients_that_are_never_cleared_add_up() -> None:
    source = loop(LOSS, "loss.backward()", "opt.step()")
    assert faults(source) == {ADDS_UP: 1}
    states = dict(shown(source))
    assert states == {"zero_grad": "wrong", "forward": "done", "backward": "done", "step": "now"}


def test_clearing_between_backward_and_step() -> None:
    source = loop(LOSS, "loss.backward()", "opt.zero_grad()", "opt.step()")
    assert faults(source) == {CLEARED_TOO_EARLY: 0}


def test_a_step_before_backward_is_stale() -> None:
    source = loop("opt.zero_grad()", "opt.step()", LOSS, "loss.backward()")
    assert STALE in faults(source) or CLEARED_TOO_EARLY in faults(source)
    assert dict(shown(source))["step"] == "wrong" or dict(shown(source))["zero_grad"] == "wrong"
    assert faults(loop(LOSS, "opt.step()", "opt.zero_grad()", "loss.backward()")) == {STALE: 0}


def test_a_loop_without_a_step_changes_nothing() -> None:
    source = loop(LOSS, "opt.zero_grad()", "loss.backward()")
    trace = trace_of(source)
    lamp = lamps_at(trace, len(trace))[3]
    assert (lamp.state, lamp.note) == ("wrong", NEVER_STEPS)


@pytest.mark.parametrize(
    "lines",
    [
        # By hand, in the two usual ways; clearing at the end, or at the beginning one by one.
        (LOSS, "loss.backward()", "with torch.no_grad():", *(f"    {line}" for line in UPDATE), "model.zero_grad()"),
        (*CLEAR, LOSS, "loss.backward()", "for p in model.parameters():", "    p.data -= 0.1 * p.grad"),
        # Gradients are accumulated over two turns on purpose.
        (LOSS, "loss.backward()", "if epoch % 2:", "    opt.step()", "    opt.zero_grad()"),
        ("for batch in range(2):", "    opt.zero_grad()", f"    {LOSS}", "    loss.backward()", "    opt.step()"),
    ],
)
def test_other_good_loops_have_no_fault(lines: tuple[str, ...]) -> None:
    reader = reader_of(loop(*lines, turns=4))
    assert reader.faults() == []
    parts = {s.part for turn in reader.turns for s in turn.stretches}
    assert parts == set(Part)


def test_of_nested_loops_the_one_that_trains_has_the_turns() -> None:
    lines = ("for batch in range(3):", "    opt.zero_grad()", f"    {LOSS}", "    loss.backward()", "    opt.step()")
    assert len(reader_of(loop(*lines, turns=2)).turns) == 6


def test_a_growing_trace_is_read_to_the_same_turns() -> None:
    source = loop(LOSS, "loss.backward()", "opt.step()", turns=4)
    whole = trace_of(source)
    growing = Trace(source)
    reader = TurnReader(growing)
    for start in range(0, len(whole.events), 7):
        growing.extend(whole.events[start : start + 7])
        reader.read()
    assert reader.turns == reader_of(source).turns
