"""What things are called at a moment of a run: by the program's names, else by how they were made."""

from __future__ import annotations

from string import Formatter
from typing import Any

from engine.explain.numbers import number
from engine.graph.scenes import CONSTANT, LEAF, Entity, Scenes
from engine.ops import TABLE
from engine.ops.spec import OpSpec
from engine.trace.state import State

LONGEST = 18
"""Characters of an operand's expression inside another one."""


def given_name(entity: Entity, place: int) -> str:
    """The last name that the program gave an entity within the first ``place`` events; ``""`` if none."""
    found = ""
    for at, name in entity.names:
        if at < place:
            found = name
    return found


def title(scenes: Scenes, entity: Entity, place: int) -> str:
    """What a card is headed: its name, a number, or a word for what made it."""
    if entity.kind == CONSTANT:
        return number(entity.number)
    name = given_name(entity, place)
    if name:
        return name
    if entity.how == "grad":
        owner = grad_owner(scenes, entity, place)
        return f"{owner}.grad" if owner else "gradient"
    if entity.kind == LEAF:
        return entity.how or "seed"
    return spec_name(entity)


def spec_of(op: str) -> OpSpec | None:
    """What is known of an op; for an edit in place, of the op that it applies."""
    return TABLE.get(op) or TABLE.get(op.removesuffix("_"))


def spec_name(entity: Entity) -> str:
    """A word for an unnamed result: its op."""
    spec = spec_of(entity.op)
    return (spec.call.rsplit(".", 1)[-1] if spec is not None else entity.op.removesuffix("_")) or "result"


def grad_owner(scenes: Scenes, entity: Entity, place: int) -> str:
    """The name of the tensor whose ``.grad`` this entity is."""
    assert entity.tensor is not None
    owner = scenes.owner_of_grad(entity.tensor)
    if owner is None:
        return ""
    key = scenes.of_tensor(owner, place)
    return "" if key is None else given_name(scenes.entities[key], place)


def is_current(state: State, entity: Entity, name: str) -> bool:
    """Whether ``name`` still stands for this entity (it may have been rebound since)."""
    if entity.tensor is None:
        return True
    for (_, bound), binding in state.names.items():
        for path, tensor in binding.tensors:
            if bound + path == name and tensor == entity.tensor:
                return True
    return False


class _Fields(dict[str, Any]):
    """Params of an op for its form; what a form names but the call did not give stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


def operand(scenes: Scenes, key: str, place: int, brackets: bool) -> str:
    """An operand inside an expression: its name, its number, or its own expression if that is short."""
    entity = scenes.entities.get(key)
    if entity is None:
        return "·"
    if entity.kind == CONSTANT:
        return number(entity.number)
    name = given_name(entity, place)
    if name:
        return name
    if entity.kind == LEAF:
        return title(scenes, entity, place)
    inner = expression(scenes, entity, deep=False)
    if len(inner) > LONGEST:
        return spec_name(entity)
    return f"({inner})" if brackets and " " in inner else inner


def expression(scenes: Scenes, entity: Entity, deep: bool = True) -> str:
    """How a result was computed: ``w + x``. With ``deep`` off, unnamed operands are not opened up."""
    # What the operands were called when it was made does not change any more.
    key = entity.key, deep
    known = scenes.expressions.get(key)
    if known is None:
        known = scenes.expressions[key] = _expression(scenes, entity, deep)
    return known


def _expression(scenes: Scenes, entity: Entity, deep: bool) -> str:
    spec = spec_of(entity.op)
    if spec is None:
        return entity.op
    brackets = not spec.form.startswith(f"{spec.name}(")
    names = []
    for key in entity.sources:
        if deep:
            names.append(operand(scenes, key, entity.made + 1, brackets))
        else:
            source = scenes.entities.get(key)
            names.append(title(scenes, source, entity.made + 1) if source is not None else "·")
    fields = _Fields({k: _param(v) for k, v in entity.params.items()})
    if len(names) != _operands_in(spec.form):
        return f"{spec.glyph if spec.glyph != spec.name else spec.name}({', '.join(names)})"
    return Formatter().vformat(spec.form, names, fields).replace("+ -", "− ")


def _operands_in(form: str) -> int:
    return len({field for _, field, _, _ in Formatter().parse(form) if field is not None and field.isdigit()})


def _param(value: Any) -> str:
    if isinstance(value, (int, float)):
        text = number(value)
        return text.removesuffix(".0") if isinstance(value, float) else text
    if isinstance(value, list):
        return ", ".join(_param(v) for v in value)
    return str(value)
