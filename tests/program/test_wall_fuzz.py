"""The wall under fuzzing: what a program can reach by any chain of allowed reads, and random programs under an audit hook."""

from __future__ import annotations

import builtins
import io
import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    TracebackType,
)
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import engine
from engine.program.budget import Budget, Limits
from engine.program.guards import Guards
from engine.program.policy import FILENAME, is_reserved
from engine.program.telling import Teller
from engine.trace import events as ev
from engine.trace.recorder import Recorder
from engine.trace.spans import NEWLINE, SpanFinder
from tests.support.runs import events_of

FORBIDDEN_TYPES = (ModuleType, CodeType, FrameType, TracebackType, io.IOBase, subprocess.Popen)
FORBIDDEN = [builtins.open, builtins.exec, builtins.eval, builtins.compile, builtins.__import__, builtins.globals]
FORBIDDEN += [builtins.getattr, builtins.setattr, builtins.vars, builtins.type, os.system, os.environ, sys.modules]
FORBIDDEN += [np.ndarray, np.load, np.save, np.ctypeslib, np.frombuffer]
BOUND = (MethodType, BuiltinFunctionType, MethodWrapperType)
IN_MEMORY = (io.StringIO, io.BytesIO)


def guards() -> Guards:
    budget = Budget(Limits())
    recorder = Recorder(lambda recorder: recorder.take())
    return Guards(budget, Teller(recorder, SpanFinder("", FILENAME), budget))


def children(g: Guards, thing: Any) -> list[tuple[str, Any]]:
    """What one step from a thing leads to, by reads that the guards allow."""
    found = []
    names = set(dir(thing)) | {"__globals__", "__dict__", "__class__", "__self__", "__func__", "__wrapped__", "func"}
    for name in sorted(names):
        if is_reserved(name) and name not in ("__dict__", "__class__", "__name__", "__doc__", "__init__"):
            continue
        try:
            found.append((f".{name}", g.access.get(thing, name)))
        except Exception:
            continue
    if isinstance(thing, (list, tuple)):
        found += [(f"[{i}]", v) for i, v in enumerate(thing[:50])]
    if isinstance(thing, dict):
        found += [(f"[{k!r}]", v) for k, v in list(thing.items())[:200]]
    return found


def mark(thing: Any) -> object:
    """Equal for things from which the same can be read: a method is made anew by each read, and texts are all alike."""
    if type(thing) in (str, int, float, bool, bytes):
        return type(thing)
    own = getattr(thing, "__self__", None)
    if own is not None and not isinstance(own, ModuleType) and isinstance(thing, BOUND):
        return type(thing), mark(own), thing.__name__
    return id(thing)


def test_no_chain_of_reads_reaches_the_interpreter() -> None:
    g = guards()
    environment = g.environment()
    roots = {name: v for name, v in environment["__builtins__"].items() if not is_reserved(name)}
    roots |= {f"import {name}": m for name, m in g.importer.modules.items()}
    instances = {
        "[]": [],
        "()": (),
        "{}": {},
        "''": "",
        "b''": b"",
        "1": 1,
        "1.5": 1.5,
        "1j": 1j,
        "gen": (i for i in ()),
    }
    instances |= {"lambda": eval("lambda: 0"), "error": ValueError("x"), "array": np.zeros(2), "scalar": np.float64(1)}
    torch = g.importer.modules["torch"]
    x = torch.ones(2, requires_grad=True)
    layer = torch.nn.Linear(2, 1)
    instances |= {"tensor": x, "node": (x * 2).grad_fn, "leaf node": (x * 2).grad_fn.next_functions, "layer": layer}
    instances |= {
        "optimizer": torch.optim.SGD([x], lr=1),
        "hook": x.register_hook(print),
        "generator": torch.Generator(),
    }
    instances |= {"dtype": x.dtype, "device": x.device, "size": x.shape, "mode": torch.no_grad()}
    seen: set[object] = set()
    keep: list[Any] = []
    # The nearest first: what is reached by a short chain is followed as far as by no other.
    queue = deque((path, v, 0) for path, v in {**roots, **instances}.items())
    reached = 0
    while queue:
        path, thing, depth = queue.popleft()
        if mark(thing) in seen:
            continue
        seen.add(mark(thing))
        keep.append(thing)
        reached += 1
        assert not (isinstance(thing, FORBIDDEN_TYPES) and not isinstance(thing, IN_MEMORY)), path
        assert not any(thing is bad for bad in FORBIDDEN), path
        assert not (isinstance(thing, dict) and "__builtins__" in thing), path
        if isinstance(thing, BuiltinFunctionType):
            assert not isinstance(thing.__self__, ModuleType) or thing.__self__.__name__ not in ("posix", "nt"), path
        if depth < 4:
            queue += [(path + step, v, depth + 1) for step, v in children(g, thing)]
    assert reached > 20_000


# --- random programs ----------------------------------------------------------------------------

DANGEROUS = (
    "open",
    "os.",
    "subprocess.",
    "socket.",
    "shutil.",
    "ctypes.",
    "glob.",
    "tempfile.",
    "pty.",
    "mmap.",
)


ENGINE = str(Path(engine.__file__).parent)


class Audit:
    """Counts what Python's audit hook tells of while a program runs."""

    def __init__(self) -> None:
        self.on = False
        self.told: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and event.startswith(DANGEROUS) and not _imports(event, args):
            self.told.append(f"{event} {args!r:.100}")


def _imports(event: str, args: tuple[Any, ...]) -> bool:
    """Python's own late imports read its files and folders; for a syntax error, it looks for the text in a file."""
    path = str(args[0]) if args else ""
    if event == "os.listdir":
        return path in sys.path or "site-packages" in path or path.startswith((sys.base_prefix, ENGINE))
    read = path.endswith((".py", ".pyc", ".so")) or "__pycache__" in path
    return event == "open" and (path == FILENAME or read)


AUDIT = Audit()

DUNDERS = [
    "__class__",
    "__bases__",
    "__base__",
    "__mro__",
    "__subclasses__",
    "__globals__",
    "__code__",
    "__closure__",
    "__dict__",
    "__init__",
    "__builtins__",
    "__import__",
    "__getattribute__",
    "__reduce_ex__",
    "__traceback__",
    "__context__",
    "__self__",
    "__func__",
    "__wrapped__",
    "__loader__",
    "__spec__",
    "__array_interface__",
    "__array__",
    "__call__",
    "__get__",
    "__new__",
]
PLAIN = [
    "gi_frame",
    "gi_code",
    "f_back",
    "f_globals",
    "f_builtins",
    "f_locals",
    "tb_frame",
    "tb_next",
    "cr_frame",
    "mro",
    "format",
    "func",
    "args",
    "gen",
    "send",
    "throw",
    "base",
    "ctypes",
    "data",
    "tofile",
    "flags",
    "dtype",
    "type",
    "numpy",
    "_data",
    "grad_fn",
    "next_functions",
    "_modules",
    "_parameters",
    "modules",
    "apply",
    "register_hook",
    "write",
    "obj",
    "name",
]
ATOMS = [
    "1",
    "'a'",
    "[]",
    "{}",
    "()",
    "x",
    "t",
    "n",
    "f",
    "C",
    "C()",
    "g",
    "e",
    "print",
    "type",
    "object",
    "str",
    "list",
    "int",
    "torch",
    "np",
    "math",
    "super",
    "getattr",
    "map",
    "iter",
    "torch.nn.Linear(1, 1)",
    "torch.ones(2)",
    "np.zeros(2)",
    "np.random",
    "torch.nn",
    "ValueError('x')",
    "(i for i in [1])",
    "lambda: 0",
    "range(3)",
    "Exception",
    "slice(1)",
]
HEAD = """import torch, math, functools, operator, re, dataclasses, collections
import numpy as np
class C:
    k = 1
    def __init__(self): self.v = [1]
    def m(self): return self
def f(*a, **k): return a
g = (i for i in [1])
x, t, n = 5, torch.ones(2, requires_grad=True), np.zeros(3)
try:
    1 / 0
except Exception as error:
    e = error
"""


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0:
        return draw(st.sampled_from(ATOMS))
    inner = draw(expressions(depth=depth - 1))
    name = draw(st.sampled_from(DUNDERS + PLAIN))
    other = draw(st.sampled_from(ATOMS))
    forms = [
        f"({inner}).{name}",
        f"getattr({inner}, {name!r})",
        f"getattr({inner}, '__' + {name.strip('_')!r} + '__', 0)",
        f"({inner})({other})",
        f"({inner})()",
        f"({inner})[0]",
        f"({inner})[{other}]",
        f"'{{0.{name}}}'.format({inner})",
        f"'{{a.{name}}}'.format_map({{'a': {inner}}})",
        f"f'{{({inner}).{name}}}'",
        f"f'{{({inner})!r:>{{3}}}}'",
        f"list(map({inner}, [{other}]))",
        f"operator.attrgetter({name!r})({inner})",
        f"operator.methodcaller({name!r})({inner})",
        f"functools.partial({inner}, {other})()",
        f"type({inner})({other})",
        f"type({inner})",
        f"[v for v in ({inner})]",
        f"dict(a={inner})",
        f"({inner}) == ({other})",
        f"({inner}) + ({other})",
        f"np.asarray({inner})",
        f"torch.tensor({inner})",
        f"functools.wraps({inner})({other})",
        f"setattr({inner}, {name!r}, {other})",
        f"(lambda q: q.{name})({inner})",
        f"sorted([{other}], key={inner})",
        f"isinstance({inner}, {other})",
        f"vars({inner})",
        f"dir({inner})",
        f"re.sub('a', {inner}, 'a')",
        f"collections.namedtuple('N', {inner})",
        f"dataclasses.dataclass({inner})",
        f"n + ({inner})",
        f"t * ({inner})",
        f"np.vectorize({inner})(n)",
        f"n.astype({inner})",
        f"np.zeros(2, {inner})",
        f"str.format('{{0.{name}}}', {inner})",
    ]
    return draw(st.sampled_from(forms))


@st.composite
def programs(draw: st.DrawFn) -> str:
    value = draw(expressions())
    other = draw(expressions(depth=2))
    name = draw(st.sampled_from(DUNDERS + PLAIN))
    statement = draw(
        st.sampled_from(
            [
                f"r = {value}\nprint(r)\nprint({other})",
                f"for q in {value}:\n    print(q.{name})",
                f"with {value} as q:\n    print(q)",
                f"class D({value}):\n    def {name}(self): return {other}\nprint(D())",
                f"class D:\n    {name} = {value}\nprint(D.{name})",
                f"({value}).{name} = {other}",
                f"({value})[{other}] = 1",
                f"try:\n    {value}\nexcept Exception as q:\n    print(q.{name}, q.args)",
                f"match {value}:\n    case object({name.strip('_') or 'a'}=q): print(q)\n    case C(v=w): print(w)\n    case [*z]: print(z)",
                f"@({value})\ndef h(): pass\nprint(h)",
                f"@({value})\nclass D: pass\nprint(D)",
                f"def h(a={value}, *b: {other}): return a\nprint(h())",
                f"h = lambda: (yield {value})\nprint(next(h()))",
                f"({name} := {value})",
                f"import torch as {name}",
                f"from torch import {name}",
                f"global {name}\n{name} = {value}",
                f"del ({value}).{name}",
                f"x += {value}\nC.v = {other}\nprint(x)",
                f"print(*{value}, **{other})",
                f"while {value}:\n    print({other})\n    break",
                f"assert {value}, {other}",
                f"raise {value} from {other}",
            ]
        )
    )
    return HEAD + statement + "\n"


LIMITS = Limits(seconds=3, tensor_bytes=2**24, events=20_000, output_chars=20_000, items=100_000)


def check(source: str) -> None:
    """Run a text, whatever it is: it may end in any way that is its own, and reach nothing."""
    before = AUDIT.told[:]
    AUDIT.on = True
    try:
        events = events_of(source, LIMITS)
    finally:
        AUDIT.on = False
    assert AUDIT.told == before, AUDIT.told
    text = "".join(e.text for e in events if isinstance(e, ev.Printed))
    assert "<frame at" not in text
    assert "<code object" not in text
    assert "<module 'os' from" not in text
    assert "<traceback object" not in text
    assert "/__init__.py'>" not in text
    last = events[-1]
    assert isinstance(last, (ev.Finished, ev.Failed))
    if isinstance(last, ev.Failed):
        assert last.kind != "internal", last
        assert 1 <= last.line <= len(NEWLINE.split(source)), last
        assert last.span is not None, last


@pytest.mark.parametrize(
    "source",
    [
        # Found by tests/support/fuzz_wall.py.
        "lass A\r    system:\x1a    from os import system",
        "class A: pass\nv\rrs(A()).update(__array_interface__={})",
        "x = 1\r\ny = x +\r\n",
        "x = 1\r\n1 / 0\r\n",
        "[v for v in (type)]",
        "print(list(map(list, [list])))",
        "\0",
    ],
)
def test_odd_texts_have_their_places(source: str) -> None:
    check(source)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=programs())
@example(source=HEAD + "print(getattr(f, '__globals__'))\n")
def test_random_programs_stay_inside(source: str) -> None:
    check(source)
