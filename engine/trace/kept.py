"""Events: the list of a run's events; of a long one the older are kept packed and unpacked when they are asked for.

A packed event takes some 90 bytes, one ready for use some 600.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import overload

from engine.trace import codec
from engine.trace.events import AnyEvent

CHUNK = 512
"""Events that are packed together."""
READY = 128
"""Newest chunks that are left as they are."""
UNPACKED = 64
"""Older chunks that stay unpacked: those that were asked for last."""


class Events(Sequence[AnyEvent]):
    """A list that only grows."""

    def __init__(self, chunk: int = CHUNK, ready: int = READY, unpacked: int = UNPACKED) -> None:
        self._sizes = chunk, ready, unpacked
        self._count = 0
        self._packed: list[bytes] = []
        self._ready: list[list[AnyEvent]] = [[]]
        self._unpacked: OrderedDict[int, list[AnyEvent]] = OrderedDict()

    def append(self, event: AnyEvent) -> None:
        size, ready, _ = self._sizes
        last = self._ready[-1]
        last.append(event)
        self._count += 1
        if len(last) == size:
            self._ready.append([])
            if len(self._ready) > ready:
                self._packed.append(codec.pack(self._ready.pop(0)))

    def __len__(self) -> int:
        return self._count

    def _chunk(self, number: int) -> list[AnyEvent]:
        older = len(self._packed)
        if number >= older:
            return self._ready[number - older]
        chunk = self._unpacked.get(number)
        if chunk is None:
            chunk = self._unpacked[number] = codec.unpack(self._packed[number])
            if len(self._unpacked) > self._sizes[2]:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(number)
        return chunk

    @overload
    def __getitem__(self, index: int) -> AnyEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[AnyEvent]: ...
    def __getitem__(self, index: int | slice) -> AnyEvent | list[AnyEvent]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError(f"event {index} of {self._count}")
        number, place = divmod(index, self._sizes[0])
        return self._chunk(number)[place]
