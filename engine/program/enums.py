"""Enums of a run: made by class statements or by a call, with names that Python does not look up itself."""

from __future__ import annotations

import enum
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.program.guards import Guards


def checked(names: Any) -> list[Any]:
    """The names of members as a call of an enum gives them, alone or with values; plain texts each."""
    parts = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    out: list[Any] = []
    for part in parts:
        value: tuple[Any, ...] = ()
        if isinstance(names, dict):
            value = (names[part],)
        elif not isinstance(part, str):
            part, *rest = part
            value = tuple(rest)
        if type(part) is not str or part.startswith("_"):
            raise ValueError(f"invalid enum member name {part!r}")
        out.append((part, *value) if value else part)
    return out


def enum_names(guards: Guards) -> dict[str, Any]:
    """Enum and its kin for one run."""

    class EnumType(enum.EnumType):
        def __call__(cls: Any, value: Any, names: Any = None, **options: Any) -> Any:
            if names is None:
                return enum.EnumType.__call__(cls, value)
            known = {name: options[name] for name in ("start",) if name in options}
            made = enum.EnumType.__call__(cls, str(value), checked(names), module="__main__", **known)
            return guards.own_class(made)

    kinds = (enum.Enum, enum.IntEnum, enum.Flag, enum.IntFlag)
    return {
        **{kind.__name__: types.new_class(kind.__name__, (kind,), {"metaclass": EnumType}) for kind in kinds},
        "auto": enum.auto,
        "unique": enum.unique,
    }
