"""The fold: the state at any cursor, and checkpoints that change nothing about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.trace import checkpoints
from engine.trace.checkpoints import Checkpoints
from engine.trace.state import State
from tests.support.runs import FIRST, TRAINING, moment_of, tensor_named, trace_of

BACKWARD = 5
"""Steps before backward() in FIRST: two leaves, three ops."""


def test_gradients_arrive_one_after_another() -> None:
    grads = []
    for cursor in range(BACKWARD, BACKWARD + 6):
        m = moment_of(FIRST, cursor)
        grad = m.state.grad(tensor_named(m, "w"))
        grads.append(None if grad is None else grad.item())
    assert grads == [None, None, None, None, 5.0, 5.0], "one write, when all has arrived"


def test_buffers_sum_before_the_write() -> None:
    m = moment_of(FIRST, BACKWARD + 3)
    w = tensor_named(m, "w")
    run = m.state.last_pass
    node = m.state.leaf_nodes[w]
    assert [c.value.item() for c in run.arrived[node, 0]] == [3.0, 2.0]
    assert run.waiting[node] == 0


def test_values_of_a_step_back_are_those_of_the_step() -> None:
    for cursor in (12, 3, 9, 0, 7):
        m = moment_of(TRAINING, cursor)
        again = State()
        for place, event in enumerate(m.trace.events[: m.place]):
            again.feed_all(place, [event])
        assert m.state == again


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_checkpointed_equals_naive(places: list[int]) -> None:
    events = trace_of(TRAINING).events
    old = checkpoints.SPACING
    checkpoints.SPACING = 8
    try:
        jumps = Checkpoints(events)
        for place in places:
            place = min(place, len(events))
            naive = State()
            for i in range(place):
                naive.feed_all(i, [events[i]])
            assert jumps.at(place) == naive
    finally:
        checkpoints.SPACING = old


def test_many_checkpoints_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SPACING", 1)
    monkeypatch.setattr(checkpoints, "LIMIT", 6)
    events = trace_of(TRAINING).events
    jumps = Checkpoints(events)
    jumps.at(len(events))
    assert len(jumps._places) <= 8
    naive = State()
    for i, event in enumerate(events[:50]):
        naive.feed_all(i, [event])
    assert jumps.at(50) == naive


def test_accumulation_over_calls() -> None:
    source = "import torch\nx = torch.tensor(2., requires_grad=True)\nfor _ in range(3):\n    (x**2).backward()\n"
    trace = trace_of(source)
    seen = []
    for cursor in range(len(trace) + 1):
        state = trace.state_at(cursor)
        grad = state.grad(0) if 0 in state.tensors else None
        seen.append(None if grad is None else grad.item())
    assert [v for i, v in enumerate(seen) if i == 0 or v != seen[i - 1]] == [None, 4.0, 8.0, 12.0]


def test_zeroing_a_gradient_is_not_taking_it_away() -> None:
    source = (
        "import torch\nx = torch.tensor(2., requires_grad=True)\n(x**2).backward()\nx.grad.zero_()\nx.grad = None\n"
    )
    trace = trace_of(source)
    last = [trace.state_at(c).grad(0) for c in (len(trace) - 2, len(trace) - 1, len(trace))]
    assert [None if g is None else g.item() for g in last] == [4.0, 0.0, None]


def test_freed_and_broken_pins() -> None:
    source = "import torch\nx = torch.tensor([1.], requires_grad=True)\ny = x.exp()\nz = y * y\ny.add_(1)\n"
    m = moment_of(source)
    node = m.state.tensors[tensor_named(m, "z")].node
    assert [changed for _, changed in m.state.pins(node)] == [True, True]
    freed = moment_of("import torch\nx = torch.tensor([1.], requires_grad=True)\ny = x * x\ny.backward()\n")
    assert freed.state.nodes[freed.state.tensors[1].node].freed


def test_modes_and_loops() -> None:
    source = "import torch\nx = torch.ones(1)\nwith torch.no_grad():\n    for i in range(2):\n        y = x + i\n"
    m = moment_of(source, 2)
    assert m.state.modes == (("no_grad", ""),)
    assert [index for _, index in m.state.loops] == [0]
    end = moment_of(source)
    assert (end.state.modes, end.state.loops) == ((), ())


def test_what_is_dead_is_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.trace import state

    monkeypatch.setattr(state, "DEAD_KEPT", 40)
    source = "import torch\nx = torch.ones(1)\nfor i in range(300):\n    y = x + i\n"
    fold = State()
    for place, event in enumerate(trace_of(source).events):
        fold.feed_all(place, [event])
    assert len(fold.tensors) < 100


def test_a_pass_goes_on_after_any_number_of_others_within_it() -> None:
    m = moment_of(
        "import torch\nfrom torch.utils.checkpoint import checkpoint\n"
        "x = torch.ones((), requires_grad=True)\ny = x * 1\n"
        "for _ in range(4):\n    y = checkpoint(torch.sin, y, use_reentrant=True)\n(y * 2).backward()\n"
    )
    grad = m.state.grad(tensor_named(m, "x"))
    assert grad is not None
    assert grad.item() == pytest.approx(0.41187041)
    assert all(run.over for run in m.state.passes.values())
