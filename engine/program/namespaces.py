"""Namespaces: what a program gets for ``import torch``. Fixed names, read only."""

from __future__ import annotations

from typing import Any

from engine.refusals import OutOfScope, missing

words = str.split
"""A list of names, written as one text."""


class Namespace:
    """A stand-in for a module: the listed names and nothing else.

    A name that PyTorch has and Chainrule leaves out says so in one line, and so does one of ``refused`` (a reason
    by name); any other unknown name gives Python's AttributeError.
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
        own = object.__getattribute__(self, "__name__")
        why = object.__getattribute__(self, "_refused").get(name)
        if why is not None:
            raise OutOfScope(f"{own}.{name} is not part of Chainrule: {why}", name=name, obj=self)
        error = missing(own, name)
        error.name, error.obj = name, self
        raise error

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"module '{self.__name__}' is read-only here")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"module '{self.__name__}' is read-only here")

    def __dir__(self) -> list[str]:
        return sorted(object.__getattribute__(self, "_names"))

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"


class Absent:
    """A package that Chainrule does not have: it can be imported, and says so where it is used."""

    __slots__ = ("__name__", "_why")

    def __init__(self, name: str, why: str) -> None:
        self.__name__ = name
        self._why = why

    def refusal(self, used: str) -> OutOfScope:
        """The error for a use of it."""
        return OutOfScope(f"{used} is not part of Chainrule: {self._why}", name=used)

    def __getattr__(self, name: str) -> Any:
        raise self.refusal(f"{self.__name__}.{name}")

    def __repr__(self) -> str:
        return f"<module '{self.__name__}' (not part of Chainrule)>"
