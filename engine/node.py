"""The nodes of the autograd graph: what an op leaves behind so that its gradient can be computed later.

A node knows where gradients go next (``next``), what was saved, and the shape and dtype of what it
made. It never holds its own output: a saved result is kept as data and becomes a tensor again when
it is asked for, so that reference counting alone frees a graph, as in torch.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.state import state

if TYPE_CHECKING:
    from engine.ops.context import Context
    from engine.ops.spec import OpSpec
    from engine.tensors import Tensor, Version

Raw = Any
"""A numpy array, or a numpy scalar: what a 0-d tensor holds until somebody shares its storage."""

OUT = -1
"""In OpSpec.saves: the op's result, not one of its inputs."""

ACCUMULATE_SEQUENCE = 2**64 - 1
"""AccumulateGrad's sequence number in torch: it runs as soon as it is ready."""

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if "
    "you need to access saved tensors after calling backward."
)


HookTable = dict[int, Callable[..., Any]]
"""Hooks by the number of their handle, in the order of their registration."""


class Hooks:
    """The rarely used side of a node: the hooks on its outputs and on itself, and whose gradient to retain."""

    __slots__ = ("post", "pre", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, HookTable] = {}
        """Hooks on the tensor that is output ``number``."""
        self.retained: dict[int, weakref.ref[Tensor]] = {}
        """The tensor that is output ``number``, if its gradient is to stay in its ``.grad``."""
        self.pre: HookTable = {}
        self.post: HookTable = {}


class SavedResult:
    """An op's own output, kept without its grad_fn. ``version`` is the counter it shares with the tensor."""

    __slots__ = ("data", "expected", "number", "version")

    def __init__(self, data: Raw, version: Version, number: int) -> None:
        self.data = data
        self.version = version
        self.expected = version.count
        self.number = number


class Node:
    """A backward function. Each op has a subclass of its own, named as torch names it (``MulBackward0``)."""

    __slots__ = (
        "__weakref__",
        "dtype",
        "hooks",
        "next",
        "numbers",
        "params",
        "saved",
        "sequence",
        "shape",
        "versions",
    )

    spec: ClassVar[OpSpec]
    namespace: ClassVar[str] = ""

    next: tuple[Node | None, ...]
    """Where the gradient of each input goes: its grad_fn, its AccumulateGrad, or None."""
    numbers: tuple[int, ...] | None
    """Which output of ``next[i]`` input i was; None when all are 0."""
    saved: tuple[Any, ...] | None
    """Per entry of spec.saves: a Tensor, a Python number, a SavedResult, None; the whole is None once freed."""
    versions: tuple[int, ...] | None
    """The version of each saved input when it was saved; None when all were 0."""
    params: dict[str, Any] | None
    shape: Any
    """Shape of the output; of each output (a list) where an op has several."""
    dtype: Any
    """numpy dtype of the output, or a list."""
    hooks: Hooks | None
    sequence: int

    def name(self) -> str:
        """torch's name of the node, with its C++ namespace where torch gives it one."""
        return self.namespace + type(self).__name__

    def short_name(self) -> str:
        """The name in error messages: ``Exp`` for ExpBackward0, ``Pow1`` for PowBackward1."""
        stem, backward, number = self.name().rpartition("Backward")
        if not backward or not number.isdigit():
            return self.name()
        return stem + number.removeprefix("0")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Where gradients go from here: (node, which of its outputs) for each input."""
        numbers = self.numbers or (0,) * len(self.next)
        return tuple(zip(self.next, numbers, strict=True))

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for the program's own use (here always empty)."""
        return {}

    def _sequence_nr(self) -> int:
        """torch's number of the node: younger nodes have higher ones."""
        return self.sequence

    def output_count(self) -> int:
        """How many tensors the op made."""
        return len(self.shape) if type(self.shape) is list else 1

    def output_shape(self, number: int) -> tuple[int, ...]:
        """The shape of output ``number``."""
        shape: tuple[int, ...] = self.shape[number] if type(self.shape) is list else self.shape
        return shape

    def output_dtype(self, number: int) -> Any:
        """The numpy dtype of output ``number``."""
        return self.dtype[number] if type(self.dtype) is list else self.dtype

    def run(self, received: Sequence[Any], c: Context) -> Sequence[Any]:
        """The gradients of the inputs, from those of the outputs; None where none is wanted or known."""
        spec = self.spec
        g: Any = received
        if type(self.shape) is not list:
            g = received[0]
            if g is None:
                return (None,) * len(self.next)
        if spec.joint is not None:
            sent: Sequence[Any] = spec.joint(g, c)
            return sent
        return [
            vjp(g, c) if vjp is not None and c.wants(target) else None
            for vjp, target in zip(spec.vjps, self.next, strict=False)
        ]

    def release(self) -> None:
        """Give up the saved tensors. What saved nothing can be run again."""
        held = self.spec.holds
        if self.saved or held:
            self.saved = None
        if held and self.params:
            self.params = {name: value for name, value in self.params.items() if name not in held}

    def side(self) -> Hooks:
        """The node's hooks; made when the first one is registered."""
        if self.hooks is None:
            self.hooks = Hooks()
        return self.hooks

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_inputs, grad_outputs)`` runs after the node; what it returns replaces grad_inputs."""
        return RemovableHandle(self.side().post, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_outputs)`` runs before the node; what it returns replaces grad_outputs."""
        return RemovableHandle(self.side().pre, hook)


class AccumulateGrad(Node):
    """The end of the line: adds what arrives to a leaf's ``.grad``."""

    __slots__ = ("variable",)
    namespace = "torch::autograd::"

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.next = ()
        self.numbers = None
        self.saved = ()
        self.versions = None
        self.params = None
        self.shape = variable._data.shape
        self.dtype = variable._data.dtype
        self.hooks = None
        self.sequence = ACCUMULATE_SEQUENCE

    def run(self, received: Sequence[Any], c: Context) -> Sequence[Any]:
        if received[0] is not None:
            c.added = c.accumulate(self.variable, received[0])
        return ()

    def release(self) -> None:
        """Nothing was saved."""


class GraphRoot(Node):
    """What torch puts above several roots, so that one node starts the pass."""

    __slots__ = ()

    def __init__(self, roots: tuple[Node | None, ...], numbers: tuple[int, ...]) -> None:
        self.next = roots
        self.numbers = numbers
        self.saved = ()
        self.versions = None
        self.params = None
        self.shape = ()
        self.dtype = None
        self.hooks = None
        self.sequence = state.sequence
        state.sequence += 1

    def run(self, received: Sequence[Any], c: Context) -> Sequence[Any]:
        return received

    def release(self) -> None:
        """Nothing was saved."""


_handle_ids = itertools.count()


class RemovableHandle:
    """What registering a hook returns; ``remove()`` takes the hook out again."""

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self.id = next(_handle_ids)
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook out; a second time has no effect."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()
