"""The engine against torch where it is installed, and against forward and backward written out on numpy.

Times are medians of CPU seconds in one process with one thread, interleaved; ratios are paired by round.
"""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable
from typing import Any

import engine
from tests.bench.kit import workloads
from tests.bench.kit.deep import in_process
from tests.bench.kit.floors import FLOORS
from tests.bench.kit.recording import recorded
from tests.bench.kit.timing import interleaved, ratio, seconds, table

OPS = 100_000
MANY = 1_000_000


def installed_torch() -> Any:
    """torch with one thread, or None where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


def agree(results: dict[str, list[float]]) -> None:
    """Raise AssertionError if not all engines computed the same numbers."""
    first, *others = results.items()
    for name, numbers in others:
        for a, b in zip(first[1], numbers, strict=True):
            assert abs(a - b) <= 1e-3 * max(abs(a), 1e-6), (first, name, numbers)


def line(row: workloads.Row, floor: Callable[[], Any], torch: Any) -> list[str]:
    """One workload: times, and ratios to torch and to the floor beside what is aimed at."""
    steps: dict[str, Callable[[], Any]] = {
        "off": row.workload(engine),
        "on": recorded(row.workload(engine), workloads.__file__),
        "floor": floor,
    }
    if torch is not None:
        steps["torch"] = row.workload(torch)
    agree({name: step() for name, step in steps.items()})
    times = interleaved(steps)
    kinds = ("torch", "off", "on", "floor")
    cells = [row.name, *(seconds(statistics.median(times[k])) if k in times else "-" for k in kinds)]
    for name, aim in (("off", row.off), ("on", row.on)):
        cells.append(f"{ratio(times[name], times['torch']):.2f} (≤ {aim})" if torch is not None else "-")
    return [*cells, f"{ratio(times['off'], times['floor']):.1f}"]


def deep(name: str, module: str, record: bool, ops: int) -> list[str]:
    """One chain: bytes per op and seconds, or that it did not survive."""
    found = in_process(module, record, ops)
    if found is None:
        return [name, f"{ops:,}", "did not survive", "", "", ""]
    times = [seconds(found[part]) for part in ("forward", "backward", "freed")]
    return [name, f"{ops:,}", f"{found['bytes']:.0f}", *times]


def run() -> str:
    """Both tables."""
    torch = installed_torch()
    head = ["workload", "torch", "off", "on", "numpy by hand", "off / torch", "on / torch", "off / by hand"]
    lines = [line(row, floor(), torch) for row, floor in zip(workloads.ROWS, FLOORS, strict=True)]
    kinds = [("engine, recording off", "engine", False), ("engine, recording on", "engine", True)]
    if torch is not None:
        kinds.append(("torch", "torch", False))
    chains = [deep(*kind, ops) for ops in (OPS, MANY) for kind in kinds]
    return table(head, lines) + "\n\n" + table(["chain", "ops", "bytes/op", "forward", "backward", "freed"], chains)
