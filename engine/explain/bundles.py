"""Gradients on the edges of collapsed groups: each stands for the ways into several ops, or into one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.explain.flow import LONGEST, EdgeKey, Flow, flow_on, magnitude
from engine.explain.moment import Moment
from engine.explain.numbers import inline, shape_text
from engine.trace import events as ev
from engine.trace.known import PassInfo
from engine.trace.values import Value


def bundle_flow(m: Moment, run: PassInfo | None, edge: EdgeKey, uses: Sequence[tuple[str, int]]) -> Flow | None:
    """The gradient to be seen on an edge into a group: what passes now, else the sum of what has passed.

    ``uses`` are the (entity, argument index) pairs that the edge leads to.
    """
    flows = [flow for key, index in uses if (flow := flow_on(m, run, m.scenes.entities[key], index)) is not None]
    if not flows:
        return None
    single = next((flow for flow in flows if flow.now), flows[0])
    if single.now or len(flows) == 1 or run is None:
        return replace(single, edge=edge)
    total = _sum([value for flow in flows if (value := _sent(m, run, flow)) is not None])
    if total is None:
        return replace(single, edge=edge)
    text, data = inline(total), None
    if len(text) > LONGEST and total.size > 1:
        text, data = shape_text(total.shape), total
    return replace(single, edge=edge, text=text, data=data, size=magnitude(total))


def _sent(m: Moment, run: PassInfo, flow: Flow) -> Value | None:
    """The gradient itself."""
    _, target, index = flow.edge
    node = m.scenes.entities[target].node
    event = None if node is None else m.trace.events[run.ran[node]]
    sent = event.sent if isinstance(event, ev.NodeRan) else []
    return next((s.value for s in sent if s.index == index), None)


def _sum(values: Sequence[Value]) -> Value | None:
    """Their sum; None where a value was too large to be kept."""
    arrays = [value.array for value in values if value.array is not None]
    if not arrays or len(arrays) < len(values):
        return None
    out = arrays[0]
    for array in arrays[1:]:
        out = out + array
    return Value.of(out)
