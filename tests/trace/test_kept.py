"""The list of events behaves as a list, packed or not."""

from __future__ import annotations

from functools import partial

import pytest

from engine.trace import codec, trace
from engine.trace.kept import Events
from engine.trace.trace import Trace
from tests.support.runs import TRAINING, moment_of, trace_of


def test_all_events_come_back_from_where_they_are_kept() -> None:
    events = list(trace_of(TRAINING).events)
    packed = Events(8, 2, 2)
    for event in events:
        packed.extend([event])
    assert len(packed) == len(events)
    assert list(packed) == events
    assert [packed[i] for i in range(-len(events), len(events), 7)] == [
        events[i] for i in range(-len(events), len(events), 7)
    ]
    assert packed[3:40:5] == events[3:40:5]
    assert packed[-3:] == events[-3:]
    for outside in (len(events), -len(events) - 1):
        with pytest.raises(IndexError):
            packed[outside]


def test_states_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "Events", partial(Events, 8, 2, 2))
    whole, packed = trace_of(TRAINING), Trace(TRAINING, trace_of(TRAINING).events)
    for cursor in (len(whole), 3, len(whole) // 2, len(whole)):
        one, other = whole.state_at(cursor), packed.state_at(cursor)
        assert one.names == other.names
        assert one.tensors == other.tensors
    assert moment_of(TRAINING).trace.steps == packed.steps


def test_messages_are_kept_as_they_came() -> None:
    events = list(trace_of(TRAINING).events)
    kept = Events(1000, 1, 1)
    for begin in range(0, len(events), 30):
        message = events[begin : begin + 30]
        for event in message:
            kept.extend([event])
        kept.seal(codec.pack(message), len(message))
    kept.extend([events[0]])
    kept.seal(b"of which one event is not at hand", 2)
    assert list(kept) == [*events, events[0]]
    assert kept[-31:] == [*events, events[0]][-31:]
