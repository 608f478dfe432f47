"""The layout beside graphviz dot's: time and quality on graphs like those that autograd makes.

CPU seconds; dot's with its process, ours warm as in the app; both in turn, medians of five rounds, less for
what takes long. Both keep dot's default gaps. Lines are measured as dot lists them, without the last 10 px, which it
leaves to an arrowhead; neither reading dot's answer nor taking that off ours is in the time.
"""

from __future__ import annotations

import statistics
import time

from tests.bench import plugs
from tests.bench.kit import dot
from tests.bench.kit.dags import FAMILIES, Dag, dag
from tests.bench.kit.quality import Quality, quality
from tests.bench.kit.timing import ratio, seconds, table

SIZES = (10, 100, 1_000)
LARGE = (10_000, 50_000)
ROUNDS = 5
LIMIT = 60.0
"""Seconds after which dot is stopped."""
AIMS = {100: 1 / 3, 1_000: 1 / 10}
"""The share of dot's time that may be taken."""


def ours(graph: Dag) -> tuple[Quality, float]:
    """Quality and CPU seconds of one layout."""
    nodes, sizes = range(len(graph.labels)), graph.sizes
    began = time.process_time()
    positions, routes = plugs.placed(nodes, graph.edges, sizes)
    took = time.process_time() - began
    for line in routes.values():
        plugs.shorten(line)
    return quality(positions, sizes, graph.edges, routes), took


def beside_dot(family: str, count: int) -> list[str]:
    """One case, both in turn."""
    graph = dag(family, count)
    ours(graph)
    mine, its = [], []
    good = best = None
    for _ in range(ROUNDS):
        if best is None or its[-1] < 1.0:
            other = dot.lay_out(graph, LIMIT)
            if other is None:
                break
            best = quality(other[0], graph.sizes, graph.edges, other[1])
            its.append(other[2])
        good, took = ours(graph)
        mine.append(took)
    if best is None:
        good, took = ours(graph)
        return [family, str(count), f"> {LIMIT:.0f} s", seconds(took), "-", f"- / {good.crossings}", "-", _faults(good)]
    assert good is not None
    share = ratio(its, mine[: len(its)])
    return [
        family,
        str(count),
        seconds(statistics.median(its)),
        seconds(statistics.median(mine)),
        f"1/{share:.3g}" + (f" (≤ 1/{1 / AIMS[count]:.0f})" if count in AIMS else ""),
        f"{best.crossings} / {good.crossings}",
        f"{good.length / best.length:.2f}",
        _faults(good),
    ]


def alone(family: str, count: int) -> list[str]:
    """One case too large for dot."""
    graph = dag(family, count)
    nodes = range(len(graph.labels))
    took = []
    for _ in range(2):
        began = time.process_time()
        plugs.placed(nodes, graph.edges, graph.sizes)
        took.append(time.process_time() - began)
    return [family, f"{count:,}", f"{len(graph.edges):,}", seconds(min(took))]


def _faults(good: Quality) -> str:
    return f"{good.overlaps} / {good.through}"


def run() -> str:
    """Both tables in Markdown."""
    parts = []
    if dot.installed():
        head = ["graph", "nodes", "dot", "here", "of dot's time", "crossings dot / here", "length of dot's"]
        head.append("overlaps / edges through nodes")
        parts.append(table(head, [beside_dot(family, count) for family in FAMILIES for count in SIZES]))
    parts.append(table(["graph", "nodes", "edges", "here"], [alone(f, count) for f in FAMILIES for count in LARGE]))
    return "\n\n".join(parts)
