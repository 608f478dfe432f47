"""Timing: interleaved rounds A B C A B C, CPU seconds of this process, ratios paired by round."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def calibrated(step: Callable[[], Any], target: float) -> int:
    """How many calls make about ``target`` seconds; at least 1."""
    step()
    began = time.perf_counter()
    step()
    return max(1, min(100_000, int(target / max(time.perf_counter() - began, 1e-7))))


def interleaved(
    steps: Mapping[str, Callable[[], Any]], rounds: int = 9, target: float = 0.04
) -> dict[str, list[float]]:
    """CPU seconds per call, one number per round. Other jobs of the machine disturb them less than wall time."""
    calls = {name: calibrated(step, target) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            gc.collect()
            began = time.process_time()
            for _ in range(calls[name]):
                step()
            times[name].append((time.process_time() - began) / calls[name])
    return times


def ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """The median of a[i] / b[i]: what slows the machine for a round slows both."""
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def seconds(value: float) -> str:
    """A duration in a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
