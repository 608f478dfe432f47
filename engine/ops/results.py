"""Named tuples that ops return, printed as torch prints them (``torch.return_types.max``)."""

from __future__ import annotations

from functools import cache
from typing import Any


class Selected(tuple[Any, ...]):
    """values and indices, by name or position."""

    __slots__ = ()
    _fields = ("values", "indices")
    _name = ""

    def __new__(cls, *parts: Any) -> Selected:
        return super().__new__(cls, parts)

    @property
    def values(self) -> Any:
        return self[0]

    @property
    def indices(self) -> Any:
        return self[1]

    def __repr__(self) -> str:
        inside = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{self._name}(\n{inside})"


@cache
def named_result(name: str, base: type[Selected]) -> type[Selected]:
    """The result type of torch.<name>."""
    return type(name, (base,), {"__slots__": (), "_name": name, "__module__": "torch.return_types"})
