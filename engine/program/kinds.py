"""Types as a program sees them where Python's own would reach too far: list, tuple, bytes, type."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.program.access import Shown, TextFormatter
from engine.program.namespaces import Absent, Namespace
from engine.program.numpy_names import ndarray

if TYPE_CHECKING:
    from engine.program.guards import Guards

GENERIC = (type(typing.List[int]), type(list[int]))  # noqa: UP006


class Consumer(type):
    """list and its kin: they watch the clock while they draw from an iterator, and are still types."""

    _real: type
    _guards: Guards

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            it = args[0]
            size = len(it) if isinstance(it, range) else it if cls._real in (bytes, bytearray) else 0
            if isinstance(size, int):
                cls._guards.budget.items(size, f"{cls._real.__name__}({'range' if isinstance(it, range) else it})")
            return cls._real(it if isinstance(it, (int, str)) else cls._guards.iterate(it))
        return cls._real(*args, **kwargs)

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, cls._real)

    def __subclasscheck__(cls, sub: type) -> bool:
        return issubclass(sub, cls._real)

    def __eq__(cls, other: object) -> bool:
        return other is cls._real or (isinstance(other, Consumer) and other._real is cls._real)

    def __hash__(cls) -> int:
        return hash(cls._real)

    def __getattribute__(cls, name: str) -> Any:
        """Methods such as ``bytes.fromhex`` are those of the real type."""
        real = type.__getattribute__(cls, "__dict__")["_real"]
        if name in ("_real", "_guards", "__dict__", "__class__"):
            return type.__getattribute__(cls, name)
        return getattr(real, name)

    def __or__(cls, other: Any) -> Any:
        return cls._real | other

    def __repr__(cls) -> str:
        return repr(cls._real)


def consumer(real: type, guards: Guards) -> Any:
    """The stand-in for a type that takes iterables."""
    return Consumer(real.__name__, (), {"_real": real, "_guards": guards})


class Opaque(type):
    """A type that can be named and compared, and makes nothing."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"cannot create '{cls.__name__}' instances")


MODULE = Opaque("module", (), {"__module__": "builtins"})
METHOD = Opaque("builtin_function_or_method", (), {"__module__": "builtins"})
HIDDEN: tuple[tuple[type, type], ...] = ((Shown, dict), (Namespace, MODULE), (Absent, MODULE), (TextFormatter, METHOD))
"""Types of the guards' own, which a program could make with guards of its choice, and what stands for them."""


class _Type(type):
    def __call__(cls, obj: Any, *more: Any) -> Any:
        if more:
            raise TypeError("type() with three arguments is not available here: use a class statement")
        kind = type(obj)
        if kind is np.ndarray:
            return ndarray
        for ours, stands_for in HIDDEN:
            if issubclass(kind, ours):
                return stands_for
        return cls if kind is type or issubclass(kind, type) else kind

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, type)

    def __subclasscheck__(cls, sub: type) -> bool:
        return issubclass(sub, type)

    def __repr__(cls) -> str:
        return "<class 'type'>"


class TypeStandIn(metaclass=_Type):
    """``type``: it tells the type of a thing, and makes none."""

    # Not __getitem__ of its own type, which would make it iterable.
    def __class_getitem__(cls, item: Any) -> Any:
        return type[item]


for _kind in (TypeStandIn, _Type, Consumer):
    _kind.__name__ = _kind.__qualname__ = "type"
