"""What benches plug in, and what they measure with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.layout import polylines
from tests.bench.kit.dags import FAMILIES, dag
from tests.bench.kit.quality import quality
from tests.bench.plugs import ARROW, layout
from tests.layout.geometry import drawn
from tests.layout.graphs import FAMILIES as PROGRAMS
from tests.layout.graphs import program


def test_numbers_in_polylines_out() -> None:
    edges = [(0, 1), (1, 2), (0, 2)]
    positions, routes = layout([0, 1, 2], edges, dict.fromkeys(range(3), (56.0, 40.0)))
    assert positions[0][1] < positions[1][1] < positions[2][1]
    assert sorted(routes) == [0, 1, 2]
    for k, (source, target) in enumerate(edges):
        assert routes[k][0][1] == pytest.approx(positions[source][1] + 20.0)
        assert positions[target][1] - 20.0 - routes[k][-1][1] <= ARROW + 1e-9
    # A straight edge has no points in between.
    assert len(routes[0]) == 2


def test_edges_into_a_node_are_arguments_in_the_order_listed() -> None:
    sizes = dict.fromkeys(range(3), (56.0, 40.0))
    _, routes = layout([0, 1, 2], [(0, 2), (1, 2)], sizes)
    assert routes[0][-1][0] < routes[1][-1][0]
    _, routes = layout([0, 1, 2], [(1, 2), (0, 2)], sizes)
    assert routes[0][-1][0] < routes[1][-1][0]


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("family", PROGRAMS)
def test_polylines_are_the_routes_sampled(family: str, direction: str) -> None:
    graph = program(PROGRAMS[family]())
    routes = drawn(graph, direction=direction).routes
    for chords in (4, 9):
        lines = polylines(routes, chords)
        slow = polylines(dict(routes), chords)
        assert list(lines) == list(slow)
        for name, line in lines.items():
            thin = [line[0], *(b for a, b in itertools.pairwise(line) if np.abs(np.subtract(a, b)).max() > 1e-9)]
            assert np.array(thin) == pytest.approx(np.array(slow[name]))


def test_a_line_ends_before_its_arrow() -> None:
    sizes = {0: (56.0, 40.0), 1: (56.0, 40.0), 2: (300.0, 40.0)}
    _, routes = layout([0, 1, 2], [(0, 2), (1, 2)], sizes)
    for line in routes.values():
        assert sum(np.hypot(*np.subtract(b, a)) for a, b in itertools.pairwise(line)) > 20.0


def test_quality_counts() -> None:
    at = {0: (0.0, 0.0), 1: (100.0, 0.0), 2: (0.0, 100.0), 3: (100.0, 100.0)}
    sizes = dict.fromkeys(range(5), (40.0, 20.0))

    def measured(edges: list[tuple[int, int]], **extra: object) -> tuple[int, int, int]:
        points = {**at, **({4: extra["fifth"]} if extra else {})}
        found = quality(points, sizes, edges, {k: [points[u], points[v]] for k, (u, v) in enumerate(edges)})  # type: ignore[arg-type,index]
        return found.crossings, found.overlaps, found.through

    assert measured([(0, 3), (1, 2)]) == (1, 0, 0)
    assert measured([(0, 2), (1, 3)]) == (0, 0, 0)
    assert measured([(0, 3), (0, 2)]) == (0, 0, 0)
    assert measured([(0, 3)], fifth=(50.0, 50.0)) == (0, 0, 1)
    assert measured([(0, 3)], fifth=(10.0, 5.0)) == (0, 1, 1)


@pytest.mark.parametrize("count", [200, 2_200])
def test_quality_counts_all_crossings(count: int) -> None:
    random = np.random.default_rng(1)
    points = random.random((2 * count, 2)) * 100 * np.sqrt(count)
    points[1::2] = points[::2] + random.normal(0, 100, (count, 2))
    edges = [(2 * i, 2 * i + 1) for i in range(count)]
    at = {i: (float(x), float(y)) for i, (x, y) in enumerate(points)}
    found = quality(at, dict.fromkeys(at, (1.0, 1.0)), edges, {k: [at[u], at[v]] for k, (u, v) in enumerate(edges)})
    p, q = points[::2], points[1::2]

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        return (b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0]

    a, b = p[:, None], q[:, None]
    both = (side(a, b, p) * side(a, b, q) < 0) & (side(p, q, a) * side(p, q, b) < 0)
    assert found.crossings == int(both.sum()) // 2
    assert found.length == pytest.approx(np.hypot(*(q - p).T).sum())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("count", [10, 100, 1_000])
def test_families_keep_the_rules(family: str, count: int) -> None:
    graph = dag(family, count)
    assert abs(len(graph.labels) - count) <= 0.31 * count
    positions, routes = layout(range(len(graph.labels)), graph.edges, graph.sizes)
    found = quality(positions, graph.sizes, graph.edges, routes)
    assert (found.overlaps, found.through) == (0, 0)
    assert found.crossings <= MOST[family][count]


MOST = {
    "expression": {10: 0, 100: 0, 1_000: 0},
    "MLP of tensors": {10: 0, 100: 0, 1_000: 0},
    "MLP of numbers": {10: 0, 100: 76, 1_000: 5_251},
    "diamonds": {10: 0, 100: 0, 1_000: 0},
    "unrolled RNN": {10: 0, 100: 149, 1_000: 15_500},
}
"""What graphviz dot has (the largest RNN: igraph; dot does not end)."""
