"""Namespaces: what a program gets for ``import torch``. Fixed names, read only."""

from __future__ import annotations

from typing import Any


class OutOfScope(AttributeError):
    """A name that exists in PyTorch and that Chainrule leaves out on purpose."""


class Namespace:
    """A stand-in for a module: the listed names and nothing else.

    A name of ``refused`` says in one line why it is not there; any other unknown name gives Python's
    AttributeError.
    """

    __slots__ = ("__name__", "_names", "_refused")

    def __init__(self, name: str, names: dict[str, Any], refused: dict[str, str] | None = None) -> None:
        put = object.__setattr__
        put(self, "__name__", name)
        put(self, "_names", names)
        put(self, "_refused", refused or {})

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_names")[name]
        except KeyError:
            pass
        refused = object.__getattribute__(self, "_refused")
        if name in refused:
            raise OutOfScope(f"{self.__name__}.{name} is not part of Chainrule: {refused[name]}")
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"module '{self.__name__}' is read-only here")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"module '{self.__name__}' is read-only here")

    def __dir__(self) -> list[str]:
        return sorted(object.__getattribute__(self, "_names"))

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"
