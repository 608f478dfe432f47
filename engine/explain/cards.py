"""What each card of the picture says at a moment: title, expression, value, gradient, pins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.explain import names
from engine.explain.moment import Moment
from engine.explain.numbers import compact, inline, number, shape_text
from engine.graph.scenes import CONSTANT, FOREVER, LEAF, OP, Entity
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.events import Saved
from engine.trace.state import State
from engine.trace.values import Value

MOST_WAITING = 6
"""Gradients whose numbers are looked at to write a sum out; more never fit."""


class Grad(StrEnum):
    """What the gradient row shows."""

    NONE = "none"
    """Tracked, and ``.grad`` is None."""
    UNTRACKED = "untracked"
    ARRIVED = "arrived"
    """A gradient that passed through in the present pass (not kept)."""
    KEPT = "kept"
    """What stands in ``.grad``."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A saved tensor on an op: ``a@v0``; hollow when freed; broken when it was edited since: ``a@v0 → v1``."""

    text: str
    freed: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: a label and a text, muted where there is nothing."""

    label: str
    text: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Face:
    """What the card of an autograd function says in place of a value and a gradient."""

    rows: tuple[Row, ...]
    saved: str
    freed: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Card:
    """The words and numbers of one card. Values that have a heat map are given whole."""

    key: str
    title: str
    current: bool
    """Whether the title is still a name for this tensor (it may have been rebound)."""
    aside: str
    """Top right: the expression, or what kind of leaf it is."""
    glyph: str
    shape: str
    leaf: bool
    tracked: bool
    constant: bool
    value: str
    data: Value | None
    grad: str
    grad_kind: Grad
    grad_data: Value | None
    grad_note: str
    """``seed`` on the root, ``retained``, or from how many backward calls it comes."""
    waiting: str
    """What has arrived in the buffer and is not yet written: ``Σ 3.0 + 2.0``."""
    pins: tuple[Pin, ...]
    root: bool
    order: int
    version: int
    dead: bool
    no_grad: bool
    """Made while grad mode was off."""
    function: Face | None = None
    """For an autograd function: what it says instead."""


def glyph_of(entity: Entity) -> str:
    """The sign or word on an op's badge; ``""`` for leaves and numbers."""
    spec = TABLE.get(entity.op) or TABLE.get(entity.op.removesuffix("_"))
    return "" if entity.kind != OP or spec is None else spec.glyph


def card(m: Moment, entity: Entity) -> Card:
    """The card of an entity as it stands at the moment."""
    if entity.kind == CONSTANT:
        return _constant(entity)
    assert entity.tensor is not None
    state = m.state
    info = state.tensors.get(entity.tensor)
    name = names.given_name(entity, m.place)
    value = _value_at(m, entity)
    tracked = entity.tracked if info is None else info.requires_grad if entity.kind == LEAF else entity.tracked
    grad, kind, grad_data, note = _gradient(m, entity, tracked)
    leaf = entity.kind == LEAF
    shape = shape_text(value.shape) if value is not None else ""
    run = m.shown_pass()
    root = run is not None and not run.over and _roots(m, run.roots, entity)
    return Card(
        entity.key,
        names.title(m.scenes, entity, m.place),
        not name or names.is_current(state, entity, name),
        _leaf_aside(entity, tracked, shape) if leaf else names.expression(m.scenes, entity),
        glyph_of(entity),
        shape,
        leaf,
        tracked,
        False,
        "…" if value is None else compact(value),
        value,
        grad,
        kind,
        grad_data,
        note,
        _waiting(m, entity),
        _pins(m, entity),
        root,
        entity.order,
        0 if info is None else info.version,
        entity.died != FOREVER and entity.died < m.place,
        not leaf and _made_without_grad(m, entity),
    )


def _constant(entity: Entity) -> Card:
    text = number(entity.number)
    return Card(
        entity.key,
        text,
        True,
        "constant",
        "",
        "",
        True,
        False,
        True,
        text,
        None,
        "not tracked",
        Grad.UNTRACKED,
        None,
        "",
        "",
        (),
        False,
        entity.order,
        0,
        False,
        False,
    )


def _leaf_aside(entity: Entity, tracked: bool, shape: str) -> str:
    word = "parameter" if entity.how == "Parameter" else "leaf" if tracked else "constant"
    if entity.how == "grad":
        word = "gradient"
    return f"{word} · {shape}" if shape else word


def _roots(m: Moment, roots: tuple[int, ...], entity: Entity) -> bool:
    if entity.node is not None:
        return entity.node in roots
    return entity.tensor is not None and m.state.leaf_nodes.get(entity.tensor) in roots


def _made_without_grad(m: Moment, entity: Entity) -> bool:
    event = m.trace.events[entity.made]
    return isinstance(event, ev.Applied) and not event.grad_mode and not entity.tracked


def _value_at(m: Moment, entity: Entity) -> Value | None:
    """The entity's value now. An op's result that was edited in place since shows what it was."""
    assert entity.tensor is not None
    info = m.state.tensors.get(entity.tensor)
    key = m.scenes.of_tensor(entity.tensor, m.place)
    if info is not None and key == entity.key:
        return info.value
    event = m.trace.events[entity.made]
    if isinstance(event, ev.Applied):
        return event.outputs[entity.output].value
    if isinstance(event, (ev.Created, ev.Edited)):
        return event.value
    return info.value if info is not None else None


def _gradient(m: Moment, entity: Entity, tracked: bool) -> tuple[str, Grad, Value | None, str]:
    state: State = m.state
    if not tracked:
        return "not tracked", Grad.UNTRACKED, None, ""
    assert entity.tensor is not None
    kept = state.grad(entity.tensor) if entity.tensor in state.tensors else None
    if kept is not None:
        return compact(kept), Grad.KEPT, kept, _kept_note(state, entity)
    run = m.shown_pass()
    if entity.kind != LEAF and run is not None and entity.node in run.received:
        arrived = run.received[entity.node]
        value = arrived[entity.output] if entity.output < len(arrived) else None
        if value is not None:
            seed = entity.node in run.roots
            return compact(value), Grad.ARRIVED, value, "seed" if seed else ""
    retains = entity.kind != LEAF and entity.tensor in state.tensors and state.tensors[entity.tensor].retains
    return "None", Grad.NONE, None, "retain_grad" if retains else ""


def _kept_note(state: State, entity: Entity) -> str:
    """Why a gradient stays where others pass, or from how many calls it is the sum."""
    assert entity.tensor is not None
    if entity.kind != LEAF:
        return "retained"
    grad = state.tensors[entity.tensor].grad
    calls = 0 if grad is None else state.tensors[grad].calls
    return f"{calls} calls" if calls > 1 else ""


def _waiting(m: Moment, entity: Entity) -> str:
    """The sum in the input buffer, from the first arrival until the node runs."""
    run = m.backward()
    node = entity.node
    if node is None and entity.tensor is not None:
        node = m.state.leaf_nodes.get(entity.tensor)
    if run is None or run.over or node is None or node in run.ran:
        return ""
    parts = run.arrived.get((node, entity.output if entity.kind != LEAF else 0), ())
    if not parts or parts[0].source is None:
        return ""
    if len(parts) > MOST_WAITING:
        return f"Σ {len(parts)} × …"
    texts = [inline(c.value) for c in parts]
    joined = " + ".join(texts)
    if len(joined) > 22:
        joined = f"{len(parts)} × …" if len(parts) > 2 else " + ".join(t[:9] for t in texts)
    return f"Σ {joined}"


def _version_now(m: Moment, entity: Entity, saved: Saved) -> int:
    """The version of a saved tensor as it is now, after edits in place."""
    tensor = entity.tensor if saved.tensor is None else saved.tensor
    info = None if tensor is None else m.state.tensors.get(tensor)
    return saved.version if info is None else info.version


def _pins(m: Moment, entity: Entity) -> tuple[Pin, ...]:
    """The tensors that the entity's node saved; numbers are no tensors and get no pin."""
    node = None if entity.node is None else m.state.nodes.get(entity.node)
    if node is None or entity.node is None or entity.output:
        return ()
    pins = []
    for saved, changed in m.state.pins(entity.node):
        if saved.number is not None:
            continue
        name = "result" if saved.tensor is None else m.tensor_name(saved.tensor)
        now = f" → v{_version_now(m, entity, saved)}" if changed else ""
        pins.append(Pin(f"{name}@v{saved.version}{now}", node.freed, changed))
    return tuple(pins)
