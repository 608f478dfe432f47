"""What torch keeps globally and a run owns: grad mode, generator, defaults, and who is recording.

There is one ``state``; :func:`fresh_state` gives a run its own contents and puts the old ones back.
The engine is single-threaded, like the programs that it runs.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from engine import dtypes

if TYPE_CHECKING:
    from engine.autograd import Pass
    from engine.device import Device
    from engine.node import AccumulateGrad, Node, Raw
    from engine.ops.spec import OpSpec
    from engine.printing import PrintOptions
    from engine.random import Generator
    from engine.tensors import Tensor


class Recorder(Protocol):
    """Is told of everything that happens, as it happens. Must keep no tensor or node alive."""

    def created(self, tensor: Tensor, how: str) -> None:
        """A tensor was made from data (``how``: the function that made it)."""

    def applied(
        self,
        spec: OpSpec,
        inputs: Sequence[Any],
        params: dict[str, Any] | None,
        outputs: Sequence[Tensor],
        node: Node | None,
        depth: int = 1,
    ) -> None:
        """An op made new tensors; ``node`` is their grad_fn, None if the op is not tracked.

        ``depth``: how many of the engine's calls stand at least between this one and the program's own code.
        """

    def applied_to_one(
        self, spec: OpSpec, a: Tensor, params: dict[str, Any] | None, out: Tensor, node: Node | None, depth: int = 1
    ) -> None:
        """:meth:`applied` for an op of one tensor that saves that, or its result, or nothing."""

    def applied_to_two(
        self,
        spec: OpSpec,
        a: Any,
        b: Any,
        params: dict[str, Any] | None,
        out: Tensor,
        node: Node | None,
        depth: int = 1,
    ) -> None:
        """:meth:`applied` for an op of two operands that saves some of these or nothing."""

    def edited(
        self, tensor: Tensor, name: str, inputs: Sequence[Any], params: dict[str, Any], node: Node | None
    ) -> None:
        """A tensor's values were changed in place; its version has been counted up."""

    def flagged(self, tensor: Tensor) -> None:
        """requires_grad was switched."""

    def grad_assigned(self, tensor: Tensor, grad: Tensor | None) -> None:
        """The program (or an optimiser) put something into ``.grad``, or None."""

    def backward_began(self, run: Pass) -> None: ...

    def backward_refused(self, outputs: Sequence[Any], wanted: Sequence[Any] | None) -> None:
        """A pass that its arguments do not allow; ``wanted``: what autograd.grad was asked about."""

    def hook_added(
        self,
        handle: int,
        hook: Any,
        kind: str,
        tensor: Tensor | None = None,
        node: Node | None = None,
        number: int = 0,
    ) -> None:
        """A hook on a gradient was registered: on a leaf, or on (output ``number`` of) a node."""

    def hook_removed(self, handle: int) -> None:
        """A hook was taken out."""

    def hook_ran(self, handle: int, node: Node, before: Sequence[Any], after: Sequence[Any]) -> None:
        """A hook was called with ``before`` and left ``after``."""

    def retained(self, tensor: Tensor) -> None:
        """An intermediate tensor was told to keep its gradient."""

    def taken(self, tensor: Tensor, how: str, result: Any) -> None:
        """A tensor's numbers were handed to Python or numpy."""

    def running(self, node: Node) -> None:
        """The backward pass is about to run ``node``."""

    def ran(self, node: Node, received: Raw | None, sent: Sequence[tuple[int, Node, Raw]]) -> None:
        """The backward pass ran a node of one output; of each gradient that it ``sent``: index, target, data."""

    def accumulated(
        self, node: AccumulateGrad, received: Any, old: Tensor | None, new: Tensor, create_graph: bool = False
    ) -> None:
        """A leaf's node ran; ``old`` stood in the leaf's ``.grad``, ``new`` stands there now."""

    def visited(self, run: Pass) -> None:
        """The backward pass ran ``run.node``; what it received and sent stands on ``run``."""

    def backward_ended(self, results: Sequence[Tensor | None]) -> None:
        """The pass is over; ``results`` are what autograd.grad returns."""

    def backward_failed(self, run: Pass) -> None:
        """The pass raised while it ran ``run.node``."""

    modules: list[Any]
    """Those whose forward is running, the innermost last."""

    def entered(self, kind: str, label: str, title: str = "") -> None:
        """A no_grad block, a module's forward, an optimiser's step ... begins."""

    def left(self, kind: str, label: str) -> None: ...

    def warned(self, message: str, category: type[Warning]) -> None: ...


class State:
    """Everything that torch holds in globals. ``sequence`` numbers the autograd nodes."""

    __slots__ = (
        "anomaly",
        "check_nan",
        "current",
        "default_device",
        "default_dtype",
        "evaluating",
        "files",
        "generator",
        "grad_enabled",
        "handles",
        "inference",
        "max_bytes",
        "no_saving",
        "print_options",
        "recorder",
        "retained",
        "saving",
        "sequence",
        "warned",
        "watched",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.anomaly = False
        self.check_nan = True
        self.current: Pass | None = None
        """The backward pass that is running."""
        self.evaluating: Node | None = None
        """The node that is running, known under anomaly detection."""
        self.files: dict[Any, Any] = {}
        """What was saved under a name, or behind a file object."""
        self.grad_enabled = True
        self.handles = 0
        """How many hooks have been registered: the number of the next one."""
        self.inference = False
        self.recorder: Recorder | None = None
        self.retained = False
        """Whether every backward pass leaves its graph as it is: vmap comes back to it with the next slice."""
        self.saving: tuple[Callable[..., Any], Callable[..., Any]] | None = None
        """The hooks that pack and unpack saved tensors."""
        self.no_saving: str | None = None
        """Why saved tensors must not be packed now."""
        self.sequence = 0
        self.default_device: Device | None = None
        self.default_dtype = dtypes.float32
        self.generator: Generator | None = None
        self.print_options: PrintOptions | None = None
        self.max_bytes: int | None = None
        self.warned: set[str] = set()
        self.watched = False
        """Whether something is done with each new node: anomaly detection is on, or saved tensors are packed."""


state = State()


def next_sequence() -> int:
    """The number of the next autograd node."""
    number = state.sequence
    state.sequence = number + 1
    return number


@contextlib.contextmanager
def fresh_state(recorder: Recorder | None = None) -> Iterator[State]:
    """Run a block with torch's globals as they are at start-up; afterwards all is as before.

    torch never warns of overflow, division by zero or invalid values. numpy does, by a setting that each
    thread has for itself; so it is switched off here, for the thread of this run.
    """
    saved = [getattr(state, name) for name in State.__slots__]
    state.reset()
    state.recorder = recorder
    try:
        with np.errstate(all="ignore"):
            yield state
    finally:
        for name, value in zip(State.__slots__, saved, strict=True):
            setattr(state, name, value)


class _WarningsOnly:
    """A recorder that hears of nothing but warnings."""

    def __init__(self, recorder: Recorder) -> None:
        self.modules: list[Any] = []
        self.warned = recorder.warned

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """A block of which only warnings are recorded: its ops are the business of the one that is told instead."""
    recorder = state.recorder
    if recorder is not None:
        state.recorder = cast("Recorder", _WarningsOnly(recorder))
    try:
        yield
    finally:
        state.recorder = recorder


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as torch does: to the recorder of the run if there is one, else through ``warnings``."""
    if state.recorder is not None:
        state.recorder.warned(message, category)
    else:
        warnings.warn(message, category, stacklevel=3)


def warn_once(message: str) -> None:
    """A warning that torch gives only once in the life of a process; here, of a run."""
    if message not in state.warned:
        state.warned.add(message)
        warn(message)


def check_bytes(count: int) -> None:
    """Refuse an allocation of ``count`` bytes that the run's budget does not hold, in torch's words.

    Raises RuntimeError before anything is allocated.
    """
    if state.max_bytes is not None and count > state.max_bytes:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] data. DefaultCPUAllocator: can't allocate memory: "
            f"you tried to allocate {count} bytes. Error code 12 (Cannot allocate memory)"
        )
