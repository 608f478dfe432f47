"""What every layout keeps, whatever the graph."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout import Edge, Layout, lay_out
from tests.layout.geometry import NEAR, across, along, box, drawn, kinks, overlapping, pierced
from tests.layout.graphs import CARD, CLASSROOM, Graph, graphs, program, scalar_mlp

either_way = st.sampled_from(["right", "down"])
few = settings(max_examples=50, deadline=None)


@few
@given(graphs(), either_way)
def test_nodes_keep_their_distances(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction, layer_gap=50.0, node_gap=20.0)
    assert overlapping(layout, graph, 20.0) == []
    for edge in graph.edges:
        source, target = box(layout, graph, edge.source), box(layout, graph, edge.target)
        assert along(target[:2], direction) - along(source[2:], direction) >= 50.0 - NEAR


@few
@given(graphs(), either_way)
def test_no_edge_passes_through_a_node(graph: Graph, direction: str) -> None:
    assert pierced(drawn(graph, direction=direction), graph) == []


@few
@given(graphs(), either_way)
def test_routes_are_smooth_and_follow_the_flow(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction)
    assert set(layout.routes) == {(edge.source, edge.target, edge.index) for edge in graph.edges}
    for (source, target, _), route in layout.routes.items():
        assert kinks(route, direction) == []
        end = route.segments[-1][2]
        assert along(route.start, direction) == pytest.approx(along(box(layout, graph, source)[2:], direction))
        assert along(end, direction) == pytest.approx(along(box(layout, graph, target)[:2], direction))
        points = [along(point, direction) for point in route.sample()]
        assert all(a <= b + NEAR for a, b in itertools.pairwise(points))


@few
@given(graphs(), either_way)
def test_edges_arrive_at_distinct_points_in_argument_order(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction)
    for name in graph.nodes:
        into = sorted((edge for edge in graph.edges if edge.target == name), key=lambda edge: edge.index)
        ends = [across(layout.routes[e.source, name, e.index].segments[-1][2], direction) for e in into]
        _check_side(ends, across(layout.positions[name], direction), across(graph.sizes[name], direction))
        if len(ends) == 1:
            assert ends[0] == pytest.approx(across(layout.positions[name], direction))


def _check_side(ports: list[float], middle: float, size: float) -> None:
    assert all(b - a > 1e-3 for a, b in itertools.pairwise(ports))
    assert all(b - a <= 18.0 + NEAR for a, b in itertools.pairwise(ports))
    assert all(abs(port - middle) <= 0.325 * size + NEAR for port in ports)


@few
@given(graphs(), either_way)
def test_edges_leave_in_the_order_of_where_they_go(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction)
    layers = _layers(layout, graph, direction)
    for name in graph.nodes:
        routes = [layout.routes[e.source, e.target, e.index] for e in graph.edges if e.source == name]
        starts = sorted({across(route.start, direction) for route in routes})
        _check_side(starts, across(layout.positions[name], direction), across(graph.sizes[name], direction))
        # Between this layer and the next; farther on, two trunks may have to cross.
        end = (
            max(
                (
                    along(box(layout, graph, other)[2:], direction)
                    for other in graph.nodes
                    if layers[other] == layers[name]
                ),
                default=0.0,
            )
            + 72.0
        )
        for a, b in itertools.combinations(routes, 2):
            assert not _change_sides(np.array(a.sample(24)), np.array(b.sample(24)), end, direction)


def _change_sides(a: np.ndarray, b: np.ndarray, end: float, direction: str) -> bool:
    """Whether one path is above the other at one place along the flow before ``end`` and below it at another."""
    flow, side = (0, 1) if direction == "right" else (1, 0)
    at = np.linspace(a[0, flow], min(end, a[-1, flow], b[-1, flow]), 100)
    off = np.interp(at, a[:, flow], a[:, side]) - np.interp(at, b[:, flow], b[:, side])
    return bool(off.min() < -1e-3 and off.max() > 1e-3)


@few
@given(graphs(), either_way)
def test_edges_share_a_start_only_where_they_share_a_trunk(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction)
    layers = _layers(layout, graph, direction)
    for a, b in itertools.combinations(graph.edges, 2):
        if a.source == b.source:
            p, q = (layout.routes[e.source, e.target, e.index] for e in (a, b))
            if p.start == q.start:
                assert a.target != b.target
                assert all(layers[e.target] - layers[e.source] > 1 for e in (a, b))


def _layers(layout: Layout, graph: Graph, direction: str) -> dict[str, int]:
    at = {name: round(along(layout.positions[name], direction), 3) for name in graph.nodes}
    order = sorted(set(at.values()))
    return {name: order.index(at[name]) for name in graph.nodes}


@few
@given(graphs(), either_way)
def test_same_input_gives_the_same_bits(graph: Graph, direction: str) -> None:
    assert drawn(graph, direction=direction) == drawn(graph, direction=direction)


@few
@given(graphs(), st.randoms(use_true_random=False))
def test_neither_names_nor_the_order_of_the_edges_matter(graph: Graph, random: object) -> None:
    shuffled = list(graph.edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = {name: f"{hash(name) % 7}-{name}" * 3 for name in graph.nodes}
    renamed = Graph(
        [other[name] for name in graph.nodes],
        [Edge(other[e.source], other[e.target], e.index) for e in shuffled],
        {other[name]: size for name, size in graph.sizes.items()},
    )
    a, b = drawn(graph), drawn(renamed)
    assert [a.positions[name] for name in graph.nodes] == [b.positions[other[name]] for name in graph.nodes]
    assert all(b.routes[other[s], other[t], i] == route for (s, t, i), route in a.routes.items())


@few
@given(graphs(), either_way)
def test_bounds_hold_all_and_no_more(graph: Graph, direction: str) -> None:
    layout = drawn(graph, direction=direction)
    xs, ys = [], []
    for name in graph.nodes:
        left, top, right, bottom = box(layout, graph, name)
        xs += [left, right]
        ys += [top, bottom]
    for route in layout.routes.values():
        for x, y in route.sample():
            xs.append(x)
            ys.append(y)
    expected = (min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)
    assert layout.bounds == pytest.approx(expected, abs=NEAR)
    assert layout.bounds[:2] == pytest.approx((0.0, 0.0), abs=NEAR)


def test_empty_graph() -> None:
    assert lay_out([], [], {}) == Layout({}, {}, (0.0, 0.0, 0.0, 0.0))


def test_one_node() -> None:
    assert lay_out(["x"], [], {"x": CARD}) == Layout({"x": (95.0, 45.0)}, {}, (0.0, 0.0, 190.0, 90.0))


def test_gaps_of_nothing() -> None:
    graph = program(CLASSROOM["rnn"])
    layout = drawn(graph, layer_gap=0.0, node_gap=0.0)
    assert overlapping(layout, graph, 0.0) == []


def test_long_names_and_any_characters() -> None:
    names = ["x" * 5_000, "модель.w ∂", ""]
    layout = lay_out(names, [Edge(names[0], names[2]), Edge(names[1], names[2], 1)], dict.fromkeys(names, CARD))
    assert set(layout.positions) == set(names)


def test_direction_is_checked() -> None:
    with pytest.raises(ValueError, match="'up'"):
        lay_out(["x"], [], {"x": CARD}, direction="up")  # type: ignore[arg-type]


def test_right_is_down_with_the_axes_exchanged() -> None:
    graph = program(CLASSROOM["rnn"])
    turned = Graph(graph.nodes, graph.edges, {name: (h, w) for name, (w, h) in graph.sizes.items()})
    right, down = drawn(graph), drawn(turned, direction="down")
    assert {name: (y, x) for name, (x, y) in down.positions.items()} == right.positions
    for key, route in right.routes.items():
        assert [(y, x) for x, y in down.routes[key].sample()] == route.sample()


def test_hashes_of_names_do_not_matter() -> None:
    code = (
        "from tests.layout.graphs import *; from tests.layout.geometry import drawn;"
        "import hashlib; print(hashlib.sha256(repr(drawn(program(rnn(5)))).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_the_layout_stands_alone() -> None:
    code = (
        "import sys, engine.layout; "
        "print([m for m in sys.modules if m.split('.')[0] in ('gui', 'PySide6', 'networkx') "
        "or m.startswith(('engine.trace', 'engine.graph', 'engine.ops', 'engine.program'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_ten_thousand_in_a_row_are_straight() -> None:
    nodes = [f"n{i}" for i in range(10_000)]
    edges = [Edge(a, b) for a, b in itertools.pairwise(nodes)]
    layout = lay_out(nodes, edges, dict.fromkeys(nodes, CARD))
    assert {y for _, y in layout.positions.values()} == {45.0}
    assert all(route.straight for route in layout.routes.values())


def test_ten_thousand_alone() -> None:
    nodes = [f"n{i}" for i in range(10_000)]
    layout = lay_out(nodes, [], dict.fromkeys(nodes, CARD))
    assert [layout.positions[name][1] for name in nodes] == sorted(y for _, y in layout.positions.values())


def test_a_thousand_arguments() -> None:
    nodes = [f"n{i}" for i in range(1_000)]
    graph = Graph(
        [*nodes, "s"], [Edge(name, "s", i) for i, name in enumerate(nodes)], dict.fromkeys([*nodes, "s"], CARD)
    )
    layout = drawn(graph)
    ends = [layout.routes[name, "s", i].segments[-1][2][1] for i, name in enumerate(nodes)]
    assert all(a < b for a, b in itertools.pairwise(ends))


def test_larger_graphs_keep_the_rules() -> None:
    graph = program(scalar_mlp(3, 6, 4))
    layout = drawn(graph)
    assert overlapping(layout, graph, 28.0) == []
    assert pierced(layout, graph) == []
