"""Remarks: one sentence on what surprises in a step of backward although nothing is wrong.

Sums over broadcast copies, several ways into one tensor, hooks, slopes at corners.
"""

from __future__ import annotations

import numpy as np

from engine.explain.moment import Moment
from engine.explain.numbers import inline, shape_text
from engine.graph.scenes import LEAF, Entity
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.known import Contribution
from engine.trace.values import Value

MOST_PARTS = 4
"""Gradients that are written out in a sum."""
CORNERS = {
    "relu": (0.0, "relu has a corner at 0; torch takes the slope 0 there."),
    "abs": (0.0, "abs has a corner at 0; torch takes the slope 0 there."),
    "leaky_relu": (0.0, "leaky_relu has a corner at 0; torch takes the slope of its left side there."),
}
"""Ops with a corner: where it is, and what torch does there."""
TIES = frozenset(("max", "min", "amax", "amin"))


def remarks(m: Moment) -> tuple[str, ...]:
    """What is to be said about the step at hand; nothing for other steps than those of backward."""
    event = m.main
    if not isinstance(event, ev.NodeRan):
        return ()
    said = [_arrivals(m, event), *_copies(m, event), _corner(m, event)]
    return tuple(text for text in said if text)


# --- what arrives -----------------------------------------------------------------------------


def _arrivals(m: Moment, event: ev.NodeRan) -> str:
    """Several gradients that were summed before the node ran, or a hook that changed what came."""
    run = m.state.passes.get(event.run)
    entity = m.node_entity(event.node)
    if run is None or entity is None:
        return ""
    number = 0 if entity.kind == LEAF else entity.output
    parts = run.arrived.get((event.node, number), ())
    received = _received(m, event, number)
    name = m.name(entity.key)
    total = _total(parts)
    if received is not None and total is not None and not _same(total, received):
        came = inline(Value.of(np.asarray(total, received.dtype)))
        return f"A hook changed the gradient of {name}: {came} came, {inline(received)} goes on."
    if len(parts) < 2 or received is None:
        return ""
    then = f"One write puts the sum into {name}.grad." if entity.kind == LEAF else "The node runs once, with the sum."
    start = f"{name} was used {len(parts)} times, so {len(parts)} gradients add up"
    if received.size > 3 or len(parts) > MOST_PARTS:
        return f"{start}. {then}"
    terms = " + ".join(inline(p.value) for p in parts).replace("+ -", "- ")
    return f"{start}: {terms} = {inline(received)}. {then}"


def _received(m: Moment, event: ev.NodeRan, number: int) -> Value | None:
    """What the node had in hand: for a leaf what was written, hooks included."""
    written = m.written()
    if written is not None:
        return written.incoming
    return event.received[number] if number < len(event.received) else None


def _total(parts: tuple[Contribution, ...]) -> np.ndarray | None:
    arrays = [p.value.array for p in parts]
    if not arrays or any(a is None for a in arrays):
        return None
    out = np.zeros_like(arrays[0], dtype=np.float64)
    for array in arrays:
        assert array is not None
        if array.shape != out.shape:
            return None
        out = out + array
    return out


def _same(total: np.ndarray, received: Value) -> bool:
    array = received.array
    return array is None or array.shape != total.shape or np.allclose(total, array, 1e-4, 1e-7, equal_nan=True)


# --- copies -----------------------------------------------------------------------------------


def _copies(m: Moment, event: ev.NodeRan) -> list[str]:
    """Operands that were broadcast: their gradient is a sum over the copies."""
    entity = m.node_entity(event.node)
    received = next((v for v in event.received if v is not None), None)
    if entity is None or received is None or not _elementwise(entity):
        return []
    out = []
    for sent in event.sent:
        times, rest = divmod(received.size, sent.value.size) if sent.value.size else (1, 0)
        if times < 2 or rest or sent.value.shape == received.shape:
            continue
        name = m.node_name(sent.target)
        shape = shape_text(sent.value.shape) or "one number"
        out.append(
            f"{name} ({shape}) was stretched to {shape_text(received.shape)}: each element was used {times} times, so "
            f"its gradient is the sum of {times}."
        )
    return out


def _elementwise(entity: Entity) -> bool:
    spec = TABLE.get(entity.op) or TABLE.get(entity.op.removesuffix("_"))
    return spec is not None and spec.local


# --- corners ----------------------------------------------------------------------------------


def _corner(m: Moment, event: ev.NodeRan) -> str:
    entity = m.node_entity(event.node)
    tensor = next((o.tensor for o in entity.inputs if o.tensor is not None), None) if entity is not None else None
    info = None if tensor is None else m.state.tensors.get(tensor)
    array = None if info is None else info.value.array
    if entity is None or array is None:
        return ""
    if entity.op in CORNERS:
        at, text = CORNERS[entity.op]
        return text if bool((array == at).any()) else ""
    if entity.op == "clamp":
        for side in ("min", "max"):
            limit = entity.params.get(side)
            if isinstance(limit, (int, float)) and bool((array == limit).any()):
                return f"clamp has a corner at {side}={limit}; torch takes the slope 1 there."
    if entity.op in TIES and array.size > 1:
        top = array.max() if "max" in entity.op else array.min()
        n = int((array == top).sum())
        whole = event.received[0] is not None and event.received[0].size == 1
        if n > 1 and whole:
            which = "largest" if "max" in entity.op else "smallest"
            return f"{n} elements share the {which} value; they share the gradient."
    return ""
