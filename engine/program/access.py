"""Which attributes of which objects a program may read and set. An allowlist by type."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, GeneratorType, MethodType
from typing import Any

from engine.dtypes import dtype
from engine.nn.module import Module
from engine.node import Node, RemovableHandle
from engine.ops.autograd_ops import Device
from engine.ops.create import LegacyType
from engine.optim.optimizer import Optimizer
from engine.program.namespaces import Namespace
from engine.program.policy import SPECIAL_METHODS
from engine.random import Generator
from engine.size import Size
from engine.tensors import Tensor

NODE_NAMES = frozenset(
    ("name", "next_functions", "metadata", "variable", "register_hook", "register_prehook", "_sequence_nr")
)
TENSOR_PRIVATE = frozenset(("_version", "_base", "_is_view"))
GENERATOR_NAMES = frozenset(("manual_seed", "initial_seed", "seed", "get_state", "set_state", "device"))
FUNCTION_NAMES = frozenset(("__name__", "__doc__"))
MODULE_PRIVATE = frozenset(("_parameters", "_modules", "_buffers", "_get_name"))

PLAIN = (str, bytes, int, float, bool, complex, list, tuple, dict, set, frozenset, range, slice, type(None))
TEXT_FORMATTERS = frozenset(("format", "format_map"))

_MISSING = object()


class Access:
    """The decisions, and the classes that this run's program has defined."""

    def __init__(self) -> None:
        self.own_classes: set[type] = set()

    def is_own(self, cls: type) -> bool:
        return cls in self.own_classes

    def may_read(self, obj: Any, name: str) -> bool:
        """Whether ``obj.name`` may be looked up at all (it may still not exist)."""
        if isinstance(obj, type):
            return self._may_read_class(obj, name)
        cls = type(obj)
        if name == "__class__":
            return True
        if name == "__doc__":
            return True
        if cls in self.own_classes:
            return not name.startswith("__") or name in SPECIAL_METHODS or name == "__name__"
        if isinstance(obj, super):
            return not name.startswith("_") or name in SPECIAL_METHODS
        for kind, test in _RULES:
            if isinstance(obj, kind):
                return test(name)
        return False

    def _may_read_class(self, cls: type, name: str) -> bool:
        if name in ("__name__", "__doc__", "__init__"):
            return True
        if cls in self.own_classes:
            return not name.startswith("__") or name in SPECIAL_METHODS
        if cls in (object, type) or name == "mro":
            return False
        if issubclass(cls, (str, bytes)) and name in TEXT_FORMATTERS:
            return False
        return not name.startswith("_")

    def may_set(self, obj: Any, name: str | None) -> bool:
        """Whether ``obj.name = ...`` (or ``obj[...] = ...`` for None) is allowed."""
        if name is None:
            return not isinstance(obj, (type, Namespace))
        if name.startswith("__"):
            return False
        if isinstance(obj, type):
            return obj in self.own_classes
        if type(obj) in self.own_classes:
            return True
        return isinstance(obj, (Tensor, Module, Optimizer, FunctionType)) and not name.startswith("_")

    def get(self, obj: Any, name: str, default: Any = _MISSING) -> Any:
        """``obj.name``; AttributeError as Python words it if it may not be read or does not exist."""
        if not isinstance(name, str):
            raise TypeError("attribute name must be string, not " + repr(type(name).__name__))
        name = str(name)
        if not self.may_read(obj, name):
            if default is not _MISSING:
                return default
            raise AttributeError(self.refusal(obj, name))
        if isinstance(obj, (str, bytes)) and name in TEXT_FORMATTERS:
            return _TextFormatter(obj, name, self)
        if default is not _MISSING:
            return getattr(obj, name, default)
        return getattr(obj, name)

    @staticmethod
    def refusal(obj: Any, name: str) -> str:
        kind = f"type object '{obj.__name__}'" if isinstance(obj, type) else f"'{type(obj).__name__}' object"
        return f"{kind} has no attribute '{name}'"


def _public(name: str) -> bool:
    return not name.startswith("_")


def _rule(*extra: str) -> Callable[[str], bool]:
    names = frozenset(extra)
    return lambda name: not name.startswith("_") or name in names


_RULES: tuple[tuple[Any, Callable[[str], bool]], ...] = (
    (Tensor, lambda name: not name.startswith("_") or name in TENSOR_PRIVATE),
    (PLAIN, _public),
    (Namespace, _rule("__version__", "__name__")),
    (Module, lambda name: not name.startswith("_") or name in MODULE_PRIVATE or name in SPECIAL_METHODS),
    (Optimizer, _public),
    (Node, lambda name: name in NODE_NAMES),
    (Size, _public),
    (dtype, _public),
    (Device, _public),
    (Generator, lambda name: name in GENERATOR_NAMES),
    (RemovableHandle, lambda name: name in ("remove", "id")),
    (LegacyType, _public),
    (FunctionType, lambda name: name in FUNCTION_NAMES),
    (MethodType, lambda name: name in FUNCTION_NAMES),
    ((BuiltinFunctionType, BuiltinMethodType), lambda name: name in FUNCTION_NAMES),
    (GeneratorType, lambda name: name in ("send", "close")),
    (BaseException, lambda name: name in ("args", "name", "msg", "value", "errno")),
    (property, lambda name: name in ("setter", "getter", "deleter")),
)


class _TextFormatter:
    """``text.format``: Python's own, but what stands in the braces is looked up by the guards."""

    def __init__(self, text: Any, name: str, access: Access) -> None:
        self._text = text
        self._name = name
        self._access = access

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._name == "format_map":
            kwargs, args = dict(args[0]), ()
        if isinstance(self._text, bytes):
            raise AttributeError("'bytes' object has no attribute 'format'")
        from engine.program.formatting import GuardedFormatter

        return GuardedFormatter(self._access).vformat(str(self._text), args, kwargs)
