"""Running something under a recorder that streams its events away, as the worker process does."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.program import protocol
from engine.state import fresh_state
from engine.trace.recorder import Recorder
from engine.trace.spans import SpanFinder


class Nowhere(io.RawIOBase):
    """Takes bytes and forgets them."""

    def write(self, data: Any) -> int:
        return len(data)


def recorded(step: Callable[[], Any], file: str) -> Callable[[], Any]:
    """``step`` with every event packed and sent; the spans are those of ``file``, in which the step's code stands."""
    spans = SpanFinder(Path(file).read_text(encoding="utf-8"), file)
    out = Nowhere()

    def send(recorder: Recorder) -> None:
        body = recorder.take()
        out.write(protocol.head(protocol.EVENTS, body))
        out.write(body)

    def call() -> Any:
        recorder = Recorder(send, spans)
        with fresh_state(recorder):
            result = step()
        recorder.flush()
        return result

    return call
