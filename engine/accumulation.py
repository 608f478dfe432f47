"""What happens at the ends of a backward pass and beside it: hooks, retained gradients, ``.grad``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.node import AccumulateGrad, Node, Raw
from engine.state import state
from engine.tensors import Tensor, wrap

if TYPE_CHECKING:
    from engine.ops.context import Context


def owned(g: Raw) -> Raw:
    """``g`` as data that nobody else holds: gradients that were only passed on are shared."""
    return g.copy() if isinstance(g, np.ndarray) else g


def accumulate(node: AccumulateGrad, g: Any, c: Context) -> tuple[Tensor | None, Tensor]:
    """Add ``g`` to the leaf's ``.grad``; what was there before, and what is there now.

    The first gradient becomes the grad; later ones are added in place, or, when the gradient has a
    graph of its own, out of place. Source: torch/csrc/autograd/functions/accumulate_grad.h.
    """
    variable = node.variable
    old = variable._grad
    if c.creates_graph:
        new = _copied(g) if old is None else old + g
        variable._grad = new
        return old, new
    if old is None:
        variable._grad = wrap(owned(g))
        return None, variable._grad
    before = wrap(owned(old._data))
    from engine.ops.inplace import write

    write(old, old._data + g)
    return before, old


def _copied(g: Tensor) -> Tensor:
    from engine.ops.dispatch import finish
    from engine.ops.inplace import COPY

    data = g._data.copy()
    return finish(COPY, (None, g), None, data) if g._track else wrap(data)


def call_hooks_before(node: Node, received: list[Any], c: Context) -> list[Any]:
    """Tensor hooks on the node's outputs, then retained gradients, then the node's own prehooks."""
    if type(node) is AccumulateGrad:
        more = node.variable._more
        if more is not None and more.hooks and received[0] is not None:
            received = [call_all(more.hooks, received[0], c)]
    hooks = node.hooks
    if hooks is None:
        return received
    received = list(received)
    for number, some in hooks.tensor.items():
        if some and received[number] is not None:
            received[number] = call_all(some, received[number], c)
    for number, reference in hooks.retained.items():
        tensor = reference()
        if tensor is not None and received[number] is not None:
            retain(tensor, received[number], c)
    if hooks.pre:
        grads = tuple(None if g is None else c.wrapped(g) for g in received)
        for hook in list(hooks.pre.values()):
            result = hook(grads)
            if result is not None:
                grads = result if isinstance(result, tuple) else (result,)
        received = [None if g is None else c.unwrapped(g) for g in grads]
    return received


def call_all(hooks: dict[int, Callable[..., Any]], g: Any, c: Context) -> Any:
    """Run tensor hooks in the order of their registration; each may replace the gradient."""
    value = c.wrapped(g)
    for hook in list(hooks.values()):
        result = hook(value)
        if result is None:
            continue
        name = getattr(hook, "__name__", type(hook).__name__)
        if not isinstance(result, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
        if result._data.dtype != value._data.dtype:
            raise RuntimeError(
                f"hook '{name}' has changed the type of value (was torch.{value.dtype.legacy} got "
                f"torch.{result.dtype.legacy})"
            )
        if result._data.shape != value._data.shape:
            raise RuntimeError(f"hook '{name}' has changed the size of value")
        value = result
    return c.unwrapped(value)


def retain(tensor: Tensor, g: Any, c: Context) -> None:
    """Leave the gradient of an intermediate tensor in its ``.grad``, on top of what is there."""
    value = c.wrapped(g if c.creates_graph else owned(g))
    tensor._grad = value if tensor._grad is None else tensor._grad + value
    if state.recorder is not None:
        state.recorder.grad_assigned(tensor, tensor._grad)


def call_hooks_after(node: Node, sent: Sequence[Any], received: Sequence[Any], c: Context) -> list[Any]:
    """The node's own hooks, which may replace what it sends."""
    assert node.hooks is not None
    out = tuple(None if g is None else c.wrapped(g) for g in sent)
    into = tuple(None if g is None else c.wrapped(g) for g in received)
    for hook in list(node.hooks.post.values()):
        result = hook(out, into)
        if result is not None:
            out = result if isinstance(result, tuple) else (result,)
    return [None if g is None else c.unwrapped(g) for g in out]


def call_post_accumulate(variable: Tensor) -> None:
    """The leaf's hooks that run when its ``.grad`` is up to date."""
    more = variable._more
    if more is None or not more.post_hooks:
        return
    for hook in list(more.post_hooks.values()):
        if hook(variable) is not None:
            raise RuntimeError("hooks should return None.")
