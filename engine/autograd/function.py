"""torch.autograd.Function: an op with a forward and a backward of one's own.

Source: torch/autograd/function.py.
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from engine.autograd.function_call import Call, FunctionNode
from engine.modes import no_grad
from engine.node import Node
from engine.ops.context import Context, TensorContext
from engine.ops.spec import OpSpec
from engine.state import next_sequence, state, unseen, warn
from engine.tensors import Tensor, wrap

NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
    "mode AD."
)
TWO_BACKWARDS = (
    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of "
    "them."
)
NOT_INSTANTIATED = (
    " should not be instantiated. Methods on autograd functions are all static, so you should invoke them on the "
    "class itself. Instantiating an autograd function will raise an error in a future version of PyTorch."
)
LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function "
    "with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)
TWICE = "trying to differentiate twice a function that was marked with @once_differentiable"


class FunctionCtx:
    """What forward and backward share: the saved tensors, and whatever attributes the program puts here."""

    __module__ = "torch.autograd.function"

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.to_save: tuple[Any, ...] | None = None
        self.non_differentiable: tuple[Any, ...] | None = None
        self.dirty_tensors: tuple[Any, ...] | None = None
        self._materialize = True
        self._materialize_non_diff_grads = True
        self._node: weakref.ref[FunctionNode] | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward, which finds them in ``saved_tensors``."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for jvp. Forward mode is no part of Chainrule, so nobody asks for them."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes "
                    "on ctx."
                )

    def mark_dirty(self, *args: Tensor) -> None:
        """Tell which inputs forward has edited in place."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Tell which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (else None) for outputs that were not used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What save_for_backward kept. RuntimeError if it was freed, or edited in place since."""
        node = None if self._node is None else self._node()
        if node is None:
            return ()
        c = TensorContext()
        c.load(node)
        return tuple(c.values)

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Where gradients go from here."""
        node = None if self._node is None else self._node()
        return () if node is None else node.next_functions

    def name(self) -> str:
        """The name of the node."""
        return type(self).__name__


class FunctionMeta(type):
    """Gives each Function a node and a ctx of its own name."""

    def __init__(cls, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> None:
        super().__init__(name, bases, names)
        inside = {"__module__": "torch.autograd.function"}
        spec = OpSpec(
            name,
            lambda *raws, **params: None,
            joint=lambda g, c: None,
            grad_fn=f"{name}Backward",
            args=(),
            form=f"{name}.apply",
            doc="A function of the program's own.",
        )
        cls._node_class = type(f"{name}Backward", (FunctionNode,), {**inside, "spec": spec})
        cls._ctx_class = type(f"{name}Backward", (FunctionCtx,), inside)


class Function(metaclass=FunctionMeta):
    """Base class of ops with a backward of their own; a subclass defines static methods and is called by ``apply``."""

    __module__ = "torch.autograd.function"

    _node_class: ClassVar[type[FunctionNode]]
    _ctx_class: ClassVar[type[FunctionCtx]]
    generate_vmap_rule = False
    clear_saved_tensors_on_access = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(f"{type(self)}{NOT_INSTANTIATED}", DeprecationWarning)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(LEGACY)

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """``forward(ctx, *args)``, or ``forward(*args)`` beside a ``setup_context``; to be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep for backward what it needs, where forward has no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of all arguments, from those of the outputs; to be overridden."""
        raise NotImplementedError(NO_BACKWARD)

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Forward mode, which is no part of Chainrule."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """torch.vmap's rule, which is no part of Chainrule."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function: forward runs without being tracked, and its backward becomes the grad_fn."""
        own_setup = cls.setup_context is not Function.setup_context
        if own_setup:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        args = _by_position(cls.forward, args, kwargs, 0 if own_setup else 1)
        return Call(cls._node_class, cls, args).finish(*_run_forward(cls, args, own_setup))

    @classmethod
    def user_backward(cls) -> Callable[..., Any]:
        """The backward that the subclass defines; RuntimeError if it defines two."""
        if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
            raise RuntimeError(TWO_BACKWARDS)
        return cls.vjp if cls.vjp is not Function.vjp else cls.backward


def _by_position(
    forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], skipped: int
) -> tuple[Any, ...]:
    """All arguments by position, since backward returns gradients by position; TypeError as from torch."""
    if not kwargs:
        return args
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in inspect.signature(forward).parameters.values() if p.kind in kinds][skipped:]
    for name in kwargs:
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        if names.index(name) < len(args):
            raise TypeError(f"forward() got multiple values for argument '{name}'")
    out = list(args)
    last = max(map(names.index, kwargs))
    for place in range(len(args), last + 1):
        if names[place] not in kwargs:
            raise TypeError(f"forward() missing required argument: '{names[place]}' (position {place})")
        out.append(kwargs[names[place]])
    return tuple(out)


def _run_forward(cls: type[Function], args: tuple[Any, ...], own_setup: bool) -> tuple[Any, FunctionCtx, bool, int]:
    """Run forward unseen: its ops are the function's own business, and the function is told as one op."""
    ctx = cls._ctx_class(tuple(isinstance(a, Tensor) and a._track for a in args))
    number = next_sequence()
    with unseen(), no_grad():
        if own_setup:
            output = cls.forward(*args)
            cls.setup_context(ctx, args, output)
        else:
            output = cls.forward(ctx, *args)
    return output, ctx, own_setup, number


class _Twice(Node):
    """The grad_fn of what a once_differentiable backward returns."""

    namespace = "torch::autograd::"

    def run(self, received: Sequence[Any], c: Context) -> list[Any]:
        raise RuntimeError(TWICE)

    def release(self) -> None:
        """Nothing was saved."""


_Error = type("Error", (_Twice,), {"__module__": "builtins"})


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A backward that is not tracked: what it returns cannot be differentiated again."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args)
        if not state.grad_enabled or not any(isinstance(a, Tensor) and a._track for a in args):
            return outputs
        results = outputs if isinstance(outputs, tuple) else (outputs,)
        given = [None if r is None else r.detach().requires_grad_() for r in results]
        edges = tuple(None if g is None else g._edge() for g in given)
        node = _Error(
            edges,
            (),
            [() if g is None else g._data.shape for g in given],
            [None if g is None else g._data.dtype for g in given],
            next_sequence(),
        )
        made = tuple(None if g is None else wrap(g._data, node, i) for i, g in enumerate(given))
        return made if len(made) > 1 else made[0]

    return wrapper
