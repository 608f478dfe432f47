"""torch and its parts, as a program finds them on the engine."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from engine import functorch, torch_api
from engine.program.namespaces import Namespace
from engine.refusals import Names


@functools.cache
def torch_modules() -> Mapping[str, Namespace]:
    """torch and its parts by their full names: read-only, so that all runs can have the same."""
    root = Namespace("torch", {key: _wrapped(f"torch.{key}", value) for key, value in torch_api.NAMES.items()})
    before = Namespace("functorch", {name: getattr(functorch, name) for name in functorch.__all__})
    return {space.__name__: space for space in (*_with_parts(root), before)}


def _wrapped(name: str, value: Any) -> Any:
    """What a program gets for a name of torch: a stand-in where it is a package."""
    if isinstance(value, Names):
        inside = {key: _wrapped(f"{name}.{key}", v) for key, v in vars(value).items() if key != "__name__"}
        return Namespace(value.__name__, inside)
    return _namespace(name, value) if isinstance(value, ModuleType) else value


def _with_parts(space: Namespace) -> Iterator[Namespace]:
    """A stand-in and all below it."""
    yield space
    for value in object.__getattribute__(space, "_names").values():
        if isinstance(value, Namespace):
            yield from _with_parts(value)


def _namespace(name: str, module: ModuleType) -> Namespace:
    """A package of the engine as a stand-in, its submodules as well."""
    names: dict[str, Any] = {}
    for key in getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]:
        value = getattr(module, key)
        if isinstance(value, ModuleType):
            # Only its own parts: what a file merely imports, such as numpy, is not for programs.
            if value.__name__.startswith(f"{module.__name__}."):
                names[key] = _namespace(f"{name}.{key}", value)
        elif getattr(value, "__module__", "").startswith("engine") or isinstance(value, type):
            names[key] = value
    return Namespace(name, names)
