"""What could be written here: names, methods and arguments, with signatures and a line of help.

Types are guessed from the text (``model = nn.Linear(1, 1)``) and from the last run, which knows every tensor.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.program.modules import torch_modules
from engine.tensors import Tensor

MOST = 400
"""Candidates that are listed."""
WORD = re.compile(r"[A-Za-z_]\w*")
_BEFORE = re.compile(r"((?:[A-Za-z_]\w*\s*\.\s*)*)([A-Za-z_]\w*)?$")
_IMPORT = re.compile(r"^\s*import\s+([\w.]+)(?:\s+as\s+(\w+))?", re.MULTILINE)
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+\(?([^)\n]+)\)?", re.MULTILINE)
_ASSIGNED = re.compile(r"^[ \t]*([A-Za-z_]\w*)\s*=\s*([A-Za-z_][\w.]*)\s*\(", re.MULTILINE)
_BOUND = re.compile(
    r"^[ \t]*([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)|\b(?:def|class)\s+(\w+)|\bfor\s+(\w+)\s+in\b|\bas\s+(\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """``name`` is what would be inserted; ``signature`` follows it in the list, ``doc`` is one line of help."""

    name: str
    kind: str
    """``function``, ``method``, ``class``, ``attribute``, ``module``, ``argument``, ``variable`` or ``keyword``."""
    signature: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """Candidates for the word that begins at ``start``."""

    start: int
    candidates: tuple[Candidate, ...]


NOTHING = Completions(0, ())


def complete(source: str, position: int, tensors: Iterable[str] = (), explicit: bool = False) -> Completions:
    """What could stand at ``position``; ``tensors`` are names that held tensors in the last run.

    Unless asked for (``explicit``), nothing is offered before a letter or a dot was typed, nor in texts and comments.
    """
    line = source[source.rfind("\n", 0, position) + 1 : position]
    if _in_text(line):
        return NOTHING
    match = _BEFORE.search(line)
    assert match is not None
    path, word = match.group(1), match.group(2) or ""
    start = position - len(word)
    if not path and not word and not explicit:
        return NOTHING
    if not path and line[: len(line) - len(word)].rstrip()[-1:] == ".":
        return NOTHING  # what stands before the dot is no name
    scope = _Scope(source, tensors)
    if path:
        owner = scope.find([part.strip() for part in path.split(".") if part.strip()])
        found = [] if owner is None else _members(owner)
    else:
        found = [*_arguments(source, start, scope), *scope.names()]
    seen: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.name.lower().startswith(word.lower()) and candidate.name.rstrip("=") != word:
            seen.setdefault(candidate.name, candidate)
    ranked = sorted(
        seen.values(), key=lambda c: (not c.name.startswith(word), c.kind == "keyword", c.name.endswith("_"))
    )
    return Completions(start, tuple(ranked[:MOST]))


def help_at(source: str, position: int, tensors: Iterable[str] = ()) -> Candidate | None:
    """What the name around ``position`` is, if it is one of torch's."""
    match = next((m for m in re.finditer(r"[A-Za-z_][\w.]*", source) if m.start() <= position <= m.end()), None)
    if match is None:
        return None
    end = match.end() if "." not in source[position : match.end()] else position + source[position:].index(".")
    parts = source[match.start() : end].split(".")
    owner = _Scope(source, tensors)
    thing = owner.find(parts[:-1]) if len(parts) > 1 else owner
    if thing is None:
        return None
    if isinstance(thing, _Scope):
        value = thing.find(parts)
        return None if value is None or isinstance(value, _Instance) else _described(parts[-1], value)
    return next((c for c in _members(thing) if c.name == parts[-1]), None)


def call_at(source: str, position: int, tensors: Iterable[str] = ()) -> Candidate | None:
    """The function inside whose brackets ``position`` is."""
    callee = _callee(source, position)
    return None if callee is None else help_at(source, callee, tensors)


@dataclass(frozen=True, slots=True)
class _Instance:
    """Some object of a class."""

    of: type


class _Scope:
    """What the names of a program stand for, as far as the text tells."""

    def __init__(self, source: str, tensors: Iterable[str]) -> None:
        self.source = source
        self.known: dict[str, Any] = {}
        modules = _modules()
        for match in _IMPORT.finditer(source):
            path, name = match.groups()
            if path in modules:
                self.known[name or path.split(".")[0]] = modules[path if name else path.split(".")[0]]
        for match in _FROM.finditer(source):
            for item in match.group(2).split(","):
                words = item.split()
                if words and match.group(1) in modules:
                    value = getattr(modules[match.group(1)], words[0], None)
                    if value is not None:
                        self.known[words[-1]] = value
        for match in _ASSIGNED.finditer(source):
            value = self.find(match.group(2).split("."))
            if isinstance(value, type):
                self.known[match.group(1)] = _Instance(value)
            elif value is not None and "Tensor" in str(getattr(value, "__annotations__", {}).get("return", "")):
                self.known[match.group(1)] = _Instance(Tensor)
        for name in tensors:
            self.known[name.split(".")[0].split("[")[0]] = self.known.get(name, _Instance(Tensor))

    def find(self, parts: list[str]) -> Any:
        """What a dotted name stands for; None if that is not known."""
        value = self.known.get(parts[0]) if parts else None
        for part in parts[1:]:
            if isinstance(value, _Instance):
                member = inspect.getattr_static(value.of, part, None)
                value = _Instance(Tensor) if value.of is Tensor and isinstance(member, property) else member
                if part in ("grad", "data", "T", "weight", "bias"):
                    value = _Instance(Tensor)
            else:
                value = getattr(value, part, None)
        return value

    def names(self) -> list[Candidate]:
        """Names that may stand by themselves."""
        own = [next(g for g in m.groups() if g) for m in _BOUND.finditer(self.source)]
        out = [_named(name, self.known.get(name)) for name in dict.fromkeys(own)]
        out += [_described(name, value) for name, value in self.known.items() if name not in own]
        out += [_described(name, getattr(builtins, name)) for name in BUILTINS]
        return out + [Candidate(word, "keyword") for word in (*keyword.kwlist,)]


BUILTINS = (
    *("abs", "all", "any", "bool", "dict", "enumerate", "filter", "float", "int", "isinstance", "len", "list", "map"),
    *("max", "min", "print", "range", "reversed", "round", "set", "sorted", "str", "sum", "super", "tuple", "type"),
    "zip",
)


@cache
def _modules() -> Mapping[str, Any]:
    return torch_modules()


def _named(name: str, value: Any) -> Candidate:
    """A name of the program's own; an imported one is described as what it is."""
    if value is None or isinstance(value, _Instance):
        return Candidate(name, "variable", doc="" if value is None else value.of.__name__)
    return _described(name, value)


def _members(owner: Any) -> list[Candidate]:
    kind = owner.of if isinstance(owner, _Instance) else None
    if kind is None:
        return [
            _described(n, v) for n in sorted(dir(owner)) if not n.startswith("_") and (v := _get(owner, n)) is not None
        ]
    return [
        _described(name, inspect.getattr_static(kind, name), bound=True)
        for name in sorted(dir(kind))
        if not name.startswith("_")
    ]


def _get(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name)
    except Exception:
        return None


def _described(name: str, value: Any, bound: bool = False) -> Candidate:
    doc = (inspect.getdoc(value) or "").split("\n")[0].replace("``", "")
    if isinstance(value, property) or inspect.isdatadescriptor(value):
        return Candidate(name, "attribute", doc=doc)
    if isinstance(value, type):
        return Candidate(name, "class", _signature(value), doc)
    if callable(value):
        return Candidate(name, "method" if bound else "function", _signature(value, bound), doc)
    if isinstance(value, _Instance):
        return Candidate(name, "variable", doc=value.of.__name__)
    if type(value).__name__ == "Namespace":
        return Candidate(name, "module")
    return Candidate(name, "attribute", doc="" if value is None else str(value)[:60])


HIDDEN = frozenset(
    ("out", "layout", "device", "pin_memory", "memory_format", "named", "numpy", "generator", "foreach", "fused")
)
"""Parameters that teaching code never gives: they would hide the others."""


def _signature(value: Any, bound: bool = False) -> str:
    """``(dim=None, keepdim=False)``: names and defaults, without annotations."""
    return f"({', '.join(text for _, text in _parameters(value, bound))})" if callable(value) else ""


def _parameters(value: Any, bound: bool = False) -> list[tuple[str, str]]:
    """Name and text of each parameter; no name for those that take no keyword."""
    function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    if bound and not isinstance(value, staticmethod) and parameters:
        parameters = parameters[1:]
    out = []
    for p in parameters:
        if p.name in HIDDEN or p.name.startswith("_"):
            continue
        if p.kind is p.VAR_POSITIONAL:
            out.append(("", f"*{p.name}"))
        elif p.kind is p.VAR_KEYWORD:
            continue
        elif p.default is p.empty:
            out.append(("" if p.kind is p.POSITIONAL_ONLY else p.name, p.name))
        else:
            out.append((p.name, f"{p.name}={p.default!r}"))
    return out


def _arguments(source: str, position: int, scope: _Scope) -> list[Candidate]:
    """Keyword arguments of the call whose brackets are open."""
    end = _callee(source, position)
    if end is None:
        return []
    match = re.search(r"[A-Za-z_][\w.]*$", source[:end])
    parts = match.group().split(".") if match else []
    value = scope.find(parts)
    if value is None or isinstance(value, _Instance):
        return []
    owner = scope.find(parts[:-1]) if len(parts) > 1 else None
    pairs = _parameters(value, bound=isinstance(owner, _Instance))
    given = set(re.findall(r"(\w+)\s*=(?!=)", source[end:position]))
    return [
        Candidate(f"{name}=", "argument", text[len(name) + 1 :]) for name, text in pairs if name and name not in given
    ]


def _callee(source: str, position: int) -> int | None:
    """Where the name of the innermost open call ends."""
    depth = 0
    for i in range(position - 1, max(-1, position - 2000), -1):
        letter = source[i]
        if letter in ")]}":
            depth += 1
        elif letter in "([{":
            if depth == 0:
                return i if letter == "(" and re.search(r"[\w]$", source[:i]) else None
            depth -= 1
    return None


def _in_text(line: str) -> bool:
    """Whether the end of a line stands in a string or a comment. Expressions in f-strings count as text."""
    quote = ""
    i = 0
    while i < len(line):
        letter = line[i]
        if quote:
            if letter == "\\":
                i += 1
            elif line.startswith(quote, i):
                i += len(quote) - 1
                quote = ""
        elif letter == "#":
            return True
        elif letter in "\"'":
            quote = letter * 3 if line.startswith(letter * 3, i) else letter
            i += len(quote) - 1
        i += 1
    return bool(quote)
