"""Recorder: turns what the engine and the program do into records. It keeps nothing alive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.node import AccumulateGrad, GraphRoot, Node
from engine.state import state
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace import records as rc
from engine.trace.hook_recorder import HookRecorder
from engine.trace.identities import version_of
from engine.trace.quick_recorder import QuickRecorder
from engine.trace.records import SCALARS, tag
from engine.trace.spans import SpanFinder
from engine.trace.values import Value, plain_params

if TYPE_CHECKING:
    from engine.autograd import Pass
    from engine.ops.spec import OpSpec

_APPLIED, _TRACKED, _APPLIED_MANY = tag(rc.Applied), tag(rc.Tracked), tag(rc.AppliedMany)
_EDITED, _RAN_MANY = tag(rc.Edited), tag(rc.RanMany)
_GRAD_ASSIGNED = tag(rc.GradAssigned)
_ENTERED, _LEFT = tag(rc.Entered), tag(rc.Left)
_BACKWARD_BEGAN, _BACKWARD_ENDED = tag(rc.BackwardBegan), tag(rc.BackwardEnded)


class Recorder(HookRecorder, QuickRecorder):
    """Gives tensors and nodes their numbers and writes a record for each call.

    Many methods are called once per op or node: they are written for speed, and announce what has no number yet
    before they number anything in the batch's tables, since announcing writes a record of its own.
    """

    def __init__(self, full: Callable[[Any], None], spans: SpanFinder | None = None) -> None:
        HookRecorder.__init__(self)
        QuickRecorder.__init__(self, full, spans)
        self._next_run = 0
        self._warned: set[tuple[str, str, ev.Span | None]] = set()
        self.hears: Callable[[ev.Warned], bool] = lambda event: True
        """Whether a warning is to be told."""
        self.modules: list[Any] = []
        """Those whose forward is running, the innermost last."""

    # --- the engine's calls: forward --------------------------------------------------------

    def created(self, tensor: Tensor, how: str) -> None:
        self._announce(tensor, how, 2)
        if len(self._records) >= self._limit:
            self._look()

    def applied(
        self,
        spec: OpSpec,
        inputs: Sequence[Any],
        params: dict[str, Any] | None,
        outputs: Sequence[Tensor],
        node: Node | None,
        depth: int = 1,
    ) -> None:
        """``depth``: how many calls are at least between this one and the program's own."""
        operands = self._operands(inputs)
        if len(outputs) > 1:
            self._applied_many(spec, operands, params, outputs, node, depth + 1)
            return
        out = outputs[0]
        number = self._mark_tensor(out)
        link = None if node is None else self._link(node)
        data = out._data
        op = self._ops.get(spec)
        if op is None:
            op = self._op(spec)
        if type(data) is np.ndarray and (data.base is not None or self._op_table[op][1]):
            self._share((out, *inputs))
        if self._later:
            self._flush_later()
        span = self._span(depth + 1)
        within = self._running[-1] if self._running else None
        told = plain_params(params) if params else None
        scalar = SCALARS.get(type(data))
        value = self._value(data) if scalar is None else (scalar[0], scalar[1](data))
        if link is None:
            self._append((_APPLIED, span, op, state.grad_enabled, within, told, operands, number, out._track, value))
        else:
            head = (_TRACKED, span, op, state.grad_enabled, within, told, operands, number, out._track, value)
            self._append(head + link)
        if len(self._records) >= self._limit:
            self._look()

    def _applied_many(
        self,
        spec: OpSpec,
        operands: list[Any],
        params: dict[str, Any] | None,
        outputs: Sequence[Tensor],
        node: Node | None,
        depth: int,
    ) -> None:
        numbers = [self._mark_tensor(t) for t in outputs]
        self._share(outputs)
        if operands and isinstance(operands[0], int) and operands[0] in self._marks:
            self._share((self._marks[operands[0]](),))
        link = None if node is None else self._link(node)
        if self._later:
            self._flush_later()
        op = self._ops.get(spec)
        if op is None:
            op = self._op(spec)
        within = self._running[-1] if self._running else None
        outs = [(n, t._track, self._value(t._data)) for n, t in zip(numbers, outputs, strict=True)]
        told = plain_params(params) if params else None
        span = self._span(depth + 1)
        self._append((_APPLIED_MANY, span, op, state.grad_enabled, within, told, operands, outs, link))
        if len(self._records) >= self._limit:
            self._look()

    def edited(
        self, tensor: Tensor, name: str, inputs: Sequence[Any], params: dict[str, Any], node: Node | None
    ) -> None:
        self._seen.clear()
        number = self.tensor(tensor)
        operands = self._operands(inputs)
        link = None if node is None else self._link(node)
        if name in ("data=", "set_"):
            self._share((tensor, *inputs))
        sharers = self._sharers(tensor, number) if isinstance(tensor._data, np.ndarray) else []
        if self._later:
            self._flush_later()
        value = self._value(tensor._data)
        also = [(other, version_of(t), self._value(t._data)) for other, t in sharers]
        told = plain_params(params) if params else None
        self._append(
            (_EDITED, self._span(2), number, name, version_of(tensor), value, operands, told, also, link),
        )
        if len(self._records) >= self._limit:
            self._look()

    def flagged(self, tensor: Tensor) -> None:
        number = self.tensor(tensor)
        self.emit(ev.Flagged(tensor=number, requires_grad=tensor._track, leaf=tensor.is_leaf, span=self.where()))

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        value = None if grad is None else self.tensor(grad)
        number = self.tensor(tensor)
        if self._later:
            self._flush_later()
        self._append((_GRAD_ASSIGNED, self._span(2), number, value))
        if len(self._records) >= self._limit:
            self._look()

    # --- the engine's calls: backward -------------------------------------------------------

    def backward_began(self, run: Pass) -> None:
        self._seen.clear()
        number = self._next_run
        self._next_run = number + 1
        place = self._span(3)
        self._pass.append((number, self._spans[place - 1] if place else None))
        self._pass_span = None
        root: Node = run.root
        roots = list(root.next) if type(root) is GraphRoot else [root]
        seeds = run.seeds if type(root) is GraphRoot else [s for s in run.seeds if s is not None]
        waiting = run.reached
        wanted = None
        if run.wanted is not None and run.captures:
            wanted = [self.tensor(t) for t in run.inputs]
        outputs = [self.tensor(t) for t in run.outputs]
        starts = [self.node(n) for n in roots if n is not None]
        nodes = [self.node(n) if n.mark is None else n.mark for n in waiting]
        if self._later:
            self._flush_later()
        values = [None if s is None else self._gradient(s) for s in seeds]
        span = self._place_of_pass()
        flags = (run.keep_graph, run.create_graph)
        counts = list(waiting.values())
        self._append((_BACKWARD_BEGAN, span, number, outputs, starts, values, *flags, wanted, nodes, counts))
        if len(self._records) >= self._limit:
            self._look()

    def backward_refused(self, outputs: Sequence[Any], wanted: Sequence[Any] | None) -> None:
        """A pass that its arguments do not allow; what is no tensor among them is left out."""
        numbers = [self.tensor(t) for t in outputs if isinstance(t, Tensor)]
        asked = None if wanted is None else [self.tensor(t) for t in wanted if isinstance(t, Tensor)]
        self.emit(ev.BackwardRefused(outputs=numbers, wanted=asked, span=self.where()))

    def running(self, node: Node) -> None:
        """``node`` is about to run: ops from now on are its doing."""
        self._running.append(node.mark)

    def visited(self, run: Pass) -> None:
        """All nodes of a pass have their marks since it began."""
        node = run.node
        if self._running:
            self._running.pop()
        if node is None or type(node) is GraphRoot:
            return
        if run.added is not None and isinstance(node, AccumulateGrad):
            self.accumulated(node, run.received[0], *run.added, run.create_graph)
            return
        if self._later:
            self._flush_later()
        value = self._gradient
        sent: list[Any] = []
        numbers = node.numbers
        i = -1
        for target, g in zip(node.next, run.sent, strict=False):
            i += 1
            if target is not None and g is not None:
                scalar = SCALARS.get(type(g))
                packed = value(g) if scalar is None else (scalar[0], scalar[1](g))
                sent += (i, target.mark, 0 if numbers is None else numbers[i], packed)
        received = [None if g is None else value(g) for g in run.received]
        head = (_RAN_MANY, self._place_of_pass(), self._pass[-1][0], node.mark, node.saved is None)
        self._append((*head, received, sent))
        if len(self._records) >= self._limit:
            self._look()

    def backward_ended(self, results: Sequence[Tensor | None]) -> None:
        numbers = []
        for t in results:
            if t is not None and not hasattr(t, "_mark"):
                self._announce(t, "grad", 2)
            numbers.append(None if t is None else self.tensor(t))
        self._end(numbers, None)

    def backward_failed(self, run: Pass) -> None:
        self._running.clear()
        self._end([], None if run.node is None or type(run.node) is GraphRoot else self.node(run.node))

    def _end(self, results: list[int | None], failed: int | None) -> None:
        if self._later:
            self._flush_later()
        self._seen.clear()
        number, span = self._pass.pop()
        self._pass_span = None
        self._append((_BACKWARD_ENDED, self._number_of(span), number, results, failed))
        if len(self._records) >= self._limit:
            self._look()

    # --- stretches and words ----------------------------------------------------------------

    def entered(self, kind: str, label: str, title: str = "") -> None:
        if self._later:
            self._flush_later()
        self._append((_ENTERED, self._span(2), kind, label, title))
        if len(self._records) >= self._limit:
            self._look()

    def left(self, kind: str, label: str) -> None:
        if self._later:
            self._flush_later()
        self._append((_LEFT, 0, kind, label))
        if len(self._records) >= self._limit:
            self._look()

    def warned(self, message: str, category: type[Warning]) -> None:
        """Each warning is told once per place, as by Python's default filter."""
        span = self.where()
        key = (message, category.__name__, span)
        if key not in self._warned:
            self._warned.add(key)
            event = ev.Warned(category=category.__name__, message=message, span=span)
            if self.hears(event):
                self.emit(event)

    # --- for events as they are -------------------------------------------------------------

    def where(self) -> ev.Span | None:
        return None if self._finder is None else self._finder.current()

    def changed(self) -> None:
        """A gradient may have been changed in place: what stands in the batch of it is no longer true."""
        self._seen.clear()

    def value_of(self, g: Any) -> Value | None:
        """What a tensor, an array or a number holds, as it stands in events."""
        return None if g is None else Value.of(g._data if isinstance(g, Tensor) else g)
