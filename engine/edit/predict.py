"""Predicting: whether an op can take what a gesture would give it, found out on copies before anything is written."""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from engine.edit import Refused
from engine.edit.ground import Ground, operands_of
from engine.edit.offers import MODULES, Offer
from engine.edit.words import cut
from engine.nn.module import Module
from engine.program.modules import torch_modules
from engine.state import fresh_state
from engine.tensors import Tensor, wrap
from engine.trace import events as ev
from engine.trace.values import Value

MOST = 200_000
"""Elements of operands up to which an op is tried; above, the run will tell."""

BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}


Given = str | float | Tensor
"""What a name stands for in a trial: a card by its key, or a value."""


class _Unknown(Exception):
    """Something that cannot be computed without running the program."""


def trial_of_offer(ground: Ground, offer: Offer, operands: Sequence[str | float]) -> Refused | None:
    """Why an op cannot take the operands (keys of cards, numbers), in torch's words. None if it can."""
    names = [f"_{i}" for i in range(len(operands))]
    text = offer.template.format(*names, **MODULES, layer=offer.layer.format(**MODULES))
    expression = ast.parse(text, mode="eval").body
    return _trial(expression, {}, dict(zip(names, operands, strict=False)), ground)


def trial_of_expression(ground: Ground, text: str, leaves: Mapping[str, tuple[str, bool]]) -> Refused | None:
    """Why an expression cannot be computed, in torch's words. None if it can, or if only the program knows.

    ``leaves`` are the numbers of new leaves by name, with whether these require grad; other names are the program's.
    """

    def act() -> Any:
        tensor = torch_function("tensor")
        named: dict[str, Given] = {
            n: tensor(ast.literal_eval(number), requires_grad=flag) for n, (number, flag) in leaves.items()
        }
        expression = ast.parse(text, mode="eval").body
        for node in ast.walk(expression):
            key = ground.card(node.id) if isinstance(node, ast.Name) and node.id not in named else None
            if key is not None and isinstance(node, ast.Name):
                named[node.id] = key
        return _evaluate(expression, {}, named, ground)

    return attempt(act)


def trial_of_change(ground: Ground, expression: ast.expr, place: ast.expr, source: str) -> Refused | None:
    """Why the op that an expression is cannot take a card in place of the operand at ``place``; None if it can."""
    user = next((e for e in ground.made_at(expression)), None)
    if user is None:
        return None
    known: dict[ast.expr, Given] = {place: source}
    for child in operands_of(expression):
        key = next((k for k in user.sources if child is not place and ground.stands_for(child, k, user)), None)
        if key is not None:
            known[child] = key
    return _trial(expression, known, {}, ground)


def trial_of_value(ground: Ground, key: str, text: str) -> Refused | None:
    """Why an op that uses a leaf cannot take other numbers in its place, with the line of it; None if all can."""
    value = value_of(ground, key)
    if value is None:
        return None
    new = np.array(ast.literal_eval(text), value.dtype)
    if new.shape == value.shape or new.size > MOST:
        return None
    for user in ground.users(key):
        expression = ground.syntax.at(user.span) if user.span is not None else None
        if not isinstance(expression, ast.expr):
            continue
        known: dict[ast.expr, Given] = {}
        for child in operands_of(expression):
            source = next((k for k in user.sources if ground.stands_for(child, k, user)), None)
            if source is not None:
                known[child] = wrap(new.copy()) if source == key else source
        wrong = _trial(expression, known, {}, ground)
        if wrong is not None:
            where = ground.syntax.text(expression)
            return Refused(
                f"{wrong.why}\nThis is what line {expression.lineno} would come to: {cut(where)}.", user.span
            )
    return None


def _trial(
    expression: ast.expr, known: Mapping[ast.expr, Given], named: Mapping[str, Given], ground: Ground
) -> Refused | None:
    return attempt(lambda: _evaluate(expression, known, named, ground))


def attempt(act: Callable[[], object]) -> Refused | None:
    """Why something cannot be done, in torch's words, found out by doing it beside the program. None if it can."""
    with fresh_state(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            act()
        except _Unknown:
            return None
        except Exception as error:
            return Refused(f"{type(error).__name__}: {error}")
    return None


def torch_function(name: str) -> Any:
    """What programs get for one of torch's names."""
    return getattr(_modules()["torch"], name)


def _evaluate(node: ast.expr, known: Mapping[ast.expr, Given], named: Mapping[str, Given], ground: Ground) -> Any:
    def value(child: ast.expr) -> Any:
        return _evaluate(child, known, named, ground)

    if node in known:
        return _tensor(ground, known[node])
    match node:
        case ast.Name(id=name) if name in named:
            return _tensor(ground, named[name])
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in BINARY:
            return BINARY[type(sign)](value(left), value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [value(item) for item in items]
        case ast.Constant():
            return node.value
        case ast.Attribute(attr="pi" | "e" as constant) if _path(node) is not None:
            return getattr(math, constant)
        case ast.Subscript(value=owner, slice=place):
            return value(owner)[value(place)]
        case ast.Attribute(attr=field) if not field.startswith("_") and isinstance(node.value, ast.Call):
            return getattr(value(node.value), field)
        case ast.Call(func=function, args=args, keywords=keywords):
            called = _function(function, value, ground)
            if any(k.arg is None for k in keywords) or any(isinstance(a, ast.Starred) for a in args):
                raise _Unknown
            return called(*map(value, args), **{str(k.arg): value(k.value) for k in keywords})
    raise _Unknown


def _function(node: ast.expr, value: Callable[[ast.expr], Any], ground: Ground) -> Callable[..., Any]:
    """One of torch's functions or layers, or a method of a tensor: never one of the program's own."""
    path = _path(node)
    if path is not None:
        space: Any = _modules().get(_full_name(ground, path[:-1]))
        found = getattr(space, path[-1], None) if space is not None else None
        if callable(found) and (not isinstance(found, type) or issubclass(found, Module)):
            return found
    if isinstance(node, ast.Call):
        layer = value(node)
        if isinstance(layer, Module):
            return layer
    if isinstance(node, ast.Attribute) and not node.attr.startswith("_"):
        owner = value(node.value)
        if isinstance(owner, Tensor) and node.attr not in ("backward", "register_hook", "apply_"):
            return getattr(owner, node.attr)  # type: ignore[no-any-return]
    raise _Unknown


def _path(node: ast.expr) -> list[str] | None:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _path(node.value)
        return None if before is None else [*before, node.attr]
    return None


def _full_name(ground: Ground, path: Sequence[str]) -> str:
    """A module as it is written in the program, by its full name; as it stands in a template, too."""
    text = ".".join(path)
    for alias, full in ground.syntax.imports().items():
        if text == alias or text.startswith(alias + "."):
            return full + text[len(alias) :]
    return text


@cache
def _modules() -> Mapping[str, Any]:
    return torch_modules()


def _tensor(ground: Ground, thing: Given) -> Any:
    """A card's value as a tensor of its own; a number or a tensor as it is."""
    if not isinstance(thing, str):
        return thing
    if thing not in ground.scenes.entities:
        raise _Unknown
    entity = ground.entity(thing)
    if entity.number is not None:
        return entity.number
    value = value_of(ground, thing)
    if value is None or value.size > MOST:
        raise _Unknown
    array = value.array
    return wrap(np.zeros(value.shape, value.dtype) if array is None else array.copy())


def value_of(ground: Ground, key: str) -> Value | None:
    """What a card held when it was made."""
    entity = ground.entity(key)
    match ground.trace.events[entity.made]:
        case ev.Created(value=value) | ev.Edited(value=value):
            return value
        case ev.Applied(outputs=outputs):
            return outputs[entity.output].value
    return None
