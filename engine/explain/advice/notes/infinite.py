"""Gradients that are nan or infinite: the first node that made them so, and what that comes from."""

from __future__ import annotations

import ast

import numpy as np

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Handler, Watcher
from engine.explain.advice.past import Past
from engine.explain.numbers import inline
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.values import Value

MOST_VALUES = 1 << 20
"""Elements that are looked at for each gradient written."""


class Infinite(Watcher):
    """Looks at what is written to leaves; if that is not finite, back through the pass for its origin."""

    def handlers(self) -> dict[type, Handler]:
        return {ev.GradWritten: self._written}

    def _written(self, place: int, event: ev.GradWritten) -> None:
        if _finite(event.incoming):
            return
        past = self.facts.past(place)
        for at in range(self.facts.began, place):
            ran = past.trace.events[at]
            if isinstance(ran, ev.NodeRan) and self._born(past, at, ran):
                self._tell(past, place, event, at, ran)
                return

    def _born(self, past: Past, at: int, ran: ev.NodeRan) -> bool:
        """Whether a node made something infinite or nan of finite numbers."""
        return all(v is None or _finite(v) for v in ran.received) and any(not _finite(s.value) for s in ran.sent)

    def _tell(self, past: Past, place: int, written: ev.GradWritten, at: int, ran: ev.NodeRan) -> None:
        key = next(iter(past.scenes.of_node(ran.node)), None)
        if key is None:
            return
        entity = past.scenes.entities[key]
        operand = _operand(past, entity)
        result = past.trace.events[entity.made]
        if not isinstance(result, ev.Applied) or operand is None or not _finite(operand):
            return
        where = self._where_above(past, at, ran, entity)
        leaf = past.name(written.tensor)
        sent = next(s.value for s in ran.sent if not _finite(s.value))
        if where is not None and _has_nan(sent):
            self._branch(past, place, leaf, entity, where, written)
            return
        text = past.source.of(entity.span)
        point = _point(operand, sent)
        at_zero = "" if point is None else f" at {point}"
        grad = f"{leaf}.grad is {inline(written.incoming)}"
        if _has_nan(sent):
            reason = f"The gradient that arrives there is 0, and 0 × inf is nan: {grad}."
        elif _has_nan(written.incoming):
            reason = f"Further on the infinite gradient meets a factor 0, and inf × 0 is nan: {grad}."
        else:
            reason = f"The gradient that goes on is infinite: {grad}."
        self.tell(
            Advice(
                "infinite-slope",
                "The slope is infinite here",
                f"{text} {past.line(entity.span)} has an infinite slope{at_zero}: {_shape_of(entity)}. {reason}",
                f"Keep the operand away from {point or 'that point'}, for example by adding a small number, 1e-8.",
                "",
                entity.span,
                () if entity.span is None else (Cause("an infinite slope here", entity.span, (entity.key,)),),
                event=place,
            )
        )

    def _where_above(self, past: Past, at: int, ran: ev.NodeRan, entity: Entity) -> Entity | None:
        """The ``where`` from which a node's gradient came, whose other branch was taken where the slope is infinite."""
        wanted = {ran.node}
        for place in range(at - 1, self.facts.began, -1):
            event = past.trace.events[place]
            if isinstance(event, ev.NodeRan) and any(s.target in wanted for s in event.sent):
                key = next(iter(past.scenes.of_node(event.node)), None)
                above = None if key is None else past.scenes.entities[key]
                if above is not None and above.op == "where":
                    return above
                wanted.add(event.node)
        return None

    def _branch(
        self, past: Past, place: int, leaf: str, entity: Entity, where: Entity, written: ev.GradWritten
    ) -> None:
        text = past.source.of(entity.span)
        operand = _operand_name(past, entity)
        causes = []
        if where.span is not None:
            causes.append(Cause("chooses, but sends 0 into the other branch", where.span, (where.key,)))
        if entity.span is not None:
            causes.append(Cause("infinite slope: 0 × inf is nan", entity.span, (entity.key,)))
        condition = _condition(past, where)
        code = ""
        if condition and operand and entity.span is not None and where.span is not None:
            safe = f"torch.where({condition}, {operand}, 1.)"
            code = _replaced(past, entity, operand, safe)
        self.tell(
            Advice(
                "nan-from-where",
                "The branch not taken gives nan",
                f"where() computes both branches. To the one not taken it sends the gradient 0; {text} has an infinite "
                f"slope there, and 0 × inf is nan: {leaf}.grad is {past.value(written.grad)}.",
                "Put a harmless number into the branch first, where it is not taken.",
                code,
                entity.span,
                tuple(causes),
                event=place,
            )
        )


def _finite(value: Value) -> bool:
    """Whether all elements are numbers; values that were not kept are taken for such."""
    array = value.array
    if array is None or array.dtype.kind != "f" or array.size > MOST_VALUES:
        return True
    return bool(np.isfinite(array).all())


def _has_nan(value: Value) -> bool:
    array = value.array
    return array is not None and bool(np.isnan(array).any())


def _operand(past: Past, entity: Entity) -> Value | None:
    """The value of an op's first operand when it was applied."""
    tensor = next((o.tensor for o in entity.inputs if o.tensor is not None), None)
    source = None if tensor is None else past.scenes.of_tensor(tensor, entity.made)
    if tensor is None or source is None:
        return None
    made = past.trace.events[past.scenes.entities[source].made]
    match made:
        case ev.Applied():
            return next((o.value for o in made.outputs if o.tensor == tensor), None)
        case ev.Created() | ev.Edited():
            return made.value
    return None


def _operand_name(past: Past, entity: Entity) -> str:
    tensor = next((o.tensor for o in entity.inputs if o.tensor is not None), None)
    return "" if tensor is None else past.name(tensor)


def _point(operand: Value, sent: Value) -> str | None:
    """The number at which the slope is infinite, where operand and gradient have the same shape."""
    a, g = operand.array, sent.array
    if a is None or g is None or a.shape != g.shape:
        return "0" if a is not None and bool((a == 0).any()) else None
    points = {float(v) for v in a[~np.isfinite(g)].reshape(-1)}
    if len(points) != 1:
        return None
    (point,) = points
    return f"{int(point)}" if point == int(point) else f"{point:g}"


def _shape_of(entity: Entity) -> str:
    """What the curve does there, in a few words."""
    shapes = {
        "sqrt": "the curve of a square root starts vertically",
        "rsqrt": "it grows without bound towards it",
        "log": "it falls without bound towards it",
        "log2": "it falls without bound towards it",
        "log10": "it falls without bound towards it",
        "div": "a quotient grows without bound where its divisor is 0",
        "reciprocal": "it grows without bound towards it",
        "norm": "a norm has a corner there",
        "acos": "the curve ends vertically",
        "asin": "the curve ends vertically",
    }
    return shapes.get(entity.op, "the curve is vertical or ends there")


def _condition(past: Past, where: Entity) -> str:
    call = past.source.expression(where.span)
    if isinstance(call, ast.Call) and len(call.args) == 3:
        return past.source.of(call.args[0])
    return ""


def _replaced(past: Past, entity: Entity, operand: str, safe: str) -> str:
    """The statement with the operand of the op replaced."""
    node = past.source.expression(entity.span)
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
        target = inner if inner is not None else node.args[0] if node.args else None
        if target is not None and past.source.of(target) == operand:
            return past.source.changed(entity.span, (past.source.span(target), safe))
    return ""
