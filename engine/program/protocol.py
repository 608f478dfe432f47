"""Messages between the window (or the command line) and a worker: a length, a kind, a body.

A worker says Ready once, then for each Run any number of Events and one Done. Anything that does not
parse ends the conversation: the other side kills the process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from engine.program.budget import Limits

_HEAD = struct.Struct("<Ic")
LARGEST = 1 << 30

READY = b"r"
RUN = b"x"
EVENTS = b"e"
DONE = b"d"


class Run(msgspec.Struct, frozen=True):
    """Run this text; ``number`` tells its events from those of other runs."""

    number: int
    source: str
    limits: Limits


class Done(msgspec.Struct, frozen=True):
    """The run is over; ``seconds`` it took and ``peak`` bytes of memory the process ever held."""

    number: int
    seconds: float
    peak: int


class BrokenMessage(Exception):
    """Bytes that are no message."""


run_encoder = msgspec.msgpack.Encoder()
run_decoder = msgspec.msgpack.Decoder(Run)
done_decoder = msgspec.msgpack.Decoder(Done)


def frame(kind: bytes, body: bytes) -> bytes:
    """A message as bytes."""
    return head(kind, body) + body


def head(kind: bytes, body: bytes) -> bytes:
    """What a message begins with, for a body that is too large to be copied."""
    return _HEAD.pack(len(body), kind)


class FrameReader:
    """Collects bytes as they come and gives back whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """(kind, body) of each message that is complete now; raises BrokenMessage on nonsense."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _HEAD.size:
                size, kind = _HEAD.unpack_from(self._buffer, start)
                if size > LARGEST:
                    raise BrokenMessage(f"a message of {size} bytes")
                stop = start + _HEAD.size + size
                if len(self._buffer) < stop:
                    break
                body = bytes(self._buffer[start + _HEAD.size : stop])
                start = stop
                yield kind, body
        finally:
            del self._buffer[:start]


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next message from a blocking stream; None at its end."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size, kind = _HEAD.unpack(head)
    if size > LARGEST:
        raise BrokenMessage(f"a message of {size} bytes")
    body = stream.read(size)
    return (kind, body) if len(body) == size else None
