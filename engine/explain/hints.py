"""What is told about a card or an edge that is pointed at: a heading and a few lines."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.cards import Card, card
from engine.explain.flow import EdgeKey, flow_on
from engine.explain.functions import Function, function, node_of, received_text, sent_text, sequence_text
from engine.explain.moment import Moment
from engine.explain.names import spec_name
from engine.explain.numbers import compact, inline
from engine.explain.paths import factor
from engine.graph.build import why_cut
from engine.graph.scenes import CONSTANT, Entity
from engine.trace import events as ev
from engine.trace.values import Value

WHY = {
    "constant": "the operand is not tracked",
    "detach": "detach() cuts the graph here",
    "data": ".data leaves the graph here",
    "no_grad": "made while grad mode is off",
    "not differentiable": "the op has no derivative",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """A heading and labelled lines."""

    heading: str
    rows: tuple[tuple[str, str], ...]

    @property
    def plain(self) -> str:
        """All in one sentence, for screen readers."""
        return ", ".join((self.heading, *(f"{label} {text}" for label, text in self.rows)))


def of_card(m: Moment, key: str, functions: bool = False) -> Hint:
    """A card's numbers; with ``functions``, those of its autograd node."""
    entity = m.scenes.entities[key]
    node = node_of(m, entity) if functions else None
    f = None if node is None else function(m, node)
    if f is not None:
        return _of_function(m, f, entity)
    c = card(m, entity)
    heading = c.title if c.leaf or c.title == c.aside else f"{c.title} = {c.aside}"
    if entity.kind == CONSTANT:
        return Hint(heading, (("constant", "a number in the program"),))
    rows = [("kind", c.aside)] if c.leaf else [("grad_fn", entity.grad_fn or "None: not tracked")]
    rows += [("value", c.value), ("grad", c.grad)]
    if c.waiting:
        rows.append(("arrived", c.waiting))
    if c.pins:
        rows.append(("freed" if all(p.freed for p in c.pins) else "saved", ", ".join(p.text for p in c.pins)))
    if c.data is not None and c.data.shape:
        rows.append(("shape", f"{list(c.data.shape)}, {c.data.dtype}"))
    return Hint(heading, (*rows, *_line(m, entity)))


def of_group(c: Card) -> Hint:
    """A collapsed group's numbers: those of what it results in."""
    return Hint(c.title, (("group", c.aside.rstrip(" ›")), ("value", c.value), ("grad", c.grad)))


def _line(m: Moment, entity: Entity) -> tuple[tuple[str, str], ...]:
    return (("line", str(m.line(entity.span))),) if entity.span is not None else ()


def _of_function(m: Moment, f: Function, entity: Entity) -> Hint:
    rows = [("of", m.name(entity.key)), ("number", sequence_text(f.sequence))]
    rows += [("in", received_text(f)), ("out", sent_text(f))]
    rows += [(f"next [{i}]", f"{n.name}, {n.input}") for i, n in enumerate(f.next)]
    rows += [(s.name, f"{s.value}, freed" if s.freed else s.value) for s in f.saved]
    return Hint(f.name, (*rows, *_line(m, entity)))


def of_edge(m: Moment, key: EdgeKey) -> Hint:
    """What goes along an edge: the operand's value forward, and back its gradient or the reason why none does."""
    source, target = m.scenes.entities[key[0]], m.scenes.entities[key[1]]
    names = (m.name(source.key), m.name(target.key))
    rows = [("input", f"{key[2]} of {spec_name(target)}")]
    rows.append(("value", str(source.number) if source.kind == CONSTANT else card(m, source).value))
    cut = why_cut(source, target)
    if cut:
        return Hint(" → ".join(names), (*rows, ("no gradient", WHY[cut])))
    local = "" if target.node is None else factor(m, target.node, key[2])
    if local:
        rows.append(("local derivative", local))
    flow = flow_on(m, m.shown_pass(), target, key[2])
    sent = sent_along(m, key)
    if flow is None or sent is None:
        return Hint(" → ".join(names), (*rows, ("gradient", "none has passed")))
    received, value = sent
    if received is not None:
        rows.append(("arrived at " + names[1], compact(received)))
    return Hint(" → ".join(names), (*rows, ("sent to " + names[0], inline(value))))


def sent_along(m: Moment, key: EdgeKey) -> tuple[Value | None, Value] | None:
    """What arrived at an edge's result in the last pass, and what was sent along the edge; None if nothing was."""
    run = m.backward()
    target = m.scenes.entities[key[1]]
    place = None if run is None or target.node is None else run.ran.get(target.node)
    event = None if place is None else m.trace.events[place]
    if not isinstance(event, ev.NodeRan):
        return None
    sent = next((s for s in event.sent if s.index == key[2]), None)
    received = event.received[target.output] if target.output < len(event.received) else None
    return None if sent is None else (received, sent.value)
