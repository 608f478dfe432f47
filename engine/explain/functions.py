"""Autograd functions as torch sees them: a node's name, number, next_functions and saved tensors at a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.explain.cards import Card, Face, Row
from engine.explain.moment import Moment
from engine.explain.numbers import compact, inline, number
from engine.graph.scenes import LEAF, Entity
from engine.node import ACCUMULATE_SEQUENCE
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.known import NodeInfo
from engine.trace.values import Value

ACCUMULATE = "AccumulateGrad"
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class NextFunction:
    """One entry of ``next_functions``: the node (None: no gradient is wanted there) and which of its inputs.

    ``index`` is the input of the op that the entry belongs to.
    """

    index: int
    node: int | None
    name: str
    input: int


@dataclass(frozen=True, slots=True)
class SavedAttribute:
    """One ``_saved_…`` attribute. ``value`` is its number or tensor in a few words, and says if it is gone."""

    name: str
    value: str
    freed: bool
    broken: bool
    """Edited in place since it was saved."""


@dataclass(frozen=True, slots=True)
class Function:
    """A node of the autograd graph."""

    node: int
    name: str
    sequence: int
    next: tuple[NextFunction, ...]
    saved: tuple[SavedAttribute, ...]
    received: Value | None
    """The gradient of its (first) output in the pass that is shown, once it has run."""
    sent: tuple[Value, ...]
    """What it then sent on, one per input that wants a gradient."""
    waits: int
    """For how many gradients it waits, while a pass is under way."""


def node_of(m: Moment, entity: Entity) -> int | None:
    """The node at which the entity's gradient arrives: its grad_fn, or a leaf's AccumulateGrad once there is one."""
    if entity.kind == LEAF:
        return None if entity.tensor is None else m.state.leaf_nodes.get(entity.tensor)
    return entity.node


def short_name(name: str) -> str:
    """A node's name without its C++ namespace, as Python's ``type(node).__name__`` has it."""
    return name.rpartition("::")[2]


def node_name(m: Moment, node: int) -> str:
    """The name of any node that the state knows."""
    if node in m.state.accumulators:
        return ACCUMULATE
    info = m.state.nodes.get(node)
    return "a node that is gone" if info is None else short_name(info.link.grad_fn)


def function(m: Moment, node: int) -> Function | None:
    """A node as it stands at the moment; None if the state has forgotten it."""
    run = m.shown_pass()
    waits = 0 if run is None or run.over else max(0, run.waiting.get(node, 0))
    received: Value | None = None
    sent: tuple[Value, ...] = ()
    if run is not None and node in run.ran:
        received = next((v for v in run.received[node] if v is not None), None)
        event = m.trace.events[run.ran[node]]
        if isinstance(event, ev.NodeRan):
            sent = tuple(s.value for s in event.sent)
    if node in m.state.accumulators:
        return Function(node, ACCUMULATE, ACCUMULATE_SEQUENCE, (), (), received, sent, waits)
    info = m.state.nodes.get(node)
    if info is None:
        return None
    return Function(
        node,
        short_name(info.link.grad_fn),
        info.link.sequence,
        next_functions(m, info),
        _saved(m, node, info),
        received,
        sent,
        waits,
    )


def next_functions(m: Moment, info: NodeInfo) -> tuple[NextFunction, ...]:
    """The edges as torch shows them: without those of inputs that never get a gradient, such as indices."""
    made = m.trace.events[info.made]
    spec = TABLE.get(made.op) if isinstance(made, (ev.Applied, ev.Edited)) else None
    vjps = () if spec is None else spec.vjps
    return tuple(
        NextFunction(i, node, "None" if node is None else node_name(m, node), into)
        for i, (node, into) in enumerate(info.link.edges)
        if i >= len(vjps) or vjps[i] is not None
    )


def _saved(m: Moment, node: int, info: NodeInfo) -> tuple[SavedAttribute, ...]:
    out = []
    for saved, changed in m.state.pins(node):
        if saved.number is not None:
            text = number(saved.number)
        else:
            name = "result" if saved.tensor is None else m.tensor_name(saved.tensor)
            text = f"{name}@v{saved.version}"
        out.append(SavedAttribute(f"_saved_{saved.name}", text, info.freed, changed and saved.number is None))
    return tuple(out)


def sequence_text(sequence: int) -> str:
    """``#3``; AccumulateGrad's is the largest there is, so that it runs as soon as it is ready."""
    return "#2⁶⁴−1" if sequence == ACCUMULATE_SEQUENCE else f"#{sequence}"


def received_text(f: Function) -> str:
    """What has arrived, in a few words; while a pass is under way, for how much it waits."""
    if f.received is not None:
        return compact(f.received)
    return f"waits for {f.waits}" if f.waits else NOTHING


def sent_text(f: Function) -> str:
    """What it sends, in the order of its inputs."""
    return ", ".join(inline(v) for v in f.sent) if f.sent else NOTHING


def function_card(m: Moment, entity: Entity, tensor: Card) -> Card:
    """The card of the entity's node, in the place of that of its tensor."""
    node = node_of(m, entity)
    f = None if node is None else function(m, node)
    if f is None:
        face = Face((Row("in", NOTHING, True), Row("out", NOTHING, True)), "", False, False)
        return replace(tensor, title=short_name(entity.grad_fn), glyph="", waiting="", pins=(), function=face)
    incoming = Row("in", received_text(f), f.received is None)
    if f.name == ACCUMULATE:
        kept = entity.tensor is not None and m.state.grad(entity.tensor) is not None
        rows = (incoming, Row("grad", tensor.grad, not kept))
    else:
        rows = (incoming, Row("out", sent_text(f), not f.sent))
    tensors = [s for s in f.saved if "@" in s.value]
    face = Face(
        rows,
        ", ".join(s.name for s in tensors),
        bool(tensors) and all(s.freed for s in tensors),
        any(s.broken for s in tensors),
    )
    named = tensor.title if tensor.title != tensor.aside else ""
    aside = " · ".join(p for p in (named, "" if f.name == ACCUMULATE else sequence_text(f.sequence)) if p)
    return replace(tensor, title=f.name, aside=aside, glyph="", pins=(), no_grad=False, function=face)
