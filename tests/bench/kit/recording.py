"""Running something under a recorder that streams its events away, as the worker process does."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.program.worker import Batches
from engine.state import fresh_state
from engine.trace.recorder import Recorder, SpanFinder


class Nowhere(io.RawIOBase):
    """Takes bytes and forgets them."""

    def write(self, data: Any) -> int:
        return len(data)


def recorded(step: Callable[[], Any], file: str) -> Callable[[], Any]:
    """``step`` with every event packed and sent; the spans are those of ``file``, in which the step's code stands."""
    spans = SpanFinder(Path(file).read_text(encoding="utf-8"), file)

    def call() -> Any:
        batches = Batches(Nowhere())  # type: ignore[arg-type]  # only write and flush are asked of it
        with fresh_state(Recorder(batches.add, spans)):
            result = step()
        batches.flush()
        return result

    return call
