"""Computing again from a trace: local derivatives, and the numerical check of a gradient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.autograd.backward_pass import fit
from engine.explain.moment import Moment
from engine.explain.names import spec_of
from engine.node import OUT, AccumulateGrad
from engine.ops import TABLE
from engine.ops.context import NumpyContext
from engine.ops.spec import OpSpec
from engine.trace import events as ev
from engine.trace.known import NodeInfo
from engine.trace.state import State

STEP = 1e-6
"""The h of the central difference, in double precision."""
SLICE = re.compile(r"-?\d*:-?\d*(:-?\d*)?")
"""How an event writes a slice."""
MOST_OPS = 20_000
"""Ops that a numerical check will compute again."""


Op = tuple[ev.Applied, OpSpec, dict[str, Any]]
"""A call with its op and its params."""


class ReplayContext(NumpyContext):
    """Gives a node's derivatives the saved values that a trace knows, instead of those of a live node."""

    def __init__(self, spec: OpSpec, event: ev.Applied | ev.Edited, inputs: Sequence[Any], made: Sequence[Any]) -> None:
        shapes = [np.shape(a) for a in made]
        dtypes = [np.asarray(a).dtype for a in made]
        several = len(made) > 1
        self.node = spec.node(
            tuple(_end(x) if o.tensor is not None else None for o, x in zip(event.inputs, inputs, strict=True)),
            (),
            shapes if several else shapes[0],
            dtypes if several else dtypes[0],
            0,
            _unpacked(spec, event.params, inputs, made[0]),
        )
        self.values = [made[0] if index == OUT else _nth(inputs, index) for index, _ in spec.saves]

    def load(self, node: Any) -> None:
        """The saved values are there already."""


def _end(x: Any) -> AccumulateGrad:
    """Somewhere for a gradient to go: a node of the operand's shape."""
    array = np.asarray(x)
    return AccumulateGrad((), (), array.shape, array.dtype, 0)


def _nth(inputs: Sequence[Any], index: int) -> Any:
    return inputs[index] if index < len(inputs) else None


def _unpacked(spec: OpSpec, params: dict[str, Any], inputs: Sequence[Any], made: Any) -> dict[str, Any]:
    """Params as an op was given them: events have lists and words where those have arrays, tuples and slices.

    A list of lists may have been an array, or a tuple of arrays: what gives the known result again is right.
    """
    first = {name: _param(v, name == "index" or name in spec.holds or _bools(v)) for name, v in params.items()}
    index = first.get("index")
    if isinstance(index, np.ndarray) and index.ndim > 1 and not _gives(spec, inputs, first, made):
        first["index"] = tuple(index)
    return first


def _gives(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any], made: Any) -> bool:
    with np.errstate(all="ignore"):
        try:
            return np.array_equal(spec.forward(*inputs, **params), made, equal_nan=True)
        except (TypeError, ValueError, IndexError):
            return False


def _param(value: Any, arrays: bool) -> Any:
    """``arrays``: a list of numbers is an array, not a tuple; lists inside of lists are arrays anyhow."""
    if isinstance(value, str) and SLICE.fullmatch(value):
        return slice(*(int(part) if part else None for part in value.split(":")))
    if not isinstance(value, list):
        return value
    array = _array(value) if arrays else None
    return tuple(_param(item, arrays=True) for item in value) if array is None else array


def _bools(value: Any) -> bool:
    """A mask; no op takes a tuple of truth values."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, bool) for item in value)


def _array(value: list[Any]) -> Any:
    """A regular list of numbers as an array; None for another."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" else None


def operands(m: Moment, place: int, event: ev.Applied | ev.Edited) -> list[Any] | None:
    """The raw operands of the op of event ``place``, in the versions that it was given; None if one was not kept."""
    out: list[Any] = []
    for operand in event.inputs:
        if operand.tensor is None:
            out.append(operand.number)
            continue
        info = m.state.tensors.get(operand.tensor)
        # An edit in place is told with the version that it leaves behind.
        if info is not None and (isinstance(event, ev.Edited) or info.version != operand.version):
            info = m.trace.state_after(place).tensors.get(operand.tensor)
        if info is None or info.value.array is None:
            return None
        out.append(info.value.array[()])
    return out


def local_derivative(m: Moment, node: NodeInfo, index: int) -> np.ndarray[Any, Any] | None:
    """d output / d input ``index``, element by element, for ops that work element by element.

    None for other ops, and where a value was not kept. Computed by the op's own vjp with ones.
    """
    event = m.trace.events[node.made]
    if not isinstance(event, ev.Applied):
        return None
    spec = TABLE.get(event.op)
    if spec is None or not spec.local or index >= len(spec.vjps):
        return None
    vjp = spec.vjps[index]
    c = _context(m, node)
    if vjp is None or c is None:
        return None
    with np.errstate(all="ignore"):
        try:
            return np.asarray(vjp(np.ones(c.node.output_shape(0), c.node.output_dtype(0))[()], c))
        except (ValueError, TypeError, IndexError):
            return None


def sent_back(m: Moment, node: NodeInfo, received: Sequence[Any]) -> list[Any] | None:
    """What a node would send for these gradients of its outputs, by the op's own vjps; None if that cannot be had.

    The operands are those of the moment ``m``; pass one at which they are what they were when the op was made.
    """
    c = _context(m, node)
    if c is None:
        return None
    with np.errstate(all="ignore"):
        try:
            sent = c.node.run(received, c)
            return [None if g is None else fit(g, c.node, i, c) for i, g in enumerate(sent)]
        except Exception:  # an op that needs more than its event tells
            return None


def _context(m: Moment, node: NodeInfo) -> ReplayContext | None:
    """The operands and results of a node's op; None if one of them was not kept, or its node is of another kind."""
    event = m.trace.events[node.made]
    if not isinstance(event, (ev.Applied, ev.Edited)):
        return None
    spec = spec_of(event.op)
    raws = operands(m, node.made, event)
    values = [event.value] if isinstance(event, ev.Edited) else [o.value for o in event.outputs]
    made = [v.array for v in values]
    if spec is None or raws is None or spec.namespace + spec.grad_fn != node.link.grad_fn:
        return None
    if any(array is None for array in made):
        return None
    return ReplayContext(spec, event, raws, [array[()] for array in made if array is not None])


def _forward(state: State, ops: Sequence[Op], values: dict[int, Any], seeds: Sequence[tuple[int, Any]]) -> float:
    """The seeded sum of the outputs, computed again from leaf values in double precision."""
    known = dict(values)
    for event, spec, params in ops:
        raws = [
            known[o.tensor] if o.tensor in known else o.number if o.tensor is None else _double(state, o.tensor)
            for o in event.inputs
        ]
        out = spec.forward(*raws, **params)
        known[event.outputs[0].tensor] = out
    return float(sum(np.sum(known[t] * seed) for t, seed in seeds if t in known))


def _given(state: State, event: ev.Applied) -> dict[str, Any]:
    """What an op was called with beside its inputs."""
    if not isinstance(event.params.get("index"), list):
        return {name: _param(v, arrays=False) for name, v in event.params.items()}
    inputs = [o.number if o.tensor is None else _raw(state, o.tensor) for o in event.inputs]
    return _unpacked(TABLE[event.op], event.params, inputs, event.outputs[0].value.array)


def _raw(state: State, tensor: int) -> Any:
    info = state.tensors.get(tensor)
    if info is None or info.value.array is None:
        raise KeyError(tensor)
    return info.value.array[()]


def _double(state: State, tensor: int) -> Any:
    array = _raw(state, tensor)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def path(m: Moment, state: State, leaf: int, outputs: Sequence[int]) -> list[ev.Applied] | None:
    """The ops between a leaf and the outputs of a pass, oldest first; None if they cannot be computed again."""
    made: dict[int, ev.Applied] = {}
    wanted = list(outputs)
    seen: set[int] = set()
    while wanted:
        tensor = wanted.pop()
        info = state.tensors.get(tensor)
        if tensor in seen or info is None:
            continue
        seen.add(tensor)
        event = m.trace.events[info.made]
        if not isinstance(event, ev.Applied):
            continue
        if event.link is None:
            continue
        if len(event.outputs) > 1 or event.op not in TABLE or len(seen) > MOST_OPS:
            return None
        made[info.made] = event
        wanted += [o.tensor for o in event.inputs if o.tensor is not None]
    ops = [made[place] for place in sorted(made)]
    reached = {leaf}
    through = []
    for event in ops:
        if any(o.tensor in reached for o in event.inputs):
            reached.update(o.tensor for o in event.outputs)
            through.append(event)
    return through


def central_difference(m: Moment, leaf: int, element: int = 0) -> float | None:
    """(f(x + h) - f(x - h)) / 2h for one element of a leaf, f being the last pass's seeded output.

    None where it cannot be had: an op of several outputs, an edit in place, a value that was not kept.
    Formula: the usual second-order difference quotient, in double precision.
    """
    run = m.backward()
    if run is None:
        return None
    # The values as they were when the pass began: an optimizer may have moved them since.
    state = m.trace.state_after(run.began)
    ops = path(m, state, leaf, run.outputs)
    if not ops:
        return None

    def f(delta: float) -> float:
        return _forward(state, calls, {leaf: _shifted(base, element, delta)}, seeds)

    try:
        base = np.array(_double(state, leaf), np.float64)
        seeds = _seeds(m, run.outputs, run.began)
        calls = [(event, TABLE[event.op], _given(state, event)) for event in ops]
        with np.errstate(all="ignore"):
            return (f(STEP) - f(-STEP)) / (2 * STEP)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None


def _shifted(base: np.ndarray[Any, Any], element: int, delta: float) -> Any:
    moved = base.copy()
    moved.reshape(-1)[element] += delta
    return moved[()]


def _seeds(m: Moment, outputs: Sequence[int], began: int) -> list[tuple[int, Any]]:
    event = m.trace.events[began]
    assert isinstance(event, ev.BackwardBegan)
    out = []
    for tensor, seed in zip(outputs, event.seeds, strict=False):
        if seed is None or seed.array is None:
            raise KeyError(tensor)
        out.append((tensor, seed.array.astype(np.float64)))
    return out
