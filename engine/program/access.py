"""Which attributes of which objects a program may read and set. An allowlist by type."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import pathlib
import random
import re
import statistics
import uuid
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np

from engine.autograd.function_call import FunctionNode
from engine.nn import tables
from engine.nn.module import Module
from engine.nn.parameter import Parameter
from engine.node import Node, RemovableHandle
from engine.program.namespaces import Namespace, words
from engine.program.numpy_names import ARRAY_NAMES
from engine.program.policy import FILENAME, SPECIAL_METHODS, is_special
from engine.program.standins import Record
from engine.random import Generator
from engine.tensors import Tensor

NODE_NAMES = frozenset(
    words(
        "name next_functions metadata variable register_hook register_prehook _sequence_nr saved_tensors "
        "needs_input_grad"
    )
)
TENSOR_PRIVATE = frozenset(("_version", "_base", "_is_view"))
GENERATOR_NAMES = frozenset(("manual_seed", "initial_seed", "seed", "get_state", "set_state", "device"))
MODULE_STORES: dict[str, type] = {"_parameters": Parameter, "_modules": Module, "_buffers": Tensor}
"""Where a module keeps its parts, and what they have to be (or None)."""
SAVING = (
    *("_save_to_state_dict", "_load_from_state_dict"),
    *("_register_state_dict_hook", "_register_load_state_dict_pre_hook"),
)
MODULE_PRIVATE = frozenset((*MODULE_STORES, *tables.NAMES, *SAVING, "_get_name", "__dict__"))

PLAIN = (str, bytes, int, float, bool, complex, list, dict, set, frozenset, range, slice, type(None))
TEXT_FORMATTERS = frozenset(("format", "format_map"))
EVERYWHERE = frozenset(("__class__", "__doc__", "__name__", "__module__"))
"""What may be asked of anything. The class of a thing is as harmless as ``type()`` of it."""

PLAIN_SPECIAL = frozenset(
    f"__{name}__"
    for name in words(
        "iter next len contains getitem enter exit repr str bool int float hash eq ne lt le gt ge add sub truediv neg "
        "abs call matmul"
    )
)
"""Special methods that may be called by name on anything: they do what the syntax for them does without a guard."""

_MISSING = object()

Test = Callable[[str], bool]


class Access:
    """The decisions, and the classes that this run's program has defined.

    What has been decided is remembered by type and name: attributes are read at every step of a program.
    """

    def __init__(self, show_type: Any = type) -> None:
        self.own_classes: set[type] = set()
        self.show_type = show_type
        self._decided: dict[tuple[type, str], bool] = {}

    def is_own(self, cls: type) -> bool:
        return cls in self.own_classes

    def may_read(self, obj: Any, name: str) -> bool:
        """Whether ``obj.name`` may be looked up at all (it may still not exist)."""
        if isinstance(obj, type):
            return self._may_read_class(obj, name)
        key = (type(obj), name)
        decided = self._decided.get(key)
        if decided is None:
            decided = self._decided[key] = self._may_read_instance(*key)
        return decided

    def _may_read_instance(self, cls: type, name: str) -> bool:
        if name in EVERYWHERE:
            return True
        if cls in self.own_classes:
            return not is_special(name) or name in SPECIAL_METHODS or name == "__dict__"
        if issubclass(cls, super):
            return not name.startswith("_") or name in SPECIAL_METHODS or name in SAVING
        if name in PLAIN_SPECIAL:
            return True
        test = rule_for(cls)
        return test is not None and test(name)

    def _may_read_class(self, cls: type, name: str) -> bool:
        if name in EVERYWHERE or name == "__init__":
            return True
        if cls in self.own_classes:
            return not is_special(name) or name in SPECIAL_METHODS
        if cls in (object, type) or name == "mro":
            return False
        if issubclass(cls, (str, bytes)) and name in TEXT_FORMATTERS:
            return False
        return self._may_read_instance(cls, name)

    def may_set(self, obj: Any, name: str | None) -> bool:
        """Whether ``obj.name = ...`` (or ``obj[...] = ...`` for None) is allowed."""
        if name is None:
            return not isinstance(obj, (type, Namespace))
        if is_special(name):
            return False
        if isinstance(obj, type):
            return obj in self.own_classes
        cls = type(obj)
        if isinstance(obj, decimal.Context):
            return name in ("prec", "rounding")
        if cls in self.own_classes or isinstance(obj, Tensor):
            return not (isinstance(obj, Tensor) and name.startswith("_"))
        if isinstance(obj, FunctionType):
            return obj.__code__.co_filename == FILENAME
        if isinstance(obj, np.ndarray):
            return name in ("shape", "flat")
        if isinstance(obj, Node):
            return False
        return cls.__module__.startswith(SETTABLE) and not name.startswith("_")

    @staticmethod
    def cannot_set(obj: Any, name: str | None) -> Exception:
        """The error for an attribute or item that may not be set, in Python's words."""
        kind = obj.__name__ if isinstance(obj, type) else type(obj).__name__
        if isinstance(obj, Namespace):
            return AttributeError(f"module '{obj.__name__}' is read-only here")
        if name is None:
            return TypeError(f"'{type(obj).__name__}' object does not support item assignment")
        if isinstance(obj, type):
            return TypeError(f"cannot set '{name}' attribute of immutable type '{kind}'")
        if isinstance(obj, tuple) and name in getattr(obj, "_fields", ()):
            return AttributeError("can't set attribute", name=name, obj=obj)
        return AttributeError(f"'{_kind_name(obj)}' object has no attribute '{name}'", name=name, obj=obj)

    def names_of(self, obj: Any) -> list[str]:
        """What dir() tells of a thing: the names that may be read."""
        return [name for name in dir(obj) if self.may_read(obj, name)]

    def get(self, obj: Any, name: str, default: Any = _MISSING) -> Any:
        """``obj.name``; AttributeError as Python words it if it may not be read or does not exist."""
        if type(name) is not str:
            if not isinstance(name, str):
                raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
            name = str.__str__(name)
        if not self.may_read(obj, name):
            if default is not _MISSING:
                return default
            raise AttributeError(self.refusal(obj, name), name=name, obj=obj)
        if name == "__class__":
            return self.show_type(obj)
        if name in MODULE_STORES and isinstance(obj, Module):
            return Store(getattr(obj, name), name)
        if name == "__dict__":
            shown = tables.attributes(obj) if isinstance(obj, Module) else obj.__dict__
            return Attributes(shown, obj, self) if type(obj) in self.own_classes else Shown(shown)
        if name in TEXT_FORMATTERS and isinstance(obj, (str, bytes)):
            return TextFormatter(obj, name, self)
        if default is not _MISSING:
            return getattr(obj, name, default)
        return getattr(obj, name)

    @staticmethod
    def refusal(obj: Any, name: str) -> str:
        kind = f"type object '{obj.__name__}'" if isinstance(obj, type) else f"'{_kind_name(obj)}' object"
        return f"{kind} has no attribute '{name}'"


def _kind_name(obj: Any) -> str:
    """A thing's type as Python's own errors call it: some that are written in C with their module, others without."""
    try:
        object.__getattribute__(obj, "")
    except AttributeError as error:
        return str(error).split("'")[1]
    return type(obj).__name__


class Shown(dict):  # type: ignore[type-arg]
    """A copy of a dictionary that stands behind attributes. It says so when it is written to."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("this dictionary shows an object's attributes: set the attributes themselves")

    __setitem__ = __delitem__ = update = pop = popitem = setdefault = clear = __ior__ = _refuse


class Attributes(Shown):
    """``__dict__`` of an object of the program's own class: what is written becomes an attribute, if it may be one."""

    def __init__(self, shown: dict[str, Any], owner: Any, access: Access) -> None:
        super().__init__(shown)
        self._owner = owner
        self._access = access

    def __setitem__(self, name: Any, value: Any) -> None:
        if type(name) is not str or not self._access.may_set(self._owner, name):
            self._refuse()
        self._owner.__dict__[name] = value
        dict.__setitem__(self, name, value)

    def update(self, *others: Any, **named: Any) -> None:
        for name, value in dict(*others, **named).items():
            self[name] = value


class Store(Shown):
    """A copy of one of a module's stores. What is written is written to the store too, if it may stand there."""

    def __init__(self, store: dict[str, Any], name: str) -> None:
        super().__init__(store)
        self._store = store
        self._name = name

    def __setitem__(self, key: Any, value: Any) -> None:
        kind = MODULE_STORES[self._name]
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{self._name} of a module holds {kind.__name__}s here, not {type(value).__name__}")
        self._store[key] = value
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: Any) -> None:
        del self._store[key]
        dict.__delitem__(self, key)


def _public(name: str) -> bool:
    return not name.startswith("_")


def _rule(*extra: str) -> Test:
    names = frozenset(extra)
    return lambda name: not name.startswith("_") or name in names


def _only(names: str) -> Test:
    allowed = frozenset(names.split())
    return lambda name: name in allowed


def _all_but(names: str) -> Test:
    refused = frozenset(names.split())
    return lambda name: not name.startswith("_") and name not in refused


_RULES: dict[type, Test] = {
    Tensor: _rule(*TENSOR_PRIVATE),
    **dict.fromkeys(PLAIN, _public),
    tuple: _rule("_fields", "_asdict", "_replace", "_make"),
    Namespace: _rule("__version__", "__file__", "__path__"),
    Module: _rule(*MODULE_PRIVATE, *SPECIAL_METHODS),
    FunctionNode: lambda name: name in NODE_NAMES or not (name.startswith("_") or hasattr(FunctionNode, name)),
    Node: lambda name: name in NODE_NAMES or name.startswith(("_saved_", "_raw_saved_")),
    Generator: lambda name: name in GENERATOR_NAMES,
    RemovableHandle: _only("remove id"),
    FunctionType: _public,
    GeneratorType: _only("send close throw"),
    BaseException: _only("args name msg value errno strerror code add_note lineno offset text"),
    property: _only("setter getter deleter"),
    functools.partial: _only("args keywords"),
    type(functools.lru_cache(len)): _only("cache_info cache_clear"),
    collections.deque: _public,
    pathlib.PurePath: _public,
    uuid.UUID: _public,
    re.Pattern: _public,
    re.Match: _all_but("expand"),
    datetime.date: _public,
    datetime.time: _public,
    datetime.timedelta: _public,
    datetime.tzinfo: _public,
    random.Random: _all_but("getstate setstate"),
    enum.Enum: _only("name value"),
    dataclasses.Field: _only("name type default"),
    Record: _rule("__dict__"),
    itertools.chain: _only("from_iterable"),
    contextlib.ExitStack: _only("enter_context callback close push pop_all"),
    fractions.Fraction: _public,
    decimal.Decimal: _public,
    decimal.Context: _only("prec rounding"),
    statistics.NormalDist: _public,
    np.ndarray: lambda name: name in ARRAY_NAMES,
    np.generic: lambda name: name in ARRAY_NAMES,
    np.dtype: _only("name kind itemsize str char type ndim shape"),
    np.ufunc: _only("reduce accumulate outer at nin nout __name__"),
    np.finfo: _public,
    np.iinfo: _public,
    np.poly1d: _public,
    np.random.RandomState: _all_but("bytes get_state set_state"),
    np.random.Generator: _all_but("bytes bit_generator spawn"),
}
"""What may be read of objects of a type and of its subclasses: the nearest in the order of resolution decides."""

_ENGINE = ("engine.", "torch")
_BY_MODULE = {
    ("engine.optim", "torch.optim"): _rule("_last_lr", "_step_count"),
    ("torch.nn.utils.prune",): _rule("_tensor_name", "__call__"),
}
"""Further names of the engine's objects, by where their types come from."""
SETTABLE = (
    "engine.program.standins",
    "engine.nn",
    "engine.optim",
    "engine.function",
    "engine.autograd",
    "engine.data",
    "engine.utils",
    "torch.",
)
"""Where those types of the engine come from whose objects belong to the run that made them."""


def from_engine(cls: type) -> bool:
    """Whether a class is one of the engine's."""
    return str(getattr(cls, "__module__", "")).startswith(_ENGINE)


def rule_for(cls: type) -> Test | None:
    """The rule for a type that no program has defined; None if nothing of it may be read."""
    for kind in (FunctionNode, Node, Tensor, Module):
        if issubclass(cls, kind):
            return _RULES[kind]
    for base in cls.__mro__:
        if base in _RULES:
            return _RULES[base]
    for base in cls.__mro__:
        if base.__module__.startswith(_ENGINE):
            return next((rule for start, rule in _BY_MODULE.items() if base.__module__.startswith(start)), _public)
    return None


class TextFormatter:
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
