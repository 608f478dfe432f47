"""The builtins of a program: Python's that do no harm, guarded ones, and refusals for the rest."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.program.kinds import consumer
from engine.program.namespaces import words
from engine.refusals import OutOfScope

if TYPE_CHECKING:
    from engine.program.guards import Guards

EXCEPTIONS = tuple(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not name.endswith("Group")
)

HARMLESS = words(
    "None True False Ellipsis NotImplemented abs ascii bin bool callable chr complex dict divmod enumerate float "
    "frozenset hash hex id int isinstance issubclass len oct ord property range repr reversed set slice staticmethod "
    "classmethod str super zip map filter iter next any all object round KeyboardInterrupt SystemExit "
    "GeneratorExit BaseException"
)

MISSING: dict[str, str] = {
    "open": "programs cannot read or write files",
    "input": "programs cannot ask for input: assign the value instead",
    "exec": "programs cannot make new code",
    "eval": "programs cannot make new code",
    "compile": "programs cannot make new code",
    "globals": "programs cannot reach the interpreter's tables",
    "locals": "programs cannot reach the interpreter's tables",
    "memoryview": "programs cannot reach raw memory",
    "breakpoint": "step through the program on the timeline instead",
    "help": "point at a name in the editor to read about it",
}


def builtin_names(guards: Guards) -> dict[str, Any]:
    """What a program finds without an import."""
    from engine.program.formatting import check_spec

    access = guards.access

    def _sum(it: Any, *args: Any, **kwargs: Any) -> Any:
        return sum(guards.iterate(it), *args, **kwargs)

    def _sorted(it: Any, **kwargs: Any) -> Any:
        return sorted(guards.iterate(it), **kwargs)

    def _pow(base: Any, exp: Any, mod: Any = None) -> Any:
        return pow(base, exp, mod) if mod is not None else guards.operate("**", base, exp)

    def _format(value: Any, spec: str = "") -> str:
        return format(value, check_spec(spec))

    def _hasattr(obj: Any, name: str) -> bool:
        missing = object()
        return access.get(obj, name, missing) is not missing

    def _setattr(obj: Any, name: str, value: Any) -> None:
        setattr(guards.write(obj, str.__str__(name)), str.__str__(name), value)

    def _delattr(obj: Any, name: str) -> None:
        delattr(guards.write(obj, str.__str__(name)), str.__str__(name))

    def _dir(*objects: Any) -> list[str]:
        return access.names_of(objects[0]) if objects else own_names(guards.globals)

    def _vars(obj: Any) -> Any:
        return access.get(obj, "__dict__")

    guarded = {
        "format": _format,
        "sum": _sum,
        "sorted": _sorted,
        "pow": _pow,
        "hasattr": _hasattr,
        "setattr": _setattr,
        "delattr": _delattr,
        "dir": _dir,
        "vars": _vars,
        "min": _extreme(min, guards),
        "max": _extreme(max, guards),
    }
    for name, function in guarded.items():
        function.__name__ = function.__qualname__ = name
        function.__module__ = "builtins"
    return {
        **{name: getattr(builtins, name) for name in (*HARMLESS, *EXCEPTIONS)},
        **{kind.__name__: consumer(kind, guards) for kind in (list, tuple, bytes, bytearray)},
        **guarded,
        "print": _print(guards),
        "display": guards.display,
        "type": access.show_type,
        "getattr": access.get,
        "exit": leave,
        "quit": leave,
        **{name: _refusing(name, why) for name, why in MISSING.items()},
        "__build_class__": builtins.__build_class__,
        # For Python's own late imports alone: import statements of the program are calls of guards. Not the one of
        # builtins, which others may have replaced.
        "__import__": importlib.__import__,
    }


def _print(guards: Guards) -> Callable[..., None]:
    def print(*values: Any, **options: Any) -> None:
        for name, value in options.items():
            if name not in ("sep", "end", "file", "flush"):
                raise TypeError(f"'{name}' is an invalid keyword argument for print()")
            if name in ("sep", "end") and not isinstance(value, (str, type(None))):
                raise TypeError(f"{name} must be None or a string, not {type(value).__name__}")
        guards.printed(*values, **options)

    print.__qualname__, print.__module__ = "print", "builtins"
    return print


def own_names(environment: dict[str, Any]) -> list[str]:
    """The names that the program has given."""
    return sorted(name for name in environment if not (name.startswith("_") and name.endswith("_")))


def _extreme(f: Callable[..., Any], guards: Guards) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return f(guards.iterate(args[0]), **kwargs) if len(args) == 1 else f(*args, **kwargs)

    return call


def _refusing(name: str, why: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise OutOfScope(f"{name}() is not available here: {why}")

    call.__name__ = call.__qualname__ = name
    return call


def leave(code: Any = None) -> None:
    """exit(): the program ends here."""
    raise SystemExit(code)


sys.set_int_max_str_digits(max(sys.get_int_max_str_digits(), 20_100))
