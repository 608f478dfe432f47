"""Running hooks in a backward pass, and retaining gradients of intermediate tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.node import AccumulateGrad, HookTable, Node
from engine.ops.accumulate import owned
from engine.ops.context import Context
from engine.state import state
from engine.tensors import Tensor


def call_tensor_hooks(node: Node, received: list[Any], c: Context) -> list[Any]:
    """Run the hooks on the tensors whose gradients arrived at ``node``; then retain what is to be retained."""
    hooks = node.hooks
    if type(node) is AccumulateGrad:
        more = node.variable._more
        if more is not None and more.hooks and received[0] is not None:
            received = [call_all(more.hooks, received[0], c, node)]
    if hooks is None:
        return received
    received = list(received)
    for number, table in hooks.tensor.items():
        if table:
            received[number] = call_all(table, received[number], c, node)
    for number, reference in hooks.retained.items():
        tensor = reference()
        if tensor is not None and received[number] is not None:
            retain(tensor, received[number], c)
    return received


def call_all(table: HookTable, g: Any, c: Context, node: Node) -> Any:
    """Run tensor hooks in the order of their registration; each may replace the gradient."""
    value: Any = None if g is None else c.wrapped(g)
    for handle, hook in list(table.items()):
        before = _kept(value)
        result = hook(value)
        if result is not None:
            _check_replacement(hook, result, value)
            value = result
        if state.recorder is not None:
            state.recorder.hook_ran(handle, node, (before,), (value,))
    return None if value is None else c.unwrapped(value)


def _kept(g: Tensor | None) -> Any:
    """The gradient as it is before a hook that may edit it in place, for whoever records."""
    return None if g is None or state.recorder is None else owned(g._data)


def _check_replacement(hook: Any, result: Any, value: Any) -> None:
    """Raise torch's errors if what a hook returned cannot stand for the gradient that it was given."""
    if value is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if result.dtype is not value.dtype:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was torch.{value.dtype.legacy} got "
            f"torch.{result.dtype.legacy})"
        )
    if result._data.shape != value._data.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")


def retain(tensor: Tensor, g: Any, c: Context) -> None:
    """Leave the gradient of an intermediate tensor in its ``.grad``, on top of what is there."""
    value = c.wrapped(g if c.creates_graph else owned(g))
    if tensor._grad is not None:
        tensor._grad = tensor._grad + value
    else:
        tensor._grad = value.clone() if c.creates_graph else value
    if state.recorder is not None:
        state.recorder.grad_assigned(tensor, tensor._grad)


def call_prehooks(node: Node, received: Sequence[Any], c: Context) -> list[Any]:
    """The hooks that are to run before the node; each may replace what the node receives."""
    grads = _tensors(received, c)
    for handle, hook in list(node.side().pre.items()):
        before = [_kept(g) for g in grads]
        grads = _replaced(hook, hook(grads), grads)
        if state.recorder is not None:
            state.recorder.hook_ran(handle, node, before, grads)
    return _raws(grads, c)


def call_posthooks(node: Node, sent: Sequence[Any], received: Sequence[Any], c: Context) -> list[Any]:
    """The hooks that are to run after the node; each may replace what the node sends."""
    grads = _tensors(sent, c)
    arrived = _tensors(received, c)
    for handle, hook in list(node.side().post.items()):
        before = [_kept(g) for g in grads]
        grads = _replaced(hook, hook(grads, arrived), grads)
        if state.recorder is not None:
            state.recorder.hook_ran(handle, node, before, grads)
    return _raws(grads, c)


def _replaced(hook: Any, result: Any, grads: tuple[Any, ...]) -> tuple[Any, ...]:
    """``grads``, or what a hook on a node returned in their place; torch's errors if that does not fit."""
    if result is None:
        return grads
    if not isinstance(result, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
    if len(result) != len(grads):
        name = getattr(hook, "__name__", type(hook).__name__)
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(result)}, but expected {len(grads)})"
        )
    for new, old in zip(result, grads, strict=True):
        if new is not None and old is not None:
            _check_replacement(hook, new, old)
    return result


def _tensors(grads: Sequence[Any], c: Context) -> tuple[Any, ...]:
    return tuple(None if g is None else c.wrapped(g) for g in grads)


def _raws(grads: Sequence[Any], c: Context) -> list[Any]:
    return [None if g is None else c.unwrapped(g) for g in grads]


def call_post_accumulate(node: AccumulateGrad) -> None:
    """The leaf's hooks that run when its ``.grad`` is up to date."""
    variable: Tensor = node.variable
    more = variable._more
    if more is None or not more.post_hooks:
        return
    for handle, hook in list(more.post_hooks.items()):
        before = _kept(variable._grad)
        result = hook(variable)
        if state.recorder is not None:
            after = variable._grad
            state.recorder.hook_ran(handle, node, (before,), (after,))
        if result is None:
            continue
        if not isinstance(result, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
        raise RuntimeError("Tensor post accumulate grad hooks should return None.")
