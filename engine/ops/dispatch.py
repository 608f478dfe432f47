"""Calling an op: promote, compute, leave a node behind if a gradient may be asked for, tell the recorder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import dtypes
from engine.node import OUT, Node, Raw, SavedResult
from engine.ops.spec import OpSpec
from engine.state import state
from engine.tensors import Tensor, wrap

_new = object.__new__

NUMBERS = frozenset((int, float, bool))


def as_number(value: Any) -> Any:
    """``value`` as a plain Python number if it is one (numpy's float64 is a float, but no weak one)."""
    if type(value) in NUMBERS:
        return value
    if isinstance(value, float):
        return float(value)
    return int(value)


def broadcast_error(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError:
    """torch's text for two shapes that do not broadcast; the dimension is counted in the longer one."""
    rank = max(len(a), len(b))
    for back in range(1, rank + 1):
        m = a[-back] if back <= len(a) else 1
        n = b[-back] if back <= len(b) else 1
        if m != n and 1 not in (m, n):
            return RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension "
                f"{rank - back}"
            )
    return RuntimeError(f"shapes {list(a)} and {list(b)} cannot be broadcast")


def promoted(raws: Sequence[Raw]) -> list[Raw]:
    """All operands in torch's result type. Python numbers are weak and stay as they are if they can."""
    dimensioned, zero_dim, numbers = [], [], []
    for raw in raws:
        if type(raw) in NUMBERS:
            numbers.append(raw)
        elif raw.ndim:
            dimensioned.append(dtypes.FROM_NUMPY[raw.dtype])
        else:
            zero_dim.append(dtypes.FROM_NUMPY[raw.dtype])
    target = dtypes.result_type(dimensioned, zero_dim, numbers, state.default_dtype).numpy
    return [
        (target.type(raw) if type(raw) is not bool or target.kind == "b" else target.type(int(raw)))
        if type(raw) in NUMBERS
        else raw
        if raw.dtype is target
        else raw.astype(target)
        for raw in raws
    ]


def make_node(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, outputs: Sequence[Raw]) -> Node:
    """The backward function of one call: its edges and what it saves. Saved results come later."""
    node: Node = _new(spec.node)
    edges: list[Node | None] = []
    numbers: list[int] | None = None
    for x in inputs:
        if isinstance(x, Tensor) and x._track:
            fn = x._grad_fn
            edges.append(fn if fn is not None and x._more is None else x._edge())
            if x._nr:
                numbers = numbers or [0] * len(inputs)
                numbers[len(edges) - 1] = x._nr
        else:
            edges.append(None)
    node.next = tuple(edges)
    node.numbers = None if numbers is None else tuple(numbers)
    node.params = params
    node.hooks = None
    node.versions = None
    node.sequence = state.sequence
    state.sequence += 1
    if len(outputs) == 1:
        node.shape = outputs[0].shape
        node.dtype = outputs[0].dtype
    else:
        node.shape = [o.shape for o in outputs]
        node.dtype = [o.dtype for o in outputs]
    saved: list[Any] = []
    for index, needed_by in spec.saves:
        if index == OUT:
            saved.append(None)
            continue
        x = inputs[index]
        for i in needed_by:
            if edges[i] is not None:
                saved.append(x)
                counter = x._version_counter if isinstance(x, Tensor) else None
                if counter is not None and counter.count:
                    versions = list(node.versions or [0] * len(spec.saves))
                    versions[len(saved) - 1] = counter.count
                    node.versions = tuple(versions)
                break
        else:
            saved.append(None)
    node.saved = tuple(saved)
    return node


def save_results(node: Node, outputs: Sequence[Tensor]) -> None:
    """Fill in the saved results, once the tensors exist with which they share a version counter."""
    saves = node.spec.saves
    if not any(index == OUT for index, _ in saves):
        return
    assert node.saved is not None
    saved = list(node.saved)
    for slot, (index, needed_by) in enumerate(saves):
        if index == OUT and any(node.next[i] is not None for i in needed_by):
            saved[slot] = SavedResult(outputs[0]._data, outputs[0]._counter(), 0)
    node.saved = tuple(saved)


def tracked(inputs: Sequence[Any]) -> bool:
    """Will this call leave a node behind?"""
    if not state.grad_enabled:
        return False
    return any(isinstance(x, Tensor) and x._track for x in inputs)


def apply(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None = None) -> Tensor:
    """Call ``spec`` on tensors (numbers and None may stand among them); one output."""
    raws = [x._data if isinstance(x, Tensor) else x for x in inputs]
    data = spec.forward(*raws, **params) if params else spec.forward(*raws)
    return finish(spec, inputs, params, data)


def finish(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, data: Raw) -> Tensor:
    """The tensor for a result that was computed already, with its node."""
    node = None
    if spec.differentiable and state.grad_enabled:
        for x in inputs:
            if isinstance(x, Tensor) and x._track:
                node = make_node(spec, inputs, params, (data,))
                break
    out = wrap(data, node)
    if node is not None and spec.saves:
        save_results(node, (out,))
    if state.recorder is not None:
        state.recorder.applied(spec, inputs, params or {}, (out,), node)
    return out


def apply_many(
    spec: OpSpec,
    inputs: Sequence[Any],
    params: dict[str, Any] | None,
    datas: Sequence[Raw],
    differentiable: int | None = None,
) -> tuple[Tensor, ...]:
    """The tensors for several results; only the first ``differentiable`` of them are tracked (None: all)."""
    node = None
    count = len(datas) if differentiable is None else differentiable
    if spec.differentiable and tracked(inputs):
        node = make_node(spec, inputs, params, datas)
    outs = tuple(wrap(d, node if i < count else None, i if i < count else 0) for i, d in enumerate(datas))
    if node is not None:
        save_results(node, outs)
    if state.recorder is not None:
        state.recorder.applied(spec, inputs, params or {}, outs, node)
    return outs


def binary(spec: OpSpec, a: Any, b: Any) -> Tensor:
    """An elementwise op of two operands, at least one of them a tensor: the hot path of most programs."""
    x = a._data if isinstance(a, Tensor) else a
    y = b._data if isinstance(b, Tensor) else b
    # Numbers are weak in numpy too, but only among floats is numpy's choice always torch's.
    if type(y) in NUMBERS:
        if x.dtype.kind != "f":
            x, y = promoted((x, y))
    elif type(x) in NUMBERS:
        if y.dtype.kind != "f":
            x, y = promoted((x, y))
    elif x.dtype is not y.dtype:
        x, y = promoted((x, y))
    try:
        data = spec.forward(x, y)
    except ValueError:
        raise broadcast_error(x.shape, y.shape) from None
    return finish(spec, (a, b), None, data)


def unary(spec: OpSpec, a: Tensor) -> Tensor:
    """An elementwise op of one operand."""
    return finish(spec, (a,), None, spec.forward(a._data))


def floating(x: Raw) -> Raw:
    """``x`` as it is, or integers in the default dtype: what the functions of analysis do in torch."""
    return x if x.dtype.kind == "f" else x.astype(state.default_dtype.numpy)


def array(x: Raw) -> np.ndarray[Any, Any]:
    """``x`` with an ndarray's methods."""
    return x if isinstance(x, np.ndarray) else np.asarray(x)
