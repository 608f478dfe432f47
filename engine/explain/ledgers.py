"""Ledgers: what arrives at a tensor in a pass, line by line, and what becomes of the sum."""

from __future__ import annotations

from engine.explain.moment import Moment
from engine.explain.numbers import inline
from engine.explain.page import Ledger, LedgerRow
from engine.graph.scenes import LEAF, Entity
from engine.trace import events as ev
from engine.trace.known import Contribution, PassInfo
from engine.trace.values import Value

MOST = 3
"""Ledgers of one page."""


def ledgers(m: Moment, run: PassInfo | None, nodes: list[int], now: ev.NodeRan | None) -> tuple[Ledger, ...]:
    """What has arrived at the outputs of some nodes, each output by itself; ``now`` is the node that runs."""
    if run is None:
        return ()
    out = []
    for node in nodes[:MOST]:
        for key in m.scenes.of_node(node):
            entity = m.scenes.entities[key]
            parts = run.arrived.get((node, 0 if entity.kind == LEAF else entity.output), ())
            if parts:
                rows = [_row(m, p, first=i == 0, now=now) for i, p in enumerate(parts)]
                out.append(Ledger(m.name(key), (*rows, _total(m, run, node, entity, list(parts)))))
    return tuple(out[:MOST])


def _row(m: Moment, part: Contribution, first: bool, now: ev.NodeRan | None) -> LedgerRow:
    via = "seed" if part.source is None else f"via {m.node_name(part.source)}"
    is_now = now is not None and m.trace.events[part.event] is now and part.source == now.node
    amount = inline(part.value)
    return LedgerRow(f"{via}, now" if is_now else via, amount if first else f"+ {amount}", "now" if is_now else "past")


def _total(m: Moment, run: PassInfo, number_: int, entity: Entity, parts: list[Contribution]) -> LedgerRow:
    """What becomes of the sum: written into ``.grad``, sent on, or still waited for."""
    name = m.name(entity.key)
    total = _sum(parts)
    waits = run.waiting.get(number_, 0)
    if entity.kind == LEAF:
        assert entity.tensor is not None
        if number_ in run.ran:
            event = next(
                (e for e in m.trace.events[run.ran[number_] : run.ran[number_] + 2] if isinstance(e, ev.GradWritten)),
                None,
            )
            old = "None" if event is None or event.old is None else inline(event.old)
            new = inline(event.new) if event is not None else total
            return LedgerRow(f"{name}.grad", f"{old} → {new}", "total")
        if run.call == "grad":
            return LedgerRow("returned by autograd.grad", total, "total")
        if waits:
            return LedgerRow(f"waits for {waits} more", total, "total")
        kept = m.state.grad(entity.tensor)
        before = "None" if kept is None else inline(kept)
        after = total if kept is None else inline(_added(kept, parts))
        return LedgerRow(f"next: {name}.grad", f"{before} → {after}", "total")
    if number_ in run.ran:
        return LedgerRow("sum, sent on", total, "total")
    return LedgerRow(f"waits for {waits} more" if waits else "next: sent on", total, "total")


def _sum(parts: list[Contribution]) -> str:
    arrays = [p.value.array for p in parts]
    if any(a is None for a in arrays):
        return "…"
    total = arrays[0]
    for a in arrays[1:]:
        assert total is not None
        assert a is not None
        total = total + a
    return inline(Value.of(total))


def _added(kept: Value, parts: list[Contribution]) -> Value:
    total = kept.array
    for p in parts:
        if total is None or p.value.array is None:
            return kept
        total = total + p.value.array
    return Value.of(total)
