"""graphviz dot, as a peer: its layout of a graph, and the CPU seconds that it took."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

from tests.bench.kit.dags import Dag

Point = tuple[float, float]

INCH = 72.0


def installed() -> bool:
    return shutil.which("dot") is not None and sys.platform != "win32"


def lay_out(dag: Dag, limit: float) -> tuple[dict[int, Point], dict[int, list[Point]], float] | None:
    """Centres, lines by edge number, and seconds; None if it takes more than ``limit`` seconds.

    Lines end where dot draws an arrowhead, which takes another 10 px and is not listed.
    """
    import resource

    lines = ["digraph{rankdir=TB;node[shape=box,fixedsize=true];"]
    lines += [f"{i}[width={w / INCH:.4f},height={h / INCH:.4f}];" for i, (w, h) in dag.sizes.items()]
    lines += [f"{u}->{v};" for u, v in dag.edges]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    try:
        done = subprocess.run(
            ["dot", "-Tplain"], input="\n".join([*lines, "}"]), capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"dot ended with {done.returncode} after {time.perf_counter() - began:.1f} s")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return *_read(done.stdout, {edge: number for number, edge in enumerate(dag.edges)}), seconds


def _read(plain: str, number: dict[tuple[int, int], int]) -> tuple[dict[int, Point], dict[int, list[Point]]]:
    positions, routes = {}, {}
    for line in plain.splitlines():
        kind, *words = line.split()
        if kind == "node":
            positions[int(words[0])] = float(words[1]) * INCH, -float(words[2]) * INCH
        elif kind == "edge":
            count = int(words[2])
            at = [float(word) * INCH for word in words[3 : 3 + 2 * count]]
            control = list(zip(at[::2], [-y for y in at[1::2]], strict=True))
            points = [control[0]]
            for first in range(0, count - 3, 3):
                points += [_bezier(control[first : first + 4], t) for t in (0.25, 0.5, 0.75, 1.0)]
            routes[number[int(words[0]), int(words[1])]] = points
    return positions, routes


def _bezier(control: list[Point], t: float) -> Point:
    s = 1.0 - t
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, control, strict=True)) for axis in (0, 1))
    return x, y
