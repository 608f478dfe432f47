"""Calling a module with other parameters than its own: functional_call, and stacking the parameters of several.

Source: torch/nn/utils/stateless.py and torch/_functorch/functional_call.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from engine.nn.module import Module
from engine.ops.joining import stack
from engine.tensors import Tensor

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """``module(*args)`` with the given tensors, by their paths, in the places of its parameters and buffers."""
    given = _one_dict(parameter_and_buffer_dicts)
    positional = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, _untied(module, given) if tie_weights else given, strict):
        return module(*positional, **(kwargs or {}))


def _one_dict(given: Any) -> dict[str, Tensor]:
    if isinstance(given, dict):
        return given
    if not isinstance(given, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(given)}"
        )
    if not all(isinstance(d, dict) for d in given):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    keys = [key for d in given for key in d]
    twice = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    if twice:
        raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {key: value for d in given for key, value in d.items()}


def _own(module: Module) -> dict[str, Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _untied(module: Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """The given tensors also for the other paths of a parameter that has several."""
    paths: dict[int, list[str]] = {}
    for path, tensor in _own(module).items():
        paths.setdefault(id(tensor), []).append(path)
    out = dict(given)
    for same in paths.values():
        named = [path for path in same if path in given]
        if len({id(given[path]) for path in named}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(same)}, which are tied. Consider using "
                "tie_weights=False"
            )
        for path in same if named else ():
            out[path] = given[named[0]]
    return out


@contextlib.contextmanager
def _replaced(module: Module, given: dict[str, Tensor], strict: bool) -> Iterator[None]:
    own = _own(module)
    if strict:
        extra, missing = [key for key in given if key not in own], [key for key in own if key not in given]
        told = [
            f"{what} key(s): {', '.join(map(repr, keys))}."
            for what, keys in (("Unexpected", extra), ("Missing", missing))
            if keys
        ]
        if told:
            raise RuntimeError(
                "Error(s) in reparametrizing for {}:\n\t{}".format(module._get_name(), "\n\t".join(told))
            )
    places = [(*_store(module, path), value) for path, value in given.items() if path in own]
    before = [store[name] for store, name, _ in places]
    try:
        for store, name, value in places:
            store[name] = value
        yield
    finally:
        for (store, name, _), value in zip(places, before, strict=True):
            store[name] = value


def _store(module: Module, path: str) -> tuple[dict[str, Any], str]:
    """The dictionary in which the parameter or buffer at ``path`` stands, and its name there."""
    owner, _, name = path.rpartition(".")
    holder = module.get_submodule(owner)
    return (holder._parameters if name in holder._parameters else holder._buffers), name


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters, and the buffers, of several models of one kind, stacked by their paths."""
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(m.named_parameters()) for m in models]
    buffers = [dict(m.named_buffers()) for m in models]
    return (
        {name: _stacked(name, [p[name] for p in parameters]) for name in parameters[0]},
        {name: _stacked(name, [b[name] for b in buffers]) for name in buffers[0]},
    )


def _stacked(name: str, tensors: Sequence[Tensor]) -> Tensor:
    flags = {t.requires_grad for t in tensors}
    if len(flags) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    out = stack(tensors)
    return out.detach().requires_grad_() if flags == {True} else out
