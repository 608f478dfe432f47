"""What the rewritten program calls: guards for attributes, items, iteration and operators, and its builtins."""

from __future__ import annotations

import builtins
import operator
import sys
from collections.abc import Callable, Iterable
from typing import Any

from engine.nn.module import Module
from engine.optim.optimizer import Optimizer
from engine.program.access import Access
from engine.program.budget import Budget, Loop
from engine.program.formatting import formatted, percent
from engine.program.modules import modules
from engine.program.namespaces import Namespace
from engine.program.telling import Teller
from engine.tensors import Tensor

EXCEPTIONS = tuple(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not name.endswith("Group")
)

# Names of Python that do no harm with any argument.
HARMLESS = [
    "None",
    "True",
    "False",
    "Ellipsis",
    "NotImplemented",
    "abs",
    "bool",
    "bytes",
    "callable",
    "chr",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "frozenset",
    "hash",
    "hex",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "oct",
    "ord",
    "property",
    "range",
    "repr",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "classmethod",
    "str",
    "super",
    "zip",
    "map",
    "filter",
    "iter",
    "next",
    "any",
    "all",
    "object",
]

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

MISSING: dict[str, str] = {
    "open": "programs cannot read or write files",
    "input": "programs cannot ask for input: assign the value instead",
    "exec": "programs cannot make new code",
    "eval": "programs cannot make new code",
    "compile": "programs cannot make new code",
    "globals": "programs cannot reach the interpreter's tables",
    "locals": "programs cannot reach the interpreter's tables",
    "vars": "programs cannot reach the interpreter's tables",
    "breakpoint": "step through the program on the timeline instead",
}


class Guards:
    """The guards of one run; ``environment()`` is what its code runs in."""

    def __init__(self, budget: Budget, teller: Teller) -> None:
        self.budget = budget
        self.teller = teller
        self.access = Access()
        self.loops: dict[int, Loop] = {}
        self.modules = modules(budget.counted, budget.integer)

    def environment(self) -> dict[str, Any]:
        """The globals of the program: its builtins and guards."""
        guards = {
            "_getattr_": self.access.get,
            "_write_": self.write,
            "_getitem_": operator.getitem,
            "_getiter_": self.iterate,
            "_apply_": lambda f, *a, **k: f(*a, **k),
            "_operator_": self.operate,
            "_inplace_": self.inplace,
            "_inplace_attr_": self.inplace_attribute,
            "_inplace_item_": self.inplace_item,
            "_format_": formatted,
            "_unpacked_": self.iterate,
            "_pairs_": lambda it: it,
            "_named_": self.named,
            "_bound_": self.teller.bound,
            "_unbound_": self.teller.unbound,
            "_loop_": self.loop,
            "_turn_": self.turn,
            "_loop_end_": self.loop_end,
            "_base_": self.base,
            "_class_": self.own_class,
        }
        return {"__builtins__": self._builtins(), "__name__": "__main__", "__doc__": None, **guards}

    def _builtins(self) -> dict[str, Any]:
        names = {name: getattr(builtins, name) for name in (*HARMLESS, *EXCEPTIONS)}
        names.update(
            {
                "print": self.teller.printed,
                "list": _consumer(list, self),
                "tuple": _consumer(tuple, self),
                "sum": lambda it, *a, **k: sum(self.iterate(it), *a, **k),
                "min": self._extreme(min),
                "max": self._extreme(max),
                "sorted": lambda it, **k: sorted(self.iterate(it), **k),
                "pow": self._pow,
                "round": round,
                "type": self._type,
                "getattr": self.access.get,
                "hasattr": self._hasattr,
                "setattr": self._setattr,
                "delattr": self._delattr,
                "dir": self._dir,
                "__build_class__": builtins.__build_class__,
                "__import__": self._import,
            }
        )
        for name, why in MISSING.items():
            names[name] = _refusing(name, why)
        return names

    # --- access -----------------------------------------------------------------------------

    def write(self, obj: Any, name: str | None) -> Any:
        if not self.access.may_set(obj, name):
            what = "items" if name is None else f"attribute '{name}'"
            raise TypeError(f"cannot set {what} of {type(obj).__name__!r} objects here")
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
            return percent(a, b) if isinstance(a, str) else a % b
        self._check_size(sign, a, b)
        return a**b if sign == "**" else a << b

    def _check_size(self, sign: str, a: Any, b: Any) -> None:
        """Refuse a result that would fill the memory, before it is computed."""
        if isinstance(a, int) and isinstance(b, int):
            if sign == "**" and b > 0:
                self.budget.integer(a.bit_length() * b, f"{_short(a)} ** {_short(b)}")
            elif sign == "<<":
                self.budget.integer(a.bit_length() + b, f"{_short(a)} << {_short(b)}")
            elif sign == "*":
                self.budget.integer(a.bit_length() + b.bit_length(), "the product")
        elif sign == "*":
            for text, times in ((a, b), (b, a)):
                if isinstance(text, (str, bytes, list, tuple)) and isinstance(times, int):
                    self.budget.items(len(text) * times, f"{type(text).__name__} * {times:,}")

    def iterate(self, it: Any) -> Any:
        """The same values, with the clock watched if they may be many."""
        if isinstance(it, (list, tuple, dict, set, str, Tensor)):
            return it
        if isinstance(it, range) and len(it) < 1000:
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

    # --- classes ----------------------------------------------------------------------------

    def base(self, cls: Any) -> Any:
        """A class that may be inherited from."""
        allowed = cls is object or self.access.is_own(cls) if isinstance(cls, type) else False
        if not allowed and isinstance(cls, type):
            allowed = issubclass(cls, (Module, Optimizer, Exception, dict, list)) and cls is not type
        if not allowed:
            name = getattr(cls, "__name__", repr(cls))
            raise TypeError(f"classes cannot inherit from {name} here")
        return cls

    def own_class(self, cls: type) -> type:
        self.access.own_classes.add(cls)
        return cls

    def _type(self, obj: Any, *more: Any) -> Any:
        if more:
            raise TypeError("type() with three arguments is not available here: use a class statement")
        cls = type(obj)
        return object if cls is type or issubclass(cls, type) else cls

    # --- builtins ---------------------------------------------------------------------------

    def _extreme(self, f: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return f(self.iterate(args[0]), **kwargs) if len(args) == 1 else f(*args, **kwargs)

        call.__name__ = f.__name__
        return call

    def _pow(self, a: Any, b: Any, mod: Any = None) -> Any:
        return pow(a, b, mod) if mod is not None else self.operate("**", a, b)

    def _hasattr(self, obj: Any, name: str) -> bool:
        missing = object()
        return self.access.get(obj, name, missing) is not missing

    def _setattr(self, obj: Any, name: str, value: Any) -> None:
        setattr(self.write(obj, str(name)), str(name), value)

    def _delattr(self, obj: Any, name: str) -> None:
        delattr(self.write(obj, str(name)), str(name))

    def _dir(self, obj: Any) -> list[str]:
        return [n for n in dir(obj) if self.access.may_read(obj, n)]

    def _import(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Iterable[str] | None = (), level: int = 0
    ) -> Any:
        module = self.modules.get(name)
        if module is None:
            root = name.partition(".")[0]
            if root == "torch":
                raise ModuleNotFoundError(f"{name} is not part of Chainrule", name=name)
            known = ", ".join(sorted(m for m in self.modules if "." not in m and not m.startswith("_")))
            raise ModuleNotFoundError(f"No module named '{name}' here. These can be imported: {known}.", name=name)
        if fromlist:
            for part in fromlist:
                self._check_from(module, name, part)
            return module
        return self.modules[name.partition(".")[0]]

    @staticmethod
    def _check_from(module: Namespace, name: str, part: str) -> None:
        """A refusal keeps its own words; an unknown name gives Python's."""
        try:
            getattr(module, part)
        except AttributeError as error:
            if "not part of Chainrule" in str(error):
                raise ImportError(str(error), name=name) from None
            raise ImportError(f"cannot import name '{part}' from '{name}'", name=name) from None


class _Consumer(type):
    """list and tuple that watch the clock while they draw from an iterator, and are still types."""

    real: type
    guards: Guards

    def __call__(cls, *args: Any) -> Any:
        if len(args) == 1:
            it = args[0]
            if isinstance(it, range):
                cls.guards.budget.items(len(it), f"{cls.real.__name__}(range)")
            return cls.real(cls.guards.iterate(it))
        return cls.real(*args)

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, cls.real)

    def __subclasscheck__(cls, sub: type) -> bool:
        return issubclass(sub, cls.real)

    def __eq__(cls, other: object) -> bool:
        return other is cls.real or other is cls

    def __hash__(cls) -> int:
        return hash(cls.real)

    def __getitem__(cls, item: Any) -> Any:
        return cls.real[item]  # type: ignore[index]

    def __repr__(cls) -> str:
        return repr(cls.real)


def _consumer(real: type, guards: Guards) -> Any:
    return _Consumer(real.__name__, (), {"real": real, "guards": guards})


def _short(n: int) -> str:
    return str(n) if n.bit_length() < 64 else f"a number of {int(n.bit_length() * 0.30103) + 1:,} digits"


def _refusing(name: str, why: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise NameError(f"{name}() is not available here: {why}")

    call.__name__ = name
    return call


sys.set_int_max_str_digits(max(sys.get_int_max_str_digits(), 20_100))
