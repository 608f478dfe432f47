"""Calling an op: promote, compute, leave a node behind if a gradient may be asked for, tell the recorder."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import dtypes
from engine.node import Node, Raw, SavedResult
from engine.ops.spec import OpSpec
from engine.packing import attend, pack
from engine.state import state
from engine.tensors import Tensor, wrap

NUMBERS = frozenset((int, float, bool))
"""Python's own numbers, which are weak: a tensor's dtype goes before theirs."""

INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)


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
    raise AssertionError(f"shapes {a} and {b} do broadcast")


_NUMPYS_MISMATCH = re.compile(r"operands could not be broadcast together with shapes \(([\d,]*)\) \(([\d,]*)\)")


def broadcast_mismatch(error: BaseException) -> RuntimeError | None:
    """torch's error for numpy's about two shapes that do not broadcast; None for any other."""
    found = _NUMPYS_MISMATCH.match(str(error)) if type(error) is ValueError else None
    if found is None:
        return None
    a, b = (tuple(int(n) for n in part.split(",") if n) for part in found.groups())
    return broadcast_error(a, b)


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape; RuntimeError as from torch for the first pair that has none."""
    out: tuple[int, ...] = ()
    for shape in shapes:
        try:
            out = np.broadcast_shapes(out, shape)
        except ValueError:
            raise broadcast_error(out, shape) from None
    return out


def check_cast(result: np.dtype[Any], own: np.dtype[Any]) -> None:
    """Raise torch's RuntimeError if a result must not be written into a tensor of dtype ``own``."""
    a, b = dtypes.FROM_NUMPY[result], dtypes.FROM_NUMPY[own]
    if a.category > b.category:
        raise RuntimeError(f"result type {a.scalar_type} can't be cast to the desired output type {b.scalar_type}")


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
    return [_cast(raw, target) for raw in raws]


def _cast(raw: Raw, target: np.dtype[Any]) -> Raw:
    if type(raw) in NUMBERS:
        return scalar(raw, target)
    return raw if raw.dtype is target else raw.astype(target)


def scalar(value: bool | int | float, kind: np.dtype[Any]) -> Any:
    """A Python number as a numpy scalar; integers wrap around as in C.

    Raises OverflowError for an integer of more than 64 bits, as torch does.
    """
    if isinstance(value, int) and kind.kind in "iu":
        if not -(2**63) <= value < 2**64:
            raise OverflowError("int too big to convert")
        return np.array(value & 2**64 - 1, np.uint64).astype(kind)[()]
    return kind.type(value)


def checked_scalar(value: bool | int | float, kind: np.dtype[Any], name: str) -> Any:
    """A Python number as a numpy scalar; RuntimeError as from torch, with the type's ``name``, if it does not fit.

    Negative numbers in unsigned types wrap around.
    """
    if kind.kind == "f":
        fits = not math.isfinite(value) or abs(value) <= np.finfo(kind).max
    elif kind.kind == "b":
        fits = True
    else:
        limits = np.iinfo(kind)
        lowest = -limits.max if kind.kind == "u" else limits.min
        fits = math.isfinite(value) and lowest <= int(value) <= limits.max
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return scalar(int(value) if kind.kind in "iu" else value, kind)


def make_node(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, data: Raw) -> Node | None:
    """The backward function of one call: its edges and what it saves; None if no input is tracked.

    ``data`` is the result, of which the node keeps shape and dtype. Saved results come later.
    """
    edges: list[Node | None] = []
    numbers: list[int] | None = None
    tracked, bit = 0, 1
    for x in inputs:
        edge = None
        if isinstance(x, Tensor) and x._track:
            tracked |= bit
            edge = x._grad_fn
            if edge is None or x._more is not None:
                edge = x._edge()
            if x._nr:
                numbers = numbers or [0] * len(inputs)
                numbers[len(edges)] = x._nr
        edges.append(edge)
        bit <<= 1
    if not tracked:
        return None
    saved: tuple[Any, ...] = ()
    versions = None
    if spec.plan:
        saved, versions = kept(spec.plan, inputs, tracked)
    number = state.sequence
    state.sequence = number + 1
    several = None if numbers is None else tuple(numbers)
    node = spec.node(tuple(edges), saved, data.shape, data.dtype, number, params, several, versions)
    if state.watched:
        attend(node)
    return node


def kept(
    plan: Sequence[tuple[int, int]], inputs: Sequence[Any], tracked: int
) -> tuple[tuple[Any, ...], tuple[int, ...] | None]:
    """What backward needs of the inputs, and its versions (None if all are 0).

    Each input is kept only if a gradient that uses it may be asked for.
    """
    saved: list[Any] = []
    versions: list[int] | None = None
    count = len(inputs)
    for index, users in plan:
        item = inputs[index] if tracked & users and index < count else None
        if isinstance(item, Tensor):
            counter = item._version_counter
            if counter is not None and counter.count:
                versions = versions or [0] * len(plan)
                versions[len(saved)] = counter.count
            if item._more is not None and item._more.inference:
                raise RuntimeError(INFERENCE)
        saved.append(item)
    return tuple(saved), None if versions is None else tuple(versions)


def history(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, data: Raw) -> Node | None:
    """:func:`make_node`, if gradients are recorded now and the op has one."""
    return make_node(spec, inputs, params, data) if state.grad_enabled and spec.differentiable else None


def save_results(node: Node, out: Tensor) -> None:
    """Fill in the saved results, once the tensor exists with which they share a version counter."""
    counter = out._counter()
    result = SavedResult(out._data, counter, counter.count)
    saved: list[Any] = list(node.saved or ())
    for slot, users in node.spec.result_slots:
        for i in users:
            if node.next[i] is not None:
                saved[slot] = result
                break
    node.saved = tuple(saved)
    if state.watched:
        pack(node)


def tracked(inputs: Sequence[Any]) -> bool:
    """Will this call leave a node behind?"""
    if state.grad_enabled:
        for x in inputs:
            if isinstance(x, Tensor) and x._track:
                return True
    return False


def apply(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None = None) -> Tensor:
    """Call ``spec`` on tensors (numbers and None may stand among them); one output."""
    raws = [x._data if isinstance(x, Tensor) else x for x in inputs]
    data = spec.forward(*raws, **params) if params else spec.forward(*raws)
    if type(data) is np.ndarray:
        for raw in raws:
            if raw is data:
                # Nothing was to be done, as for the sum of one number; still the result has its own storage.
                data = data.copy()
                break
    return finish(spec, inputs, params, data)


def finish(spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, data: Raw) -> Tensor:
    """The tensor for a result that was computed already, with its node."""
    node = make_node(spec, inputs, params, data) if state.grad_enabled and spec.differentiable else None
    out = wrap(data, node)
    if spec.result_slots or state.recorder is not None or state.inference:
        _conclude(spec, inputs, params, out, node)
    return out


def _conclude(
    spec: OpSpec, inputs: Sequence[Any], params: dict[str, Any] | None, out: Tensor, node: Node | None
) -> None:
    """What some calls end with: the result is saved, marked as one of inference mode, told to the recorder."""
    if node is not None and spec.result_slots:
        save_results(node, out)
    if state.inference:
        out._extra().inference = True
    recorder = state.recorder
    if recorder is None:
        return
    if node is None or state.watched:
        recorder.applied(spec, inputs, params, (out,), node, 3)
    elif len(inputs) == 1 and len(spec.saves) < 2:
        recorder.applied_to_one(spec, inputs[0], params, out, node, 3)
    elif len(inputs) == 2 and (spec.pair is not None or not spec.saves):
        recorder.applied_to_two(spec, inputs[0], inputs[1], params, out, node, 3)
    else:
        recorder.applied(spec, inputs, params, (out,), node, 3)


def apply_many(
    spec: OpSpec,
    inputs: Sequence[Any],
    params: dict[str, Any] | None,
    datas: Sequence[Raw],
    differentiable: int | None = None,
) -> tuple[Tensor, ...]:
    """The tensors for several results; only the first ``differentiable`` of them are tracked (None: all)."""
    count = len(datas) if differentiable is None else differentiable
    node = history(spec, inputs, params, datas[0]) if datas else None
    if node is not None and len(datas) > 1:
        node.shape, node.dtype = [d.shape for d in datas], [d.dtype for d in datas]
    outs = tuple(wrap(d, node if i < count else None, i if i < count else 0) for i, d in enumerate(datas))
    if node is not None and spec.result_slots:
        save_results(node, outs[0])
    if state.inference:
        for out in outs:
            out._extra().inference = True
    if state.recorder is not None:
        state.recorder.applied(spec, inputs, params or {}, outs, node)
    return outs


def binary(spec: OpSpec, a: Any, b: Any) -> Tensor:
    """An elementwise op of two operands, at least one of them a tensor."""
    x = a._data if isinstance(a, Tensor) else a
    y = b._data if isinstance(b, Tensor) else b
    kind = type(x)
    if kind is not type(y) or (kind is np.ndarray and x.dtype is not y.dtype):
        x, y = agreed(x, y)
    try:
        data = spec.forward(x, y)
    except ValueError:
        raise broadcast_error(x.shape, y.shape) from None
    return finish(spec, (a, b), None, data)


def agreed(x: Raw, y: Raw) -> Sequence[Raw]:
    """Two operands in torch's result type."""
    # Numbers are weak in numpy too, but only among floats is numpy's choice always torch's.
    if type(y) in NUMBERS:
        return (x, y) if x.dtype.kind == "f" else promoted((x, y))
    if type(x) in NUMBERS:
        return (x, y) if y.dtype.kind == "f" else promoted((x, y))
    return (x, y) if x.dtype is y.dtype else promoted((x, y))


def unary(spec: OpSpec, a: Tensor) -> Tensor:
    """An elementwise op of one operand."""
    return finish(spec, (a,), None, spec.forward(a._data))


def choose(condition: Raw, a: Raw, b: Raw) -> Raw:
    """Elements of ``a`` where the condition holds, else of ``b``; a number if all are numbers."""
    if type(condition) is np.bool_ and type(a) is type(b) and isinstance(a, np.generic):
        return a if condition else b
    chosen: Any = np.where(condition, a, b)
    return chosen[()]


def zero_where(condition: Raw, x: Raw) -> Raw:
    """``x`` with zeros where the condition holds, be it inf or nan there."""
    if type(condition) is np.ndarray and condition.shape == x.shape and x.dtype.kind == "f":
        # The bits times 0 or 1: faster than a choice, and unlike 0 * inf no nan.
        return (x.view(f"i{x.dtype.itemsize}") * ~condition).view(x.dtype)
    return choose(condition, x.dtype.type(0), x)


def floating(x: Raw) -> Raw:
    """``x`` as it is, or integers in the default dtype: what the functions of analysis do in torch."""
    return x if x.dtype.kind == "f" else x.astype(state.default_dtype.numpy)


def array(x: Raw) -> np.ndarray[Any, Any]:
    """``x`` with an ndarray's methods."""
    return x if isinstance(x, np.ndarray) else np.asarray(x)
