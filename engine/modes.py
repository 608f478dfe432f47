"""no_grad, enable_grad, set_grad_enabled, inference_mode: as context managers and as decorators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

from engine.state import state, warn

CLASS_DECORATED = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
    "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
    "and nothing else."
)


def decorated(function: Callable[..., Any], mode: Callable[[], Any]) -> Callable[..., Any]:
    """``function``, run in a mode of its own at each call; a generator at each step."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with mode():
            return function(*args, **kwargs)

    @functools.wraps(function)
    def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        resume: Callable[[], Any] = functools.partial(generator.send, None)
        try:
            while True:
                with mode():
                    try:
                        value = resume()
                    except StopIteration as end:
                        return end.value
                try:
                    resume = functools.partial(generator.send, (yield value))
                except GeneratorExit:
                    raise
                except BaseException as error:
                    resume = functools.partial(generator.throw, error)
        finally:
            with mode():
                generator.close()

    return steps if inspect.isgeneratorfunction(function) else call


class GradMode:
    """Switches grad mode for a block or a function; torch lets ``@torch.no_grad`` stand without brackets."""

    kind = "no_grad"
    enabled = False

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        if callable(function):
            self.__init__()  # type: ignore[misc]  # what is returned is no instance, so Python does not call it
            return self(function)
        return self

    def __init__(self, function: Any = None) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(state.grad_enabled)
        # Inference mode has no graph, whatever is asked for in it.
        state.grad_enabled = self.enabled and not state.inference
        if state.recorder is not None:
            state.recorder.entered(self.kind, "")

    def __exit__(self, *exc: object) -> None:
        state.grad_enabled = self._before.pop()
        if state.recorder is not None:
            state.recorder.left(self.kind, "")

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(function, type):
            warn(CLASS_DECORATED, FutureWarning)
        return decorated(function, type(self))


class no_grad(GradMode):
    """A block in which nothing is tracked."""


class enable_grad(GradMode):
    """A block in which tracking is on again."""

    kind = "enable_grad"
    enabled = True


class set_grad_enabled:
    """Switches at once when called; as a context manager it switches back at the end of the block."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            kind = type(mode).__name__
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {kind}")
        self.mode = mode
        self._before = state.grad_enabled
        state.grad_enabled = mode and not state.inference

    def __enter__(self) -> None:
        state.grad_enabled = self.mode and not state.inference

    def __exit__(self, *exc: object) -> None:
        state.grad_enabled = self._before

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        state.grad_enabled = self._before
        return decorated(function, functools.partial(set_grad_enabled, self.mode))


class inference_mode(GradMode):
    """no_grad, whose tensors can never take part in a graph."""

    kind = "inference_mode"

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls, mode if callable(mode) else None)

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.enabled = not mode
        self._inference: list[bool] = []

    def __enter__(self) -> None:
        self._inference.append(state.inference)
        state.inference = not self.enabled
        super().__enter__()

    def __exit__(self, *exc: object) -> None:
        state.inference = self._inference.pop()
        super().__exit__(*exc)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return decorated(function, functools.partial(inference_mode, not self.enabled))


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return state.grad_enabled


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on."""
    return state.inference
