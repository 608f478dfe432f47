"""torch.autograd.graph: nodes, and hooks on several gradients at once.

Source: torch/autograd/graph.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.autograd.backward_pass import Pass
from engine.modes import decorated
from engine.node import AccumulateGrad, Node, RemovableHandle
from engine.packing import set_saving
from engine.state import state
from engine.tensors import Tensor, wrap

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class GradientEdge(NamedTuple):
    """Where a tensor's gradient arrives: an output of a node. autograd.grad and backward take it for the tensor."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge for the gradient of ``tensor``, which keeps the graph, but not the tensor.

    RuntimeError if the tensor does not require grad.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(tensor._edge(), tensor._nr)


def end_of(edge: GradientEdge) -> Tensor:
    """A tensor whose gradient arrives at ``edge``: the leaf, or one without values that nobody else has."""
    node, number, _ = edge
    if type(node) is AccumulateGrad and node.variable._edge() is node:
        leaf: Tensor = node.variable
        return leaf
    return wrap(np.zeros(node.output_shape(number), node.output_dtype(number)), node, number)


class _MultiHandle(RemovableHandle):
    """Takes out several hooks at once."""

    __module__ = "torch.autograd.graph"

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """``fn`` runs once in a backward pass: when all gradients of ``tensors`` are known, or the first one (``any``).

    With ``all`` it gets a list, in which None stands for tensors that the pass does not reach.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if mode == "any":
        first = _Any(fn)
        return _MultiHandle([t.register_hook(first) for t in tensors if t.requires_grad])
    nodes = [t._edge() for t in tensors]
    if None in nodes:
        raise AssertionError("Expected gradient function to be set")
    hook = _All(fn, nodes)
    return _MultiHandle([t.register_hook(hook.of(i)) for i, t in enumerate(tensors)])


class _Any:
    """Runs ``fn`` with the first gradient that comes in a pass."""

    def __init__(self, fn: Callable[[Any], None]) -> None:
        self.fn = fn
        self.last = -1

    def __call__(self, grad: Tensor) -> None:
        run = _current()
        if run.number != self.last:
            self.last = run.number
            self.fn(grad)


class _All:
    """Runs ``fn`` with the list of all gradients when as many have come as the pass will bring."""

    def __init__(self, fn: Callable[[Any], None], nodes: Sequence[Node | None]) -> None:
        self.fn = fn
        self.nodes = nodes
        self.last = -1
        self.expected = 0
        self.got: list[Any] = []
        self.calls = 0

    def of(self, place: int) -> Callable[[Tensor], None]:
        """The hook of the tensor at ``place``."""

        def hook(grad: Tensor) -> None:
            run = _current()
            if run.number != self.last or not self.calls:
                self.last, self.calls = run.number, 0
                self.got = [None] * len(self.nodes)
                self.expected = sum(_will_run(run, node) for node in self.nodes)
            self.calls += 1
            self.got[place] = grad
            if self.calls == self.expected:
                self.calls = 0
                self.fn(self.got)

        return hook


def _current() -> Pass:
    run = state.current
    if run is None:
        raise AssertionError("expected this hook to be called inside a backward call")
    return run


def _will_run(run: Pass, node: Node | None) -> bool:
    """Whether the pass comes to ``node``; of a single root torch says no."""
    if run.captures and type(node) is AccumulateGrad:
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is "
            "currently not supported."
        )
    return node in run.reached and (run.wanted is None or node in run.wanted)


def increment_version(tensor: Any) -> None:
    """Count the version up, as an in-place edit would."""
    given = (tensor,) if isinstance(tensor, Tensor) else tensor
    if not isinstance(given, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in given:
        if not t.is_inference():
            t._counter().count += 1


class saved_tensors_hooks:
    """A block in which each tensor that is saved for backward goes through ``pack_hook``, and back through the other.

    ``unpack_hook`` gets what ``pack_hook`` made of the tensor, whenever backward (or somebody else) asks for it.
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self._before: list[Any] = []

    def __enter__(self) -> None:
        if state.no_saving is not None:
            raise RuntimeError(state.no_saving)
        self._before.append(state.saving)
        set_saving((self.pack_hook, self.unpack_hook))

    def __exit__(self, *exc: object) -> None:
        set_saving(self._before.pop())


class save_on_cpu(saved_tensors_hooks):
    """A block in which saved tensors are moved to the CPU, which is where they are: each is kept as a copy."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: x.detach().clone(), lambda x: x)


class _MutableSaved:
    """What ``with allow_mutation_on_saved_tensors()`` gives: whether its block goes on."""

    def __init__(self) -> None:
        self.inside = True

    def kept(self, x: Tensor) -> Tensor:
        return x.detach().clone()

    def given(self, x: Tensor) -> Tensor:
        if not self.inside:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was "
                "originally recorded."
            )
        return x


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """A block in which tensors that are saved for backward may be edited in place: each is kept as a copy."""

    def __init__(self) -> None:
        self._context = _MutableSaved()
        super().__init__(self._context.kept, self._context.given)

    def __enter__(self) -> _MutableSaved:  # type: ignore[override]
        if isinstance(getattr(state.saving and state.saving[0], "__self__", None), _MutableSaved):
            raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
        super().__enter__()
        return self._context

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self._context.inside = False


class disable_saved_tensors_hooks:
    """A block in which saved_tensors_hooks is an error with the given text; also a decorator."""

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message
        self._before: list[str | None] = []

    def __enter__(self) -> None:
        if state.saving is not None:
            raise RuntimeError(self.error_message)
        self._before.append(state.no_saving)
        state.no_saving = self.error_message

    def __exit__(self, *exc: object) -> None:
        state.no_saving = self._before.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return decorated(function, lambda: disable_saved_tensors_hooks(self.error_message))
