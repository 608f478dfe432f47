"""History of a tensor over a run: its versions and its ``.grad``, each with the step that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.explain import names
from engine.explain.moment import Moment
from engine.explain.numbers import compact, shape_text
from engine.trace import events as ev
from engine.trace.trace import Trace
from engine.trace.values import Value


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: what happened, what stands there since, and the cursor at which one sees it."""

    cursor: int
    what: str
    value: str


def value_changes(m: Moment, tensor: int) -> Sequence[int]:
    """The events that made and edited a tensor, over the whole run."""
    return m.scenes.changes.of_value(tensor)


def grad_changes(m: Moment, tensor: int) -> Sequence[int]:
    """The events that changed its ``.grad``, over the whole run."""
    return m.scenes.changes.of_grad(tensor)


def change(trace: Trace, place: int, tensor: int, grad: bool) -> Change:
    """What event ``place`` did to a tensor, or to its ``.grad``."""
    event = trace.events[place]
    cursor = trace.cursor_of(place)
    match event:
        case ev.Created():
            return Change(cursor, event.how or "made", _few(event.value))
        case ev.Applied():
            spec = names.spec_of(event.op)
            word = event.op if spec is None else spec.call.rpartition(".")[2]
            value = next(o.value for o in event.outputs if o.tensor == tensor)
            return Change(cursor, word, _few(value))
        case ev.Edited():
            values = {event.tensor: (event.version, event.value), **{t: (v, x) for t, v, x in event.also}}
            version, value = values.get(tensor, (event.version, event.value))
            return Change(cursor, event.op if grad else f"{event.op} v{version}", _few(value))
        case ev.GradWritten():
            return Change(cursor, "backward", _few(event.new))
        case ev.GradAssigned(grad=None):
            return Change(cursor, "taken away", "None")
        case ev.GradAssigned():
            return Change(cursor, "assigned", _assigned(trace, place, event.grad))
    return Change(cursor, "changed", "…")


def _few(value: Value) -> str:
    """A value without its shape, which is that of the tensor."""
    return compact(value).removeprefix(f"{shape_text(value.shape)} ")


def _assigned(trace: Trace, place: int, grad: int | None) -> str:
    info = None if grad is None else trace.state_after(place + 1).tensors.get(grad)
    return "…" if info is None else _few(info.value)


def sharing(m: Moment, tensor: int) -> list[tuple[str, str]]:
    """The other living tensors that have their elements in the same storage: their cards and what these are called."""

    def storage(number: int) -> int:
        """The tensor whose storage it was at first: views of views lead back to it."""
        info = m.state.tensors.get(number)
        while info is not None and info.shares is not None:
            number = info.shares
            info = m.state.tensors.get(number)
        return number

    mine = storage(tensor)
    found = [t for t, info in m.state.tensors.items() if t != tensor and info.alive and storage(t) == mine]
    out = []
    for other in found:
        key = m.scenes.of_tensor(other, m.place)
        if key is not None:
            entity = m.scenes.entities[key]
            name = names.given_name(entity, m.place)
            made = names.expression(m.scenes, entity) if entity.op else ""
            out.append((key, f"{name} = {made}" if name and made else name or made or names.title(m.scenes, entity, 0)))
    return out
