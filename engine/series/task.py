"""What a training loop fits: found in the graph of its loss, and computed again for other inputs or parameters.

The program need not say what its data are. What reached the loss from the side that is tracked is the prediction,
what came from the other side the target; untracked rows under the prediction are the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.state import State
from engine.trace.trace import Trace

REGRESSION = frozenset(("mse_loss", "smooth_l1_loss", "huber_loss", "l1_loss"))
CLASSES = frozenset(("nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"))
BELOW = frozenset(("mean", "sum", "mean_dim", "sum_dim", "pow", "square", "abs", "sqrt", "neg", "div", "mul"))
"""What stands between a loss that is written out and its difference of prediction and target."""
MOST_OPS = 4_000
"""Of a larger graph it is not sought what it fits."""

Array = np.ndarray[Any, Any]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class LossGraph:
    """What one backward() started from, and the ops that lead there from leaves, oldest first."""

    loss: int
    ops: tuple[ev.Applied, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What is fitted, by the numbers of tensors.

    ``kind`` is ``line`` (one input), ``parity`` (a regression of more inputs) or ``classes``. ``inputs`` has N rows;
    ``target`` and ``prediction`` one row or number for each. ``link`` is how the prediction becomes a probability:
    ``sigmoid``, ``softmax``, or ``""`` if it is one, or a number.
    """

    kind: str
    graph: LossGraph
    prediction: int
    target: int
    inputs: int
    features: int
    link: str = ""

    @property
    def before(self) -> tuple[ev.Applied, ...]:
        """The ops that the prediction is made by."""
        wanted = {self.prediction}
        out = []
        for event in reversed(self.graph.ops):
            if event.outputs[0].tensor in wanted:
                wanted.update(o.tensor for o in event.inputs if o.tensor is not None)
                out.append(event)
        return tuple(reversed(out))


def trained_part(graph: LossGraph, state: State) -> LossGraph:
    """The same loss with fewer ops: what nobody trains is taken as it is in ``state``, where it still is."""
    wanted = {graph.loss}
    out = []
    for event in reversed(graph.ops):
        made = event.outputs[0]
        if made.tensor not in wanted:
            continue
        info = state.tensors.get(made.tensor)
        if not made.requires_grad and info is not None and info.value.array is not None:
            continue
        wanted.update(o.tensor for o in event.inputs if o.tensor is not None)
        out.append(event)
    return LossGraph(graph.loss, tuple(reversed(out)))


def loss_at(trace: Trace, began: int) -> LossGraph | None:
    """What the pass that begins with event number ``began`` starts from; None if it cannot be computed again."""
    event = trace.events[began]
    if not isinstance(event, ev.BackwardBegan) or len(event.outputs) != 1:
        return None
    made = _ancestors(trace, trace.state_after(began), event.outputs[0])
    return None if made is None else LossGraph(event.outputs[0], tuple(made[tensor] for tensor in sorted(made)))


def task_at(trace: Trace, began: int) -> Task | None:
    """What the pass that begins with event number ``began`` fits; None if that cannot be told."""
    graph = loss_at(trace, began)
    if graph is None:
        return None
    state = trace.state_after(began)
    made = {event.outputs[0].tensor: event for event in graph.ops}
    pair = _pair(made, graph.loss) or _passage(made, state, graph.loss)
    if pair is None:
        return None
    prediction, target, classes, link = pair
    wanted, given = state.tensors.get(prediction), state.tensors.get(target)
    if wanted is None or given is None or not wanted.value.shape:
        return None
    rows = wanted.value.shape[0]
    found = _inputs(made, state, prediction, rows)
    if found is None or given.value.shape[:1] != (rows,):
        return None
    features = state.tensors[found].value.size // rows
    if not classes and wanted.value.size != rows:
        return None
    kind = "classes" if classes else "line" if features == 1 else "parity"
    return Task(kind, graph, prediction, target, found, features, link)


def evaluate(ops: Sequence[ev.Applied], state: State, wanted: int, given: Mapping[int, Array]) -> Array | None:
    """A tensor computed again from the leaves' values in ``state``, those in ``given`` taking their place.

    None where that cannot be done: a value that was not kept, an op that draws at random or has several outputs.
    """
    known: dict[int, Any] = {tensor: value[()] for tensor, value in given.items()}
    with np.errstate(all="ignore"):
        try:
            for event in ops:
                if event.outputs[0].tensor in known:
                    continue
                raws = [o.number if o.tensor is None else _raw(known, state, o.tensor) for o in event.inputs]
                known[event.outputs[0].tensor] = TABLE[event.op].forward(*raws, **event.params)
            return np.asarray(_raw(known, state, wanted))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError):
            return None


def _raw(known: dict[int, Any], state: State, tensor: int) -> Any:
    if tensor not in known:
        info = state.tensors.get(tensor)
        if info is None or info.value.array is None:
            raise KeyError(tensor)
        known[tensor] = info.value.array[()]
    return known[tensor]


def _ancestors(trace: Trace, state: State, tensor: int) -> dict[int, ev.Applied] | None:
    """The ops that made a tensor, by what they made; None if not all can be computed again."""
    made: dict[int, ev.Applied] = {}
    seen = {tensor}
    wanted = [tensor] if tensor in state.tensors else []
    while wanted:
        info = state.tensors[wanted.pop()]
        event = trace.events[info.made]
        if not isinstance(event, ev.Applied):
            continue
        edited = event.link is not None and info.node is not None and info.node != event.link.node
        lost = any(o.tensor is not None and o.tensor not in state.tensors for o in event.inputs)
        if edited or lost or len(event.outputs) > 1 or event.op not in TABLE or len(made) > MOST_OPS:
            if event.outputs[0].requires_grad:
                return None
            # What nobody trains is as it is.
            continue
        made[event.outputs[0].tensor] = event
        for operand in event.inputs:
            if operand.tensor is not None and operand.tensor not in seen:
                seen.add(operand.tensor)
                wanted.append(operand.tensor)
    return made


def _pair(made: dict[int, ev.Applied], loss: int) -> tuple[int, int, bool, str] | None:
    """Prediction, target, whether the target is classes, and the link."""
    tensor = loss
    for _ in range(MOST_OPS):
        event = made.get(tensor)
        if event is None:
            return None
        operands = [o.tensor for o in event.inputs]
        if event.op in REGRESSION or event.op in CLASSES or event.op == "sub":
            if len(operands) < 2 or operands[0] is None or operands[1] is None:
                return None
            return _sides(made, event.op, operands[0], operands[1])
        if event.op not in BELOW or operands[0] is None:
            return None
        tensor = operands[0]
    return None


def _passage(made: dict[int, ev.Applied], state: State, loss: int) -> tuple[int, int, bool, str] | None:
    """Prediction and target of a loss that is written out in another way.

    The prediction is the last tensor through which everything that is trained passes, and in which the target has no
    part; the target is the one tensor of as many rows that comes from elsewhere.
    """
    pending, beside = {loss}, set[int]()
    for tensor in sorted(made, reverse=True):
        if tensor not in pending:
            continue
        event = made[tensor]
        rows = event.outputs[0].value.size
        if pending == {tensor} and rows > 1:
            sources = {source for t in beside for source in _sources(made, state, t, rows)}
            if len(sources) == 1 and not sources & _sources(made, state, tensor, rows):
                target = sources.pop()
                return tensor, target, event.op == "sigmoid" and _is_binary(state, target), ""
        pending.discard(tensor)
        for operand in event.inputs:
            if operand.tensor is not None:
                info = state.tensors.get(operand.tensor)
                maker = made.get(operand.tensor)
                tracked = (
                    maker.outputs[0].requires_grad if maker is not None else info is not None and info.requires_grad
                )
                (pending if tracked else beside).add(operand.tensor)
    return None


def _is_binary(state: State, tensor: int) -> bool:
    values = state.tensors[tensor].value.array
    return values is not None and bool(np.isin(values, (0, 1)).all())


def _sides(made: dict[int, ev.Applied], op: str, first: int, second: int) -> tuple[int, int, bool, str] | None:
    tracked = [t in made and made[t].outputs[0].requires_grad for t in (first, second)]
    if tracked == [False, True] and op not in CLASSES:
        first, second = second, first
    elif tracked != [True, False]:
        return None
    link = "sigmoid" if op == "binary_cross_entropy_with_logits" else ""
    if op == "nll_loss":
        before = made[first]
        if before.op == "log_softmax" and before.inputs[0].tensor is not None:
            first, link = before.inputs[0].tensor, "softmax"
    return first, second, op in CLASSES, link


def _inputs(made: dict[int, ev.Applied], state: State, prediction: int, rows: int) -> int | None:
    """The one untracked tensor of as many rows from which the prediction is made."""
    frontier: list[int] = []
    wanted, seen = [prediction], {prediction}
    while wanted:
        tensor = wanted.pop()
        event = made.get(tensor)
        if event is not None and event.outputs[0].requires_grad:
            for operand in event.inputs:
                if operand.tensor is not None and operand.tensor not in seen:
                    seen.add(operand.tensor)
                    wanted.append(operand.tensor)
        elif _has_rows(state, tensor, rows):
            frontier.append(tensor)
    if len(frontier) == 1 and state.tensors[frontier[0]].value.size <= 2 * rows:
        return frontier[0]
    # Several features of one input, such as x and x ** 2: they come from one tensor.
    roots = {root for tensor in frontier for root in _roots(made, tensor) if _has_rows(state, root, rows)}
    if len(roots) == 1 and state.tensors[next(iter(roots))].value.size == rows:
        return roots.pop()
    return frontier[0] if len(frontier) == 1 else None


def _roots(made: dict[int, ev.Applied], tensor: int) -> set[int]:
    out: set[int] = set()
    wanted, seen = [tensor], {tensor}
    while wanted:
        tensor = wanted.pop()
        event = made.get(tensor)
        if event is None:
            out.add(tensor)
            continue
        for operand in event.inputs:
            if operand.tensor is not None and operand.tensor not in seen:
                seen.add(operand.tensor)
                wanted.append(operand.tensor)
    return out


def _sources(made: dict[int, ev.Applied], state: State, tensor: int, rows: int) -> set[int]:
    """The first tensors of so many rows that a tensor was made from; itself if it was made from none."""
    reached, wanted = {tensor}, [tensor]
    while wanted:
        event = made.get(wanted.pop())
        for operand in () if event is None else event.inputs:
            if operand.tensor is not None and operand.tensor not in reached:
                reached.add(operand.tensor)
                wanted.append(operand.tensor)
    found: dict[int, set[int]] = {}
    # What is made of others is younger than they are.
    for each in sorted(reached):
        event = made.get(each)
        operands = [] if event is None else [o.tensor for o in event.inputs if o.tensor is not None]
        below = set[int]().union(*(found.get(operand, ()) for operand in operands))
        found[each] = below or ({each} if _has_rows(state, each, rows) else set())
    return found[tensor]


def _has_rows(state: State, tensor: int, rows: int) -> bool:
    info = state.tensors.get(tensor)
    return (
        info is not None
        and not info.requires_grad
        and info.value.shape[:1] == (rows,)
        and info.value.dtype.startswith("float")
    )
