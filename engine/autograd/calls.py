"""backward() and grad(): they start a pass and drain it, while the recorder watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.autograd.backward_pass import Pass, backward_pass, count_senders
from engine.autograd.graph import GradientEdge, end_of
from engine.autograd.quick_pass import run_quickly
from engine.ops.accumulate import owned
from engine.ops.dispatch import broadcast_mismatch
from engine.ops.filled import zeros_like
from engine.ops.joining import stack
from engine.state import state, warn, warn_once
from engine.tensors import Tensor, wrap

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
BATCHED = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The "
    "sizes of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was "
    "detected: grad_output[{}] has a shape of {} and output[{}] has a shape of {}. If you only want some tensors in "
    "`grad_output` to be considered batched, consider using vmap."
)
UNUSED = (
    "The differentiated Tensor at index {} appears to not have been used in the graph. Set allow_unused=True if this "
    "is the desired behavior."
)


def execute(run: Pass) -> None:
    """Drain the pass; whoever records is told of each node."""
    recorder = state.recorder
    before, state.current = state.current, run
    tracking, state.grad_enabled = state.grad_enabled, run.create_graph
    try:
        if recorder is not None:
            run.reached = count_senders(run.root)
            recorder.backward_began(run)
        if run.create_graph:
            for _ in backward_pass(run):
                if recorder is not None:
                    recorder.visited(run)
        else:
            run_quickly(run)
    except BaseException as error:
        if recorder is not None:
            recorder.backward_failed(run)
        mismatch = broadcast_mismatch(error)
        if mismatch is not None:
            raise mismatch from None
        raise
    finally:
        state.grad_enabled = tracking
        state.current = before


def as_tuple(values: Any) -> tuple[Any, ...]:
    """One tensor, or a sequence of them, as a tuple; edges become tensors at their ends."""
    if isinstance(values, Tensor):
        return (values,)
    given = (values,) if type(values) is GradientEdge else tuple(values)
    return tuple([end_of(x) if type(x) is GradientEdge else x for x in given])


def inputs_tuple(inputs: Any, function: str) -> tuple[Tensor, ...]:
    """The tensors to differentiate by; a dict stands for its values. RuntimeError if there is none."""
    found = tuple(inputs.values()) if type(inputs) is dict else as_tuple(inputs)
    if not found:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return found


def edges_among(inputs: Any) -> set[int]:
    """Which of the inputs are given as edges, not as tensors."""
    if type(inputs) is GradientEdge:
        return {0}
    return {i for i, x in enumerate(inputs) if type(x) is GradientEdge} if isinstance(inputs, (tuple, list)) else set()


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
        elif out._track:
            data = out._data
            if data.size != 1:
                raise RuntimeError(NOT_SCALAR)
            seeds.append(wrap(np.ones_like(data) if data.ndim else data.dtype.type(1)))
        else:
            seeds.append(None)
    # More gradients than tensors: torch does not look at the others.
    if len(outputs) > len(given):
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
            edges = edges_among(inputs)
            for i, x in enumerate(chosen):
                if not isinstance(x, Tensor):
                    raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}")
                if i not in edges:
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
    results = as_tuple(outputs)
    wanted = inputs_tuple(inputs, "grad")
    if not only_inputs:
        warn(ONLY_INPUTS, FutureWarning)
    given = (None,) * len(results) if grad_outputs is None else as_tuple(grad_outputs)
    if is_grads_batched and any(isinstance(seed, Tensor) for seed in given):
        keep = create_graph if retain_graph is None else retain_graph
        return _batched(results, inputs, given, keep, create_graph, allow_unused, materialize_grads)
    with told_if_refused(results, wanted):
        seeds = make_seeds(results, given)
        run = Pass(results, seeds, create_graph if retain_graph is None else retain_graph, create_graph)
        run.limit_to(wanted, accumulate=False)
    execute(run)
    found: list[Tensor | None] = []
    for i, (x, g) in enumerate(zip(wanted, run.results, strict=True)):
        if g is None and materialize_grads:
            if i in edges_among(inputs):
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            g = zeros_like(x, requires_grad=create_graph)
        if g is None and not allow_unused:
            raise RuntimeError(UNUSED.format(i))
        found.append(g if g is None or isinstance(g, Tensor) else wrap(owned(g)))
    if state.recorder is not None:
        state.recorder.backward_ended(found)
    return dict(zip(inputs, found, strict=True)) if type(inputs) is dict else tuple(found)


def _batched(
    results: tuple[Tensor, ...], inputs: Any, seeds: tuple[Any, ...], keep: bool, create: bool, unused: Any, zeros: bool
) -> Any:
    """:func:`grad` for each slice of the seeds, the gradients stacked."""
    for i, (out, seed) in enumerate(zip(results, seeds, strict=False)):
        if isinstance(seed, Tensor) and seed.shape[1:] != out.shape:
            # torch tells the shape without its two first dimensions.
            raise RuntimeError(BATCHED.format(i, seed.shape[2:], i, out.shape))
    count = next(seed.shape[0] for seed in seeds if isinstance(seed, Tensor))
    slices = [
        grad(
            results,
            inputs_tuple(inputs, "grad"),
            tuple(seed[k] if isinstance(seed, Tensor) else seed for seed in seeds),
            retain_graph=keep or k + 1 < count,
            create_graph=create,
            allow_unused=unused,
            materialize_grads=zeros,
        )
        for k in range(count)
    ]
    found = [None if column[0] is None else stack(column) for column in zip(*slices, strict=True)]
    return dict(zip(inputs, found, strict=True)) if type(inputs) is dict else tuple(found)
