"""Intake: the messages of one run, on their way into a trace."""

from __future__ import annotations

import gc
import time
from collections import deque

from engine.graph.scenes import Scenes
from engine.program import protocol
from engine.trace import codec
from engine.trace.events import AnyEvent
from engine.trace.trace import Trace

KEEP = 10_000
"""Events after which the garbage collector is told that what there is will stay. A trace has no cycles; looking
through a long one again and again would hold the window for half a second at a time."""
PART = 64
"""Events between two looks at the clock."""


class Intake:
    """A trace that grows by what its worker sends."""

    def __init__(self, source: str) -> None:
        self.trace = Trace(source)
        self.scenes = Scenes()
        self.began = time.monotonic()
        self.done: protocol.Done | None = None
        """What the worker said when it had come to the end."""
        self.shown = False
        """Whether its beginning is shown."""
        self._inbox: deque[bytes] = deque()
        self._message = b""
        self._pending: list[AnyEvent] = []
        self._taken = 0
        """How many of the events of the message at hand are in the trace."""
        self._kept = 0

    def put(self, body: bytes) -> None:
        """A message with events."""
        self._inbox.append(body)

    @property
    def waiting(self) -> bool:
        """Whether there is something to take in."""
        return bool(self._inbox or self._pending)

    @property
    def complete(self) -> bool:
        """Whether the run is over and everything of it is in the trace."""
        return self.done is not None and not self.waiting

    def take(self, seconds: float) -> None:
        """Turn messages into a longer trace, for so long at most. Raises msgspec.DecodeError for one that is none."""
        limit = time.perf_counter() + seconds
        while self.waiting and time.perf_counter() < limit:
            self._take_part()
        if len(self.trace.events) >= self._kept + KEEP:
            self._kept = len(self.trace.events)
            gc.freeze()

    def _take_part(self) -> None:
        if not self._pending:
            self._message = self._inbox.popleft()
            self._pending = codec.unpack(self._message)
            self._taken = 0
        part = self._pending[self._taken : self._taken + PART]
        self.trace.extend(part)
        self.scenes.extend(self.trace.events)
        self._taken += len(part)
        if self._taken >= len(self._pending):
            self.trace.seal(self._message, len(self._pending))
            self._pending = []
