"""What a state knows of one tensor, node, hook, name or backward pass."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from engine.trace.events import Link, Span
from engine.trace.values import Value


class TensorInfo(msgspec.Struct, frozen=True, gc=False):
    """A tensor: where it came from and what it holds now. ``made`` is the number of the event that made it."""

    made: int
    value: Value
    version: int = 0
    requires_grad: bool = False
    leaf: bool = True
    node: int | None = None
    grad: int | None = None
    alive: bool = True
    shares: int | None = None
    touched: int = 0
    """The event that last changed its values."""
    calls: int = 0
    """Of what stands in a ``.grad``: how many backward calls have added to it since it was None or zeroed."""
    retains: bool = False
    """Whether an intermediate tensor was told to keep its gradient."""


class NodeInfo(msgspec.Struct, frozen=True, gc=False):
    """An autograd node: its pins and where it sends. ``order`` is 1 for nodes of the program's own ops, 2 for
    those that a create_graph pass over them made, and so on."""

    link: Link
    made: int
    outputs: tuple[int, ...] = ()
    freed: bool = False
    alive: bool = True
    order: int = 1


class HookInfo(msgspec.Struct, frozen=True, gc=False):
    """A hook that is registered; ``kind``, ``tensor``, ``node`` and ``number`` as in the event."""

    kind: str
    label: str
    tensor: int | None
    node: int | None
    number: int


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """One gradient that arrived in a buffer: from which node, at which event."""

    source: int | None
    value: Value
    event: int


class PassInfo(msgspec.Struct):
    """A backward pass: what it started from, and what has arrived where so far.

    The pass under way is changed as it goes on, and copied with the state; one that is over no longer changes.
    """

    run: int
    began: int
    call: str
    outputs: tuple[int, ...]
    roots: tuple[int, ...]
    keep_graph: bool
    create_graph: bool
    wanted: tuple[int, ...] | None
    waiting: dict[int, int]
    """For how many gradients each node still waits."""
    arrived: dict[tuple[int, int], tuple[Contribution, ...]] = {}
    """By (node, output number): what has been sent there."""
    received: dict[int, tuple[Value | None, ...]] = {}
    """By node, of those that have run: the gradients of their outputs."""
    ran: dict[int, int] = {}
    """By node: the event in which it ran."""
    hooked: dict[int, tuple[int, ...]] = {}
    """By node: the events in which its hooks ran."""
    over: bool = False
    failed: int | None = None

    def copy(self) -> PassInfo:
        return replace(
            self,
            waiting=dict(self.waiting),
            arrived=dict(self.arrived),
            received=dict(self.received),
            ran=dict(self.ran),
            hooked=dict(self.hooked),
        )


class Binding(msgspec.Struct, frozen=True, gc=False):
    """What a name stands for."""

    tensors: tuple[tuple[str, int], ...]
    text: str | None
    span: Span | None
