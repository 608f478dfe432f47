"""Graphs that outlive their turn: ``total += loss`` and ``losses.append(loss)`` keep each of them."""

from __future__ import annotations

import ast

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.explain.advice.past import Past
from engine.trace import events as ev
from engine.trace.events import Span

TURNS = 3
"""Graphs of so many turns of one loop must live at once."""


class KeptGraphs(Watcher):
    """The roots of passes in a loop that still live turns later, and the statement that holds them."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._live: dict[Span, dict[int, int]] = {}
        """Span of a backward() -> its roots that live, and the event with which their pass began."""
        self._loop_of: dict[Span, int] = {}

    def handlers(self) -> dict[type, Handler]:
        return {ev.BackwardBegan: self._backward, ev.Died: self._died}

    def _died(self, place: int, event: ev.Died) -> None:
        if self._live and event.nodes:
            for roots in self._live.values():
                for node in event.nodes:
                    roots.pop(node, None)

    def _backward(self, place: int, event: ev.BackwardBegan) -> None:
        if not self.facts.turns or event.span is None or event.wanted is not None or len(event.roots) != 1:
            return
        entity = self.facts.entity(event.outputs[0], place)
        if entity is None or entity.node is None or entity.made < self.facts.turns[-1][2]:
            return
        roots = self._live.setdefault(event.span, {})
        roots[event.roots[0]] = place
        if len(roots) >= TURNS:
            self._tell(place, event.span, event.outputs[0], roots)

    def _tell(self, place: int, span: Span, root: int, roots: dict[int, int]) -> None:
        past = self.facts.past(place)
        name = past.name(root)
        holder = _holder(past, span, name)
        if holder is None:
            roots.clear()
            return
        statement, value, into = holder
        where = past.source.span(statement)
        keys = [past.scenes.of_node(node) for node in roots]
        self.tell(
            Advice(
                "kept-graphs",
                "Every turn's graph is kept",
                f"{past.source.of(statement)} {past.line(where)} keeps {name} with its whole graph: {into} holds on to "
                f"it. After {len(roots)} turns {len(roots)} graphs are alive, and each turn adds one.",
                "Keep the number, not the graph.",
                past.source.changed(where, (past.source.span(value), f"{past.source.bracketed(value)}.item()")),
                where,
                (Cause("keeps the graph", where, tuple(k for ks in keys for k in ks)),),
                event=place,
            )
        )


def _holder(past: Past, span: Span, name: str) -> tuple[ast.stmt, ast.expr, str] | None:
    """The statement of the loop that adds the loss to something: (it, the loss in it, what holds the loss)."""
    loop = past.source.loop(span)
    for statement in ast.walk(loop) if loop is not None else ():
        match statement:
            case ast.AugAssign(op=ast.Add(), value=value) if past.source.of(value) == name:
                return statement, value, past.source.of(statement.target)
            case ast.Assign(targets=[target], value=ast.BinOp(left=left, op=ast.Add(), right=right)):
                total = past.source.of(target)
                if past.source.of(left) == total and past.source.of(right) == name:
                    return statement, right, total
                if past.source.of(right) == total and past.source.of(left) == name:
                    return statement, left, total
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=into, attr="append"), args=[value])):
                if past.source.of(value) == name:
                    return statement, value, past.source.of(into)
    return None
