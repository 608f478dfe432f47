"""State: everything that is known at one moment of a run. A fold over events."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from engine.trace import events as ev
from engine.trace.events import Saved, Span
from engine.trace.fold import Fold, on
from engine.trace.known import Binding, Contribution, HookInfo, NodeInfo, PassInfo, TensorInfo
from engine.trace.values import Value

DEAD_KEPT = 2048
"""Dead tensors and nodes of which a state still knows; of more, the oldest are forgotten."""


class State(Fold):
    """Only what it is fed with changes it; viewers read."""

    __slots__ = (
        "accumulators",
        "dead",
        "error",
        "hooks",
        "leaf_nodes",
        "living",
        "loops",
        "modes",
        "names",
        "nodes",
        "passes",
        "printed",
        "running",
        "tensors",
        "warned",
    )

    def __init__(self) -> None:
        self.tensors: dict[int, TensorInfo] = {}
        self.nodes: dict[int, NodeInfo] = {}
        self.accumulators: dict[int, int] = {}
        """AccumulateGrad node -> leaf tensor."""
        self.leaf_nodes: dict[int, int] = {}
        """Leaf tensor -> AccumulateGrad node."""
        self.names: dict[tuple[str, str], Binding] = {}
        """By (scope, name)."""
        self.passes: dict[int, PassInfo] = {}
        self.running: int | None = None
        """The pass that is under way."""
        self.modes: tuple[tuple[str, str], ...] = ()
        self.loops: tuple[tuple[Span | None, int], ...] = ()
        self.printed = 0
        """How many events have printed."""
        self.warned = 0
        self.error: int | None = None
        """The event with which the program failed."""
        self.hooks: dict[int, HookInfo] = {}
        """Hooks on gradients, by the number of their handle."""
        self.living = 0
        """How many nodes of ops are alive."""
        self.dead: tuple[int, int] = (0, 0)
        """How many tensors and nodes have died."""

    def copy(self) -> State:
        """A state that can be carried on without changing this one. Records in it are immutable and shared."""
        new = State.__new__(State)
        for name in State.__slots__:
            value = getattr(self, name)
            setattr(new, name, dict(value) if isinstance(value, dict) else value)
        for number, run in self.passes.items():
            if not run.over:
                new.passes[number] = run.copy()
        return new

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and all(getattr(self, n) == getattr(other, n) for n in State.__slots__)

    __hash__ = None  # type: ignore[assignment]

    # --- reading ----------------------------------------------------------------------------

    @property
    def last_pass(self) -> PassInfo | None:
        """The pass under way, or the last one that ended."""
        if self.running is not None:
            return self.passes[self.running]
        return self.passes[max(self.passes)] if self.passes else None

    def grad(self, tensor: int) -> Value | None:
        """What stands in the tensor's ``.grad``."""
        grad = self.tensors[tensor].grad
        return None if grad is None else self.tensors[grad].value

    def node_of(self, tensor: int) -> int | None:
        """The node to which this tensor's gradient goes: its grad_fn, or a leaf's AccumulateGrad."""
        info = self.tensors[tensor]
        return info.node if info.node is not None else self.leaf_nodes.get(tensor)

    def pins(self, node: int) -> list[tuple[Saved, bool]]:
        """What a node saved, and whether it was edited since it was saved."""
        out = []
        for saved in self.nodes[node].link.saved:
            now = self.tensors.get(saved.tensor) if saved.tensor is not None else None
            if saved.tensor is None and saved.name == "result":
                outputs = self.nodes[node].outputs
                now = self.tensors.get(outputs[0]) if outputs else None
            out.append((saved, now is not None and now.version != saved.version))
        return out

    # --- the fold ---------------------------------------------------------------------------

    @on(ev.Created)
    def _created(self, place: int, event: ev.Created) -> None:
        self.tensors[event.tensor] = TensorInfo(place, event.value, requires_grad=event.requires_grad, touched=place)

    @on(ev.Accumulator)
    def _accumulates(self, place: int, event: ev.Accumulator) -> None:
        self.accumulators[event.node] = event.tensor
        self.leaf_nodes[event.tensor] = event.node

    @on(ev.Flagged)
    def _flagged(self, place: int, event: ev.Flagged) -> None:
        self._change(event.tensor, requires_grad=event.requires_grad, leaf=event.leaf)
        if event.leaf:
            self._change(event.tensor, node=None)

    @on(ev.Retained)
    def _retained(self, place: int, event: ev.Retained) -> None:
        self._change(event.tensor, retains=True)

    @on(ev.GradAssigned)
    def _grad_assigned(self, place: int, event: ev.GradAssigned) -> None:
        self._change(event.tensor, grad=event.grad)

    @on(ev.Bound)
    def _bound(self, place: int, event: ev.Bound) -> None:
        self.names[event.scope, event.name] = Binding(tuple(event.tensors), event.text, event.span)

    @on(ev.Unbound)
    def _unbound(self, place: int, event: ev.Unbound) -> None:
        self.names.pop((event.scope, event.name), None)

    @on(ev.Entered)
    def _entered(self, place: int, event: ev.Entered) -> None:
        self.modes = (*self.modes, (event.kind, event.label))

    @on(ev.Left)
    def _left(self, place: int, event: ev.Left) -> None:
        for i in range(len(self.modes) - 1, -1, -1):
            if self.modes[i][0] == event.kind:
                self.modes = self.modes[:i] + self.modes[i + 1 :]
                return

    @on(ev.Iterated)
    def _turn_begins(self, place: int, event: ev.Iterated) -> None:
        self._leave_loop(event.span)
        self.loops = (*self.loops, (event.span, event.index))

    @on(ev.LoopEnded)
    def _loop_ends(self, place: int, event: ev.LoopEnded) -> None:
        self._leave_loop(event.span)

    @on(ev.BackwardEnded)
    def _pass_ends(self, place: int, event: ev.BackwardEnded) -> None:
        self.passes[event.run].over = True
        self.passes[event.run].failed = event.failed
        self.running = max((r for r, p in self.passes.items() if not p.over), default=None)

    @on(ev.HookAdded)
    def _hook_added(self, place: int, event: ev.HookAdded) -> None:
        self.hooks[event.hook] = HookInfo(event.kind, event.label, event.tensor, event.node, event.number)

    @on(ev.HookRemoved)
    def _hook_removed(self, place: int, event: ev.HookRemoved) -> None:
        self.hooks.pop(event.hook, None)

    @on(ev.HookRan)
    def _hook_ran(self, place: int, event: ev.HookRan) -> None:
        if self.running is not None:
            run = self.passes[self.running]
            run.hooked[event.node] = (*run.hooked.get(event.node, ()), place)

    @on(ev.Printed)
    def _printed(self, place: int, event: ev.Printed) -> None:
        self.printed += 1

    @on(ev.Warned)
    def _warned(self, place: int, event: ev.Warned) -> None:
        self.warned += 1

    @on(ev.Failed)
    def _failed(self, place: int, event: ev.Failed) -> None:
        self.error = place

    def _change(self, tensor: int, **changes: Any) -> None:
        self.tensors[tensor] = replace(self.tensors[tensor], **changes)

    def _leave_loop(self, span: Span | None) -> None:
        for i, (known, _) in enumerate(self.loops):
            if known == span:
                self.loops = self.loops[:i]
                return

    def _order(self, event: ev.Applied) -> int:
        """Ops that a pass runs on order-n nodes make nodes of order n + 1."""
        if event.within is None and self.running is not None and event.link is not None:
            # The pass itself adds up what arrives at a node: the sum is of its summands' order.
            return max((n.order for t, _ in event.link.edges if t is not None and (n := self.nodes.get(t))), default=1)
        if event.within is None:
            return 1
        inside = self.nodes.get(event.within)
        return (inside.order if inside is not None else 1) + 1

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        node = None
        if event.link is not None:
            node = event.link.node
            self.nodes[node] = NodeInfo(
                event.link, place, tuple(o.tensor for o in event.outputs), order=self._order(event)
            )
            self.living += 1
        for out in event.outputs:
            self.tensors[out.tensor] = TensorInfo(
                place,
                out.value,
                version=self.tensors[out.shares].version if out.shares is not None and event.op != "data" else 0,
                requires_grad=out.requires_grad,
                leaf=not out.requires_grad,
                node=node if out.requires_grad else None,
                shares=out.shares,
                touched=place,
            )

    @on(ev.Edited)
    def _edited(self, place: int, event: ev.Edited) -> None:
        calls = 0 if event.op == "zero_" else self.tensors[event.tensor].calls
        self._change(event.tensor, value=event.value, version=event.version, touched=place, calls=calls)
        if event.link is not None:
            self.nodes[event.link.node] = NodeInfo(event.link, place, (event.tensor,))
            self.living += 1
            self._change(event.tensor, node=event.link.node, requires_grad=True, leaf=False)
        for tensor, version, value in event.also:
            if tensor in self.tensors:
                self._change(tensor, value=value, version=version, touched=place)

    @on(ev.GradWritten)
    def _grad_written(self, place: int, event: ev.GradWritten) -> None:
        before = self.tensors[event.tensor].grad
        calls = 1 if event.old is None or before is None else self.tensors[before].calls + 1
        known = self.tensors.get(event.grad)
        if known is None:
            self.tensors[event.grad] = TensorInfo(place, event.new, version=event.version, touched=place, calls=calls)
        else:
            self._change(event.grad, value=event.new, version=event.version, touched=place, calls=calls)
        self._change(event.tensor, grad=event.grad)

    @on(ev.BackwardBegan)
    def _began(self, place: int, event: ev.BackwardBegan) -> None:
        arrived: dict[tuple[int, int], tuple[Contribution, ...]] = {}
        for output, root, seed in zip(event.outputs, event.roots, event.seeds, strict=False):
            if seed is not None:
                node = self.nodes.get(root)
                key = root, node.outputs.index(output) if node is not None and output in node.outputs else 0
                arrived[key] = (*arrived.get(key, ()), Contribution(None, seed, place))
        # One that goes on may have called backward() for others, any number of times.
        for old in [r for r, info in self.passes.items() if r < event.run - 1 and info.over]:
            del self.passes[old]
        self.passes[event.run] = PassInfo(
            event.run,
            place,
            "backward" if event.wanted is None else "grad",
            tuple(event.outputs),
            tuple(event.roots),
            event.keep_graph,
            event.create_graph,
            None if event.wanted is None else tuple(event.wanted),
            dict(event.waiting),
            arrived,
        )
        self.running = event.run

    @on(ev.NodeRan)
    def _ran(self, place: int, event: ev.NodeRan) -> None:
        run = self.passes[event.run]
        for sent in event.sent:
            key = (sent.target, sent.number)
            run.arrived[key] = (*run.arrived.get(key, ()), Contribution(event.node, sent.value, place))
        node = self.nodes.get(event.node)
        if node is not None:
            for target, _ in node.link.edges:
                if target in run.waiting:
                    run.waiting[target] -= 1
            if event.freed:
                self.nodes[event.node] = replace(node, freed=True)
        run.received[event.node] = tuple(event.received)
        run.ran[event.node] = place

    @on(ev.Died)
    def _died(self, place: int, event: ev.Died) -> None:
        for tensor in event.tensors:
            if tensor in self.tensors:
                self._change(tensor, alive=False)
        for node in event.nodes:
            if node in self.nodes:
                self.nodes[node] = replace(self.nodes[node], alive=False)
                self.living -= 1
            leaf = self.accumulators.pop(node, None)
            if leaf is not None and self.leaf_nodes.get(leaf) == node:
                del self.leaf_nodes[leaf]
        if self.hooks:
            nodes_gone, tensors_gone = set(event.nodes), set(event.tensors)
            self.hooks = {
                h: i for h, i in self.hooks.items() if i.node not in nodes_gone and i.tensor not in tensors_gone
            }
        tensors, nodes = self.dead
        self.dead = (tensors + len(event.tensors), nodes + len(event.nodes))
        if self.dead[0] // DEAD_KEPT > tensors // DEAD_KEPT or self.dead[1] // DEAD_KEPT > nodes // DEAD_KEPT:
            self._forget()

    def _forget(self) -> None:
        """Drop what died before the last few passes; nobody can refer to it any more."""
        known = {t for binding in self.names.values() for _, t in binding.tensors}
        gone = [t for t, info in self.tensors.items() if not info.alive and t not in known]
        for t in gone[: -DEAD_KEPT // 2]:
            del self.tensors[t]
        for n in [n for n, info in self.nodes.items() if not info.alive][: -DEAD_KEPT // 2]:
            del self.nodes[n]
