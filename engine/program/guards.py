"""What the rewritten program calls: guards for attributes, items, iteration and operators."""

from __future__ import annotations

import abc
import builtins
import enum
import math
import operator
import typing
from collections.abc import Callable
from typing import Any

from engine.nn.module import Module
from engine.program.access import Access, from_engine
from engine.program.budget import Budget, Loop
from engine.program.builtin_names import builtin_names
from engine.program.formatting import formatted, percent
from engine.program.importing import Importer
from engine.program.kinds import GENERIC, Consumer, TypeStandIn
from engine.program.modules import torch_modules
from engine.program.numpy_names import numpy_module
from engine.program.pyplot import Pyplot, pyplot_modules
from engine.program.standins import Warnings, namespace
from engine.program.stdlib import python_modules
from engine.program.telling import Teller
from engine.state import warn
from engine.tensors import Tensor
from engine.trace import events as ev

INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "<<=": operator.ilshift,
    ">>=": operator.irshift,
    "|=": operator.ior,
    "^=": operator.ixor,
    "&=": operator.iand,
    "//=": operator.ifloordiv,
    "@=": operator.imatmul,
}

PLAIN_BASES = (object, dict, list, set, abc.ABC)
KNOWN_BASES = (Module, Exception, enum.Enum)
MATCHED_AS_SELF = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Types whose class pattern of one argument matches the value itself."""


class Guards:
    """The guards of one run; ``environment()`` is what its code runs in."""

    def __init__(self, budget: Budget, teller: Teller) -> None:
        self.budget = budget
        self.teller = teller
        self.access = Access(TypeStandIn)
        self.loops: dict[int, Loop] = {}
        self.warnings = Warnings()
        self.printed = teller.printed
        self.pyplot = Pyplot(teller)
        modules = {**torch_modules(), **python_modules(self), **numpy_module(), **pyplot_modules(self.pyplot)}
        self.importer = Importer(modules, self.display)
        self.globals: dict[str, Any] = {}

    def environment(self) -> dict[str, Any]:
        """The globals of the program: its builtins and guards."""
        guards = {
            "_getattr_": self.access.get,
            "_write_": self.write,
            "_getitem_": operator.getitem,
            "_getiter_": self.iterate,
            "_operator_": self.operate,
            "_inplace_": self.inplace,
            "_inplace_attr_": self.inplace_attribute,
            "_inplace_item_": self.inplace_item,
            "_format_": formatted,
            "_unpacked_": self.iterate,
            "_named_": self.named,
            "_bound_": self.teller.bound,
            "_unbound_": self.teller.unbound,
            "_call_": self.teller.called,
            "_return_": self.teller.returned,
            "_loop_": self.loop,
            "_turn_": self.turn,
            "_loop_end_": self.loop_end,
            "_base_": self.base,
            "_class_": self.own_class,
            "_meta_": self.meta,
            "_own_getattr_": own_getattr,
            "_matched_": self.matched,
            "_constant_": Constant,
            "_import_": self.importer.module,
            "_from_": self.importer.part,
            "_import_all_": self.import_all,
            "_shown_": self.shown,
        }
        names = {"__builtins__": builtin_names(self), "__name__": "__main__", "__doc__": None}
        self.globals = {**names, **guards}
        return self.globals

    # --- access -----------------------------------------------------------------------------

    def write(self, obj: Any, name: str | None) -> Any:
        if not self.access.may_set(obj, name):
            raise self.access.cannot_set(obj, name)
        return obj

    def inplace(self, sign: str, a: Any, b: Any) -> Any:
        self._check_size(sign.rstrip("="), a, b)
        return INPLACE[sign](a, b)

    def inplace_attribute(self, sign: str, obj: Any, name: str, value: Any) -> None:
        self.write(obj, name)
        setattr(obj, name, self.inplace(sign, self.access.get(obj, name), value))

    def inplace_item(self, sign: str, obj: Any, key: Any, value: Any) -> None:
        self.write(obj, None)
        obj[key] = self.inplace(sign, obj[key], value)

    def operate(self, sign: str, a: Any, b: Any) -> Any:
        if sign == "*":
            if type(a) is not Tensor and type(b) is not Tensor:
                self._check_size(sign, a, b)
            return a * b
        if sign == "%":
            return percent(a, b) if isinstance(a, (str, bytes)) else a % b
        self._check_size(sign, a, b)
        return a**b if sign == "**" else a << b

    def _check_size(self, sign: str, a: Any, b: Any) -> None:
        """Refuse a result that would fill the memory, before it is computed."""
        if isinstance(a, int) and isinstance(b, int):
            if sign == "**" and b > 0 and abs(a) > 1:
                self.budget.integer(math.log2(abs(a)) * b, f"{_short(a)} ** {_short(b)}")
            elif sign == "<<":
                self.budget.integer(a.bit_length() + b, f"{_short(a)} << {_short(b)}")
            elif sign == "*":
                self.budget.integer(a.bit_length() + b.bit_length(), "the product")
        elif sign == "*":
            for many, times in ((a, b), (b, a)):
                if isinstance(times, int):
                    kind = next((k for k in REPEATED if isinstance(many, k)), None)
                    if kind is not None:
                        size = kind.__len__(many) * times
                        self.budget.items(size, f"{type(many).__name__} * {times:,}")

    def iterate(self, it: Any) -> Any:
        """The same values, with the clock watched if they may be many."""
        if isinstance(it, (list, tuple, dict, set, str, Tensor)):
            return it
        if isinstance(it, range) and len(it) < 1000:
            return it
        if not hasattr(type(it), "__iter__") and not hasattr(type(it), "__getitem__"):
            return it
        return self.budget.counted(it)

    # --- telling ----------------------------------------------------------------------------

    def named(self, name: str, value: Any, scope: str) -> Any:
        self.teller.bound(name, value, scope)
        return value

    def loop(self, number: int, it: Any) -> Any:
        self.loops[number] = Loop()
        return it

    def turn(self, number: int) -> None:
        self.budget.tick()
        loop = self.loops[number]
        self.teller.iterated(loop.turns)
        loop.turns += 1

    def loop_end(self, number: int) -> None:
        self.teller.loop_ended()

    def shown(self, value: Any) -> None:
        """The value of a cell's last expression, as a notebook prints it."""
        if value is not None:
            self.printed(repr(value))

    def display(self, *values: Any, **options: Any) -> None:
        """IPython's display(): each value on its own line."""
        for value in values:
            self.printed(repr(value))

    def write_text(self, text: str) -> None:
        """What sys.stdout does with text."""
        self.printed(text, end="")

    def warn(self, message: Any, category: Any = None, stacklevel: int = 1, **more: Any) -> None:
        """warnings.warn."""
        warn(str(message), type(message) if isinstance(message, Warning) else category or UserWarning)

    def warned(self, event: ev.Warned) -> bool:
        """Whether a warning is to be told; one that the program made an error of is raised."""
        action = self.warnings.action(event.category, event.message)
        if action == "error":
            kind = getattr(builtins, event.category, UserWarning)
            raise kind(event.message)
        if self.warnings.kept:
            self.warnings.kept[-1].append(
                namespace(message=event.message, category=getattr(builtins, event.category, UserWarning))
            )
            return False
        return action != "ignore"

    # --- classes ----------------------------------------------------------------------------

    def base(self, cls: Any) -> Any:
        """A class that may be inherited from."""
        if cls is typing.NamedTuple or isinstance(cls, GENERIC):
            return cls
        if isinstance(cls, Consumer):
            return cls._real
        if not (isinstance(cls, type) and self._may_inherit(cls)):
            raise TypeError(f"classes cannot inherit from {getattr(cls, '__name__', repr(cls))} here")
        return cls

    def _may_inherit(self, cls: type) -> bool:
        if cls in PLAIN_BASES or self.access.is_own(cls) or issubclass(cls, KNOWN_BASES):
            return not issubclass(cls, (str, int)) or issubclass(cls, enum.Enum)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return True
        if getattr(cls, "__module__", "") in ("typing", "collections", "collections.abc"):
            return True
        ours = from_engine(cls) and not cls.__module__.startswith("engine.program")
        return ours and not issubclass(cls, (Tensor, type, int, str))

    def own_class(self, cls: type) -> type:
        """A class that the program has defined."""
        if issubclass(cls, Module) and issubclass(cls, dict):
            raise TypeError("a module cannot be a dictionary as well")
        self.access.own_classes.add(cls)
        return cls

    @staticmethod
    def meta(cls: Any) -> Any:
        """A metaclass that a class may name."""
        if cls is not abc.ABCMeta:
            raise TypeError("metaclasses are not available here")
        return cls

    def matched(self, cls: Any, positional: int, names: tuple[str, ...]) -> type:
        """A class that a pattern may name: it reads attributes of the subject without a guard."""
        if isinstance(cls, Consumer):
            cls = cls._real
        if not isinstance(cls, type):
            raise TypeError("called match pattern must be a class")
        plain = not names and positional <= 1 and cls in MATCHED_AS_SELF
        own = self.access.is_own(cls) and not any(name.startswith("__") for name in names)
        if not (plain or own or not (names or positional)):
            raise TypeError(f"patterns cannot look into {cls.__name__} here")
        return cls

    def import_all(self, name: str) -> None:
        """``from name import *``."""
        self.globals.update(self.importer.everything(name))


REPEATED = (str, bytes, bytearray, list, tuple)


class Constant:
    """A value that a pattern compares with."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def own_getattr(function: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """A class's own __getattr__, which does not answer for what Python itself looks up."""

    def __getattr__(self: Any, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return function(self, name)

    return __getattr__


def _short(n: int) -> str:
    return str(n) if n.bit_length() < 64 else f"a number of {int(n.bit_length() * 0.30103) + 1:,} digits"
