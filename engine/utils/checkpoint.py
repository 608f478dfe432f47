"""torch.utils.checkpoint: what backward needs of a part of the program is computed again instead of kept.

Source: torch/utils/checkpoint.py.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from engine.autograd.calls import backward
from engine.autograd.function import Function
from engine.autograd.graph import saved_tensors_hooks
from engine.modes import enable_grad, no_grad
from engine.nn.container import Sequential
from engine.random import default_generator, forked
from engine.state import state, warn
from engine.tensors import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]

NOT_PASSED = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
    "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
    "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants."
)
SEQUENTIAL_NOT_PASSED = (
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In version "
    "2.9 we will raise an exception if use_reentrant is not passed. use_reentrant=False is recommended, but if you "
    "need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on "
    "the differences between the two variants."
)
WITH_INPUTS = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
    ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing "
    "the `inputs` argument."
)
TIP = (
    "Tip: To see a more detailed error message, either pass `debug=True` to `torch.utils.checkpoint.checkpoint(...)` "
    "or wrap the code block with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to enable "
    "checkpoint‑debug mode globally."
)


class CheckpointError(RuntimeError):
    """Computed again, the part did something else than at first."""

    __module__ = "torch.utils.checkpoint"


class _Enough(Exception):
    """All that backward needs has been computed again."""


def _contexts() -> tuple[Any, Any]:
    return contextlib.nullcontext(), contextlib.nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = _contexts,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args)``, of which nothing is kept for backward: it is called again then."""
    if use_reentrant is None:
        warn(NOT_PASSED)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not _contexts or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if not state.grad_enabled:
        return function(*args, **kwargs)
    checks: dict[str, Callable[[Tensor], Any]] = {"default": _metadata, "none": lambda x: None}
    if determinism_check not in checks:
        raise ValueError(f"determinism_check should be one of {list(checks)}, but got {determinism_check}")
    forward_context, again_context = context_fn()
    frame = _Frame(function, args, kwargs, preserve, again_context, early_stop, checks[determinism_check])
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        return function(*args, **kwargs)


@contextlib.contextmanager
def _as_then(seed: Any) -> Iterator[None]:
    """A block with the generator as it was then; None: as it is."""
    if seed is None:
        yield
        return
    with forked():
        default_generator().set_state(seed)
        yield


class CheckpointFunction(Function):
    """The older way: backward calls the function again, and backward() inside of backward."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        if not any(a.requires_grad for a in args if isinstance(a, Tensor)):
            warn("None of the inputs have requires_grad=True. Gradients will be None")
        ctx.run_function = run_function
        ctx.seed = default_generator().get_state() if preserve_rng_state else None
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        run = state.current
        if run is not None and run.needed is not None:
            raise RuntimeError(WITH_INPUTS)
        inputs = list(ctx.others)
        for i, saved in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[i] = saved.detach().requires_grad_(saved.requires_grad)
        with _as_then(ctx.seed), enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        pairs = [(y, g) for y, g in zip(outputs, grads, strict=True) if isinstance(y, Tensor) and y.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, *(x.grad if isinstance(x, Tensor) else None for x in inputs))


CheckpointFunction.__module__ = "torch.utils.checkpoint"


def _metadata(x: Tensor) -> Any:
    return {"shape": x.shape, "dtype": x.dtype, "device": x.device}


class _Holder:
    """What is kept in the place of a saved tensor; ``again`` are the tensors of the passes that asked for it."""

    def __init__(self) -> None:
        self.again: dict[int, Tensor | None] = {}


class _Frame:
    """One call: what to call again, and the places of what was saved."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        preserve: bool,
        context: Any,
        early_stop: bool,
        metadata: Callable[[Tensor], Any],
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.seed = default_generator().get_state() if preserve else None
        self.context = context
        self.early_stop = early_stop
        self.metadata = metadata
        self.holders: list[weakref.ref[_Holder]] = []
        self.seen: list[Any] = []
        self.computed: set[int] = set()

    def pack(self, x: Tensor) -> _Holder:
        """Keep a place, not the tensor."""
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.seen.append(self.metadata(x))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        """The tensor that belongs here, from calling the function again, once in a pass."""
        run = state.current
        number = run.number if run is not None else -1
        if number not in self.computed or number == -1:
            self._compute(number)
            self.computed.add(number)
        found = holder.again.get(number)
        if found is None:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If you "
                "are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an "
                "issue with details on your use case."
            )
        holder.again[number] = None
        return found

    def _compute(self, number: int) -> None:
        found: list[Tensor] = []

        def take(x: Tensor) -> Tensor:
            kept = x.detach() if x.requires_grad else x
            if len(found) >= len(self.holders):
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                    f"forward pass.\n{TIP}"
                )
            found.append(kept)
            if self.early_stop and len(found) == len(self.holders):
                raise _Enough
            return kept

        watching = saved_tensors_hooks(take, lambda x: x)
        with contextlib.suppress(_Enough), _as_then(self.seed), self.context, enable_grad(), watching:
            self.function(*self.args, **self.kwargs)
        self._check(found)
        for reference, x in zip(self.holders, found, strict=True):
            holder = reference()
            if holder is not None:
                holder.again[number] = x

    def _check(self, found: list[Tensor]) -> None:
        if len(found) != len(self.holders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.holders)}\nNumber of tensors saved "
                f"during recomputation: {len(found)}.\n{TIP}"
            )
        other = [
            (i, then, self.metadata(x))
            for i, (then, x) in enumerate(zip(self.seen, found, strict=True))
            if self.holders[i]() is not None and then != self.metadata(x)
        ]
        if other:
            listed = "".join(
                f"tensor at position {i}:\nsaved metadata: {then}\nrecomputed metadata: {now}\n"
                for i, then, now in other
            )
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                f"during the forward pass.\n{listed}.\n{TIP}"
            )


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """The functions one after another, in ``segments`` parts, each of which is a checkpoint but the last."""
    if use_reentrant is None:
        warn(SEQUENTIAL_NOT_PASSED)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if isinstance(functions, Sequential) else list(functions)
    size = len(steps) // segments

    def through(part: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
        def forward(x: Any) -> Any:
            for step in part:
                x = step(x)
            return x

        return forward

    done = 0
    for start in range(0, size * (segments - 1), size):
        done = start + size
        input = checkpoint(through(steps[start:done]), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return through(steps[done:])(input)
