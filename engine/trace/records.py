"""Records: a run as it is sent and kept. What happens often is one flat record each.

A recorder writes records as plain tuples, which cost a fraction of an event to make and to pack; the building module
makes events of them again. The Structs here say what a tuple holds, and let nothing else in. Spans, ops and kinds of
nodes are numbers into tables of the same batch, so that each batch can be read by itself; tensors and nodes are their
numbers.

A value is ``[dtype, number]`` for 0 dimensions, ``[dtype, shape]`` for more, whose memory stands behind the batch in
the same order, ``[dtype, shape, low, high]`` where only the extremes were kept, or the place of one that stood before
it in the batch, among those with memory.
An operand is a tensor's number, ``[number, version]`` of one that was edited, or ``[None, x]`` for a Python number x.
A pin is an operand, or ``-1 - version`` for the op's own result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from engine.trace import events as ev

DTYPES = ("float32", "float64", "int64", "bool", "float16", "int32", "int16", "int8", "uint8")
CODES = {np.dtype(name): code for code, name in enumerate(DTYPES)}
SCALARS: dict[type, tuple[int, Callable[[Any], Any]]] = {
    np.dtype(name).type: (code, {"f": float, "b": bool}.get(np.dtype(name).kind, int))
    for code, name in enumerate(DTYPES)
}
"""By numpy's class of a single number: its dtype's place, and how to make a Python number of it."""

V = list[Any] | int
"""A value; see above."""


class Op(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """``shares``: the result looks at the storage of the first operand."""

    name: str
    shares: bool


class Kind(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Nodes of one class, and what its pins are called."""

    grad_fn: str
    pins: list[str]


class Record(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What all records have: their class's tag, and where in the table of spans theirs stands (0: nowhere)."""

    span: int


class Applied(Record, frozen=True, tag=0):
    """An op that made one tensor without leaving a node."""

    op: int
    grad_mode: bool
    within: int | None
    params: dict[str, Any] | None
    inputs: list[Any]
    tensor: int
    requires_grad: bool
    value: V


class Tracked(Record, frozen=True, tag=1):
    """An op that made one tensor and left a node; ``numbers``: which output each edge leads to, if any is not 0."""

    op: int
    grad_mode: bool
    within: int | None
    params: dict[str, Any] | None
    inputs: list[Any]
    tensor: int
    requires_grad: bool
    value: V
    node: int
    kind: int
    edges: list[int | None]
    numbers: list[int] | None
    pins: list[Any] | None
    sequence: int


class AppliedMany(Record, frozen=True, tag=2):
    """An op of several results: per result its number, whether it requires grad, its value."""

    op: int
    grad_mode: bool
    within: int | None
    params: dict[str, Any] | None
    inputs: list[Any]
    outputs: list[tuple[int, bool, V]]
    link: list[Any] | None
    """The last six fields of Tracked."""


class Edited(Record, frozen=True, tag=3):
    """An edit in place."""

    tensor: int
    op: str
    version: int
    value: V
    inputs: list[Any]
    params: dict[str, Any] | None
    also: list[tuple[int, int, V]]
    link: list[Any] | None


class Ran(Record, frozen=True, tag=4):
    """A node of one output ran; of each gradient that it sent: index, target, number, value."""

    run: int
    node: int
    freed: bool
    received: V | None
    sent: list[Any]


class LeafRan(Record, frozen=True, tag=5):
    """An AccumulateGrad ran and wrote into ``.grad``; ``new`` None: what it received is what stands there."""

    run: int
    node: int
    freed: bool
    received: V
    tensor: int
    grad: int
    new: V | None
    old: V | None
    version: int


class Created(Record, frozen=True, tag=6):
    tensor: int
    how: str
    value: V
    requires_grad: bool


class Accumulator(Record, frozen=True, tag=7):
    node: int
    tensor: int


class GradAssigned(Record, frozen=True, tag=9):
    tensor: int
    grad: int | None


class Entered(Record, frozen=True, tag=10):
    kind: str
    label: str
    title: str


class Left(Record, frozen=True, tag=11):
    kind: str
    label: str


class BackwardBegan(Record, frozen=True, tag=12):
    """``waiting`` are the nodes, ``counts`` for how many gradients each waits."""

    run: int
    outputs: list[int]
    roots: list[int]
    seeds: list[V | None]
    keep_graph: bool
    create_graph: bool
    wanted: list[int] | None
    waiting: list[int]
    counts: list[int]


class BackwardEnded(Record, frozen=True, tag=13):
    run: int
    results: list[int | None]
    failed: int | None


class Bound(Record, frozen=True, tag=14):
    name: str
    tensors: list[tuple[str, int]]
    text: str | None
    scope: str


class Iterated(Record, frozen=True, tag=15):
    index: int


class Other(Record, frozen=True, tag=16):
    """An event as it is, from the list of these."""


class Single(Record, frozen=True, tag=17):
    """What most ops of one tensor are: tracked. ``pin``: what was saved, if anything was."""

    op: int
    within: int | None
    params: dict[str, Any] | None
    input: Any
    tensor: int
    value: V
    node: int
    kind: int
    edge: int
    numbers: list[int] | None
    pin: Any
    sequence: int


class Pair(Record, frozen=True, tag=18):
    """The same for ops of two tensors, or of one and a number; ``kept``: the bits of those that were saved."""

    op: int
    within: int | None
    params: dict[str, Any] | None
    first: Any
    second: Any
    tensor: int
    value: V
    node: int
    kind: int
    left: int | None
    right: int | None
    numbers: list[int] | None
    kept: int
    sequence: int


class RanMany(Record, frozen=True, tag=19):
    """A node of any number of outputs ran."""

    run: int
    node: int
    freed: bool
    received: list[V | None]
    sent: list[Any]


def tag(record: type[Record]) -> int:
    """What the tuple of a record begins with."""
    number = record.__struct_config__.tag
    assert isinstance(number, int)
    return number


AnyRecord = (
    Applied
    | Tracked
    | AppliedMany
    | Edited
    | Ran
    | LeafRan
    | Created
    | Accumulator
    | GradAssigned
    | Entered
    | Left
    | BackwardBegan
    | BackwardEnded
    | Bound
    | Iterated
    | Other
    | Single
    | Pair
    | RanMany
)


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """Records with their tables, and the events that are as they are."""

    spans: list[ev.Span]
    ops: list[Op]
    kinds: list[Kind]
    others: list[ev.AnyEvent]
    records: list[AnyRecord | int]
    """A number stands for a death: a tensor's, or -1 - number of a node's; several in a row are one event."""
