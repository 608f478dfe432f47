"""Hooks on modules: before and after forward, and on the gradients that enter and leave a module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.node import Node, RemovableHandle
from engine.ops.dispatch import apply_many, tracked
from engine.ops.spec import OpSpec
from engine.state import state, warn
from engine.tensors import Tensor, wrap

if TYPE_CHECKING:
    from engine.nn.module import Module

TWO_KINDS = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
)
NO_INPUT_GRAD = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module."
    "register_full_backward_hook for more details."
)
_OLD_KIND = "Using a non-full backward hook when "
_DEPRECATED = "is deprecated and will be removed in future versions. This hook will be missing some "
_USE_FULL = "Please use register_full_backward_hook to get the documented behavior."

BOUNDARY = OpSpec(
    "module_boundary",
    lambda *xs: xs,
    joint=lambda gs, c: list(gs) if isinstance(gs, (list, tuple)) else [gs],
    grad_fn="BackwardHookFunctionBackward",
    form="{0}",
    latex="{0}",
    derivatives=("1",),
    doc="Hands tensors on; gives a module's backward hooks a place in the graph.",
    call="nn.Module.register_full_backward_hook",
)


class Hook:
    """A forward hook and how it wants to be called."""

    __slots__ = ("always", "call", "with_kwargs")

    def __init__(self, call: Callable[..., Any], with_kwargs: bool, always: bool = False) -> None:
        self.call = call
        self.with_kwargs = with_kwargs
        self.always = always


class ModuleHooks:
    """All hooks of one module; most modules have none."""

    __slots__ = ("backward", "backward_pre", "forward", "forward_pre", "full")

    def __init__(self) -> None:
        self.forward: OrderedDict[int, Hook] = OrderedDict()
        self.forward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.backward: OrderedDict[int, Any] = OrderedDict()
        self.backward_pre: OrderedDict[int, Any] = OrderedDict()
        self.full: bool | None = None
        """Whether the backward hooks are full ones; None while there were none."""


def register(table: OrderedDict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    """Put a hook into its table, at the end or in front."""
    handle = RemovableHandle(table, hook)
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


def call_with_hooks(module: Module, hooks: ModuleHooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``module(*args, **kwargs)`` with all its hooks. Source: ``_call_impl`` in torch/nn/modules/module.py."""
    done: set[int] = set()
    result: Any = None
    try:
        args, kwargs = _before(module, hooks, args, kwargs)
        boundary = None
        if (hooks.full and hooks.backward) or hooks.backward_pre:
            boundary = Boundary(module, list(hooks.backward.values()), list(hooks.backward_pre.values()))
            args = boundary.around_inputs(args)
        result = module.forward(*args, **kwargs)
        for number, hook in list(hooks.forward.items()):
            done.add(number)
            changed = _call_after(module, hook, args, kwargs, result)
            result = result if changed is None else changed
        if boundary is not None:
            result = boundary.around_outputs(result)
        if hooks.backward and not hooks.full:
            _register_old_hooks(module, list(hooks.backward.values()), args, result)
        return result
    except Exception:
        for number, hook in list(hooks.forward.items()):
            if hook.always and number not in done:
                _call_silenced(module, hook, args, kwargs, result)
        raise


def _before(
    module: Module, hooks: ModuleHooks, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as the forward pre-hooks leave them."""
    for hook in list(hooks.forward_pre.values()):
        if hook.with_kwargs:
            both = hook.call(module, args, kwargs)
            if both is None:
                continue
            if not (isinstance(both, tuple) and len(both) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {both}."
                )
            args, kwargs = both
        else:
            changed = hook.call(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def _call_after(module: Module, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return hook.call(module, args, kwargs, result) if hook.with_kwargs else hook.call(module, args, result)


def _call_silenced(module: Module, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    try:
        _call_after(module, hook, args, kwargs, result)
    except Exception as error:
        warn(
            "module forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
            f"raised in forward: {error}"
        )


def _spread(places: Sequence[int], values: Sequence[Any], size: int) -> tuple[Any, ...]:
    """``values`` at ``places`` of a tuple; None for what is no tensor."""
    out: list[Any] = [None] * size
    for place, value in zip(places, values, strict=True):
        out[place] = value
    return tuple(out)


class Boundary:
    """The two nodes around one call of a module, between which its backward hooks see the gradients.

    Source: ``BackwardHook`` in torch/utils/hooks.py.
    """

    def __init__(self, module: Module, hooks: list[Any], pre_hooks: list[Any]) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.arrived: tuple[Any, ...] | None = None
        self.inputs: list[int] | None = None
        self.shapes: list[tuple[tuple[int, ...], Any]] = []
        """Shape and dtype of each tensor among the inputs."""
        self.input_count = 0
        self.outputs: list[int] | None = None
        self.output_count = 0

    def around_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, behind a node that calls the hooks when their gradients are known."""
        self.input_count = len(args)
        self.shapes = [(x._data.shape, x._data.dtype) for x in args if isinstance(x, Tensor)]
        args, self.inputs = self._passed_on(args, self._left)
        return args

    def around_outputs(self, result: Any) -> Any:
        """The result, behind a node that keeps the gradient that arrives."""
        if not isinstance(result, (Tensor, tuple)):
            warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}"
            )
        values = result if isinstance(result, tuple) else (result,)
        self.output_count = len(values)
        values, self.outputs = self._passed_on(values, self._entered)
        return values if isinstance(result, tuple) else values[0]

    def _passed_on(
        self, values: tuple[Any, ...], hook: Callable[[Any, Any], Any]
    ) -> tuple[tuple[Any, ...], list[int] | None]:
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        tensors = [values[i] for i in places]
        if not tracked(tensors):
            return values, None
        passed = apply_many(BOUNDARY, tensors, None, [t._array() for t in tensors])
        node = passed[0].grad_fn
        assert isinstance(node, Node)
        # What needs no gradient stays without one.
        passed = tuple(new if old._track else wrap(new._data) for new, old in zip(passed, tensors, strict=True))
        for new, old in zip(passed, tensors, strict=True):
            new._version_counter = old._counter()
        handle = RemovableHandle(node.side().post, hook)
        users = self.hooks if hook == self._left else self.pre_hooks
        if users and state.recorder is not None:
            state.recorder.hook_added(handle.id, users[0], "module", node=node)
        out = list(values)
        for place, tensor in zip(places, passed, strict=True):
            out[place] = tensor
        return tuple(out), places

    def _left(self, grad_inputs: tuple[Any, ...], _: Any) -> Any:
        """The gradients of the module's inputs are known."""
        if self.arrived is None or self.inputs is None:
            return None
        arrived = [
            wrap(np.zeros(*shape)) if grad is None else grad
            for grad, shape in zip(grad_inputs, self.shapes, strict=True)
        ]
        grads = _spread(self.inputs, arrived, self.input_count)
        for hook in self.hooks:
            changed = hook(self.module, grads, self.arrived)
            if changed is None:
                continue
            if len(changed) != len(grads):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(changed)}, but expected "
                    f"{len(grads)}"
                )
            grads = changed
        self.arrived = None
        return tuple(grads[i] for i in self.inputs)

    def _entered(self, _: Any, grad_outputs: tuple[Any, ...]) -> Any:
        """The gradients of the module's outputs are known."""
        assert self.outputs is not None
        arrived = _spread(self.outputs, grad_outputs, self.output_count)
        for hook in self.pre_hooks:
            changed = hook(self.module, arrived)
            if changed is None:
                continue
            if len(changed) != len(arrived):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(changed)}, but expected "
                    f"{len(arrived)}"
                )
            arrived = changed
        self.arrived = arrived
        if self.inputs is None:
            self._nothing_to_leave(arrived)
        return tuple(arrived[i] for i in self.outputs)

    def _nothing_to_leave(self, arrived: tuple[Any, ...]) -> None:
        """No input asks for a gradient: the hooks are called at once."""
        warn(NO_INPUT_GRAD)
        for hook in self.hooks:
            result = hook(self.module, (None,) * self.input_count, arrived)
            if result is not None and not (isinstance(result, tuple) and all(g is None for g in result)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )
        self.arrived = None


def _register_old_hooks(module: Module, hooks: list[Any], args: Any, result: Any) -> None:
    """Hooks of the deprecated kind go on the node that made the result, whatever the module did before."""
    found = result
    while not isinstance(found, Tensor):
        found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
    node = found.grad_fn
    if node is None or not state.grad_enabled:
        return
    for hook in hooks:
        node.register_hook(lambda sent, received, hook=hook: hook(module, sent, received))
    _warn_of_old_hooks(args, result, node)


def _all_tensors(values: Any) -> tuple[Tensor, ...] | None:
    """A tensor, or a tuple of nothing else, as a tuple; None for anything else."""
    if isinstance(values, Tensor):
        return (values,)
    return values if isinstance(values, tuple) and all(isinstance(v, Tensor) for v in values) else None


def _warn_of_old_hooks(args: Any, result: Any, node: Node) -> None:
    outputs, inputs = _all_tensors(result), _all_tensors(args)
    for tensors, verb, part in ((outputs, "return a", "grad_output"), (inputs, "take as input a", "grad_input")):
        if tensors is None:
            warn(
                f"Using non-full backward hooks on a Module that does not {verb} single Tensor or a tuple of Tensors "
                f"{_DEPRECATED}{part}. {_USE_FULL}",
                FutureWarning,
            )
            return
    assert outputs is not None
    assert inputs is not None
    makers = {t.grad_fn for t in outputs if t.grad_fn is not None}
    if not makers or (len(makers) == 1 and node not in makers):
        warn(f"{_OLD_KIND}outputs are nested in python data structure {_DEPRECATED}grad_output.", FutureWarning)
    elif len(makers) > 1:
        warn(
            f"{_OLD_KIND}outputs are generated by different autograd Nodes {_DEPRECATED}grad_output. {_USE_FULL}",
            FutureWarning,
        )
    elif {t.grad_fn for t in inputs if t.grad_fn is not None} != {n for n, _ in node.next_functions}:
        warn(
            f"{_OLD_KIND}the forward contains multiple autograd Nodes {_DEPRECATED}grad_input. {_USE_FULL}",
            FutureWarning,
        )
