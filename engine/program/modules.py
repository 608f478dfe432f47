"""The modules that a program can import: torch and its parts on the engine, and a few of Python's own."""

from __future__ import annotations

import collections
import functools
import itertools
import math
import random
import time
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

from engine import nn, optim, torch_api
from engine.program.namespaces import Namespace

CPU_ONLY = "everything runs on the CPU"
NO_COMPILER = "programs are run as they are written"
ONE_PROCESS = "a program runs in one process"

REFUSED = {
    "compile": NO_COMPILER,
    "jit": NO_COMPILER,
    "fx": NO_COMPILER,
    "export": NO_COMPILER,
    "onnx": NO_COMPILER,
    "distributed": ONE_PROCESS,
    "multiprocessing": ONE_PROCESS,
    "sparse": "tensors are dense",
    "quantization": "tensors are dense and of plain types",
    "complex64": "numbers are real",
    "complex128": "numbers are real",
    "fft": "numbers are real",
    "hub": "there is no network here",
    "load": "programs cannot read files",
    "save": "programs cannot write files",
    "cuda.amp": CPU_ONLY,
}

MATH = {name: getattr(math, name) for name in dir(math) if not name.startswith("_")}

# Not get_type_hints and its like: they evaluate text.
TYPING = (
    "Any Callable ClassVar Dict Final FrozenSet Generator Generic Iterable Iterator List Literal Mapping "
    "MutableMapping Optional Sequence Set Tuple Type TypeVar Union"
)


def _public(module: ModuleType, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split()}


def modules(counted: Callable[[Any], Any], integer: Callable[[float, str], None]) -> dict[str, Namespace]:
    """A fresh set of importable modules for one run.

    ``counted`` watches iterators that may never end, ``integer`` the size of whole numbers.
    """

    def factorial(n: int) -> int:
        integer(n * math.log2(max(2, n)), f"factorial({n})")
        return math.factorial(n)

    def comb(n: int, k: int) -> int:
        integer(min(k, n - k) * math.log2(max(2, n)), f"comb({n}, {k})")
        return math.comb(n, k)

    def perm(n: int, k: int | None = None) -> int:
        integer((n if k is None else k) * math.log2(max(2, n)), f"perm({n}, {k})")
        return math.perm(n, k)

    stream = random.Random(0)
    layers = _namespace("torch.nn", nn)
    names = dict(torch_api.NAMES)
    names["nn"] = layers
    names["optim"] = _namespace("torch.optim", optim)
    for part in ("autograd", "linalg", "cuda"):
        names[part] = Namespace(
            f"torch.{part}", {k: v for k, v in vars(names[part]).items() if k != "__name__"}, REFUSED
        )
    return {
        "torch": Namespace("torch", names, REFUSED),
        "torch.nn": layers,
        "torch.nn.functional": layers.functional,
        "torch.nn.init": layers.init,
        "torch.optim": names["optim"],
        "torch.autograd": names["autograd"],
        "torch.linalg": names["linalg"],
        "math": Namespace("math", {**MATH, "factorial": factorial, "comb": comb, "perm": perm}),
        "random": Namespace(
            "random",
            {
                name: getattr(stream, name)
                for name in [
                    "random",
                    "uniform",
                    "randint",
                    "randrange",
                    "choice",
                    "choices",
                    "sample",
                    "shuffle",
                    "gauss",
                    "normalvariate",
                    "seed",
                    "betavariate",
                    "expovariate",
                ]
            },
        ),
        "time": Namespace("time", _public(time, "time perf_counter monotonic process_time")),
        "collections": Namespace(
            "collections", _public(collections, "OrderedDict defaultdict deque Counter namedtuple")
        ),
        "itertools": Namespace(
            "itertools",
            {
                **_public(
                    itertools,
                    "accumulate chain combinations combinations_with_replacement islice permutations product "
                    "starmap takewhile dropwhile zip_longest pairwise groupby compress filterfalse",
                ),
                "count": lambda *a: counted(itertools.count(*a)),
                "cycle": lambda it: counted(itertools.cycle(it)),
                "repeat": lambda *a: counted(itertools.repeat(*a)),
            },
        ),
        "functools": Namespace("functools", _public(functools, "partial reduce wraps cache lru_cache")),
        "typing": Namespace("typing", _public(typing, TYPING)),
        "warnings": Namespace("warnings", {"filterwarnings": _ignore, "simplefilter": _ignore, "warn": _warn}),
        "__future__": Namespace("__future__", dict.fromkeys(("annotations", "print_function", "division"), True)),
    }


def _ignore(*args: Any, **kwargs: Any) -> None:
    """Accepted without effect."""


def _warn(message: Any, category: Any = UserWarning, stacklevel: int = 1) -> None:
    from engine.state import warn

    warn(str(message), category)


def _namespace(name: str, module: ModuleType) -> Namespace:
    """A package of the engine as a stand-in, its submodules as well."""
    names: dict[str, Any] = {}
    for key in getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]:
        value = getattr(module, key)
        if isinstance(value, ModuleType):
            names[key] = _namespace(f"{name}.{key}", value)
        elif getattr(value, "__module__", "").startswith("engine") or isinstance(value, type):
            names[key] = value
    return Namespace(name, names, REFUSED)
