"""The nodes of the autograd graph: what an op leaves behind so that its gradient can be computed later.

A node knows where gradients go next (``next``), what was saved, and the shape and dtype of what it
made. It never holds its own output: a saved result is kept as data and becomes a tensor again when
it is asked for, so that reference counting alone frees a graph, as in torch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

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
    """The rarely used side of a node: hooks on its outputs and itself, whose gradient to retain, where it was made."""

    __slots__ = ("metadata", "parent", "post", "pre", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, HookTable] = {}
        """Hooks on the tensor that is output ``number``."""
        self.retained: dict[int, weakref.ref[Tensor]] = {}
        """The tensor that is output ``number``, if its gradient is to stay in its ``.grad``."""
        self.pre: HookTable = {}
        self.post: HookTable = {}
        self.metadata: dict[Any, Any] = {}
        self.parent: Node | None = None
        """The node whose backward made this one, known under anomaly detection."""


class SavedResult(msgspec.Struct, eq=False):
    """An op's own output, kept without its grad_fn. ``version`` is the counter it shares with the tensor."""

    data: Raw
    version: Version
    expected: int
    number: int = 0


class Node(msgspec.Struct, eq=False, weakref=True):
    """A backward function. Each op has a subclass of its own, named as torch names it (``MulBackward0``).

    A Struct, because one is made for every op that is tracked, and Structs are made fastest.
    """

    next: tuple[Node | None, ...]
    """Where the gradient of each input goes: its grad_fn, its AccumulateGrad, or None."""
    saved: tuple[Any, ...] | None
    """Per entry of spec.saves: a Tensor, a Python number, a SavedResult, None; the whole is None once freed."""
    shape: Any
    """Shape of the output; of each output (a list) where an op has several."""
    dtype: Any
    """numpy dtype of the output, or a list."""
    sequence: int
    params: dict[str, Any] | None = None
    numbers: tuple[int, ...] | None = None
    """Which output of ``next[i]`` input i was; None when all are 0."""
    versions: tuple[int, ...] | None = None
    """The version of each saved input when it was saved; None when all were 0."""
    hooks: Hooks | None = None
    mark: int | None = None
    """The number by which a recorder knows the node."""

    spec: ClassVar[OpSpec]
    namespace: ClassVar[str] = ""
    rules: ClassVar[tuple[Any, ...] | None] = None
    """The vjps, where running the node is no more than calling them."""

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
    def edges(self) -> tuple[tuple[Node | None, int], ...]:
        """Where gradients go from here: (node, which of its outputs) for each input."""
        numbers = self.numbers or (0,) * len(self.next)
        return tuple(zip(self.next, numbers, strict=True))

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The edges as torch shows them: without those of inputs that never get a gradient, such as indices."""
        spec: OpSpec | None = getattr(type(self), "spec", None)
        vjps = () if spec is None else spec.vjps
        return tuple(edge for i, edge in enumerate(self.edges) if i >= len(vjps) or vjps[i] is not None)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for the program's own use; anomaly detection keeps its traceback in it."""
        return self.side().metadata

    def __call__(self, *grads: Any) -> Any:
        """Run the node alone: the gradients of its inputs, for those of its outputs."""
        from engine.autograd.backward_pass import run_alone

        return run_alone(self, grads)

    def __dir__(self) -> list[str]:
        from engine import saved

        own = (name for name in object.__dir__(self) if not name.startswith((saved.PLAIN, saved.RAW)))
        return sorted([*own, *(saved.names(self) if hasattr(type(self), "spec") else ())])

    def saved_name(self, slot: int) -> str:
        """What torch calls entry ``slot`` of the saved tensors."""
        return self.spec.saved_name(slot)

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

    def run(self, received: Sequence[Any], c: Context) -> list[Any]:
        """The gradients of the inputs, from those of the outputs; None where none is wanted or known."""
        spec = self.spec
        g: Any = received
        if type(self.shape) is not list:
            g = received[0]
            if g is None:
                return [None] * len(self.next)
        c.load(self)
        if spec.joint is not None:
            return list(spec.joint(g, c))
        sent: list[Any] = []
        vjps, needed = spec.vjps, c.needed
        for i, target in enumerate(self.next):
            vjp = vjps[i]
            if vjp is None or target is None or (needed is not None and target not in needed):
                sent.append(None)
            else:
                sent.append(vjp(g, c))
        return sent

    def release(self) -> None:
        """Give up the saved tensors. What saved nothing can be run again."""
        if self.saved:
            self.saved = None
        if self.params and (held := self.spec.holds):
            self.saved = None
            self.params = {name: value for name, value in self.params.items() if name not in held}

    def side(self) -> Hooks:
        """The node's hooks; made when the first one is registered."""
        if self.hooks is None:
            self.hooks = Hooks()
        return self.hooks

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_inputs, grad_outputs)`` runs after the node; what it returns replaces grad_inputs."""
        handle = RemovableHandle(self.side().post, hook)
        if state.recorder is not None:
            state.recorder.hook_added(handle.id, hook, "post", node=self)
        return handle

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_outputs)`` runs before the node; what it returns replaces grad_outputs."""
        handle = RemovableHandle(self.side().pre, hook)
        if state.recorder is not None:
            state.recorder.hook_added(handle.id, hook, "pre", node=self)
        return handle


class AccumulateGrad(Node):
    """The end of the line: adds what arrives to a leaf's ``.grad``."""

    variable: Any = None
    namespace = "torch::autograd::"

    @classmethod
    def of(cls, variable: Tensor) -> AccumulateGrad:
        """The node of a leaf; Tensor._edge keeps it as long as somebody else does."""
        data = variable._data
        return cls((), (), data.shape, data.dtype, ACCUMULATE_SEQUENCE, variable=variable)

    def run(self, received: Sequence[Any], c: Context) -> list[Any]:
        if received[0] is not None and self.variable._track:
            c.added = c.accumulate(self.variable, received[0])
        return []

    def release(self) -> None:
        """Nothing was saved."""


class GraphRoot(Node):
    """What torch puts above several roots, so that one node starts the pass."""

    def run(self, received: Sequence[Any], c: Context) -> list[Any]:
        return list(received)

    def release(self) -> None:
        """Nothing was saved."""


class RemovableHandle:
    """What registering a hook returns; ``remove()`` takes the hook out again."""

    __module__ = "torch.utils.hooks"

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self.id = state.handles
        state.handles += 1
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook out; a second time has no effect."""
        if self._hooks.pop(self.id, None) is not None and state.recorder is not None:
            state.recorder.hook_removed(self.id)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()
