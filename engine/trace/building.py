"""Building the events of a batch from its records."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from engine.trace import events as ev
from engine.trace import records as rc
from engine.trace.records import DTYPES
from engine.trace.values import Value

_PACKERS = [struct.Struct("=q" if name == "int64" else "=" + np.dtype(name).char).pack for name in DTYPES]
_SIZES = [np.dtype(name).itemsize for name in DTYPES]


class Builder:
    """Builds the events of one batch, in order."""

    def __init__(self, batch: rc.Batch, memory: bytes) -> None:
        self._memory = memory
        self._begin = 0
        self._spans: list[ev.Span | None] = [None, *batch.spans]
        self._ops = batch.ops
        self._kinds = batch.kinds
        self._others = iter(batch.others)
        self._records = batch.records
        self._values: list[Value] = []
        self._out: list[ev.AnyEvent] = []

    def events(self) -> list[ev.AnyEvent]:
        """All events; LookupError, TypeError or ValueError if the batch is broken."""
        died: list[int] = []
        for record in self._records:
            if type(record) is int:
                died.append(record)
                continue
            if died:
                self._died(died)
                died = []
            _BUILD[type(record)](self, record)
        if died:
            self._died(died)
        if next(self._others, None) is not None or self._begin != len(self._memory):
            raise ValueError("more than the records mention")
        return self._out

    def value(self, v: Any) -> Value:
        """The value that stands for ``v``."""
        if type(v) is int:
            return self._values[v]
        code, shape = v[0], v[1]
        if type(shape) is not list:
            return Value(_PACKERS[code](shape), DTYPES[code], ())
        shape = tuple(shape)
        if len(v) == 4:
            return Value(None, DTYPES[code], shape, *v[2:])
        begin = self._begin
        end = self._begin = begin + _SIZES[code] * math.prod(shape)
        if not begin <= end <= len(self._memory):
            raise ValueError(f"no memory is left for a {DTYPES[code]} of shape {shape}")
        value = Value(self._memory[begin:end], DTYPES[code], shape)
        self._values.append(value)
        return value

    def _optional(self, v: Any) -> Value | None:
        return None if v is None else self.value(v)

    def _link(self, node: int, kind: int, edges: Any, numbers: Any, pins: Any, sequence: int) -> ev.Link:
        known = self._kinds[kind]
        saved = [] if pins is None else [_pin(n, p) for n, p in zip(known.pins, pins, strict=False) if p is not None]
        return ev.Link(node, known.grad_fn, _edges(edges, numbers), saved, sequence)

    # --- one record -------------------------------------------------------------------------

    def _applied(self, r: rc.Applied | rc.Tracked) -> None:
        op = self._ops[r.op]
        inputs = [ev.Operand(x) if type(x) is int else _operand(x) for x in r.inputs]
        shares = inputs[0].tensor if op.shares else None
        link = None
        if type(r) is rc.Tracked:
            link = self._link(r.node, r.kind, r.edges, r.numbers, r.pins, r.sequence)
        self._out.append(
            ev.Applied(
                span=self._spans[r.span],
                op=op.name,
                inputs=inputs,
                outputs=[ev.Output(r.tensor, self.value(r.value), r.requires_grad, shares)],
                params=r.params or {},
                link=link,
                within=r.within,
                grad_mode=r.grad_mode,
            )
        )

    def _single(self, r: rc.Single) -> None:
        op, kind = self._ops[r.op], self._kinds[r.kind]
        operand = ev.Operand(r.input) if type(r.input) is int else _operand(r.input)
        self._out.append(
            ev.Applied(
                span=self._spans[r.span],
                op=op.name,
                inputs=[operand],
                outputs=[ev.Output(r.tensor, self.value(r.value), True, operand.tensor if op.shares else None)],
                params=r.params or {},
                link=ev.Link(
                    r.node,
                    kind.grad_fn,
                    [(r.edge, 0 if r.numbers is None else r.numbers[0])],
                    [] if r.pin is None else [_pin(kind.pins[0], r.pin)],
                    r.sequence,
                ),
                within=r.within,
            )
        )

    def _pair(self, r: rc.Pair) -> None:
        op, kind = self._ops[r.op], self._kinds[r.kind]
        first, second = r.first, r.second
        inputs = [
            ev.Operand(first) if type(first) is int else _operand(first),
            ev.Operand(second) if type(second) is int else _operand(second),
        ]
        saved = []
        if r.kept & 1:
            saved.append(_pin(kind.pins[0], first))
        if r.kept & 2:
            saved.append(_pin(kind.pins[1], second))
        self._out.append(
            ev.Applied(
                span=self._spans[r.span],
                op=op.name,
                inputs=inputs,
                outputs=[ev.Output(r.tensor, self.value(r.value), True, inputs[0].tensor if op.shares else None)],
                params=r.params or {},
                link=ev.Link(r.node, kind.grad_fn, _edges([r.left, r.right], r.numbers), saved, r.sequence),
                within=r.within,
            )
        )

    def _applied_many(self, r: rc.AppliedMany) -> None:
        op = self._ops[r.op]
        inputs = [_operand(x) for x in r.inputs]
        shares = inputs[0].tensor if op.shares else None
        self._out.append(
            ev.Applied(
                span=self._spans[r.span],
                op=op.name,
                inputs=inputs,
                outputs=[ev.Output(t, self.value(v), requires_grad, shares) for t, requires_grad, v in r.outputs],
                params=r.params or {},
                link=None if r.link is None else self._link(*r.link),
                within=r.within,
                grad_mode=r.grad_mode,
            )
        )

    def _edited(self, r: rc.Edited) -> None:
        value = self.value(r.value)
        self._out.append(
            ev.Edited(
                span=self._spans[r.span],
                tensor=r.tensor,
                op=r.op,
                version=r.version,
                value=value,
                inputs=[_operand(x) for x in r.inputs],
                params=r.params or {},
                link=None if r.link is None else self._link(*r.link),
                also=[(tensor, version, self.value(v)) for tensor, version, v in r.also],
            )
        )

    def _sent(self, flat: list[Any]) -> list[ev.Sent]:
        """What a node sent: its values stand before those that it received."""
        value = self.value
        items = zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=True)
        return [ev.Sent(i, target, value(v), number) for i, target, number, v in items]

    def _ran(self, r: rc.Ran) -> None:
        sent = self._sent(r.sent)
        self._out.append(
            ev.NodeRan(
                span=self._spans[r.span],
                run=r.run,
                node=r.node,
                received=[None if r.received is None else self.value(r.received)],
                sent=sent,
                freed=r.freed,
            )
        )

    def _ran_many(self, r: rc.RanMany) -> None:
        sent = self._sent(r.sent)
        self._out.append(
            ev.NodeRan(
                span=self._spans[r.span],
                run=r.run,
                node=r.node,
                received=[self._optional(v) for v in r.received],
                sent=sent,
                freed=r.freed,
            )
        )

    def _leaf_ran(self, r: rc.LeafRan) -> None:
        span = self._spans[r.span]
        incoming = self.value(r.received)
        self._out.append(ev.NodeRan(span=span, run=r.run, node=r.node, received=[incoming], freed=r.freed))
        self._out.append(
            ev.GradWritten(
                span=span,
                tensor=r.tensor,
                grad=r.grad,
                incoming=incoming,
                new=incoming if r.new is None else self.value(r.new),
                old=self._optional(r.old),
                version=r.version,
            )
        )

    def _created(self, r: rc.Created) -> None:
        self._out.append(
            ev.Created(
                span=self._spans[r.span],
                tensor=r.tensor,
                how=r.how,
                value=self.value(r.value),
                requires_grad=r.requires_grad,
            )
        )

    def _accumulator(self, r: rc.Accumulator) -> None:
        self._out.append(ev.Accumulator(node=r.node, tensor=r.tensor))

    def _died(self, numbers: list[int]) -> None:
        self._out.append(ev.Died(tensors=[n for n in numbers if n >= 0], nodes=[-1 - n for n in numbers if n < 0]))

    def _grad_assigned(self, r: rc.GradAssigned) -> None:
        self._out.append(ev.GradAssigned(span=self._spans[r.span], tensor=r.tensor, grad=r.grad))

    def _entered(self, r: rc.Entered) -> None:
        self._out.append(ev.Entered(span=self._spans[r.span], kind=r.kind, label=r.label, title=r.title))

    def _left(self, r: rc.Left) -> None:
        self._out.append(ev.Left(span=self._spans[r.span], kind=r.kind, label=r.label))

    def _backward_began(self, r: rc.BackwardBegan) -> None:
        self._out.append(
            ev.BackwardBegan(
                span=self._spans[r.span],
                run=r.run,
                outputs=r.outputs,
                roots=r.roots,
                seeds=[self._optional(v) for v in r.seeds],
                keep_graph=r.keep_graph,
                create_graph=r.create_graph,
                wanted=r.wanted,
                waiting=list(zip(r.waiting, r.counts, strict=True)),
            )
        )

    def _backward_ended(self, r: rc.BackwardEnded) -> None:
        self._out.append(ev.BackwardEnded(span=self._spans[r.span], run=r.run, results=r.results, failed=r.failed))

    def _bound(self, r: rc.Bound) -> None:
        self._out.append(ev.Bound(span=self._spans[r.span], name=r.name, tensors=r.tensors, text=r.text, scope=r.scope))

    def _iterated(self, r: rc.Iterated) -> None:
        self._out.append(ev.Iterated(span=self._spans[r.span], index=r.index))

    def _other(self, r: rc.Other) -> None:
        self._out.append(next(self._others))


def _operand(x: Any) -> ev.Operand:
    if type(x) is int:
        return ev.Operand(x)
    if x is None:
        return ev.Operand()
    tensor, more = x
    return ev.Operand(number=more) if tensor is None else ev.Operand(tensor, more)


def _edges(nodes: list[int | None], numbers: list[int] | None) -> list[tuple[int | None, int]]:
    return [(n, 0) for n in nodes] if numbers is None else list(zip(nodes, numbers, strict=True))


def _pin(name: str, pin: Any) -> ev.Saved:
    if type(pin) is int:
        return ev.Saved(name, pin) if pin >= 0 else ev.Saved("result", version=-1 - pin)
    tensor, more = pin
    return ev.Saved(name, number=more) if tensor is None else ev.Saved(name, tensor, more)


_BUILD: dict[type, Callable[[Any, Any], None]] = {
    rc.Applied: Builder._applied,
    rc.Tracked: Builder._applied,
    rc.AppliedMany: Builder._applied_many,
    rc.Edited: Builder._edited,
    rc.Ran: Builder._ran,
    rc.LeafRan: Builder._leaf_ran,
    rc.Created: Builder._created,
    rc.Accumulator: Builder._accumulator,
    rc.GradAssigned: Builder._grad_assigned,
    rc.Entered: Builder._entered,
    rc.Left: Builder._left,
    rc.BackwardBegan: Builder._backward_began,
    rc.BackwardEnded: Builder._backward_ended,
    rc.Bound: Builder._bound,
    rc.Iterated: Builder._iterated,
    rc.Other: Builder._other,
    rc.Single: Builder._single,
    rc.Pair: Builder._pair,
    rc.RanMany: Builder._ran_many,
}


def events(batch: rc.Batch, memory: bytes) -> list[ev.AnyEvent]:
    """The events of a batch with the memory behind it; msgspec.ValidationError if its records do not fit together."""
    try:
        return Builder(batch, memory).events()
    except (LookupError, TypeError, ValueError, StopIteration, struct.error) as error:
        raise msgspec.ValidationError(f"a broken batch: {error}") from None
