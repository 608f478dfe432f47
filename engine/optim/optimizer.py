"""Optimizer: groups of parameters with settings, and a step that edits them in place.

Source: torch/optim/optimizer.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from engine.modes import set_grad_enabled
from engine.nn.module import clear_grad
from engine.nn.names import typename
from engine.node import Raw, RemovableHandle
from engine.ops.dispatch import broadcast_error
from engine.ops.storage import write
from engine.optim.numbers import add_scaled
from engine.state import state, warn
from engine.tensors import Tensor, leaf

DUPLICATES = (
    "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
    "github.com/pytorch/pytorch/issues/40967 for more information"
)
UNORDERED = (
    "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change "
    "between runs. Please use a list instead."
)


class Optimizer:
    """Base class; a subclass updates one parameter in :meth:`update`, or overrides :meth:`step`."""

    __module__ = "torch.optim.optimizer"

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + typename(params)
            )
        self.defaults = defaults
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._pre_hooks: dict[int, Callable[..., Any]] = {}
        self._post_hooks: dict[int, Callable[..., Any]] = {}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # --- groups -----------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with settings of their own; what they do not set has its default."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _named(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + typename(p))
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        own = {id(p) for p in params}
        if len(own) < len(params):
            warn(DUPLICATES)
        for group in self.param_groups:
            if ("param_names" in group) != bool(names):
                kind = "with names" if names else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{kind} to the optimizer"
                )
        if own & {id(p) for group in self.param_groups for p in group["params"]}:
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Take the gradients of all parameters away (None), or set them to 0."""
        recorder = state.recorder
        if recorder is not None:
            recorder.entered("optimizer", "zero_grad")
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    clear_grad(p, set_to_none)
        if recorder is not None:
            recorder.left("optimizer", "zero_grad")

    # --- the step ---------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update all parameters that have a gradient; with ``closure``, after it computed the loss anew."""
        if type(self).update is Optimizer.update:
            raise NotImplementedError
        if self._pre_hooks:
            closure = self._before_step(closure)
        loss = None
        if closure is not None:
            with set_grad_enabled(True):
                loss = closure()
        recorder = state.recorder
        if recorder is not None:
            recorder.entered("optimizer", "step")
        tracking = state.grad_enabled
        state.grad_enabled = False
        try:
            for group in self.param_groups:
                for p in group["params"]:
                    grad = p._grad
                    if grad is not None:
                        self.update(p, grad._data, group)
        except ValueError as error:
            raise self._misfit(p) or error from None
        finally:
            state.grad_enabled = tracking
        if recorder is not None:
            recorder.left("optimizer", "step")
        for hook in list(self._post_hooks.values()):
            hook(self, () if closure is None else (closure,), {})
        return loss

    def _misfit(self, p: Tensor) -> RuntimeError | None:
        """torch's error for a parameter that was given another shape than what is kept for it; None where it fits."""
        for kept in self.state[p].values():
            if isinstance(kept, Tensor) and kept._data.ndim and kept._data.shape != p._data.shape:
                return broadcast_error(kept._data.shape, p._data.shape)
        return None

    def _before_step(self, closure: Any) -> Any:
        args: Any = () if closure is None else (closure,)
        kwargs: dict[str, Any] = {}
        for hook in list(self._pre_hooks.values()):
            result = hook(self, (self, *args), kwargs)
            if result is None:
                continue
            if not (isinstance(result, tuple) and len(result) == 2):
                raise RuntimeError(
                    f"{type(self).step} must return None or a tuple of (new_args, new_kwargs), but got {result}."
                )
            args, kwargs = result[0][1:], result[1]
        return args[0] if args else kwargs.get("closure")

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        """Change one parameter, whose gradient is ``g``, in place."""
        raise NotImplementedError

    def decayed(self, p: Tensor, g: Raw, group: dict[str, Any]) -> Raw:
        """The gradient, turned around to maximise, with weight decay."""
        if group["maximize"]:
            g = -g
        decay = group["weight_decay"]
        return add_scaled(g, p._data, float(decay)) if decay != 0 else g

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(optimizer, args, kwargs)`` runs before each step."""
        return RemovableHandle(self._pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(optimizer, args, kwargs)`` runs after each step."""
        return RemovableHandle(self._post_hooks, hook)

    # --- saving and loading -----------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers of each parameter, by its number, and the settings of all groups."""
        numbers: dict[int, int] = {}
        groups: list[dict[str, Any]] = []
        for group in self.param_groups:
            begin = sum(len(g["params"]) for g in groups)
            for i, p in enumerate(group["params"], begin):
                numbers.setdefault(id(p), i)
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        packed_state = {numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        return {"state": packed_state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what another optimizer of the same shape remembered.

        Raises ValueError if the groups do not fit.
        """
        saved = deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        params: dict[Any, Tensor] = {}
        for group, new in zip(self.param_groups, saved, strict=True):
            params.update(zip(new["params"], group["params"], strict=True))
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.param_groups = saved
        self.state = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                self.state[params[key]] = _fitted(params[key], value, None)
            else:
                self.state[key] = value

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            for key in sorted(group):
                if key != "params":
                    text += f"    {key}: {group[key]}\n"
        return text + ")"


def _named(params: Any) -> tuple[list[Any], list[str]]:
    """The tensors among ``params`` (or (name, tensor) pairs), and the names if there are any."""
    if isinstance(params, Tensor):
        return [params], []
    if isinstance(params, set):
        raise TypeError(UNORDERED)
    listed = list(params)
    names = [p[0] for p in listed if isinstance(p, tuple)]
    if names and len(names) < len(listed):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [p[1] if isinstance(p, tuple) else p for p in listed], names


def _fitted(p: Tensor, value: Any, key: Any) -> Any:
    """Saved state in the parameter's dtype; the count of steps as it is."""
    if isinstance(value, Tensor):
        return value if key == "step" or not p.is_floating_point() else value.to(p.dtype)
    if isinstance(value, dict):
        return {k: _fitted(p, v, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_fitted(p, v, None) for v in value)
    return value


# --- what the algorithms share ----------------------------------------------------------------


def check_settings(lr: Any = 0.0, **settings: float) -> None:
    """Raise torch's ValueError for a negative learning rate, epsilon or other setting."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0.0:
        raise ValueError(f"Invalid learning rate: {lr}")
    for name, value in settings.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {'epsilon' if name == 'eps' else name} value: {value}")


def check_betas(betas: Any) -> None:
    """The same for the rates of two running means."""
    for place in (0, 1):
        if not 0.0 <= betas[place] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {place}: {betas[place]}")


def counter(value: float = 0.0) -> Tensor:
    """A 0-d tensor that counts steps."""
    return leaf(state.default_dtype.numpy.type(value))


def zeros_for(p: Tensor) -> Tensor:
    """Zeros in the shape and dtype of a parameter."""
    return leaf(np.zeros_like(p._data))


def counted(memory: dict[str, Any]) -> float:
    """One step more; which one it is."""
    step: Tensor = memory["step"]
    write(step, step._data + 1)
    return float(step._data)
