"""Events: the list of a run's events; of a long one the older are kept packed and unpacked when they are asked for.

A packed event takes some 25 bytes, one ready for use some 500.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import overload

from engine.trace import codec
from engine.trace.events import AnyEvent

CHUNK = 2048
"""Events that are packed together, unless they came packed."""
READY = 32
"""Newest chunks that are left as they are."""
UNPACKED = 32
"""Older chunks that stay unpacked: those that were asked for last."""


class Events(Sequence[AnyEvent]):
    """A list that only grows."""

    def __init__(self, chunk: int = CHUNK, ready: int = READY, unpacked: int = UNPACKED) -> None:
        self._sizes = chunk, ready, unpacked
        self._count = 0
        self._open: list[AnyEvent] = []
        """The newest, which are in no chunk yet."""
        self._starts: list[int] = []
        """Of each chunk the number of its first event."""
        self._packed: list[bytes] = []
        self._ready: deque[list[AnyEvent]] = deque(maxlen=ready)
        self._unpacked: OrderedDict[int, list[AnyEvent]] = OrderedDict()

    def extend(self, events: Sequence[AnyEvent]) -> None:
        """Take in what follows."""
        taken = 0
        while taken < len(events):
            part = events[taken : taken + self._sizes[0] - len(self._open)]
            self._open += part
            self._count += len(part)
            taken += len(part)
            if len(self._open) >= self._sizes[0]:
                self._close(codec.pack(self._open))

    def seal(self, data: bytes, count: int) -> None:
        """The last ``count`` events came packed like this: they need not be packed again."""
        if count and len(self._open) == count:
            self._close(data)

    def _close(self, data: bytes) -> None:
        self._starts.append(self._count - len(self._open))
        self._packed.append(data)
        self._ready.append(self._open)
        self._open = []

    def __len__(self) -> int:
        return self._count

    def _chunk(self, number: int) -> list[AnyEvent]:
        place = number - len(self._packed) + len(self._ready)
        if place >= 0:
            return self._ready[place]
        chunk = self._unpacked.get(number)
        if chunk is None:
            chunk = self._unpacked[number] = codec.unpack(self._packed[number])
            if len(self._unpacked) > self._sizes[2]:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(number)
        return chunk

    def _stretch(self, start: int, stop: int) -> list[AnyEvent]:
        """The events from ``start`` to ``stop``, chunk by chunk."""
        out: list[AnyEvent] = []
        closed = self._count - len(self._open)
        while start < min(stop, closed):
            number = bisect_right(self._starts, start) - 1
            begin = self._starts[number]
            part = self._chunk(number)[start - begin : stop - begin]
            out += part
            start += len(part)
        return out + self._open[start - closed : stop - closed] if start < stop else out

    @overload
    def __getitem__(self, index: int) -> AnyEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[AnyEvent]: ...
    def __getitem__(self, index: int | slice) -> AnyEvent | list[AnyEvent]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            return self._stretch(start, stop) if step == 1 else [self[i] for i in range(start, stop, step)]
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError(f"event {index} of {self._count}")
        place = index - self._count + len(self._open)
        if place >= 0:
            return self._open[place]
        number = bisect_right(self._starts, index) - 1
        return self._chunk(number)[index - self._starts[number]]
