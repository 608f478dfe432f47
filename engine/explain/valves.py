"""Hooks as valves: where on a card each sits, and what it made of the gradient that went through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.numbers import inline
from engine.graph.scenes import LEAF, Entity
from engine.trace import events as ev
from engine.trace.known import HookInfo
from engine.trace.values import Value

MOST_CHARACTERS = 14
"""Of one side of a change; longer values are not written at a valve."""


class Side(StrEnum):
    """Where a hook acts."""

    IN = "in"
    """On the gradient that has arrived, before the node runs."""
    OUT = "out"
    """On what the node sends."""
    AFTER = "after"
    """When ``.grad`` is up to date."""


@dataclass(frozen=True, slots=True)
class Valve:
    """A hook on a card. ``change`` is ``1.0 → 10.0``, empty as long as it has changed nothing in this pass."""

    side: Side
    label: str
    ran: bool
    now: bool
    """Whether it ran in the step at hand."""
    change: str


SIDES = {"tensor": Side.IN, "pre": Side.IN, "post": Side.OUT, "module": Side.OUT, "accumulated": Side.AFTER}


def valves(m: Moment, entity: Entity) -> tuple[Valve, ...]:
    """The hooks of an entity, in the order in which they were registered."""
    if not m.state.hooks:
        return ()
    node = node_of(m, entity)
    ran = _ran(m, node)
    return tuple(
        _valve(m, hook, ran.get(number)) for number, hook in m.state.hooks.items() if _sits_on(hook, entity, node)
    )


def _sits_on(hook: HookInfo, entity: Entity, node: int | None) -> bool:
    if hook.node is None or hook.kind == "accumulated":
        return entity.kind == LEAF and hook.tensor == entity.tensor
    if hook.node != node:
        return False
    return entity.kind == LEAF or entity.output == (hook.number if hook.kind == "tensor" else 0)


def _ran(m: Moment, node: int | None) -> dict[int, int]:
    """The events of the shown pass in which hooks of a node ran, by hook."""
    run = m.shown_pass()
    if run is None or node is None:
        return {}
    out = {}
    for place in run.hooked.get(node, ()):
        event = m.trace.events[place]
        if isinstance(event, ev.HookRan):
            out[event.hook] = place
    return out


def _valve(m: Moment, hook: HookInfo, place: int | None) -> Valve:
    event = None if place is None else m.trace.events[place]
    now = place is not None and m.step is not None and place >= m.step.start
    change = _change(event) if isinstance(event, ev.HookRan) else ""
    return Valve(SIDES[hook.kind], hook.label or "hook", event is not None, now, change)


def _change(event: ev.HookRan) -> str:
    """What the hook made of the first gradient that it changed."""
    for before, after in zip(event.before, event.after, strict=False):
        if before != after:
            return change_text(before, after)
    return ""


def change_text(before: Value | None, after: Value | None) -> str:
    """``1.0 → 10.0``; of larger tensors only that they changed."""
    sides = ["None" if v is None else inline(v) for v in (before, after)]
    return " → ".join(sides) if max(map(len, sides)) <= MOST_CHARACTERS else "changed"
