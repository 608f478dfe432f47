"""torch's argument parser: which call fits which signature, and torch's TypeError for one that fits none.

A signature is written as torch writes it, with short type names::

    Tensor input, ints1? dim, bool keepdim=False, *, dtype? dtype=None

``ints1`` takes a single int, too; ``?`` allows None. Source: torch/csrc/utils/python_arg_parser.cpp and
invalid_arguments.cpp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.device import Device
from engine.dtypes import dtype as DType
from engine.random import Generator
from engine.refusals import no_operand
from engine.size import Size
from engine.tensors import Tensor

SHOWN = {
    "Number": "Number",
    "Tensor": "Tensor",
    "Tensors": "tuple of Tensors",
    "bool": "bool",
    "device": "torch.device",
    "dtype": "torch.dtype",
    "float": "float",
    "floats": "tuple of floats",
    "generator": "torch.Generator",
    "int": "int",
    "ints": "tuple of ints",
    "ints1": "tuple of ints",
    "layout": "torch.layout",
    "memory_format": "torch.memory_format",
    "object": "object",
    "str": "str",
}
"""The types as error messages name them."""

NUMPY_NAMES = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}
"""numpy's names of some arguments, which torch takes as well."""

_QUALIFIED = {DType: "torch.dtype", Device: "torch.device", Size: "torch.Size", Generator: "torch._C.Generator"}


def type_name(value: Any) -> str:
    """The name of the value's type as C code sees it: ``int``, ``Tensor``, ``numpy.ndarray``."""
    kind = type(value)
    if kind in _QUALIFIED:
        return _QUALIFIED[kind]
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def _single(x: Any, kinds: str) -> bool:
    """Whether x is a 0-d tensor without gradient that may stand for a number."""
    return isinstance(x, Tensor) and not x._track and x._data.ndim == 0 and x._data.dtype.kind in kinds


def is_int(x: Any) -> bool:
    """Whether x may stand for an int."""
    return (isinstance(x, (int, np.integer)) and not isinstance(x, bool)) or _single(x, "iu")


def _is_ints(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and (not x or is_int(x[0]))


def _is_floats(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and all(isinstance(v, (int, float)) for v in x)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "Number": lambda x: isinstance(x, (int, float, np.number)) or _single(x, "fiub"),
    "Tensor": lambda x: isinstance(x, Tensor),
    "Tensors": lambda x: isinstance(x, (tuple, list)),
    "bool": lambda x: isinstance(x, (bool, np.bool_)),
    "device": lambda x: isinstance(x, (str, Device, int)) and not isinstance(x, bool),
    "dtype": lambda x: isinstance(x, DType) or (isinstance(x, type) and x in (float, int, bool)),
    "float": lambda x: isinstance(x, (int, float, np.number)) or _single(x, "fiub"),
    "floats": _is_floats,
    "generator": lambda x: isinstance(x, Generator),
    "int": is_int,
    "ints": _is_ints,
    "ints1": lambda x: is_int(x) or _is_ints(x),
    "layout": lambda x: x is not None,
    "memory_format": lambda x: x is not None,
    "object": lambda x: True,
    "str": lambda x: isinstance(x, str),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a signature."""

    name: str
    kind: str
    optional: bool
    allow_none: bool
    keyword_only: bool
    default: str

    def fits(self, value: Any, numbers_too: bool) -> bool:
        """Whether a value is of the parameter's type."""
        if self.kind == "Tensor" and numbers_too and isinstance(value, (int, float)):
            return True
        return _CHECKS[self.kind](value)

    def value(self, given: Any, function: str) -> Any:
        """What the function gets: plain Python numbers for those given as tensors or numpy scalars."""
        if self.kind == "Number" and isinstance(given, Tensor):
            return given.item()
        if self.kind == "int" or (self.kind == "ints1" and not isinstance(given, (tuple, list))):
            return int(given)
        if self.kind == "float":
            return float(given)
        if self.kind in ("ints", "ints1"):
            return self._whole_numbers(given, function)
        return given.item() if isinstance(given, np.generic) else given

    def _whole_numbers(self, given: Sequence[Any], function: str) -> tuple[int, ...]:
        for place, n in enumerate(given, 1):
            if not is_int(n):
                raise TypeError(
                    f"{function}(): argument '{self.name}' failed to unpack the object at pos {place} with error "
                    f'"type must be tuple of ints,but got {type_name(n)}"'
                )
        return tuple(map(int, given))

    def __str__(self) -> str:
        return f"{SHOWN[self.kind]} {self.name}" + (f" = {self.default}" if self.optional else "")


def _parameter(text: str, keyword_only: bool) -> Parameter:
    left, equals, default = text.partition("=")
    kind, name = left.split(" ")
    none = kind.endswith("?")
    return Parameter(name, kind.rstrip("?"), bool(equals), none or default == "None", keyword_only, default)


class Signature:
    """One way to call a function."""

    def __init__(self, text: str) -> None:
        self.parameters: list[Parameter] = []
        keyword_only = False
        for part in text.split(", ") if text else []:
            if part == "*":
                keyword_only = True
            else:
                self.parameters.append(_parameter(part, keyword_only))
        self.positional = sum(not p.keyword_only for p in self.parameters)
        self.required = sum(not p.optional for p in self.parameters)
        self.open_ended = self.positional == 1 and self.parameters[0].kind in ("ints", "ints1")
        """``f(2, 3)`` stands for ``f((2, 3))``."""

    def __str__(self) -> str:
        shown = [str(p) for p in self.parameters]
        if self.positional < len(shown):
            shown.insert(self.positional, "*")
        return f"({', '.join(shown)})"

    def takes(self, count: int) -> bool:
        """Whether that many arguments could go with the signature."""
        return self.required <= count <= len(self.parameters)

    def bind(self, function: str, args: Sequence[Any], kwargs: dict[str, Any], numbers: bool) -> dict[str, Any]:
        """The arguments by name; TypeError with torch's text if they do not fit."""
        if len(args) > self.positional and not self.open_ended:
            raise TypeError(self._too_many(function, len(args)))
        bound: dict[str, Any] = {}
        used = place = 0
        for number, p in enumerate(self.parameters):
            given: Any = None
            present = by_name = False
            if place < len(args):
                if p.keyword_only:
                    raise TypeError(self._too_many(function, len(args)))
                given, present = args[place], True
            else:
                for name in (p.name, *NUMPY_NAMES.get(p.name, ())):
                    if name in kwargs:
                        given, present, by_name = kwargs[name], True, True
                        break
            if (not present and p.optional) or (present and given is None and p.allow_none):
                pass
            elif not present:
                raise TypeError(self._missing(function, number))
            elif p.fits(given, numbers):
                self._check_elements(p, given, number)
                bound[p.name] = p.value(given, function)
            elif self.open_ended and place == 0 and not by_name and _is_ints(args):
                bound[p.name] = p.value(args, function)
                place = len(args)
                continue
            else:
                raise TypeError(self._wrong_type(function, p, given, None if by_name else place, args))
            if by_name:
                used += 1
            elif present:
                place += 1
        if used < len(kwargs):
            raise TypeError(self._unexpected(function, kwargs, len(args)))
        return bound

    @staticmethod
    def _check_elements(p: Parameter, given: Any, number: int) -> None:
        if p.kind == "Tensors":
            for i, x in enumerate(given):
                if not isinstance(x, Tensor):
                    raise TypeError(f"expected Tensor as element {i} in argument {number}, but got {type_name(x)}")

    def _too_many(self, function: str, count: int) -> str:
        if self.required != self.positional:
            return (
                f"{function}() takes from {self.required} to {self.positional} positional arguments but {count} were "
                "given"
            )
        plural = "" if self.positional == 1 else "s"
        verb = "was" if count == 1 else "were"
        return f"{function}() takes {self.positional} positional argument{plural} but {count} {verb} given"

    def _missing(self, function: str, first: int) -> str:
        names = [f'"{p.name}"' for p in self.parameters[first:] if not p.optional]
        # torch has singular and plural the wrong way round.
        plural = "s" if len(names) == 1 else ""
        return f"{function}() missing {len(names)} required positional argument{plural}: {', '.join(names)}"

    def _wrong_type(self, function: str, p: Parameter, given: Any, place: int | None, args: Sequence[Any]) -> str:
        where = f"{function}(): argument '{p.name}'" + ("" if place is None else f" (position {place + 1})")
        if p.kind in ("ints", "ints1") and place is not None:
            whole = given if isinstance(given, (tuple, list)) else args if self.open_ended and len(args) > 1 else None
            bad = None if whole is None else next((i for i, v in enumerate(whole) if not is_int(v)), None)
            if whole is not None and bad is not None:
                return (
                    f"{where} must be {SHOWN[p.kind]}, but found element of type {type_name(whole[bad])} at pos {bad}"
                )
        no_operand(given)
        return f"{where} must be {SHOWN[p.kind]}, not {type_name(given)}"

    def _unexpected(self, function: str, kwargs: dict[str, Any], count: int) -> str:
        names = [p.name for p in self.parameters]
        for name in kwargs:
            if name not in names:
                return f"{function}() got an unexpected keyword argument '{name}'"
            if names.index(name) < count:
                return f"{function}() got multiple values for argument '{name}'"
        return "invalid keyword arguments"


def _from_inside(error: TypeError) -> bool:
    """Whether torch raises the error at once, also if further signatures might fit."""
    return str(error).startswith("expected Tensor as element") or "failed to unpack the object" in str(error)


HIDDEN = "~"
"""A deprecated signature, which torch does not show; here nothing fits it. It makes torch's error text another one."""


class Parser:
    """All signatures of one function."""

    def __init__(self, function: str, signatures: Sequence[str], numbers: bool = False, method: bool = False) -> None:
        self.function = function
        self.signatures = [Signature(text) for text in signatures if text != HIDDEN]
        self.single = len(signatures) == 1
        self.names = frozenset(p.name for signature in self.signatures for p in signature.parameters)
        self.numbers = numbers
        """Python numbers may stand for tensors."""
        self.bare = method and self.single and not self.signatures[0].parameters

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by the names of the first signature that they fit; TypeError with torch's text if none."""
        if self.bare and (args or kwargs):
            why = "keyword arguments" if kwargs else f"arguments ({len(args)} given)"
            raise TypeError(f"TensorBase.{self.function}() takes no {why}")
        if self.single:
            return self.signatures[0].bind(self.function, args, kwargs, self.numbers)
        for signature in self.signatures:
            try:
                return signature.bind(self.function, args, kwargs, self.numbers)
            except TypeError as error:
                if _from_inside(error):
                    raise
        plausible = [s for s in self.signatures if s.takes(len(args) + len(kwargs))]
        if len(plausible) == 1:
            plausible[0].bind(self.function, args, kwargs, self.numbers)
        raise invalid_combination(self.function, args, kwargs, *(str(s) for s in self.signatures))


# --- calls that fit none of several signatures ------------------------------------------------


def invalid_combination(function: str, args: Sequence[Any], kwargs: dict[str, Any], *signatures: str) -> TypeError:
    """torch's error for a call that fits none of a function's signatures, each as ``(Tensor input, ...)``."""
    head = f"{function}() received an invalid combination of arguments - "
    if len(signatures) == 1:
        option = _Option(signatures[0])
        unknown = option.unknown(kwargs)
        if unknown:
            return TypeError(f"{head}got unrecognized keyword arguments: {', '.join(unknown)}")
        got = option.described(args, kwargs) if option.counts(args, kwargs) else _described(args, kwargs)
        return TypeError(f"{head}got {got}, but expected {signatures[0]}")
    lines = [f"{head}got {_described(args, kwargs)}, but expected one of:"]
    for text in signatures:
        lines.append(f" * {text}")
        option = _Option(text)
        if option.counts(args, kwargs):
            unknown = option.unknown(kwargs)
            why = "keywords were incorrect" if unknown else "arguments have invalid types"
            what = ", ".join(unknown) if unknown else option.described(args, kwargs)
            lines.append(f"      didn't match because some of the {why}: {what}")
    return TypeError("\n".join(lines) + "\n")


def _in_hash_order(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments as torch lists them: a C++ hash table gives the last one first."""
    return dict(reversed(kwargs.items()))


def _described(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    parts = [f"{type_name(a)}, " for a in args]
    parts += [f"{name}={type_name(a)}, " for name, a in _in_hash_order(kwargs).items()]
    text = "".join(parts)
    return f"({text.removesuffix(', ') if args else text})"


class _Option:
    """A signature as torch's error text sees it: it is split at commas again, so that defaults count as names."""

    def __init__(self, text: str) -> None:
        inside = text[1:-1]
        split = [part.rpartition(" ") for part in inside.split(", ")] if inside else []
        self.arguments = [(kind or name, name) for kind, _, name in split]

    def counts(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        return len(args) + len(kwargs) == len(self.arguments)

    def unknown(self, kwargs: dict[str, Any]) -> list[str]:
        known = {name for _, name in self.arguments[max(0, len(self.arguments) - len(kwargs)) :]}
        return [name for name in _in_hash_order(kwargs) if name not in known]

    def described(self, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        values = [*args, *(kwargs[name] for _, name in self.arguments[len(args) :])]
        parts = []
        for place, (value, (kind, name)) in enumerate(zip(values, self.arguments, strict=True)):
            mark = "" if type_name(value) == kind else "!"
            keyword = f"{name}=" if place >= len(args) else ""
            parts.append(f"{mark}{keyword}{_with_elements(value)}{mark}")
        text = ", ".join(parts)
        return f"({text})" if args else f"({text}, )"


def _with_elements(value: Any) -> str:
    name = type_name(value)
    if isinstance(value, tuple):
        inside = ", ".join(map(type_name, value))
        return f"{name} of ({inside}{',' if len(value) == 1 else ''})"
    if isinstance(value, list):
        return f"{name} of [{', '.join(map(type_name, value))}]"
    return name
