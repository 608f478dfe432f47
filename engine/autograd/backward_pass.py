"""The backward pass itself: a generator that runs one node after another in torch's order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from engine import anomaly, hooks
from engine.node import AccumulateGrad, GraphRoot, Node
from engine.ops.broadcasting import expandable, sum_to
from engine.ops.context import Context, NumpyContext, TensorContext
from engine.queue import ReadyQueue
from engine.state import next_sequence, state
from engine.tensors import Tensor

_numbers = itertools.count()


class Pass:
    """One call of backward() or grad(): what it starts from, what it keeps, what is wanted of it.

    While the pass runs, ``reached`` are the nodes under the root; ``received``, ``sent`` and ``added`` tell of the
    node that ran last: the gradients of its outputs, those of its inputs, and for AccumulateGrad what it found
    in ``.grad`` and left there.
    """

    __slots__ = (
        "added",
        "captures",
        "create_graph",
        "inputs",
        "keep_graph",
        "needed",
        "node",
        "number",
        "outputs",
        "reached",
        "received",
        "results",
        "root",
        "seeds",
        "sent",
        "wanted",
    )

    def __init__(self, outputs: Sequence[Tensor], seeds: Sequence[Any], keep_graph: bool, create_graph: bool) -> None:
        self.number = next(_numbers)
        self.outputs = outputs
        self.keep_graph = keep_graph or state.retained
        self.create_graph = create_graph
        nodes = []
        for i, out in enumerate(outputs):
            node = out._edge()
            if node is None:
                raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
            nodes.append(node)
        self.seeds = [s if create_graph or s is None else s._data for s in seeds]
        self.root: Node
        if len(nodes) == 1:
            self.root = nodes[0]
            buffer: list[Any] = [None] * self.root.output_count()
            buffer[outputs[0]._nr] = self.seeds[0]
            self.seeds = buffer
        else:
            numbers = tuple(out._nr for out in outputs)
            self.root = GraphRoot(tuple(nodes), (), (), None, next_sequence(), numbers=numbers)
        self.captures: dict[Node, list[tuple[int, int]]] = {}
        self.needed: set[Node] | None = None
        self.wanted: set[Node] | None = None
        self.results: list[Any] = []
        self.inputs: Sequence[Tensor] = ()
        self.reached: dict[Node, int] = {}
        self.node: Node | None = None
        self.received: Sequence[Any] = ()
        self.sent: Sequence[Any] = ()
        self.added: tuple[Tensor | None, Tensor] | None = None

    def limit_to(self, inputs: Sequence[Tensor], accumulate: bool) -> None:
        """Run only what leads to ``inputs``: their gradients go to ``results``, or into ``.grad``."""
        self.results = [None] * len(inputs)
        self.inputs = inputs
        targets: set[Node] = set()
        run_too: set[Node] = set()
        for place, x in enumerate(inputs):
            if not x._track:
                raise RuntimeError("One of the differentiated Tensors does not require grad")
            node = x._edge()
            if node is None:
                continue
            targets.add(node)
            if accumulate:
                run_too.add(node)
            else:
                self.captures.setdefault(node, []).append((x._nr, place))
        self.needed = leading_to(self.root, targets) | run_too
        self.wanted = self.needed | targets


def leading_to(root: Node, targets: set[Node]) -> set[Node]:
    """The nodes under ``root`` from which an edge leads, directly or not, to a target."""
    senders: dict[Node, list[Node]] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        for target in node.next:
            if target is not None:
                if target in senders:
                    senders[target].append(node)
                else:
                    senders[target] = [node]
                    stack.append(target)
    found: set[Node] = set()
    stack = list(targets)
    while stack:
        for sender in senders.get(stack.pop(), ()):
            if sender not in found:
                found.add(sender)
                stack.append(sender)
    return found


def count_senders(root: Node) -> dict[Node, int]:
    """For how many gradients each node under ``root`` waits: the edges that lead to it."""
    waiting: dict[Node, int] = {}
    stack = [root]
    while stack:
        for target in stack.pop().next:
            if target is not None:
                if target in waiting:
                    waiting[target] += 1
                else:
                    waiting[target] = 1
                    stack.append(target)
    return waiting


def backward_pass(run: Pass) -> Iterator[Node]:
    """Run the graph under ``run.root``, yielding each node when it has run.

    A node runs once: when all that is sent to it has arrived and been summed in its buffer. Of the nodes
    that are ready the youngest goes first, and AccumulateGrad before all others.
    Source: ``Engine::execute`` and ``Engine::evaluate_function`` in torch/csrc/autograd/engine.cpp.
    """
    c: Context = TensorContext() if run.create_graph else NumpyContext()
    c.needed = run.wanted
    run.reached = run.reached or count_senders(run.root)
    buffers: dict[Node, list[Any]] = {run.root: run.seeds}
    ready = ReadyQueue((run.root,))

    while ready:
        node = run.node = ready.take()
        received = buffers.pop(node)
        if node.hooks is not None or type(node) is AccumulateGrad:
            received = hooks.call_tensor_hooks(node, received, c)
        if node in run.captures:
            for number, place in run.captures[node]:
                run.results[place] = received[number]
        if run.needed is not None and node not in run.needed:
            continue

        run.received = received
        sent = run.sent = run_node(node, run, c)
        run.added, c.added = c.added, None
        yield node
        if type(node) is AccumulateGrad:
            # Whoever records is told of the write before a hook looks at what was written, or takes it away.
            hooks.call_post_accumulate(node)
            if node.hooks is not None and node.hooks.post:
                hooks.call_posthooks(node, sent, run.received, c)

        hand_on(node, sent, run, buffers, ready)


def hand_on(node: Node, sent: Sequence[Any], run: Pass, buffers: dict[Node, list[Any]], ready: ReadyQueue) -> None:
    """Add what ``node`` sends to the buffers of those that it goes to; who waits for no more is ready."""
    numbers, waiting, wanted = node.numbers, run.reached, run.wanted
    for i, target in enumerate(node.next):
        if target is None or (wanted is not None and target not in wanted):
            continue
        buffer = buffers.get(target)
        if buffer is None:
            buffer = buffers[target] = [None] * target.output_count()
        g = sent[i]
        if g is not None:
            number = 0 if numbers is None else numbers[i]
            buffer[number] = g if buffer[number] is None else buffer[number] + g
        left = waiting[target] = waiting[target] - 1
        if not left:
            ready.push(target)


def run_node(node: Node, run: Pass, c: Context) -> Sequence[Any]:
    """Run one node on ``run.received``: what it sends to each of its inputs, in their shapes and dtypes."""
    if state.recorder is not None:
        state.recorder.running(node)
    received = run.received
    if node.hooks is not None and node.hooks.pre:
        received = hooks.call_prehooks(node, received, c)
        if type(node) is AccumulateGrad:
            run.received = received  # its other hooks are called later, with what was added
    if state.anomaly:
        with anomaly.guarded(node):
            sent = node.run(received, c)
            if state.check_nan:
                anomaly.check_nan(node, sent)
    else:
        sent = node.run(received, c)
    for i, target in enumerate(node.next):
        g = sent[i]
        if g is not None:
            data = g._data if run.create_graph else g
            if target is None or data.shape != target.shape or data.dtype is not target.dtype:
                sent[i] = fit(g, node, i, c)
    if not run.keep_graph:
        node.release()
    if node.hooks is not None and node.hooks.post and type(node) is not AccumulateGrad:
        sent = hooks.call_posthooks(node, sent, received, c)
    return sent


def fit(g: Any, node: Node, index: int, c: Context) -> Any:
    """``g`` for input ``index``: summed over what was broadcast, cast where types differ.

    Raises RuntimeError if it cannot be. Source: ``validate_outputs`` in torch/csrc/autograd/engine.cpp.
    """
    target = node.next[index]
    if target is None:
        return None
    number = node.numbers[index] if node.numbers else 0
    shape, dtype = target.output_shape(number), target.output_dtype(number)
    data = g._data if isinstance(g, Tensor) else g
    if data.shape != shape:
        if not expandable(shape, data.shape):
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got {list(data.shape)} but "
                f"expected shape compatible with {list(shape)}"
            )
        g = sum_to(g, c, shape)
    return g if data.dtype is dtype else c.cast(g, dtype)


def run_alone(node: Node, grads: Sequence[Any]) -> Any:
    """What ``node`` sends for these gradients: one, or a tuple, for each input as torch counts them."""
    if len(grads) != node.output_count():
        raise TypeError(f"expected {node.output_count()} arguments, got {len(grads)} instead")
    c: Context = TensorContext()
    sent = node.run(list(grads), c)
    spec = getattr(type(node), "spec", None)
    vjps = () if spec is None else spec.vjps
    kept = tuple(
        None if g is None else fit(g, node, i, c) for i, g in enumerate(sent) if i >= len(vjps) or vjps[i] is not None
    )
    return kept[0] if len(kept) == 1 else kept or None
