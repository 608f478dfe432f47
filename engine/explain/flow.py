"""The gradients on the edges: which have passed in the pass at hand, which travel in the step at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.explain.copies import Copies, copies
from engine.explain.moment import Moment
from engine.explain.numbers import inline, number, shape_text
from engine.explain.replay import local_derivative
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.known import PassInfo
from engine.trace.values import Value

EdgeKey = tuple[str, str, int]
"""(operand, result, argument index), as in the graph."""

LONGEST = 16
"""Characters of a gradient on an edge; a longer one is shown by its shape and a heat map."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A gradient on an edge, from the result back to the operand. ``size`` is its largest magnitude."""

    edge: EdgeKey
    text: str
    now: bool
    size: float
    data: Value | None
    """The gradient, where it is too long for words."""
    sum: str = ""
    """What upstream times local derivative comes to, while it travels."""
    negative: bool = False
    """Whether no element of it is positive, and one is negative."""
    copies: Copies | None = None
    """Whether it is a sum over copies, or copied itself."""


def flow_on(m: Moment, run: PassInfo | None, target: Entity, index: int) -> Flow | None:
    """The gradient to be seen on the edge into input ``index`` of a result: it passes now, or passed before.

    ``run`` is the moment's ``shown_pass()``.
    """
    if run is None or target.node is None or m.scenes.of_node(target.node)[:1] != [target.key]:
        return None
    place = run.ran.get(target.node)
    if place is None:
        return None
    event = m.trace.events[place]
    if not isinstance(event, ev.NodeRan):
        return None
    sent = next((s for s in event.sent if s.index == index), None)
    if sent is None or index >= len(target.sources):
        return None
    now = m.step is not None and place == m.step.main
    sum_ = inline(sent.value)
    text = _product(m, event, sent) if now else sum_
    data = None
    if len(text) > LONGEST and sent.value.size > 1:
        text, data = shape_text(sent.value.shape), sent.value
    return Flow(
        (target.sources[index], target.key, index),
        text,
        now,
        magnitude(sent.value),
        data,
        f"= {sum_}" if now and text != sum_ and data is None else "",
        _negative(sent.value),
        copies(m, target, index) if now else None,
    )


def flows(m: Moment) -> list[Flow]:
    """All gradients to be seen on edges at the moment, in the order in which they were sent."""
    run = m.shown_pass()
    out = []
    for node in () if run is None else run.ran:
        entity = m.node_entity(node)
        if entity is not None:
            out += [f for i in range(len(entity.sources)) if (f := flow_on(m, run, entity, i)) is not None]
    return out


def _product(m: Moment, event: ev.NodeRan, sent: ev.Sent) -> str:
    """``2.0 × 1.0``: upstream times local derivative, where both are one number; else what is sent."""
    received = next((v for v in event.received if v is not None), None)
    node = m.node(event.node)
    if received is None or node is None or received.size != 1 or sent.value.size != 1:
        return inline(sent.value)
    local = local_derivative(m, node, sent.index)
    if local is None or local.size != 1:
        return inline(sent.value)
    factor = float(local.reshape(-1)[0])
    text = str(int(factor)) if factor.is_integer() and abs(factor) < 10 else number(factor)
    return f"{inline(received)} × {text}"


def _negative(value: Value) -> bool:
    low, high = value.extremes()
    return low < 0 and high <= 0


def magnitude(value: Value) -> float:
    """The largest absolute element; 0 for all zeros, inf and nan as they are."""
    if value.array is None:
        return max(abs(value.low), abs(value.high))
    if value.array.size == 0:
        return 0.0
    out = float(np.max(np.abs(value.array)))
    return out if not math.isnan(out) else math.nan
