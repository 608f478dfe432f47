"""QuickRecorder: the part of the recorder that is told of what happens most: ops of one or two operands, runs of nodes.

:class:`~engine.trace.recorder.Recorder` has the same for any op and any node. Here one method writes one flat record,
because to call a Python function costs as much as much of what is to be written down.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import astuple

from engine.node import AccumulateGrad, Node, Raw
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace import records as rc
from engine.trace.identities import Identities, version_of
from engine.trace.records import SCALARS, tag
from engine.trace.spans import SpanFinder
from engine.trace.values import plain_params

if TYPE_CHECKING:
    from engine.ops.spec import OpSpec

_SINGLE, _PAIR, _RAN, _LEAF_RAN = tag(rc.Single), tag(rc.Pair), tag(rc.Ran), tag(rc.LeafRan)


class QuickRecorder(Identities):
    """Mixed into the recorder, which knows what to do with any other op.

    What has no number yet is announced before anything is numbered in the batch's tables, as there.
    """

    applied: Callable[..., None]

    def __init__(self, full: Callable[[Any], None], spans: SpanFinder | None) -> None:
        super().__init__(full, spans)
        self._running: list[int | None] = []
        """The nodes whose doing the ops are, the innermost last."""
        self._sent_last: tuple[Any, Any] = (None, None)
        """The last number that a node sent, with its value: mostly it is what the next one receives."""
        self._pass: list[tuple[int, ev.Span | None]] = []
        """The backward passes under way: their numbers, and where they were called."""

    # --- ops --------------------------------------------------------------------------------

    def applied_to_one(
        self, spec: OpSpec, a: Tensor, params: dict[str, Any] | None, out: Tensor, node: Node | None, depth: int = 1
    ) -> None:
        """An op of one tensor whose node saves that, or the result, or nothing."""
        if node is None:
            self.applied(spec, (a,), params, (out,), node, depth + 1)
            return
        try:
            operand: Any = a._mark
        except AttributeError:
            operand = self.tensor(a)
        counter = a._version_counter
        if counter is not None and counter.count:
            operand = (operand, counter.count)
        # An attribute of nodes of many classes is looked up anew each time; all at once cost no more than two.
        (target,), saved, _, _, sequence, _, which, *_ = astuple(node)
        if target is None:
            # A view made in no_grad asks for gradients as its base does, and has no node to send them to.
            self.applied(spec, (a,), params, (out,), node, depth + 1)
            return
        edge = target.mark
        if edge is None:
            edge = self.node(target)
        pin = None
        count = 0
        if saved:
            (item,) = saved
            pin = None if item is None else operand if item is a else -1 - item.expected
            count = 1
        number, name = self._mark_both(out, node)
        data = out._data
        if type(data) is np.ndarray and data.base is not None:
            self._share((out, a))

        if self._later:
            self._flush_later()
        op = self._ops.get(spec)
        if op is None:
            op = self._op(spec)
        kind = self._kinds.get(type(node))
        if kind is None or kind[1] < count:
            kind = self._kind(node, count)
        frame = sys._getframe(depth + 1)
        span = self._here.get(frame.f_lasti) if frame.f_code is self._code else None
        if span is None:
            span = self._span(depth + 1)
        told = plain_params(params) if params else None
        scalar = SCALARS.get(type(data))
        value = self._array(data) if scalar is None else (scalar[0], scalar[1](data))
        within = self._running[-1] if self._running else None
        self._append(
            (_SINGLE, span, op, within, told, operand, number, value, name, kind[0], edge, which, pin, sequence)
        )
        if len(self._records) >= self._limit:
            self._look()

    def applied_to_two(
        self,
        spec: OpSpec,
        a: Any,
        b: Any,
        params: dict[str, Any] | None,
        out: Tensor,
        node: Node | None,
        depth: int = 1,
    ) -> None:
        """An op of two tensors, or of one and a number, whose node saves some of them or nothing."""
        if node is None:
            self.applied(spec, (a, b), params, (out,), node, depth + 1)
            return
        first: Any
        second: Any
        if isinstance(a, Tensor):
            try:
                first = a._mark
            except AttributeError:
                first = self.tensor(a)
            counter = a._version_counter
            if counter is not None and counter.count:
                first = (first, counter.count)
        else:
            first = self._operand(a)
        if isinstance(b, Tensor):
            try:
                second = b._mark
            except AttributeError:
                second = self.tensor(b)
            counter = b._version_counter
            if counter is not None and counter.count:
                second = (second, counter.count)
        else:
            second = self._operand(b)
        (left, right), saved, _, _, sequence, _, which, *_ = astuple(node)
        if left is not None:
            left = self.node(left) if left.mark is None else left.mark
        if right is not None:
            right = self.node(right) if right.mark is None else right.mark
        kept = count = 0
        if saved:
            x, y = saved
            kept = (x is not None) + 2 * (y is not None)
            count = 2
        number, name = self._mark_both(out, node)
        data = out._data
        if type(data) is np.ndarray and data.base is not None:
            self._share((out, a, b))

        if self._later:
            self._flush_later()
        op = self._ops.get(spec)
        if op is None:
            op = self._op(spec)
        kind = self._kinds.get(type(node))
        if kind is None or kind[1] < count:
            kind = self._kind(node, count)
        frame = sys._getframe(depth + 1)
        span = self._here.get(frame.f_lasti) if frame.f_code is self._code else None
        if span is None:
            span = self._span(depth + 1)
        scalar = SCALARS.get(type(data))
        value = self._array(data) if scalar is None else (scalar[0], scalar[1](data))
        told = plain_params(params) if params else None
        within = self._running[-1] if self._running else None
        self._append(
            (
                _PAIR,
                span,
                op,
                within,
                told,
                first,
                second,
                number,
                value,
                name,
                kind[0],
                left,
                right,
                which,
                kept,
                sequence,
            )
        )
        if len(self._records) >= self._limit:
            self._look()

    # --- nodes ------------------------------------------------------------------------------

    def ran(self, node: Node, received: Raw | None, sent: Sequence[tuple[int, Node, Raw]]) -> None:
        """For the many nodes that are nothing but their derivatives."""
        if self._later:
            self._flush_later()
        numbers = node.numbers
        told: list[Any] = []
        before, got = self._sent_last
        for i, target, g in sent:
            scalar = SCALARS.get(type(g))
            if scalar is None:
                value = self._passed(g)
            else:
                value = (scalar[0], scalar[1](g))
                self._sent_last = g, value
            told += (i, target.mark, 0 if numbers is None else numbers[i], value)
        if received is not before or received is None:
            got = None if received is None else self._gradient(received)
        span = self._pass_span
        if span is None:
            span = self._place_of_pass()
        self._append((_RAN, span, self._pass[-1][0], node.mark, node.saved is None, got, told))
        if len(self._records) >= self._limit:
            self._look()

    def accumulated(
        self, node: AccumulateGrad, received: Any, old: Tensor | None, new: Tensor, create_graph: bool = False
    ) -> None:
        """A leaf's node ran: ``old`` stood in its ``.grad`` (None: nothing), ``new`` stands there now."""
        leaf = self.tensor(node.variable)
        try:
            grad = new._mark
        except AttributeError:
            # What AccumulateGrad made needs no announcement of its own.
            grad = self._mark_tensor(new)
            if isinstance(new._data, np.ndarray):
                self._share((new,))
        if self._later:
            self._flush_later()
        got = self._gradient(received)
        # The first gradient becomes the grad.
        now = None if old is None and not create_graph else self._value(new._data)
        before = None if old is None else self._value(old._data)
        head = (_LEAF_RAN, self._place_of_pass(), self._pass[-1][0], node.mark, node.saved is None)
        self._append((*head, got, leaf, grad, now, before, version_of(new)))
        if len(self._records) >= self._limit:
            self._look()

    def _place_of_pass(self) -> int:
        """The number of the span where the pass under way was called."""
        if self._pass_span is None:
            self._pass_span = self._number_of(self._pass[-1][1])
        return self._pass_span
