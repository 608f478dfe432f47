"""How torch names things in a module's error messages, and which names a module may have for its parts."""

from __future__ import annotations

from typing import Any

from engine.tensors import Tensor


def typename(value: Any) -> str:
    """``torch.typename``: a tensor's type, else the class (or the function) with its module."""
    if isinstance(value, Tensor):
        return f"torch.{value.dtype.legacy}"
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or type(value).__name__
    return str(name) if module in (None, "builtins") else f"{module}.{name}"


def check_name(name: Any, kind: str, taken: bool) -> None:
    """Raise torch's errors for a name that a parameter or buffer cannot have."""
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if taken:
        raise KeyError(f"attribute '{name}' already exists")


def check_module_name(name: Any, taken: bool) -> None:
    """The same for a module's name, in the order in which torch looks."""
    if not isinstance(name, str):
        raise TypeError(f"module name should be a string. Got {typename(name)}")
    if taken:
        raise KeyError(f"attribute '{name}' already exists")
    if "." in name:
        raise KeyError(f'module name can\'t contain ".", got: {name}')
    if name == "":
        raise KeyError('module name can\'t be empty string ""')
