"""Small stand-ins for parts of Python and of its packages whose own would reach too far."""

from __future__ import annotations

import argparse
import io
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from engine.program.folders import NO_FILES, file_modules
from engine.program.namespaces import Namespace, words
from engine.refusals import OutOfScope

NO_SYSTEM = "programs cannot reach the operating system"


class Record:
    """types.SimpleNamespace and argparse.Namespace: names with values."""

    def __init__(self, **names: Any) -> None:
        for name in names:
            if name.startswith("__"):
                raise TypeError(f"the name {name} is not available here")
        self.__dict__.update(names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({inside})"


class namespace(Record):
    """types.SimpleNamespace, which calls itself so."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'types.SimpleNamespace' object has no attribute '{name}'", name=name, obj=self)


Arguments = type("Namespace", (Record,), {"__module__": __name__})


class ArgumentParser:
    """argparse.ArgumentParser for a program that is started without arguments: everything has its default."""

    def __init__(self, prog: Any = None, description: Any = None, **rest: Any) -> None:
        self._parser = argparse.ArgumentParser(prog or "program.py", description=description)

    def add_argument(self, *names: str, **options: Any) -> None:
        """One more argument; the options are argparse's."""
        self._parser.add_argument(*names, **options)

    def add_argument_group(self, *args: Any, **kwargs: Any) -> ArgumentParser:
        """The parser itself: groups matter for the help text alone."""
        return self

    def set_defaults(self, **values: Any) -> None:
        """Defaults for arguments."""
        self._parser.set_defaults(**values)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The values; SystemExit if an argument is missing."""
        return Arguments(**vars(self._parser.parse_args([] if args is None else list(args))))

    def parse_known_args(self, args: Any = None) -> Any:
        """The values, and the arguments that nobody knows."""
        known, rest = self._parser.parse_known_args([] if args is None else list(args))
        return Arguments(**vars(known)), rest


class Stream:
    """sys.stdout and sys.stderr: what is written becomes output of the program; ``write`` None drops it."""

    def __init__(self, write: Callable[[str], None] | None, name: str) -> None:
        self._write = write
        self.shown = write is not None
        self.name = name
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        """Print text as it is."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._write is not None:
            self._write(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        """It is no terminal."""
        return False


class Clock:
    """time.*: sleeping takes no time, the clocks go on by it."""

    def __init__(self) -> None:
        self._slept = 0.0

    def sleep(self, seconds: float) -> None:
        """Go on at once."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._slept += seconds

    def after(self, clock: Callable[[], float]) -> Callable[[], float]:
        """A clock of time's, with the slept seconds added."""
        return lambda: clock() + self._slept

    def names(self) -> dict[str, Any]:
        """What ``time`` holds."""
        clocks = {name: self.after(getattr(time, name)) for name in ("time", "perf_counter", "monotonic")}
        nano = {f"{name}_ns": (lambda f=f: int(f() * 1e9)) for name, f in clocks.items()}
        rest = {name: getattr(time, name) for name in ("strftime", "localtime", "gmtime", "ctime", "process_time")}
        return {**clocks, **nano, **rest, "sleep": self.sleep}


class Progress:
    """tqdm: the same values; no bar is drawn (a terminal shows it on stderr)."""

    def __init__(self, iterable: Any = None, *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable
        self.n = kwargs.get("initial", 0)
        total = kwargs.get("total", args[1] if len(args) > 1 else None)
        self.total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
        self.desc = kwargs.get("desc", args[0] if args else "")

    def __iter__(self) -> Iterator[Any]:
        for value in self.iterable:
            yield value
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def update(self, n: float = 1) -> None:
        """Count on."""
        self.n += n

    def _shown_nowhere(self, *args: Any, **kwargs: Any) -> None:
        """There is no bar on which it could be shown."""

    set_description = set_description_str = set_postfix = set_postfix_str = _shown_nowhere
    refresh = reset = close = clear = display = unpause = _shown_nowhere


class Warnings:
    """The warning filters of a run: what is dropped, raised or kept in a list instead of being told."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, str, tuple[str, ...]]] = []
        self.kept: list[list[Any]] = []

    def filterwarnings(self, action: str, message: str = "", category: Any = Warning, *rest: Any, **more: Any) -> None:
        """What is to happen with warnings whose text begins so and that are of that category."""
        if action not in ("default", "error", "ignore", "always", "module", "once", "all"):
            raise ValueError(f"invalid action: {action!r}")
        categories = category if isinstance(category, tuple) else (category,)
        names = tuple("" if c is Warning else c.__name__ for c in categories)
        self.filters.insert(0, (action, message, names))

    def simplefilter(self, action: str, category: Any = Warning, *rest: Any, **more: Any) -> None:
        """The same for all texts."""
        self.filterwarnings(action, category=category)

    def resetwarnings(self) -> None:
        """Tell all warnings again."""
        self.filters.clear()

    def action(self, category: str, message: str) -> str:
        """What is to happen with a warning."""
        for action, pattern, names in self.filters:
            if ("" in names or category in names) and (not pattern or re.match(pattern, message, re.IGNORECASE)):
                return action
        return "default"

    def catch_warnings(self, *, record: bool = False, **rest: Any) -> _Catching:
        """A block after which the filters are as before; with ``record``, the list of what was warned in it."""
        return _Catching(self, record)


class _Catching:
    def __init__(self, warnings: Warnings, record: bool) -> None:
        self._warnings = warnings
        self._record = record
        self._before: list[Any] = []

    def __enter__(self) -> list[Any] | None:
        self._before = list(self._warnings.filters)
        if not self._record:
            return None
        self._warnings.kept.append([])
        return self._warnings.kept[-1]

    def __exit__(self, *error: object) -> None:
        self._warnings.filters[:] = self._before
        if self._record:
            self._warnings.kept.pop()


def refusing(name: str, why: str) -> Callable[..., Any]:
    """A function that exists, and says why it does nothing."""

    def call(*args: Any, **kwargs: Any) -> Any:
        raise OutOfScope(f"{name}() is not part of Chainrule: {why}", name=name)

    call.__name__ = name.rpartition(".")[2]
    return call


def _exit(code: Any = None) -> None:
    raise SystemExit(code)


def sys_module(write: Callable[[str], None]) -> Namespace:
    """sys: versions, sizes and the streams."""
    names = {name: getattr(sys, name) for name in ("version", "version_info", "maxsize", "float_info", "byteorder")}
    return Namespace(
        "sys",
        {
            **names,
            "argv": ["program.py"],
            "executable": "python",
            "exit": _exit,
            "getrecursionlimit": sys.getrecursionlimit,
            "getsizeof": sys.getsizeof,
            "path": [],
            "platform": "linux",
            "setrecursionlimit": lambda limit: None,
            "stderr": Stream(None, "<stderr>"),
            "stdout": Stream(write, "<stdout>"),
        },
        dict.fromkeys(("modules", "exc_info", "settrace", "stdin", "_getframe", "setprofile"), NO_SYSTEM),
    )


def os_modules() -> dict[str, Namespace]:
    """os: paths as texts, an environment that is empty, and the files that the run itself has saved."""
    modules, folders = file_modules()
    environ: dict[str, str] = {}
    names = {
        "cpu_count": lambda: 1,
        "environ": environ,
        "getcwd": lambda: "/",
        "getenv": environ.get,
        "getpid": lambda: 1,
        "linesep": "\n",
        "listdir": folders.listed,
        "makedirs": lambda name, mode=0o777, exist_ok=False: folders.make(name, exist_ok),
        "mkdir": folders.make_one,
        "name": "posix",
        "path": modules["os.path"],
        "remove": folders.remove,
        "rename": folders.rename,
        "replace": folders.rename,
        "rmdir": folders.remove_all,
        "sep": "/",
        "unlink": folders.remove,
    }
    files = words("walk scandir open chdir stat")
    system = words("system popen fork kill execv spawnl environb putenv")
    refused = {**dict.fromkeys(files, NO_FILES), **dict.fromkeys(system, NO_SYSTEM)}
    return {"os": Namespace("os", names, refused), **modules}


class Text(io.StringIO):
    """io.StringIO: a file in memory."""


class Bytes(io.BytesIO):
    """io.BytesIO: a file in memory."""


Text.__name__, Bytes.__name__ = "StringIO", "BytesIO"
