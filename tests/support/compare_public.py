"""Runs a folder of programs under torch and here, and tells which print the same.

In an environment that has torch, record what the programs do:

    python -m tests.support.compare_public record FOLDER RECORD.json

and in the project's own, run them here and compare:

    python -m tests.support.compare_public compare FOLDER RECORD.json

A program is a file ``*.py``; text from notebooks is cleaned first, and the last expression of each of its cells is
shown, as the app does. Both sides start from seed 0. Printed text and the error that ends a program must agree,
except for addresses of objects.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import json
import multiprocessing
import random
import re
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from engine.program.notebook import clean, shown

_ADDRESS = re.compile(r"0x[0-9a-f]+|\bid=\d{10,}")
TIMEOUT = 120


def programs(folder: Path) -> dict[str, str]:
    """The programs of a folder, cleaned, by name."""
    return {path.stem: clean(path.read_text(encoding="utf-8")).text for path in sorted(folder.glob("*.py"))}


def _shown(value: Any) -> None:
    if value is not None:
        print(repr(value))


def run_under_torch(source: str) -> dict[str, Any]:
    """What a program prints and how it ends, under the real torch."""
    import matplotlib as mpl
    import numpy as np
    import torch

    mpl.use("Agg")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    tree = ast.parse(source)
    for statement in shown(tree, source):
        assert isinstance(statement, ast.Expr)
        statement.value = ast.Call(ast.Name("_shown", ast.Load()), [statement.value], [])
    ast.fix_missing_locations(tree)
    out = io.StringIO()
    error = None
    names = {"__name__": "__main__", "_shown": _shown, "display": _shown}
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(tree, "<program>", "exec"), names)
        except Exception as e:
            error = f"{type(e).__name__}: {e}"
    return {"printed": out.getvalue(), "error": error}


def run_here(source: str) -> dict[str, Any]:
    """The same in the app's engine."""
    from engine.program.budget import Limits
    from engine.program.run import run_program
    from engine.trace import events as ev

    printed: list[str] = []

    def keep(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.Printed):
            printed.append(event.text)

    failed = run_program(source, keep, Limits(seconds=TIMEOUT))
    error = None if failed is None else f"{failed.type.rpartition('.')[2]}: {failed.message}"
    line = 0 if failed is None else failed.line
    return {"printed": "".join(printed), "error": error, "line": line}


def record(folder: Path, golden: Path) -> None:
    """Run all under torch, each in a process of its own."""
    found = programs(folder)
    known = json.loads(golden.read_text()) if golden.exists() else {}
    for name, source in found.items():
        if known.get(name, {}).get("source") == source:
            continue
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            try:
                known[name] = {"source": source, **pool.apply_async(run_under_torch, (source,)).get(TIMEOUT)}
            except multiprocessing.TimeoutError:
                print(f"{name}: no end after {TIMEOUT} seconds under torch")
    golden.write_text(json.dumps({name: known[name] for name in found if name in known}, indent=1, ensure_ascii=False))
    print(f"{len(known)} programs -> {golden}")


def compare(folder: Path, golden: Path, verbose: bool) -> int:
    """Run all here; how many differ."""
    recorded = json.loads(golden.read_text())
    same = 0
    for name, source in programs(folder).items():
        wanted = recorded[name]
        began = time.perf_counter()
        got = run_here(source)
        took = time.perf_counter() - began
        equal = all(_plain(got[key]) == _plain(wanted[key]) for key in ("printed", "error"))
        same += equal
        print(f"{'same' if equal else 'DIFFERENT'}  {took:5.1f}s  {name}")
        if not equal:
            _tell(wanted, got, verbose)
    print(f"{same} of {len(recorded)} print the same")
    return len(recorded) - same


def _plain(text: str | None) -> str | None:
    return None if text is None else _ADDRESS.sub("0x", text)


def _tell(wanted: dict[str, Any], got: dict[str, Any], verbose: bool) -> None:
    if wanted["error"] != got["error"]:
        print(f"    error: {wanted['error']}  |  here: {got['error']} (line {got['line']})")
    lines = difflib.unified_diff(
        (_plain(wanted["printed"]) or "").splitlines(), (_plain(got["printed"]) or "").splitlines(), lineterm="", n=0
    )
    for line in list(lines)[2 : None if verbose else 10]:
        print(f"    {line}")


def main() -> None:
    what, folder, golden = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if what == "record":
        record(folder, golden)
    else:
        sys.exit(compare(folder, golden, "-v" in sys.argv))


if __name__ == "__main__":
    main()
