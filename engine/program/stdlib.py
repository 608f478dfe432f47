"""Python's own modules as a program finds them: those of their functions that do no harm.

What evaluates text, looks up attributes by name or makes code is left out, or goes through the guards.
"""

from __future__ import annotations

import abc
import bisect
import cmath
import collections
import collections.abc
import contextlib
import copy
import dataclasses
import datetime
import decimal
import fractions
import functools
import heapq
import itertools
import json
import math
import numbers
import operator
import pprint
import random
import re
import statistics
import string
import textwrap
import typing
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from engine.program import standins
from engine.program.enums import enum_names
from engine.program.namespaces import Namespace

if TYPE_CHECKING:
    from engine.program.guards import Guards

# Not get_type_hints and its like: they evaluate text.
TYPING = (
    "Annotated Any AnyStr Callable ClassVar Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable "
    "Iterable Iterator List Literal Mapping MutableMapping MutableSequence NamedTuple NewType NoReturn Optional "
    "OrderedDict Protocol Self Sequence Set Sized SupportsFloat SupportsInt Text Tuple Type TypeAlias TypeVar Union "
    "cast overload runtime_checkable"
)
ABSTRACT = (
    "Callable Collection Container Generator Hashable Iterable Iterator Mapping MutableMapping MutableSequence "
    "Sequence Set Sized"
)
ITERTOOLS = (
    "accumulate chain combinations combinations_with_replacement islice permutations product starmap takewhile "
    "dropwhile zip_longest pairwise groupby compress filterfalse tee"
)
OPERATOR = (
    "abs add and_ concat contains eq floordiv ge getitem gt index inv invert is_ is_not itemgetter le lt matmul ne neg "
    "not_ or_ pos rshift sub truediv truth xor"
)
RANDOM = (
    "random uniform randint randrange choice choices sample shuffle gauss normalvariate seed betavariate expovariate "
    "triangular lognormvariate vonmisesvariate gammavariate paretovariate weibullvariate getrandbits"
)
REGULAR = "compile match fullmatch search findall finditer split sub subn escape error Pattern Match"
FLAGS = "A I M S X ASCII IGNORECASE MULTILINE DOTALL VERBOSE"
STRING = (
    "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation whitespace capwords"
)
STATISTICS = (
    "mean fmean median median_low median_high mode multimode stdev pstdev variance pvariance quantiles geometric_mean "
    "harmonic_mean correlation covariance linear_regression StatisticsError NormalDist"
)


def _public(module: ModuleType, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split() if hasattr(module, name)}


def _everything(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _math(integer: Callable[[float, str], None]) -> dict[str, Any]:
    def factorial(n: int) -> int:
        integer(n * math.log2(max(2, n)), f"factorial({n})")
        return math.factorial(n)

    def comb(n: int, k: int) -> int:
        integer(min(k, n - k) * math.log2(max(2, n)), f"comb({n}, {k})")
        return math.comb(n, k)

    def perm(n: int, k: int | None = None) -> int:
        integer((n if k is None else k) * math.log2(max(2, n)), f"perm({n}, {k})")
        return math.perm(n, k)

    def ldexp(x: float, i: int) -> float:
        return math.ldexp(x, i)

    return {**_everything(math), "factorial": factorial, "comb": comb, "perm": perm, "ldexp": ldexp}


def _wraps(wrapped: Any, *rest: Any, **more: Any) -> Callable[[Any], Any]:
    """functools.wraps: name and docstring, and no attribute that the caller names."""
    return lambda wrapper: _update_wrapper(wrapper, wrapped)


def _update_wrapper(wrapper: Any, wrapped: Any, *rest: Any, **more: Any) -> Any:
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        with contextlib.suppress(AttributeError):
            setattr(wrapper, name, getattr(wrapped, name))
    return wrapper


def _operator(guards: Guards) -> dict[str, Any]:
    get = guards.access.get

    def attribute(obj: Any, path: str) -> Any:
        for name in path.split("."):
            obj = get(obj, name)
        return obj

    def attrgetter(*paths: str) -> Callable[[Any], Any]:
        if len(paths) == 1:
            return lambda obj: attribute(obj, paths[0])
        return lambda obj: tuple(attribute(obj, path) for path in paths)

    def methodcaller(name: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        return lambda obj: get(obj, name)(*args, **kwargs)

    return {
        **_public(operator, OPERATOR),
        "attrgetter": attrgetter,
        "methodcaller": methodcaller,
        "mul": lambda a, b: guards.operate("*", a, b),
        "mod": lambda a, b: guards.operate("%", a, b),
        "pow": lambda a, b: guards.operate("**", a, b),
        "lshift": lambda a, b: guards.operate("<<", a, b),
        **{f"i{name}": (lambda a, b, s=sign: guards.inplace(s, a, b)) for name, sign in _INPLACE.items()},
    }


_INPLACE = {"add": "+=", "sub": "-=", "mul": "*=", "truediv": "/=", "floordiv": "//=", "pow": "**="}


def _dataclasses(guards: Guards) -> dict[str, Any]:
    def dataclass(cls: Any = None, /, **options: Any) -> Any:
        def make(cls: type) -> type:
            return guards.own_class(dataclasses.dataclass(cls, **options))

        return make if cls is None else make(cls)

    names = _public(dataclasses, "field fields asdict astuple replace is_dataclass InitVar KW_ONLY FrozenInstanceError")
    return {**names, "dataclass": dataclass}


def _decimal() -> dict[str, Any]:
    """decimal, with a context of this run's own."""
    context = decimal.Context(prec=28, traps=[decimal.DivisionByZero, decimal.Overflow, decimal.InvalidOperation])
    decimal.setcontext(context)
    names = "Decimal getcontext localcontext InvalidOperation DivisionByZero Overflow Inexact"
    rounding = {name: value for name, value in vars(decimal).items() if name.startswith("ROUND_")}
    return {**_public(decimal, names), **rounding}


def _printing(guards: Guards) -> dict[str, Any]:
    def pretty(obj: Any, stream: Any = None, *args: Any, **kwargs: Any) -> None:
        guards.printed(pprint.pformat(obj, *args, **kwargs), file=stream)

    return {"pprint": pretty, "pp": pretty, "pformat": pprint.pformat}


def _progress(guards: Guards) -> dict[str, Namespace]:
    class tqdm(standins.Progress):
        write = staticmethod(guards.printed)

    names = {"tqdm": tqdm, "trange": lambda *a, **k: tqdm(range(*a), **k), "tqdm_notebook": tqdm}
    return {name: Namespace(name, names) for name in ("tqdm", "tqdm.auto", "tqdm.notebook", "tqdm.std")}


def _counting(counted: Callable[[Any], Any]) -> dict[str, Any]:
    return {
        **_public(itertools, ITERTOOLS),
        "count": lambda *a: counted(itertools.count(*a)),
        "cycle": lambda it: counted(itertools.cycle(it)),
        "repeat": lambda *a: counted(itertools.repeat(*a)),
    }


def python_modules(guards: Guards) -> dict[str, Namespace]:
    """A fresh set of Python's modules for one run."""
    stream = random.Random(0)
    warnings = guards.warnings
    clock = standins.Clock()
    containers = "OrderedDict defaultdict deque Counter namedtuple ChainMap"
    spaces = {
        "__future__": dict.fromkeys(("annotations", "print_function", "division"), True),
        "abc": _public(abc, "ABC ABCMeta abstractmethod"),
        "argparse": {"ArgumentParser": standins.ArgumentParser, "Namespace": standins.Arguments},
        "bisect": _public(bisect, "bisect bisect_left bisect_right insort insort_left insort_right"),
        "cmath": _everything(cmath),
        "collections": _public(collections, containers),
        "collections.abc": _public(collections.abc, ABSTRACT),
        "contextlib": _public(contextlib, "contextmanager suppress nullcontext closing ExitStack"),
        "copy": _public(copy, "copy deepcopy"),
        "dataclasses": _dataclasses(guards),
        "datetime": _public(datetime, "datetime date time timedelta timezone"),
        "decimal": _decimal(),
        "enum": enum_names(guards),
        "fractions": _public(fractions, "Fraction"),
        "functools": {
            **_public(functools, "partial reduce cache lru_cache cached_property total_ordering cmp_to_key"),
            "wraps": _wraps,
            "update_wrapper": _update_wrapper,
        },
        "gc": {"collect": lambda *a: 0, "enable": lambda: None, "disable": lambda: None},
        "heapq": _public(heapq, "heappush heappop heapify heappushpop heapreplace nlargest nsmallest merge"),
        "io": {"StringIO": standins.Text, "BytesIO": standins.Bytes},
        "itertools": _counting(guards.budget.counted),
        "json": _public(json, "dumps loads JSONDecodeError"),
        "math": _math(guards.budget.integer),
        "numbers": _public(numbers, "Number Complex Real Rational Integral"),
        "operator": _operator(guards),
        "pprint": _printing(guards),
        "random": {**{name: getattr(stream, name) for name in RANDOM.split()}, "Random": _generator},
        "re": {**_public(re, REGULAR), **_public(re, FLAGS)},
        "statistics": _public(statistics, STATISTICS),
        "string": _public(string, STRING),
        "textwrap": _public(textwrap, "dedent indent fill wrap shorten"),
        "time": clock.names(),
        "types": {"SimpleNamespace": standins.namespace},
        "typing": _public(typing, TYPING),
        "warnings": {
            "catch_warnings": warnings.catch_warnings,
            "filterwarnings": warnings.filterwarnings,
            "resetwarnings": warnings.resetwarnings,
            "simplefilter": warnings.simplefilter,
            "warn": guards.warn,
        },
    }
    typing_extensions = {"typing_extensions": spaces["typing"]}
    return {
        **{name: Namespace(name, names) for name, names in {**spaces, **typing_extensions}.items()},
        **_progress(guards),
        **standins.os_modules(),
        "sys": standins.sys_module(guards.write_text),
    }


def _generator(seed: Any = 0) -> random.Random:
    """random.Random; without a seed it is that of seed 0, so that the same text gives the same run."""
    return random.Random(seed)
