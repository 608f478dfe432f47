"""Gradients that are nan or infinite: the first node that made them so, and what that comes from."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Handler, Watcher
from engine.explain.advice.past import Past
from engine.explain.numbers import inline, number
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.values import Value

MOST_VALUES = 1 << 20
"""Elements that are looked at for each gradient written."""

UP, DOWN = "it grows without bound towards it", "it falls without bound towards it"
VERTICAL = "its curve is vertical there"
SINGULAR: dict[str, tuple[int, tuple[float, ...], str]] = {
    "sqrt": (0, (0.0,), "the curve of a square root starts vertically"),
    "rsqrt": (0, (0.0,), UP),
    "log": (0, (0.0,), DOWN),
    "log2": (0, (0.0,), DOWN),
    "log10": (0, (0.0,), DOWN),
    "log1p": (0, (-1.0,), DOWN),
    "reciprocal": (0, (0.0,), UP),
    "div": (1, (0.0,), "a quotient grows without bound where its divisor is 0"),
    "pow": (0, (0.0,), VERTICAL),
    "pow_tensor": (0, (0.0,), VERTICAL),
    "asin": (0, (-1.0, 1.0), VERTICAL),
    "acos": (0, (-1.0, 1.0), VERTICAL),
    "atanh": (0, (-1.0, 1.0), VERTICAL),
}
"""Ops with points of infinite slope: of which input, where, and what the curve does there."""


class Infinite(Watcher):
    """Looks at what is written to leaves; if that is not finite, back through the pass for its origin.

    Only points where the slope itself is infinite are told: what overflows has other reasons.
    """

    def handlers(self) -> dict[type, Handler]:
        return {ev.GradWritten: self._written}

    _searched = -1
    """The pass that was looked through last: all leaves of one have the same origin."""

    def _written(self, place: int, event: ev.GradWritten) -> None:
        if self.facts.began == self._searched or _finite(event.incoming):
            return
        self._searched = self.facts.began
        past = self.facts.past(place)
        for at in range(self.facts.began, place):
            ran = past.trace.events[at]
            if isinstance(ran, ev.NodeRan) and _born(ran):
                key = next(iter(past.scenes.of_node(ran.node)), None)
                if key is not None:
                    self._tell(past, place, event, at, ran, past.scenes.entities[key])
                return

    def _tell(self, past: Past, place: int, written: ev.GradWritten, at: int, ran: ev.NodeRan, entity: Entity) -> None:
        sent = next(s.value for s in ran.sent if not _finite(s.value))
        where = _where_above(past, at, ran)
        if where is not None and _got_zero(ran, sent):
            self._branch(past, place, written, entity, where, sent)
            return
        point = _point(past, entity, sent)
        if point is None:
            return
        text, at_point = past.source.of(entity.span), number(point).removesuffix(".0")
        grad = f"{past.name(written.tensor)}.grad is {inline(written.incoming)}"
        if _has_nan(sent):
            reason = f"The gradient that arrives there is 0, and 0 × inf is nan: {grad}."
        elif _has_nan(written.incoming):
            reason = f"Further on the infinite gradient meets a factor 0, and inf × 0 is nan: {grad}."
        else:
            reason = f"The gradient that goes on is infinite: {grad}."
        index, _, curve = SINGULAR[entity.op]
        what = "the divisor" if index else "the operand"
        self.tell(
            Advice(
                "infinite-slope",
                "The slope is infinite here",
                f"{text} {past.line(entity.span)} has an infinite slope at {at_point}: {curve}. {reason}",
                f"Keep {what} away from {at_point}, for example by adding a small number, 1e-8.",
                "",
                entity.span,
                () if entity.span is None else (Cause("an infinite slope here", entity.span, (entity.key,)),),
                event=place,
            )
        )

    def _branch(
        self, past: Past, place: int, written: ev.GradWritten, entity: Entity, where: Entity, sent: Value
    ) -> None:
        """A ``where`` whose branch that was not taken made nan of the 0 that it got."""
        undefined = _undefined(past, entity, sent)
        if not undefined and _point(past, entity, sent) is None:
            return
        text = past.source.of(entity.span)
        bad, product = ("is nan", "0 × nan") if undefined else ("has an infinite slope", "0 × inf")
        causes = []
        if where.span is not None:
            causes.append(Cause("chooses, but sends 0 into the other branch", where.span, (where.key,)))
        if entity.span is not None:
            causes.append(Cause(f"{bad} there: {product} is nan", entity.span, (entity.key,)))
        self.tell(
            Advice(
                "nan-from-where",
                "The branch not taken gives nan",
                f"where() computes both branches. To the one not taken it sends the gradient 0; {text} {bad} there, "
                f"and {product} is nan: {past.name(written.tensor)}.grad is {inline(written.incoming)}.",
                "Put a harmless number into the branch first, where it is not taken.",
                _safe(past, entity, where),
                entity.span,
                tuple(causes),
                event=place,
            )
        )


def _born(ran: ev.NodeRan) -> bool:
    """Whether a node made something infinite or nan of finite numbers."""
    return all(v is None or _finite(v) for v in ran.received) and any(not _finite(s.value) for s in ran.sent)


def _finite(value: Value) -> bool:
    """Whether all elements are numbers; values that were not kept are taken for such."""
    array = value.array
    if array is None or array.dtype.kind != "f" or array.size > MOST_VALUES:
        return True
    return bool(np.isfinite(array).all())


def _has_nan(value: Value) -> bool:
    array = value.array
    return array is not None and bool(np.isnan(array).any())


def _got_zero(ran: ev.NodeRan, sent: Value) -> bool:
    """Whether a node made nan of gradients that were 0."""
    received = next((v.array for v in ran.received if v is not None), None)
    array = sent.array
    if received is None or array is None or received.shape != array.shape:
        return False
    return bool(np.isnan(array).any()) and bool((received[np.isnan(array)] == 0).all())


def _where_above(past: Past, at: int, ran: ev.NodeRan) -> Entity | None:
    """The ``where`` from which a node's gradient came in this pass, if it came from one."""
    wanted = {ran.node}
    for place in range(at - 1, -1, -1):
        event = past.trace.events[place]
        if isinstance(event, ev.BackwardBegan):
            return None
        if isinstance(event, ev.NodeRan) and any(s.target in wanted for s in event.sent):
            key = next(iter(past.scenes.of_node(event.node)), None)
            if key is not None and past.scenes.entities[key].op.startswith("where"):
                return past.scenes.entities[key]
            wanted.add(event.node)
    return None


def _operand(past: Past, entity: Entity, index: int) -> np.ndarray[Any, Any] | None:
    """An operand's numbers."""
    if index >= len(entity.inputs):
        return None
    given = entity.inputs[index]
    if given.tensor is None:
        return None if given.number is None else np.asarray(given.number)
    info = past.info(given.tensor)
    return None if info is None or info.version != given.version else info.value.array


def _point(past: Past, entity: Entity, sent: Value) -> float | None:
    """The one point of infinite slope at which all operands stand whose gradient is not finite."""
    index, points, _ = SINGULAR.get(entity.op, (0, (), ""))
    operand, gradient = _operand(past, entity, index), sent.array
    if operand is None or gradient is None:
        return None
    wrong = ~np.isfinite(gradient)
    at = operand[wrong] if operand.shape == gradient.shape else operand[np.isin(operand, points)]
    found = {float(v) for v in np.ravel(at)}
    return found.pop() if len(found) == 1 and found <= set(points) else None


def _undefined(past: Past, entity: Entity, sent: Value) -> bool:
    """Whether the op's own result is nan wherever its gradient is."""
    made = past.trace.events[entity.made]
    result = made.outputs[entity.output].value.array if isinstance(made, ev.Applied) else None
    gradient = sent.array
    if result is None or gradient is None or result.shape != gradient.shape:
        return False
    return bool(np.isnan(result[~np.isfinite(gradient)]).all())


def _safe(past: Past, entity: Entity, where: Entity) -> str:
    """The statement with the op's operand made harmless where the branch is not taken."""
    call, node = past.source.expression(where.span), past.source.expression(entity.span)
    if not (isinstance(call, ast.Call) and len(call.args) == 3 and isinstance(node, ast.Call)):
        return ""
    method = isinstance(node.func, ast.Attribute) and not node.args
    target = node.func.value if method and isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
    if not isinstance(target, (ast.Name, ast.Attribute)):
        return ""
    condition, operand = past.source.of(call.args[0]), past.source.of(target)
    return past.source.changed(entity.span, (past.source.span(target), f"torch.where({condition}, {operand}, 1.)"))
