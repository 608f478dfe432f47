"""Messages and the worker behind them."""

from __future__ import annotations

import io
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.program import client, protocol
from engine.program.budget import Limits
from engine.program.client import run_in_worker
from engine.trace import codec
from engine.trace import events as ev
from tests.support.runs import FIRST, events_of


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 50))
def test_messages_survive_any_way_of_cutting_the_stream(bodies: list[bytes], size: int) -> None:
    stream = b"".join(protocol.frame(protocol.EVENTS, body) for body in bodies)
    reader = protocol.FrameReader()
    found = [m for i in range(0, len(stream), size) for m in reader.feed(stream[i : i + size])]
    assert found == [(protocol.EVENTS, body) for body in bodies]
    whole = io.BytesIO(stream)
    assert [protocol.read_frame(whole) for _ in bodies] == found
    assert protocol.read_frame(whole) is None


def test_nonsense_is_recognised() -> None:
    with pytest.raises(protocol.BrokenMessage):
        list(protocol.FrameReader().feed(b"\xff" * 16))
    with pytest.raises(protocol.BrokenMessage):
        protocol.read_frame(io.BytesIO(b"\xff" * 16))
    with pytest.raises(msgspec.DecodeError):
        codec.unpack(b"\x00\x01")
    for damage in (b"[[]]", b'{"chainrule":1,"source":"","events":[{"type":"nothing"}]}', b"\xff", b"{}"):
        with pytest.raises(msgspec.DecodeError):
            codec.from_json(damage)


def test_a_run_in_a_worker_gives_the_same_events() -> None:
    events: list[ev.AnyEvent] = []
    assert run_in_worker(FIRST, events.append) is None
    assert [type(e) for e in events] == [type(e) for e in events_of(FIRST)]
    assert codec.to_json(FIRST, events) == codec.to_json(FIRST, events_of(FIRST))


def test_a_worker_answers_one_run_after_another() -> None:
    orders = b""
    for number, source in enumerate(("print(1)", "x = (", "print(2)")):
        order = protocol.Run(number, source, Limits())
        orders += protocol.frame(protocol.RUN, protocol.run_encoder.encode(order))
    done = subprocess.run(client.COMMAND, input=orders, capture_output=True, env=_environment(), check=True)
    reader = protocol.FrameReader()
    kinds, texts, numbers = [], [], []
    for kind, body in reader.feed(done.stdout):
        kinds.append(kind)
        if kind == protocol.EVENTS:
            texts += [e.text for e in codec.unpack(body) if isinstance(e, ev.Printed)]
        if kind == protocol.DONE:
            numbers.append(protocol.done_decoder.decode(body).number)
    assert kinds[0] == protocol.READY
    assert texts == ["1\n", "2\n"]
    assert numbers == [0, 1, 2]


def test_the_time_limit_holds_when_the_interpreter_does_not_listen() -> None:
    failed = run_in_worker("x = sorted(range(10**7), key=lambda i: -i)", lambda e: None, Limits(seconds=0.3))
    assert failed is not None
    assert failed.kind == "budget"
    assert "Stopped after 0.3 seconds" in failed.message or "0.3 seconds" in failed.message


@pytest.mark.skipif(sys.platform != "linux", reason="the operating system's memory limit")
def test_the_memory_limit_holds() -> None:
    source = "parts = []\nfor i in range(10**9):\n    parts.append([0.0] * 1000000)\n"
    failed = run_in_worker(source, lambda e: None, Limits(memory_bytes=600 * 2**20))
    assert failed is not None
    assert failed.kind == "budget"
    assert failed.line == 3


def test_one_run_leaves_nothing_to_the_next() -> None:
    from engine.program.run import run_program

    run_program(
        "import torch, math\nmath_left = 1\ntorch.set_grad_enabled(False)\ntorch.manual_seed(7)", lambda e: None
    )
    events: list[ev.AnyEvent] = []
    run_program("import torch\nprint(torch.is_grad_enabled(), 'math_left' in globals() if 0 else '')", events.append)
    assert [e.text for e in events if isinstance(e, ev.Printed)] == ["True \n"]


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, **client.environment()}
