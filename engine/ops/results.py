"""Named tuples that ops return, printed as torch prints them (``torch.return_types.max``)."""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import Any


class Named(tuple[Any, ...]):
    """Several results, by name or position."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _name = ""

    def __new__(cls, *parts: Any) -> Named:
        return super().__new__(cls, parts)

    def __repr__(self) -> str:
        inside = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{self._name}(\n{inside})"


@cache
def named_result(name: str, *fields: str) -> type[Named]:
    """The result type of torch.<name>; values and indices unless other fields are given."""
    fields = fields or ("values", "indices")
    named = {field: property(itemgetter(place)) for place, field in enumerate(fields)}
    inside = {"__slots__": (), "_name": name, "_fields": fields, "__module__": "torch.return_types", **named}
    return type(name, (Named,), inside)
