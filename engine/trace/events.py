"""The events of a run: a closed union of frozen records.

The same records go from the worker to the window, into files and into golden tests. An event's number is
its place in the trace. ``tensor`` is a tensor's identity (one number per tensor object), ``node`` that of
an autograd node; ``span`` is the part of the source that did it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.trace.figures import Figure
from engine.trace.values import Value


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Characters ``start`` to ``stop`` (exclusive) of the source."""

    start: int
    stop: int


class Operand(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an op was called with: a tensor in a certain version, or a Python number."""

    tensor: int | None = None
    version: int = 0
    number: float | int | bool | None = None


class Saved(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A pin: what a node keeps for backward. ``name`` is torch's (``self``, ``other``, ``result``)."""

    name: str
    tensor: int | None = None
    version: int = 0
    number: float | int | bool | None = None


class Output(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A tensor that an op made. ``shares`` is the tensor whose storage it looks at."""

    tensor: int
    value: Value
    requires_grad: bool = False
    shares: int | None = None


class Link(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The node on which an op's gradients will run: its edges (node or None, input number) and its pins.

    ``sequence`` is torch's number of the node: of those that are ready, the highest runs first.
    """

    node: int
    grad_fn: str
    edges: list[tuple[int | None, int]]
    saved: list[Saved] = []
    sequence: int = 0


class Sent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A gradient for the node's input ``index``, on its way to output ``number`` of node ``target``."""

    index: int
    target: int
    value: Value
    number: int = 0


class Event(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True, kw_only=True, gc=False):
    """What all events have."""

    span: Span | None = None


class Created(Event, frozen=True, tag="created"):
    """A tensor was made from data; ``how`` names the function (``tensor``, ``randn``, ``Parameter``)."""

    tensor: int
    how: str
    value: Value
    requires_grad: bool = False


class Applied(Event, frozen=True, tag="applied"):
    """An op made tensors. ``link`` is None if the op is not tracked; ``within`` is the node whose backward
    ran it (create_graph)."""

    op: str
    inputs: list[Operand]
    outputs: list[Output]
    params: dict[str, Any] = {}
    link: Link | None = None
    within: int | None = None
    grad_mode: bool = True


class Edited(Event, frozen=True, tag="edited"):
    """A tensor's values were changed in place. ``also`` are the other tensors that see the change."""

    tensor: int
    op: str
    version: int
    value: Value
    inputs: list[Operand] = []
    params: dict[str, Any] = {}
    link: Link | None = None
    also: list[tuple[int, int, Value]] = []


class Accumulator(Event, frozen=True, tag="accumulator"):
    """``node`` is the AccumulateGrad of the leaf ``tensor``."""

    node: int
    tensor: int


class Flagged(Event, frozen=True, tag="flagged"):
    """requires_grad was switched, or the tensor was cut from its graph."""

    tensor: int
    requires_grad: bool
    leaf: bool = True


class GradAssigned(Event, frozen=True, tag="grad_assigned"):
    """``.grad`` was set by the program or an optimiser; ``grad`` None: it was taken away."""

    tensor: int
    grad: int | None = None


class BackwardBegan(Event, frozen=True, tag="backward_began"):
    """A pass starts at the node of each output with a seed. ``wanted``: the tensors that autograd.grad was
    asked about; None for backward()."""

    run: int
    outputs: list[int]
    roots: list[int]
    seeds: list[Value | None]
    keep_graph: bool = False
    create_graph: bool = False
    wanted: list[int] | None = None
    waiting: list[tuple[int, int]] = []
    """For how many gradients each node waits."""


class BackwardRefused(Event, frozen=True, tag="backward_refused"):
    """A pass could not begin: what was to be differentiated, and for autograd.grad by what."""

    outputs: list[int]
    wanted: list[int] | None = None


class NodeRan(Event, frozen=True, tag="node_ran"):
    """A node was run: what had arrived for its outputs, and what it sent on."""

    run: int
    node: int
    received: list[Value | None]
    sent: list[Sent] = []
    freed: bool = False


class GradWritten(Event, frozen=True, tag="grad_written"):
    """AccumulateGrad's one write: old + incoming = new. ``grad`` is the tensor in ``.grad``."""

    tensor: int
    grad: int
    incoming: Value
    new: Value
    old: Value | None = None
    version: int = 0


class HookAdded(Event, frozen=True, tag="hook_added"):
    """A hook was registered: on the gradient of a leaf ``tensor``, or on ``node``.

    ``kind``: ``tensor`` (on output ``number`` of the node, or on the leaf), ``pre`` and ``post`` (on the node
    itself), ``module`` (on a module's boundary), ``accumulated`` (when the leaf's ``.grad`` is up to date).
    """

    hook: int
    kind: str
    label: str = ""
    tensor: int | None = None
    node: int | None = None
    number: int = 0


class HookRemoved(Event, frozen=True, tag="hook_removed"):
    """A hook was taken out."""

    hook: int


class HookRan(Event, frozen=True, tag="hook_ran"):
    """A hook was called by ``node``: the gradients before and after it, by input or output of the node."""

    hook: int
    node: int
    before: list[Value | None]
    after: list[Value | None]


class Retained(Event, frozen=True, tag="retained"):
    """The gradient of an intermediate tensor is to stay in its ``.grad``."""

    tensor: int


class Taken(Event, frozen=True, tag="taken"):
    """A tensor's numbers left the graph: ``how`` is the method (``item``, ``numpy``), ``text`` what it gave."""

    tensor: int
    how: str
    text: str = ""


class BackwardEnded(Event, frozen=True, tag="backward_ended"):
    """The pass is over. ``results``: the tensors that autograd.grad returns."""

    run: int
    results: list[int | None] = []
    failed: int | None = None
    """The node in which it failed."""


class Entered(Event, frozen=True, tag="entered"):
    """A stretch begins: ``kind`` is no_grad, module, function (one of the program's own), optimizer ...

    ``label`` is the class or the function (``Net.encode``); ``title`` says which module it is
    (``fc1: Linear(2, 16)``).
    """

    kind: str
    label: str = ""
    title: str = ""


class Left(Event, frozen=True, tag="left"):
    """The innermost stretch of that kind is over."""

    kind: str
    label: str = ""


class Bound(Event, frozen=True, tag="bound"):
    """A name got a value: tensors by path (``""`` for the value itself, ``[0]``, ``.weight`` for parts), or a
    short text for anything else. ``scope`` is the function whose local it is."""

    name: str
    tensors: list[tuple[str, int]] = []
    text: str | None = None
    scope: str = ""


class Unbound(Event, frozen=True, tag="unbound"):
    """A name is gone."""

    name: str
    scope: str = ""


class Iterated(Event, frozen=True, tag="iterated"):
    """Turn ``index`` (from 0) of the loop whose head is ``span`` begins."""

    index: int


class LoopEnded(Event, frozen=True, tag="loop_ended"):
    """The loop whose head is ``span`` is over."""


class Printed(Event, frozen=True, tag="printed"):
    """Text that the program printed, line ends included."""

    text: str


class Plotted(Event, frozen=True, tag="plotted"):
    """A figure was shown, saved (``how`` is then the file's name), or stood there at the end of the program.

    A figure that is shown again comes as a new event with the same number: it takes the earlier one's place.
    """

    figure: Figure
    how: str = "show"


class Warned(Event, frozen=True, tag="warned"):
    """A warning, in torch's words."""

    category: str
    message: str


class Died(Event, frozen=True, tag="died"):
    """Tensors and nodes to which nothing refers any more."""

    tensors: list[int] = []
    nodes: list[int] = []


class Failed(Event, frozen=True, tag="failed"):
    """The program ended with an error.

    ``kind`` is ``error`` (the program's own), ``syntax``, ``refused`` (left out on purpose), ``budget`` or ``internal``
    (ours). ``message`` is Python's or torch's text in full, ``hint`` what to do about it. ``frames`` are the
    spans of the calls that led there, outermost first.
    """

    kind: str
    type: str
    message: str
    hint: str = ""
    frames: list[Span] = []
    line: int = 0
    node: int | None = None
    tensor: int | None = None


class Finished(Event, frozen=True, tag="finished"):
    """The program ran to its end."""


AnyEvent = (
    Created
    | Applied
    | Edited
    | Accumulator
    | Flagged
    | GradAssigned
    | BackwardBegan
    | BackwardRefused
    | NodeRan
    | GradWritten
    | HookAdded
    | HookRemoved
    | HookRan
    | Retained
    | Taken
    | BackwardEnded
    | Entered
    | Left
    | Bound
    | Unbound
    | Iterated
    | LoopEnded
    | Printed
    | Plotted
    | Warned
    | Died
    | Failed
    | Finished
)
