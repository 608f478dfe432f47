"""Records: any run's events, written compactly and built again, equal those that are built on the spot."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine as torch
from engine.state import fresh_state
from engine.trace import codec, writing
from engine.trace import events as ev
from engine.trace.recorder import Recorder
from tests.support.direct import Both, Direct


def edit(a: Any, b: Any) -> None:
    with torch.no_grad():
        a.mul_(0.5)
        a.add_(b)


def assign(a: Any, b: Any) -> None:
    a.grad = None
    if a.shape == b.shape and a.dtype is b.dtype:
        a.data = b.detach()


def twice(a: Any, b: Any) -> Any:
    (slope,) = torch.autograd.grad((a**3 * b).sum(), a, create_graph=True)
    return slope


ACTS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, b: 2 - a * 1.5,
    lambda a, b: a.tanh(),
    lambda a, b: (a * b).exp().sum(),
    lambda a, b: a.reshape(-1)[1:].sum() + b,
    lambda a, b: a.detach(),
    lambda a, b: a.max(0)[0],
    lambda a, b: a.split(1)[-1],
    lambda a, b: a.clone().mul_(b),
    lambda a, b: torch.tensor([[1.5], [2.5]], dtype=torch.float64) * a,
    lambda a, b: torch.ones(8, 8, requires_grad=True) * a.sum(),
    lambda a, b: (a * b).sum().backward(),
    lambda a, b: (a + a.tanh()).mean().backward(retain_graph=True),
    lambda a, b: torch.autograd.grad([(a * b).sum(), a.sum()], [a], allow_unused=True)[0],
    lambda a, b: torch.nn.functional.relu(torch.nn.Linear(2, 2)(a)),
    lambda a, b: a.requires_grad_(),
    edit,
    assign,
    twice,
]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 20), st.integers(0, 20)), max_size=20),
    st.sampled_from([1, 32]),
    st.sampled_from([1, 256]),
)
def test_records_come_to_the_events_of_the_run(acts: list[Any], batch: int, tables: int) -> None:
    built: list[ev.AnyEvent] = []
    recorder = Recorder(lambda r: built.extend(codec.unpack(r.take())))
    recorder._limit = batch
    direct = Direct()
    sizes = patch.multiple(writing, BATCH=batch, LOOK=batch, TABLES=tables)
    with sizes, fresh_state(Both(recorder, direct)):
        pool = [
            torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True),
            torch.tensor(0.7, requires_grad=True),
            torch.tensor([1.0, 2.0], dtype=torch.float64),
        ]
        for act, i, j in acts:
            with contextlib.suppress(RuntimeError, IndexError):
                made = act(pool[i % len(pool)], pool[j % len(pool)])
                if isinstance(made, torch.Tensor):
                    pool.append(made)
    recorder.flush()
    assert [e for e in built if not isinstance(e, (ev.Died, ev.Warned))] == direct.events


def test_the_same_gradient_is_written_once() -> None:
    sizes = []
    recorder = Recorder(lambda r: sizes.append(len(r.take())))
    x = torch.ones(64, 64, requires_grad=True)
    with fresh_state(recorder):
        y = x + 1
        recorder.flush()
        y.backward(torch.ones(64, 64))
    recorder.flush()
    assert sum(sizes[1:]) < 2.1 * 4 * 64 * 64, "the seed, which is what all receive and send"


def triple(g: Any) -> None:
    g.mul_(3)


def test_a_gradient_that_a_hook_changes_in_place_is_told_as_it_was_and_is() -> None:
    built: list[ev.AnyEvent] = []
    recorder = Recorder(lambda r: built.extend(codec.unpack(r.take())))
    with fresh_state(recorder):
        x = torch.ones(64, requires_grad=True)
        y = x + 1
        x.register_hook(triple)
        y.backward(torch.ones(64))
    recorder.flush()
    first, last = (e for e in built if isinstance(e, ev.NodeRan))
    assert first.sent[0].value.extremes() == (1.0, 1.0)
    assert last.received[0].extremes() == (3.0, 3.0)


def test_values_beyond_the_budget_keep_their_extremes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "VALUE_BUDGET", 1000)
    monkeypatch.setattr(writing, "LARGE", 10)
    built: list[ev.AnyEvent] = []
    recorder = Recorder(lambda r: built.extend(codec.unpack(r.take())))
    with fresh_state(recorder):
        kept, summed, small = torch.ones(100), torch.arange(200.0), torch.ones(3)
    recorder.flush()
    assert [e.value.array is None for e in built] == [False, True, False]
    assert built[1].value.extremes() == (0.0, 199.0)
    assert kept.shape != summed.shape != small.shape


def test_what_dies_together_is_one_event_and_what_dies_with_the_program_is_none() -> None:
    built: list[ev.AnyEvent] = []
    recorder = Recorder(lambda r: built.extend(codec.unpack(r.take())))
    with fresh_state(recorder):
        x = torch.ones(2, requires_grad=True)
        y = (x * 2).exp()
        del y
        z = x + 1
        recorder.finish()
        del z
    recorder.flush()
    assert [(e.tensors, e.nodes) for e in built if isinstance(e, ev.Died)] == [([1, 2], [2, 1, 0])]


def test_two_recorders_have_their_own_numbers() -> None:
    x = torch.ones(2, requires_grad=True)
    for _ in range(2):
        recorder = Recorder(lambda r: r.take())
        with fresh_state(recorder):
            y = x * 2
            assert [recorder.tensor(x), recorder.tensor(y), recorder.node(y.grad_fn)] == [0, 1, 1]


def test_broken_batches_are_refused() -> None:
    memory = np.ones(3, np.float32).tobytes()
    record = (6, 0, 0, "tensor", (0, [3]), False)
    assert codec.unpack(codec.pack_batch([memory], [], [], [], [], [record]))[0].value.array.tolist() == [1, 1, 1]
    broken: list[tuple[list[bytes], list[Any]]] = [
        ([memory[1:]], [record]),
        ([memory, b"x"], [record]),
        ([memory], [(6, 5, 0, "tensor", (0, [3]), False)]),
        ([memory], [(6, 0, 0, "tensor", (99, [3]), False)]),
        ([memory], [(6, 0, 0, "tensor", (0, [-3]), False)]),
        ([], [(6, 0, 0, "tensor", 7, False)]),
        ([], [(0, 0, 3, True, None, None, [], 0, False, (0, 1.0))]),
        ([], [(16, 0)]),
        ([], [(99, 0)]),
        ([], [(6, 0, "x", "tensor", (0, 1.0), False)]),
    ]
    for parts, records in broken:
        with pytest.raises(msgspec.DecodeError):
            codec.unpack(codec.pack_batch(parts, [], [], [], [], records))
