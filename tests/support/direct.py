"""Direct: a recorder that builds each event on the spot, in the plainest way: what the packed records must come to.

It keeps alive what it is told of, so nothing dies while it listens, and it knows no spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.autograd import count_senders
from engine.node import AccumulateGrad, GraphRoot, Node, SavedResult
from engine.state import state
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.values import Value, plain


def value(x: Any) -> Value | None:
    return None if x is None else Value.of(x._data if isinstance(x, Tensor) else x)


def version(t: Tensor) -> int:
    return t._version_counter.count if t._version_counter is not None else 0


def storage(array: np.ndarray) -> int:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return id(array)


class Direct:
    def __init__(self) -> None:
        self.events: list[ev.AnyEvent] = []
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.inside: list[int] = []
        self.runs: list[int] = []
        self.count = 0
        self.modules: list[Any] = []

    def find(self, thing: Any, things: list[Any]) -> int | None:
        return next((i for i, known in enumerate(things) if known is thing), None)

    def number(self, t: Tensor) -> int:
        self.tensors.append(t)
        return len(self.tensors) - 1

    def tensor(self, t: Tensor, how: str = "") -> int:
        known = self.find(t, self.tensors)
        if known is None:
            known = self.number(t)
            self.events.append(ev.Created(tensor=known, how=how, value=value(t), requires_grad=t._track))
        return known

    def node(self, n: Node) -> int:
        known = self.find(n, self.nodes)
        if known is None:
            self.nodes.append(n)
            known = len(self.nodes) - 1
            if type(n) is AccumulateGrad:
                self.events.append(ev.Accumulator(node=known, tensor=self.tensor(n.variable)))
        return known

    def operand(self, x: Any) -> ev.Operand:
        if isinstance(x, Tensor):
            return ev.Operand(self.tensor(x), version(x))
        return ev.Operand(number=x) if isinstance(x, (int, float)) else ev.Operand()

    def link(self, n: Node | None) -> ev.Link | None:
        if n is None:
            return None
        edges = [(None if t is None else self.node(t), number) for t, number in n.edges]
        number, saved = self.node(n), []
        for slot, item in enumerate(n.saved or ()):
            if isinstance(item, Tensor):
                at = n.versions[slot] if n.versions else 0
                saved.append(ev.Saved(n.saved_name(slot), self.tensor(item), at))
            elif isinstance(item, SavedResult):
                saved.append(ev.Saved("result", version=item.expected))
            elif isinstance(item, (int, float)):
                saved.append(ev.Saved(n.saved_name(slot), number=item))
        return ev.Link(number, n.name(), edges, saved, n.sequence)

    def created(self, tensor: Tensor, how: str) -> None:
        self.tensor(tensor, how)

    def applied(
        self, spec: Any, inputs: Sequence[Any], params: Any, outputs: Sequence[Tensor], node: Any, depth: int = 1
    ) -> None:
        operands = [self.operand(x) for x in inputs]
        shares = operands[0].tensor if spec.view or spec.name in ("detach", "data") else None
        outs = [ev.Output(self.number(t), value(t), t._track, shares) for t in outputs]
        self.events.append(
            ev.Applied(
                op=spec.name,
                inputs=operands,
                outputs=outs,
                params={name: plain(x) for name, x in (params or {}).items()},
                link=self.link(node),
                within=self.inside[-1] if self.inside else None,
                grad_mode=state.grad_enabled,
            )
        )

    def applied_to_one(self, spec: Any, a: Tensor, params: Any, out: Tensor, node: Any, depth: int = 1) -> None:
        self.applied(spec, (a,), params, (out,), node)

    def applied_to_two(self, spec: Any, a: Any, b: Any, params: Any, out: Tensor, node: Any, depth: int = 1) -> None:
        self.applied(spec, (a, b), params, (out,), node)

    def edited(self, tensor: Tensor, name: str, inputs: Sequence[Any], params: Any, node: Any) -> None:
        number = self.tensor(tensor)
        operands, link = [self.operand(x) for x in inputs], self.link(node)
        also = []
        if isinstance(tensor._data, np.ndarray):
            for i, t in enumerate(self.tensors):
                shared = isinstance(t._data, np.ndarray) and storage(t._data) == storage(tensor._data)
                if shared and t is not tensor:
                    also.append((i, version(t), value(t)))
        self.events.append(
            ev.Edited(
                tensor=number,
                op=name,
                version=version(tensor),
                value=value(tensor),
                inputs=operands,
                params={name: plain(x) for name, x in (params or {}).items()},
                link=link,
                also=also,
            )
        )

    def flagged(self, tensor: Tensor) -> None:
        self.events.append(ev.Flagged(tensor=self.tensor(tensor), requires_grad=tensor._track, leaf=tensor.is_leaf))

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        number = None if grad is None else self.tensor(grad)
        self.events.append(ev.GradAssigned(tensor=self.tensor(tensor), grad=number))

    def backward_began(self, run: Any) -> None:
        self.runs.append(self.count)
        self.count += 1
        several = type(run.root) is GraphRoot
        waiting = count_senders(run.root)
        wanted = [self.tensor(t) for t in run.inputs] if run.wanted is not None and run.captures else None
        outputs = [self.tensor(t) for t in run.outputs]
        roots = [self.node(n) for n in (run.root.next if several else [run.root])]
        self.events.append(
            ev.BackwardBegan(
                run=self.runs[-1],
                outputs=outputs,
                roots=roots,
                seeds=[value(s) for s in run.seeds if several or s is not None],
                keep_graph=run.keep_graph,
                create_graph=run.create_graph,
                wanted=wanted,
                waiting=[(self.node(n), count) for n, count in waiting.items()],
            )
        )

    def backward_refused(self, outputs: Sequence[Any], wanted: Sequence[Any] | None) -> None:
        numbers = [self.tensor(t) for t in outputs]
        asked = None if wanted is None else [self.tensor(t) for t in wanted]
        self.events.append(ev.BackwardRefused(outputs=numbers, wanted=asked))

    def running(self, node: Node) -> None:
        self.inside.append(-1 if type(node) is GraphRoot else self.node(node))

    def node_ran(self, node: Node, received: Sequence[Any], sent: Sequence[tuple[int, Node, Any]]) -> None:
        self.inside.pop()
        self.events.append(
            ev.NodeRan(
                run=self.runs[-1],
                node=self.node(node),
                received=[value(g) for g in received],
                sent=[ev.Sent(i, self.node(t), value(g), node.edges[i][1]) for i, t, g in sent],
                freed=node.saved is None,
            )
        )

    def ran(self, node: Node, received: Any, sent: Sequence[tuple[int, Node, Any]]) -> None:
        self.inside.append(self.node(node))
        self.node_ran(node, [received], sent)

    def visited(self, run: Any) -> None:
        node = run.node
        if type(node) is GraphRoot:
            self.inside.pop()
            return
        pairs = enumerate(zip(node.next, run.sent, strict=False))
        self.node_ran(node, run.received, [(i, t, g) for i, (t, g) in pairs if t is not None and g is not None])
        if run.added is not None and type(node) is AccumulateGrad:
            self.written(node, run.received[0], *run.added)

    def accumulated(self, node: Any, received: Any, old: Tensor | None, new: Tensor) -> None:
        self.inside.append(self.node(node))
        self.node_ran(node, [received], [])
        self.written(node, received, old, new)

    def written(self, node: AccumulateGrad, received: Any, old: Tensor | None, new: Tensor) -> None:
        known = self.find(new, self.tensors)
        self.events.append(
            ev.GradWritten(
                tensor=self.tensor(node.variable),
                grad=self.number(new) if known is None else known,
                incoming=value(received),
                new=value(new),
                old=value(old),
                version=version(new),
            )
        )

    def backward_ended(self, results: Sequence[Tensor | None]) -> None:
        numbers = [None if t is None else self.tensor(t, "grad") for t in results]
        self.events.append(ev.BackwardEnded(run=self.runs.pop(), results=numbers))

    def backward_failed(self, run: Any) -> None:
        self.inside.clear()
        failed = None if run.node is None or type(run.node) is GraphRoot else self.node(run.node)
        self.events.append(ev.BackwardEnded(run=self.runs.pop(), failed=failed))

    def entered(self, kind: str, label: str, title: str = "") -> None:
        self.events.append(ev.Entered(kind=kind, label=label, title=title))

    def left(self, kind: str, label: str) -> None:
        self.events.append(ev.Left(kind=kind, label=label))

    def warned(self, message: str, category: type[Warning]) -> None: ...


class Both:
    """Tells two recorders the same."""

    def __init__(self, one: Any, other: Any) -> None:
        self.one, self.other = one, other
        self.modules = one.modules

    def __getattr__(self, name: str) -> Any:
        def tell(*args: Any) -> None:
            getattr(self.one, name)(*args)
            getattr(self.other, name)(*args)

        return tell
