"""Jacobians from a trace: a node's row times its grid, and d any card / d any other one, by replaying vjps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.replay import sent_back
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.known import NodeInfo
from engine.trace.values import Value

MOST = 16
"""Elements of a node's output and input up to which its grid is worked out at each step."""
MOST_PRODUCTS = 3
"""Inputs of a node whose products are shown."""
MOST_WANTED = 64
"""The same for a grid that was asked for."""
MOST_NODES = 2000
"""Nodes that are replayed for one row of it."""

Grid = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Jacobian:
    """d ``target`` / d ``source``: a row for each element of the target, a column for each of the source.

    ``upstream`` and ``sent`` are the row that arrived and its product with the grid, where that is what a step did.
    """

    target: str
    source: str
    grid: Value
    upstream: Value | None = None
    sent: Value | None = None


def product(m: Moment, event: ev.NodeRan, sent: ev.Sent) -> Jacobian | None:
    """The vector-Jacobian product of a step for one of its inputs.

    None for single numbers, for large tensors, and where the node cannot be replayed.
    """
    node = m.state.nodes.get(event.node)
    arrived = [(i, v) for i, v in enumerate(event.received) if v is not None]
    if node is None or len(arrived) != 1:
        return None
    output, upstream = arrived[0]
    small = 0 < upstream.size <= MOST and 0 < sent.value.size <= MOST
    if not small or upstream.size * sent.value.size == 1:
        return None
    rows = []
    for one in _unit_gradients(upstream):
        received: list[Any] = [None] * len(event.received)
        received[output] = one
        back = sent_back(m, node, received)
        if back is None or sent.index >= len(back) or back[sent.index] is None:
            return None
        rows.append(np.asarray(back[sent.index], np.float64).reshape(-1))
    target = m.node_entity(sent.target)
    source = "?" if target is None else m.name(target.key)
    return Jacobian(m.node_name(event.node), source, Value.of(np.stack(rows)), _row(upstream), _row(sent.value))


def _unit_gradients(like: Value) -> list[Any]:
    """A gradient for each element: one there, zero elsewhere."""
    out = []
    for i in range(like.size):
        one = np.zeros(like.size, like.dtype)
        one[i] = 1
        out.append(one.reshape(like.shape)[()])
    return out


def _row(value: Value) -> Value:
    """The same numbers in one row."""
    assert value.array is not None
    return Value.of(value.array.reshape(1, -1))


def jacobian(m: Moment, one: Entity, other: Entity) -> Jacobian | None:
    """Of two cards the Jacobian of the later one with respect to the earlier one; None if no gradient leads there."""
    source, target = (one, other) if one.made <= other.made else (other, one)
    if source.tensor is None or target.tensor is None or target.node is None:
        return None
    begin, end = node_of(m, target), node_of(m, source)
    made, used = m.state.tensors.get(target.tensor), m.state.tensors.get(source.tensor)
    if begin is None or end is None or made is None or used is None:
        return None
    if not 0 < made.value.size <= MOST_WANTED or not 0 < used.value.size <= MOST_WANTED:
        return None
    order = _between(m, begin, end)
    if order is None:
        return None
    goal = (end, source.output if source.node is not None else 0)
    rows = []
    for one_hot in _unit_gradients(made.value):
        found = _pulled(m, order, {(begin, target.output): one_hot}, goal)
        if found is _FAILED:
            return None
        flat = np.zeros(used.value.size) if found is None else np.asarray(found, np.float64).reshape(-1)
        rows.append(flat)
    return Jacobian(m.name(target.key), m.name(source.key), Value.of(np.stack(rows)))


_FAILED = object()


def _between(m: Moment, begin: int, end: int) -> list[tuple[int, NodeInfo]] | None:
    """The nodes from ``begin`` down to ``end``, each before those that it sends to; None if none leads there."""
    inside: dict[int, NodeInfo] = {}
    reached = False
    stack = [begin]
    while stack:
        number = stack.pop()
        if number == end:
            reached = True
            continue
        info = m.state.nodes.get(number)
        if info is None or number in inside:
            continue
        inside[number] = info
        if len(inside) > MOST_NODES:
            return None
        stack += [t for t, _ in info.link.edges if t is not None]
    if not reached:
        return None
    return sorted(inside.items(), key=lambda item: item[1].made, reverse=True)


def _pulled(
    m: Moment, order: list[tuple[int, NodeInfo]], arrived: dict[tuple[int, int], Any], goal: tuple[int, int]
) -> Any:
    """What arrives at ``goal``, an output of a node; None for nothing, ``_FAILED`` if a node cannot be replayed."""
    for number, info in order:
        received = [arrived.get((number, i)) for i in range(len(info.outputs))]
        if all(g is None for g in received):
            continue
        sent = sent_back(m, info, received)
        if sent is None:
            return _FAILED
        for (target, output), g in zip(info.link.edges, sent, strict=False):
            if target is not None and g is not None:
                known = arrived.get((target, output))
                arrived[target, output] = g if known is None else known + g
    return arrived.get(goal)


def grids(m: Moment, selected: tuple[str, ...]) -> list[tuple[str, Jacobian]]:
    """What the Explain page shows: of two selected cards their Jacobian; else the products of a backward step."""
    entities = [m.scenes.entities[key] for key in selected if key in m.scenes.entities]
    if len(entities) > 1:
        found = jacobian(m, entities[0], entities[1])
        return [] if found is None else [(f"Jacobian ∂{found.target} / ∂{found.source}", found)]
    event = m.main
    if entities:
        run = m.shown_pass()
        place = None if run is None or entities[0].node is None else run.ran.get(entities[0].node)
        event = None if place is None else m.trace.events[place]
    if not isinstance(event, ev.NodeRan):
        return []
    out = []
    for sent in event.sent[:MOST_PRODUCTS]:
        made = product(m, event, sent)
        if made is not None:
            out.append((f"Row × grid: what {made.target} sends to {made.source}", made))
    return out
