"""Recorder: turns what the engine and the program do into events. It keeps nothing alive."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.node import AccumulateGrad, GraphRoot, Node, SavedResult
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.hook_recorder import HookRecorder
from engine.trace.values import Value

if TYPE_CHECKING:
    from engine.autograd import Pass
    from engine.ops.spec import OpSpec

VALUE_BUDGET = 256 * 2**20
"""Bytes of values that one run may record; beyond it large values keep their summary only."""
LARGE = 1 << 16


class SpanFinder:
    """Finds which part of the source is running: the innermost frame of the program's own code.

    Python 3.11 keeps the exact columns of every instruction, in bytes of UTF-8; spans are in characters.
    """

    def __init__(self, source: str, filename: str) -> None:
        self.filename = filename
        lines = source.split("\n")
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._lines = [None if line.isascii() else line for line in lines]
        self._codes: dict[int, tuple[CodeType, list[Any]]] = {}
        self._spans: dict[tuple[int, int], ev.Span | None] = {}

    def offset(self, line: int, column: int) -> int:
        """Characters before a place given as line (from 1) and UTF-8 column."""
        if not 0 < line <= len(self._lines):
            return self._starts[-1] - 1
        text = self._lines[line - 1]
        if text is not None:
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self._starts[line - 1] + column

    def of(self, code: CodeType, instruction: int) -> ev.Span | None:
        key = (id(code), instruction)
        if key in self._spans:
            return self._spans[key]
        if id(code) not in self._codes:
            self._codes[id(code)] = (code, list(code.co_positions()))
        positions = self._codes[id(code)][1]
        line, end_line, column, end_column = positions[instruction // 2]
        span = None
        if line is not None and column is not None and end_line is not None and end_column is not None:
            span = ev.Span(self.offset(line, column), self.offset(end_line, end_column))
        self._spans[key] = span
        return span

    def current(self) -> ev.Span | None:
        return self.around(sys._getframe(1))

    def around(self, frame: Any) -> ev.Span | None:
        """What the program is doing in a frame, or in the first of those around it that is its own."""
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.filename:
                return self.of(code, frame.f_lasti)
            frame = frame.f_back
        return None


class Recorder(HookRecorder):
    """Gives tensors and nodes their numbers and hands each event to ``emit``."""

    def __init__(self, emit: Callable[[ev.AnyEvent], None], spans: SpanFinder | None = None) -> None:
        super().__init__()
        self._emit = emit
        self._spans = spans
        self._ids: dict[int, tuple[int, weakref.ref[Any]]] = {}
        self._next_tensor = 0
        self._next_node = 0
        self._next_run = 0
        self._storage: dict[int, set[int]] = {}
        self._tensors: dict[int, weakref.ref[Tensor]] = {}
        self._dead_tensors: list[int] = []
        self._dead_nodes: list[int] = []
        self._kept = 0
        self._running: list[int] = []
        self._pass: list[int] = []
        self._warned: set[tuple[str, str, ev.Span | None]] = set()
        self._later: dict[Any, ev.AnyEvent | Callable[[], ev.AnyEvent]] = {}
        self.modules: list[Any] = []
        """Those whose forward is running, the innermost last."""

    # --- identities -------------------------------------------------------------------------

    def _watch(self, thing: Any, number: int, dead: list[int]) -> None:
        key = id(thing)

        def gone(_: Any) -> None:
            del self._ids[key]
            dead.append(number)

        self._ids[key] = (number, weakref.ref(thing, gone))

    def tensor(self, t: Tensor) -> int:
        """The tensor's number; one that nobody announced is announced now."""
        known = self._ids.get(id(t))
        if known is not None:
            return known[0]
        number = self._new_tensor(t)
        self.emit(
            ev.Created(tensor=number, how="", value=self.value(t._data), requires_grad=t._track, span=self._span())
        )
        return number

    def _new_tensor(self, t: Tensor) -> int:
        number = self._next_tensor
        self._next_tensor += 1
        self._watch(t, number, self._dead_tensors)
        self._tensors[number] = weakref.ref(t)
        if isinstance(t._data, np.ndarray):
            self._storage.setdefault(storage_of(t._data), set()).add(number)
        return number

    def node(self, node: Node) -> int:
        """The node's number; a leaf's AccumulateGrad is announced when it is first seen."""
        known = self._ids.get(id(node))
        if known is not None:
            return known[0]
        number = self._next_node
        self._next_node += 1
        self._watch(node, number, self._dead_nodes)
        if type(node) is AccumulateGrad:
            self.emit(ev.Accumulator(node=number, tensor=self.tensor(node.variable)))
        return number

    def value(self, data: Any) -> Value:
        keep = True
        if isinstance(data, np.ndarray):
            self._kept += data.nbytes
            keep = data.size <= LARGE or self._kept <= VALUE_BUDGET
        return Value.of(data, keep)

    def _value(self, g: Any) -> Value | None:
        return None if g is None else self.value(g._data if isinstance(g, Tensor) else g)

    def _span(self) -> ev.Span | None:
        return None if self._spans is None else self._spans.current()

    def emit(self, event: ev.AnyEvent) -> None:
        if self._later:
            self.flush_later()
        self.flush_deaths()
        self._emit(event)

    def emit_later(self, key: Any, event: ev.AnyEvent | Callable[[], ev.AnyEvent]) -> None:
        """An event that matters only if another one follows; a newer one of the same key takes its place.

        It may be given by a function that makes it. So a loop that computes with plain numbers leaves few events,
        however often it turns.
        """
        self._later.pop(key, None)
        self._later[key] = event

    def forget_later(self, key: Any) -> bool:
        """Take back an event that has not been emitted yet; whether there was one."""
        return self._later.pop(key, None) is not None

    def flush_later(self) -> None:
        """Emit what has been held back."""
        events, self._later = list(self._later.values()), {}
        for event in events:
            self.flush_deaths()
            self._emit(event() if callable(event) else event)

    def flush_deaths(self) -> None:
        """Report what died since the last event."""
        if self._dead_tensors or self._dead_nodes:
            tensors, self._dead_tensors[:] = list(self._dead_tensors), []
            nodes, self._dead_nodes[:] = list(self._dead_nodes), []
            for number in tensors:
                self._tensors.pop(number, None)
            self._emit(ev.Died(tensors=tensors, nodes=nodes))

    def finish(self, emit: Callable[[ev.AnyEvent], None]) -> None:
        """Tell what the names stand for in the end, then report nothing any more, not even deaths."""
        self._emit = emit
        self.flush_deaths()
        self._emit = lambda event: None
        for event in self._later.values():
            if isinstance(event, ev.Bound):
                emit(event)

    def operand(self, x: Any) -> ev.Operand:
        if isinstance(x, Tensor):
            return ev.Operand(tensor=self.tensor(x), version=_version(x))
        return ev.Operand(number=x) if isinstance(x, (int, float)) else ev.Operand()

    # --- the engine's calls -----------------------------------------------------------------

    def created(self, tensor: Tensor, how: str) -> None:
        number = self._new_tensor(tensor)
        self.emit(
            ev.Created(
                tensor=number,
                how=how,
                value=self.value(tensor._data),
                requires_grad=tensor._track,
                span=self._span(),
            )
        )

    def applied(
        self,
        spec: OpSpec,
        inputs: Sequence[Any],
        params: dict[str, Any],
        outputs: Sequence[Tensor],
        node: Node | None,
    ) -> None:
        from engine.state import state

        operands = [self.operand(x) for x in inputs]
        shares = None
        if spec.view or spec.name in ("detach", "data"):
            shares = operands[0].tensor
        outs = [
            ev.Output(tensor=self._new_tensor(t), value=self.value(t._data), requires_grad=t._track, shares=shares)
            for t in outputs
        ]
        link = None if node is None else self.link(node)
        self.emit(
            ev.Applied(
                op=spec.name,
                inputs=operands,
                outputs=outs,
                params={k: plain(v) for k, v in params.items()},
                link=link,
                within=self._running[-1] if self._running else None,
                grad_mode=state.grad_enabled,
                span=self._span(),
            )
        )

    def link(self, node: Node) -> ev.Link:
        edges = [(None if t is None else self.node(t), number) for t, number in node.edges]
        number, pins = self.node(node), self._pins(node)
        return ev.Link(node=number, grad_fn=node.name(), edges=edges, saved=pins, sequence=node.sequence)

    def _pins(self, node: Node) -> list[ev.Saved]:
        pins = []
        for slot, item in enumerate(node.saved or ()):
            name = node.saved_name(slot)
            if isinstance(item, Tensor):
                version = node.versions[slot] if node.versions else 0
                pins.append(ev.Saved(name=name, tensor=self.tensor(item), version=version))
            elif isinstance(item, SavedResult):
                pins.append(ev.Saved(name="result", version=item.expected))
            elif isinstance(item, (int, float)):
                pins.append(ev.Saved(name=name, number=item))
        return pins

    def edited(
        self, tensor: Tensor, name: str, inputs: Sequence[Any], params: dict[str, Any], node: Node | None
    ) -> None:
        number = self.tensor(tensor)
        operands = [self.operand(x) for x in inputs]
        link = None if node is None else self.link(node)
        self.emit(
            ev.Edited(
                tensor=number,
                op=name,
                version=_version(tensor),
                value=self.value(tensor._data),
                inputs=operands,
                params={k: plain(v) for k, v in params.items()},
                link=link,
                also=self._sharers(tensor, number),
                span=self._span(),
            )
        )

    def _sharers(self, tensor: Tensor, number: int) -> list[tuple[int, int, Value]]:
        data = tensor._data
        if not isinstance(data, np.ndarray):
            return []
        out = []
        key = storage_of(data)
        live = self._storage.setdefault(key, set())
        for other in sorted(live):
            t = self._tensors[other]() if other in self._tensors else None
            if t is None or not isinstance(t._data, np.ndarray) or storage_of(t._data) != key:
                live.discard(other)
            elif other != number:
                out.append((other, _version(t), self.value(t._data)))
        live.add(number)
        return out

    def flagged(self, tensor: Tensor) -> None:
        self.emit(
            ev.Flagged(tensor=self.tensor(tensor), requires_grad=tensor._track, leaf=tensor.is_leaf, span=self._span())
        )

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        number = None if grad is None else self.tensor(grad)
        self.emit(ev.GradAssigned(tensor=self.tensor(tensor), grad=number, span=self._span()))

    def backward_began(self, run: Pass) -> None:
        from engine.autograd import count_senders

        self._pass.append(self._next_run)
        self._next_run += 1
        roots = list(run.root.next) if type(run.root) is GraphRoot else [run.root]
        seeds = run.seeds if type(run.root) is GraphRoot else [s for s in run.seeds if s is not None]
        waiting = count_senders(run.root)
        wanted = None
        if run.wanted is not None and run.captures:
            wanted = [self.tensor(t) for t in run.inputs]
        self.emit(
            ev.BackwardBegan(
                run=self._pass[-1],
                outputs=[self.tensor(t) for t in run.outputs],
                roots=[self.node(n) for n in roots if n is not None],
                seeds=[self._value(s) for s in seeds],
                keep_graph=run.keep_graph,
                create_graph=run.create_graph,
                wanted=wanted,
                waiting=[(self.node(n), count) for n, count in waiting.items()],
                span=self._span(),
            )
        )

    def backward_refused(self, outputs: Sequence[Any], wanted: Sequence[Any] | None) -> None:
        """A pass that its arguments do not allow; what is no tensor among them is left out."""
        self.emit(
            ev.BackwardRefused(
                outputs=[self.tensor(t) for t in outputs if isinstance(t, Tensor)],
                wanted=None if wanted is None else [self.tensor(t) for t in wanted if isinstance(t, Tensor)],
                span=self._span(),
            )
        )

    def running(self, node: Node) -> None:
        """``node`` is about to run: ops from now on are its doing."""
        self._running.append(self.node(node))

    def visited(self, run: Pass) -> None:
        node = run.node
        assert node is not None
        if self._running:
            self._running.pop()
        if type(node) is GraphRoot:
            return
        sent = [
            ev.Sent(index=index, target=self.node(target), number=number, value=value)
            for index, ((target, number), g) in enumerate(zip(node.edges, run.sent, strict=False))
            if target is not None and (value := self._value(g)) is not None
        ]
        span = self._span()
        self.emit(
            ev.NodeRan(
                run=self._pass[-1],
                node=self.node(node),
                received=[self._value(g) for g in run.received],
                sent=sent,
                freed=node.saved is None,
                span=span,
            )
        )
        if run.added is not None and type(node) is AccumulateGrad:
            old, new = run.added
            incoming = self._value(run.received[0])
            assert incoming is not None
            self.emit(
                ev.GradWritten(
                    tensor=self.tensor(node.variable),
                    grad=self._grad_number(new),
                    incoming=incoming,
                    new=self.value(new._data),
                    old=None if old is None else self.value(old._data),
                    version=_version(new),
                    span=span,
                )
            )

    def _grad_number(self, grad: Tensor) -> int:
        """A grad that AccumulateGrad made needs no announcement of its own."""
        known = self._ids.get(id(grad))
        return known[0] if known is not None else self._new_tensor(grad)

    def backward_ended(self, results: Sequence[Tensor | None]) -> None:
        numbers = []
        for t in results:
            if t is not None and id(t) not in self._ids:
                self.created(t, "grad")
            numbers.append(None if t is None else self.tensor(t))
        self.emit(ev.BackwardEnded(run=self._pass.pop(), results=numbers, span=self._span()))

    def backward_failed(self, run: Pass) -> None:
        self._running.clear()
        failed = None if run.node is None or type(run.node) is GraphRoot else self.node(run.node)
        self.emit(ev.BackwardEnded(run=self._pass.pop(), failed=failed, span=self._span()))

    def entered(self, kind: str, label: str, title: str = "") -> None:
        self.emit(ev.Entered(kind=kind, label=label, title=title, span=self._span()))

    def left(self, kind: str, label: str) -> None:
        self.emit(ev.Left(kind=kind, label=label))

    def warned(self, message: str, category: type[Warning]) -> None:
        """Each warning is told once per place, as by Python's default filter."""
        span = self._span()
        key = (message, category.__name__, span)
        if key not in self._warned:
            self._warned.add(key)
            self.emit(ev.Warned(category=category.__name__, message=message, span=span))


def storage_of(array: np.ndarray[Any, Any]) -> int:
    """A number that all views of one storage share while it lives."""
    base: Any = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return id(base)


def _version(t: Tensor) -> int:
    return 0 if t._version_counter is None else t._version_counter.count


def plain(value: Any) -> Any:
    """A param as something that can stand in an event: numbers, text, lists; arrays as nested lists."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist() if value.size <= 64 else f"array of shape {list(value.shape)}"
    if isinstance(value, slice):
        return f"{'' if value.start is None else value.start}:{'' if value.stop is None else value.stop}"
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return str(value)
