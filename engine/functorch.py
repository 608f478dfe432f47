"""functorch: what torch.func was before, with the warning that torch gives; modules as functions of their state.

Source: torch/_functorch/deprecated.py and make_functional.py.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

from engine import func
from engine.nn.module import Module
from engine.nn.utils.stateless import functional_call
from engine.ops.joining import stack
from engine.state import warn
from engine.tensors import Tensor

__all__ = [
    "combine_state_for_ensemble",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "make_functional",
    "make_functional_with_buffers",
    "vjp",
    "vmap",
]

State = tuple[Tensor, ...]


def _deprecated(new: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Warn at each call that there is ``new`` for the function."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            warn(
                "We've integrated functorch into PyTorch. As the final step of the integration, "
                f"`functorch.{function.__name__}` is deprecated as of PyTorch 2.0 and will be deleted in a future "
                f"version of PyTorch >= 2.3. Please use `{new}` instead; see the PyTorch 2.0 release notes and/or the "
                "`torch.func` migration guide for more details https://pytorch.org/docs/main/func.migrating.html",
                FutureWarning,
            )
            return function(*args, **kwargs)

        return call

    return decorate


class FunctionalModule(Module):
    """A module that takes its parameters with each call."""

    def __init__(self, stateless_model: Module, names: Sequence[str]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self._names = tuple(names)

    def forward(self, params: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """``stateless_model(*args)`` with the parameters."""
        given = dict(zip(self._names, params, strict=True))
        return functional_call(self.stateless_model, given, args, kwargs)


class FunctionalModuleWithBuffers(FunctionalModule):
    """A module that takes its parameters and its buffers with each call."""

    def forward(self, params: Sequence[Tensor], buffers: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """``stateless_model(*args)`` with the parameters and the buffers."""
        return super().forward((*params, *buffers), *args, **kwargs)


@_deprecated("torch.func.functional_call")
def make_functional(model: Module, disable_autograd_tracking: bool = False) -> tuple[FunctionalModule, State]:
    """The model as a function of its parameters, and copies of those.

    Raises RuntimeError for a model with buffers.
    """
    if list(model.buffers()):
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    model = copy.deepcopy(model)
    params = dict(model.named_parameters())
    return FunctionalModule(model, tuple(params)), _tracked(params, disable_autograd_tracking)


@_deprecated("torch.func.functional_call")
def make_functional_with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, State, State]:
    """The model as a function of its parameters and buffers, and copies of those."""
    return _with_buffers(model, disable_autograd_tracking)


def _with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, State, State]:
    model = copy.deepcopy(model)
    params, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    function = FunctionalModuleWithBuffers(model, (*params, *buffers))
    return function, _tracked(params, disable_autograd_tracking), tuple(buffers.values())


def _tracked(params: dict[str, Any], disable: bool) -> State:
    if disable:
        for param in params.values():
            param.requires_grad_(False)
    return tuple(params.values())


@_deprecated("torch.func.stack_module_state")
def combine_state_for_ensemble(models: Sequence[Module]) -> tuple[FunctionalModuleWithBuffers, State, State]:
    """One of the models as a function, with the parameters and buffers of all of them stacked.

    Raises RuntimeError for models of several classes or modes, and for none.
    """
    if len(models) == 0:
        raise RuntimeError("combine_state_for_ensemble: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("combine_state_for_ensemble: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("combine_state_for_ensemble: Expected all models to be of the same class.")
    functions, params, buffers = zip(*map(_with_buffers, models), strict=True)
    return functions[0], _stacked(params), _stacked(buffers)


def _stacked(states: Sequence[State]) -> State:
    return tuple(stack(shards).detach() for shards in zip(*states, strict=True))


grad = _deprecated("torch.func.grad")(func.grad)
grad_and_value = _deprecated("torch.func.grad_and_value")(func.grad_and_value)
hessian = _deprecated("torch.func.hessian")(func.hessian)
jacfwd = _deprecated("torch.func.jacfwd")(func.jacfwd)
jacrev = _deprecated("torch.func.jacrev")(func.jacrev)
jvp = _deprecated("torch.func.jvp")(func.jvp)
vjp = _deprecated("torch.func.vjp")(func.vjp)
vmap = _deprecated("torch.vmap")(func.vmap)
