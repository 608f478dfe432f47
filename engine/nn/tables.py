"""What PyTorch's modules keep in attributes of their own, and ours in one table: seen by PyTorch's names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

OWN = ("training", "_parameters", "_buffers", "_modules", "_transient", "_hooks", "_saving_hooks")
"""What every module of ours has."""

_STATE_DICT: dict[str, Callable[[Any], Any]] = {
    "_state_dict_hooks": lambda hooks: OrderedDict((k, hook) for k, (hook, _) in hooks.save_post.items()),
    "_state_dict_pre_hooks": lambda hooks: OrderedDict(hooks.save_pre),
    "_load_state_dict_pre_hooks": lambda hooks: OrderedDict(hooks.load_pre),
    "_load_state_dict_post_hooks": lambda hooks: OrderedDict(hooks.load_post),
}

HOOKS: dict[str, Callable[[Any], Any]] = {
    "_backward_pre_hooks": lambda hooks: hooks.backward_pre,
    "_backward_hooks": lambda hooks: hooks.backward,
    "_is_full_backward_hook": lambda hooks: hooks.full,
    "_forward_hooks": lambda hooks: OrderedDict((k, h.call) for k, h in hooks.forward.items()),
    "_forward_hooks_with_kwargs": lambda hooks: OrderedDict(
        (k, True) for k, h in hooks.forward.items() if h.with_kwargs
    ),
    "_forward_hooks_always_called": lambda hooks: OrderedDict((k, True) for k, h in hooks.forward.items() if h.always),
    "_forward_pre_hooks": lambda hooks: OrderedDict((k, h.call) for k, h in hooks.forward_pre.items()),
    "_forward_pre_hooks_with_kwargs": lambda hooks: OrderedDict(
        (k, True) for k, h in hooks.forward_pre.items() if h.with_kwargs
    ),
}
"""The attributes that hold hooks, in PyTorch's order: copies, by the numbers of the hooks."""

NAMES = ("_non_persistent_buffers_set", *HOOKS, *_STATE_DICT)


def table(module: Any, name: str) -> Any:
    """What PyTorch keeps in the attribute ``name``, one of :data:`NAMES`."""
    if name == "_non_persistent_buffers_set":
        return set(module._transient)
    if name in _STATE_DICT:
        saving = module._saving_hooks
        return OrderedDict() if saving is None else _STATE_DICT[name](saving)
    hooks = module._hooks
    if hooks is None:
        return None if name == "_is_full_backward_hook" else OrderedDict()
    return HOOKS[name](hooks)


class Table:
    """One of :data:`NAMES` as an attribute of all modules."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, cls: type) -> Any:
        return self if module is None else table(module, self.name)


def attributes(module: Any) -> dict[str, Any]:
    """``module.__dict__`` as PyTorch has it: its own tables first, then what was set."""
    stores = module.__dict__
    if "_modules" not in stores:
        return dict(stores)
    shown = {name: stores[name] for name in ("training", "_parameters", "_buffers")}
    shown.update((name, table(module, name)) for name in NAMES)
    shown["_modules"] = stores["_modules"]
    shown.update((name, value) for name, value in stores.items() if name not in OWN)
    return shown
