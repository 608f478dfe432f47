"""The backward pass, and the functions that start it.

:func:`backward_pass` is the pass itself: a generator that runs one node after another in torch's order.
``backward()`` and ``grad()`` drain it; the recorder watches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from engine import hooks
from engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from engine.node import AccumulateGrad, GraphRoot, Node
from engine.ops.accumulate import owned
from engine.ops.broadcasting import expandable, sum_to
from engine.ops.context import Context, NumpyContext, TensorContext
from engine.queue import ReadyQueue
from engine.state import next_sequence, state, warn, warn_once
from engine.tensors import Tensor, wrap

__all__ = ["backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]

NOT_SCALAR = "grad can be implicitly created only for scalar outputs"
CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)
ONLY_INPUTS = (
    "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts "
    "of the graph, please use torch.autograd.backward."
)
UNUSED = (
    "The differentiated Tensor at index {} appears to not have been used in the graph. Set allow_unused=True if this "
    "is the desired behavior."
)


class Pass:
    """One call of backward() or grad(): what it starts from, what it keeps, what is wanted of it.

    While the pass runs, ``received``, ``sent`` and ``added`` tell of the node that ran last: the gradients
    of its outputs, those of its inputs, and for AccumulateGrad what it found in ``.grad`` and left there.
    """

    __slots__ = (
        "added",
        "captures",
        "create_graph",
        "inputs",
        "keep_graph",
        "needed",
        "node",
        "outputs",
        "received",
        "results",
        "root",
        "seeds",
        "sent",
        "wanted",
    )

    def __init__(self, outputs: Sequence[Tensor], seeds: Sequence[Any], keep_graph: bool, create_graph: bool) -> None:
        self.outputs = outputs
        self.keep_graph = keep_graph
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
            node = x._edge()
            if node is None:
                raise RuntimeError("One of the differentiated Tensors does not require grad")
            targets.add(node)
            if not accumulate:
                self.captures.setdefault(node, []).append((x._nr, place))
            elif type(node) is AccumulateGrad:
                run_too.add(node)
        self.needed = leading_to(self.root, targets) | run_too
        self.wanted = self.needed | targets


def leading_to(root: Node, targets: set[Node]) -> set[Node]:
    """The nodes under ``root`` from which an edge leads, directly or not, to a target."""
    order: list[Node] = []
    seen = {root}
    stack: list[tuple[Node, Iterator[Node | None]]] = [(root, iter(root.next))]
    while stack:
        node, rest = stack[-1]
        for target in rest:
            if target is not None and target not in seen:
                seen.add(target)
                stack.append((target, iter(target.next)))
                break
        else:
            stack.pop()
            order.append(node)
    found: set[Node] = set()
    for node in order:
        if any(t is not None and (t in targets or t in found) for t in node.next):
            found.add(node)
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
    wanted = c.needed = run.wanted
    waiting = count_senders(run.root)
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

        numbers = node.numbers
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
    sent = node.run(received, c)
    for i, target in enumerate(node.next):
        g = sent[i]
        if g is not None:
            data = g._data if run.create_graph else g
            if target is None or data.shape != target.shape or data.dtype is not target.dtype:
                sent[i] = fit(g, node, i, c)
    if not run.keep_graph:
        node.release()
    if node.hooks is not None and node.hooks.post:
        sent = hooks.call_posthooks(node, sent, received, c)
    if type(node) is AccumulateGrad:
        hooks.call_post_accumulate(node.variable)
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


def execute(run: Pass) -> None:
    """Drain the pass; whoever records is told of each node."""
    recorder = state.recorder
    with set_grad_enabled(run.create_graph):
        if recorder is None:
            for _ in backward_pass(run):
                pass
            return
        recorder.backward_began(run)
        try:
            for _ in backward_pass(run):
                recorder.visited(run)
        except BaseException:
            recorder.backward_failed(run)
            raise


def as_tuple(values: Any) -> tuple[Any, ...]:
    """One tensor, or a sequence of them, as a tuple."""
    return (values,) if isinstance(values, Tensor) else tuple(values)


def inputs_tuple(inputs: Any, function: str) -> tuple[Tensor, ...]:
    """The tensors to differentiate by; a dict stands for its values. RuntimeError if there is none."""
    found = tuple(inputs.values()) if type(inputs) is dict else as_tuple(inputs)
    if not found:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return found


def make_seeds(outputs: Sequence[Tensor], given: Sequence[Any]) -> list[Tensor | None]:
    """What the pass starts with: what was given, ones for scalars; torch's errors otherwise."""
    seeds: list[Tensor | None] = []
    for i, (out, seed) in enumerate(zip(outputs, given, strict=False)):
        if isinstance(seed, Tensor):
            if seed.shape != out.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {seed.shape} and output[{i}] has a shape of "
                    f"{out.shape}."
                )
            seeds.append(seed)
        elif seed is not None:
            raise TypeError(f"gradients can be either Tensors or None, but got {type(seed).__name__}")
        elif out.requires_grad:
            if out.numel() != 1:
                raise RuntimeError(NOT_SCALAR)
            seeds.append(wrap(np.ones_like(out._data) if out._data.ndim else out._data.dtype.type(1)))
        else:
            seeds.append(None)
    if len(outputs) != len(given):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    return seeds


class told_if_refused:
    """Whoever records is told which pass could not begin. A class, because it is entered at every backward()."""

    __slots__ = ("outputs", "wanted")

    def __init__(self, outputs: Sequence[Any], wanted: Sequence[Any] | None) -> None:
        self.outputs = outputs
        self.wanted = wanted

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None and state.recorder is not None:
            state.recorder.backward_refused(self.outputs, self.wanted)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradient of ``tensors`` to the ``.grad`` of the leaves (or of ``inputs``).

    Raises RuntimeError with torch's texts: no graph, no scalar, freed or modified saved tensors.
    """
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    chosen = None if inputs is None else inputs_tuple(inputs, "backward")
    outputs = as_tuple(tensors)
    given = (None,) * len(outputs) if grad_tensors is None else as_tuple(grad_tensors)
    with told_if_refused(outputs, chosen):
        seeds = make_seeds(outputs, given)
        if not outputs:
            return
        if create_graph:
            warn_once(CYCLE)
        run = Pass(outputs, seeds, create_graph if retain_graph is None else retain_graph, create_graph)
        if chosen is not None:
            for x in chosen:
                x.retain_grad()
            run.limit_to(chosen, accumulate=True)
    execute(run)
    if state.recorder is not None:
        state.recorder.backward_ended(())


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the sum of ``outputs`` with respect to ``inputs``, without touching ``.grad``.

    A tuple; for a dict of inputs, a dict. An input that was not used is an error unless ``allow_unused``
    (then its gradient is None) or ``materialize_grads`` (zeros).
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if is_grads_batched:
        raise RuntimeError("is_grads_batched is not part of Chainrule: call autograd.grad once per gradient")
    results = as_tuple(outputs)
    wanted = inputs_tuple(inputs, "grad")
    if not only_inputs:
        warn(ONLY_INPUTS, FutureWarning)
    given = (None,) * len(results) if grad_outputs is None else as_tuple(grad_outputs)
    with told_if_refused(results, wanted):
        seeds = make_seeds(results, given)
        run = Pass(results, seeds, create_graph if retain_graph is None else retain_graph, create_graph)
        run.limit_to(wanted, accumulate=False)
    execute(run)
    found: list[Tensor | None] = []
    for i, (x, g) in enumerate(zip(wanted, run.results, strict=True)):
        if g is None and materialize_grads:
            g = np.zeros_like(x._data)[()]
        if g is None and not allow_unused:
            raise RuntimeError(UNUSED.format(i))
        found.append(g if g is None or isinstance(g, Tensor) else wrap(owned(g)))
    if state.recorder is not None:
        state.recorder.backward_ended(found)
    return dict(zip(inputs, found, strict=True)) if type(inputs) is dict else tuple(found)
