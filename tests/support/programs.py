"""Small programs that are run in torch and in the engine, and must print, warn and fail alike.

They stand in tests/engine/programs/*.txt, separated by lines of three dashes. Each begins with seed 0 and
finds torch, nn, F and math.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent.parent / "engine" / "programs"
HEAD = "import math\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_SOURCE = re.compile(r" \(Triggered internally at .*\)", re.DOTALL)


def programs() -> dict[str, str]:
    """All programs, by file and number."""
    found = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for number, text in enumerate(re.split(r"(?m)^---\n", path.read_text())):
            found[f"{path.stem}/{number}"] = text.strip("\n")
    return found


def without_addresses(text: str) -> str:
    return _ADDRESS.sub("0x", text)


def outcome(printed: str, warned: list[tuple[str, str]], error: tuple[str, str] | None) -> dict[str, Any]:
    """What of a run must agree."""
    return {
        "printed": without_addresses(printed),
        "warned": list(dict.fromkeys(f"{kind}: {_SOURCE.sub('', text)}" for kind, text in warned)),
        "error": None if error is None else f"{error[0]}: {without_addresses(error[1])}",
    }


def importing(torch: Any) -> Callable[..., Any]:
    """An ``__import__`` that finds torch and its parts on ``torch``; a path that is not there stands for the part above.

    (torch keeps each of its classes in a module of its own: torch.distributions.normal.Normal.)
    """

    def find(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        root, *parts = name.split(".")
        if root == "functorch" and not isinstance(torch, ModuleType):
            return importlib.import_module("engine.functorch")
        if root != "torch":
            return builtins.__import__(name, globals, locals, fromlist, level)
        found = torch
        for part in parts if fromlist else []:
            found = getattr(found, part, found)
        return found

    return find


def run(torch: Any, text: str) -> dict[str, Any]:
    """Run a program with ``torch`` as its torch."""
    names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "math": math, "__name__": "__main__"}
    names["__builtins__"] = {**vars(builtins), "__import__": importing(torch)}
    out = io.StringIO()
    error = None
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.manual_seed(0)
        try:
            exec(compile(text, "<program>", "exec"), names)
        except Exception as e:
            error = (type(e).__name__, str(e))
    return outcome(out.getvalue(), [(w.category.__name__, str(w.message)) for w in caught], error)
