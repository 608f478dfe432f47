"""The Explain page in the view of autograd functions: a node's name and number, where it sends, what it saved."""

from __future__ import annotations

from dataclasses import replace

from engine.explain.derivation import explain
from engine.explain.functions import ACCUMULATE, Function, function, node_of, sequence_text
from engine.explain.moment import Moment
from engine.explain.page import Explanation, Ledger, LedgerRow
from engine.graph.scenes import Entity
from engine.trace import events as ev


def explain_function(m: Moment, selected: str | None = None) -> Explanation:
    """The page for the selected node, or for that of the step at hand; without a node, that of the tensor."""
    page = explain(m, selected)
    entity = _meant(m, selected)
    node = None if entity is None else node_of(m, entity)
    f = None if node is None else function(m, node)
    if entity is None or f is None or page.failure is not None:
        return page
    variable = m.name(entity.key)
    if f.name == ACCUMULATE:
        detail = f"the end of every path to {variable} · {_number(f)}"
    else:
        detail = " · ".join(p for p in (f"{variable}.grad_fn", _number(f), _line(m, entity)) if p)
    return replace(page, heading=f.name, detail=detail, formula="", listings=_listings(f))


def _meant(m: Moment, selected: str | None) -> Entity | None:
    if selected is not None and selected in m.scenes.entities:
        entity = m.scenes.entities[selected]
        return entity if entity.made < m.place else None
    match m.main:
        case ev.NodeRan() as event:
            return m.node_entity(event.node)
        case ev.Applied() as event if event.link is not None:
            return m.node_entity(event.link.node)
        case ev.Edited() as event if event.link is not None:
            return m.node_entity(event.link.node)
    return None


def _number(f: Function) -> str:
    return f"sequence number {sequence_text(f.sequence)[1:]}"


def _line(m: Moment, entity: Entity) -> str:
    return f"line {m.line(entity.span)}" if entity.span is not None else ""


def _listings(f: Function) -> tuple[Ledger, ...]:
    if f.name == ACCUMULATE:
        return (Ledger("next_functions", (LedgerRow("none: it writes .grad", "()", "past"),)),)
    nexts = tuple(
        LedgerRow(f"[{i}] {n.name}", "no gradient goes there" if n.node is None else f"input {n.input}", "past")
        for i, n in enumerate(f.next)
    )
    saved = tuple(LedgerRow(s.name, _state(s.value, s.freed, s.broken), "past") for s in f.saved)
    out = [Ledger("next_functions", nexts)] if nexts else []
    return (*out, Ledger("Saved", saved)) if saved else tuple(out)


def _state(value: str, freed: bool, broken: bool) -> str:
    if freed:
        return f"{value}, freed"
    return f"{value}, edited since" if broken else value
