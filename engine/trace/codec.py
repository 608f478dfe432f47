"""Events as bytes: msgpack between processes, JSON in files. One set of records, two spellings of numbers.

In JSON a value is a readable list whose non-finite numbers are the strings "nan", "inf" and "-inf"; in
msgpack it is raw memory. Neither can run code when it is read.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from engine.trace import building
from engine.trace.events import AnyEvent
from engine.trace.records import Batch, Other, tag
from engine.trace.values import Value

FORMAT = 1
_OTHER = tag(Other)
_LENGTH = struct.Struct("<I")


class TraceFile(msgspec.Struct, frozen=True):
    """A trace on disk: the program and what it did."""

    chainrule: int
    source: str
    events: list[AnyEvent]


_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _pack(value: Any) -> Any:
    if isinstance(value, Value):
        return (value.dtype, value.shape, value.data, value.low, value.high)
    raise NotImplementedError(f"{type(value).__name__} cannot stand in an event")


def _spell(value: Any) -> Any:
    if isinstance(value, Value):
        out: dict[str, Any] = {"dtype": value.dtype, "shape": list(value.shape)}
        array = value.array
        if array is None:
            out["low"], out["high"] = _word(value.low), _word(value.high)
        else:
            out["data"] = [_word(v) for v in array.reshape(-1).tolist()]
        return out
    raise NotImplementedError(f"{type(value).__name__} cannot stand in an event")


def _word(number: Any) -> Any:
    if isinstance(number, float) and not math.isfinite(number):
        return "nan" if number != number else "inf" if number > 0 else "-inf"
    return number


def _number(word: Any) -> Any:
    if not isinstance(word, str):
        return word
    if word not in _WORDS:
        raise ValueError(f"{word!r} is no number")
    return _WORDS[word]


def _build(kind: type, data: Any) -> Any:
    if kind is not Value:
        raise NotImplementedError(f"cannot read {kind}")
    if isinstance(data, list):
        dtype, shape, raw, low, high = data
        if raw is not None and len(raw) != np.dtype(dtype).itemsize * math.prod(shape):
            raise ValueError(f"{len(raw)} bytes are no {dtype} of shape {shape}")
        return Value(raw, dtype, tuple(shape), low, high)
    shape = tuple(data["shape"])
    if "data" not in data:
        return Value(None, data["dtype"], shape, _number(data["low"]), _number(data["high"]))
    array = np.array([_number(v) for v in data["data"]], data["dtype"])
    return Value(array.tobytes(), data["dtype"], shape)


_msgpack = msgspec.msgpack.Encoder(enc_hook=_pack)
_batch = msgspec.msgpack.Decoder(Batch, dec_hook=_build)
_json = msgspec.json.Encoder(enc_hook=_spell)
_file = msgspec.json.Decoder(TraceFile, dec_hook=_build)


def pack_batch(memory: Sequence[bytes], *parts: list[Any]) -> bytes:
    """A batch as a recorder writes it; ``parts`` are the fields of Batch, with tuples for the Structs in them.

    The memory of values stands behind it, where it is copied but once.
    """
    packed = _msgpack.encode(parts)
    return b"".join((_LENGTH.pack(len(packed)), packed, *memory))


def pack(events: Sequence[AnyEvent]) -> bytes:
    """Events for the wire."""
    return pack_batch((), [], [], [], list(events), [(_OTHER, 0)] * len(events))


def unpack(data: bytes) -> list[AnyEvent]:
    """Events from the wire; raises msgspec.DecodeError or ValidationError on anything else."""
    if len(data) < _LENGTH.size:
        raise msgspec.DecodeError("a batch without a length")
    end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    return building.events(_batch.decode(memoryview(data)[_LENGTH.size : end]), data[end:])


def to_json(source: str, events: Sequence[AnyEvent]) -> bytes:
    """A trace as a file, one event a line."""
    head = msgspec.json.encode({"chainrule": FORMAT, "source": source})[:-1]
    body = b",\n".join(_json.encode(e) for e in events)
    return head + b',"events":[\n' + body + b"\n]}\n"


def from_json(data: bytes) -> TraceFile:
    """A trace from a file; raises msgspec.ValidationError or DecodeError on anything else."""
    return _file.decode(data)
