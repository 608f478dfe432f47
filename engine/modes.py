"""no_grad, enable_grad, set_grad_enabled, inference_mode: as context managers and as decorators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from engine.state import state


class GradMode:
    """Switches grad mode for a block or a function; torch lets ``@torch.no_grad`` stand without brackets."""

    kind = "no_grad"
    enabled = False

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        if callable(function):
            self.__init__()  # type: ignore[misc]
            return self(function)
        return self

    def __init__(self, function: Any = None) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(state.grad_enabled)
        state.grad_enabled = self.enabled
        if state.recorder is not None:
            state.recorder.entered(self.kind, "")

    def __exit__(self, *exc: object) -> None:
        state.grad_enabled = self._before.pop()
        if state.recorder is not None:
            state.recorder.left(self.kind, "")

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return decorated


class no_grad(GradMode):
    """A block in which nothing is tracked."""


class enable_grad(GradMode):
    """A block in which tracking is on again."""

    kind = "enable_grad"
    enabled = True


class set_grad_enabled:
    """Switches at once when called; as a context manager it switches back at the end of the block."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        self._before = state.grad_enabled
        state.grad_enabled = self.mode

    def __enter__(self) -> None:
        state.grad_enabled = self.mode

    def __exit__(self, *exc: object) -> None:
        state.grad_enabled = self._before

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        state.grad_enabled = self._before
        mode = self.mode

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with set_grad_enabled(mode):
                return function(*args, **kwargs)

        return decorated


class inference_mode(GradMode):
    """no_grad, whose tensors can never take part in a graph."""

    kind = "inference_mode"

    def __new__(cls, mode: Any = True) -> Any:
        if callable(mode):
            return super().__new__(cls, mode)
        return object.__new__(cls)

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.enabled = not mode
        self._inference: list[bool] = []

    def __enter__(self) -> None:
        super().__enter__()
        self._inference.append(state.inference)
        state.inference = not self.enabled

    def __exit__(self, *exc: object) -> None:
        state.inference = self._inference.pop()
        super().__exit__(*exc)


def is_grad_enabled() -> bool:
    return state.grad_enabled


def is_inference_mode_enabled() -> bool:
    return state.inference
