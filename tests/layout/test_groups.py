"""Groups: kept together, with a frame that holds them and nothing else, whatever the graph."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout import Edge, Frame, Layout, Path, Rect, lay_out
from tests.layout.geometry import NEAR, across, along, box, drawn, kinks, overlapping, pierced
from tests.layout.graphs import CARD, Graph, graphs, program

either_way = st.sampled_from(["right", "down"])
few = settings(max_examples=60, deadline=None)


@st.composite
def grouped(draw: st.DrawFn, anyhow: bool = False) -> tuple[Graph, dict[str, Path]]:
    """A graph, and groups within groups: calls that ran one after the other, or ``anyhow`` any nodes."""
    graph = draw(graphs(14))
    groups: dict[str, Path] = {}
    if anyhow:
        names = st.sampled_from(["a", "b", "c"])
        for name in graph.nodes:
            groups[name] = tuple(draw(st.lists(names, max_size=2)))
        return graph, groups
    begin = 0
    while begin < len(graph.nodes):
        length = draw(st.integers(1, 6))
        if draw(st.booleans()):
            members = graph.nodes[begin : begin + length]
            cut = draw(st.integers(0, len(members)))
            inner = draw(st.booleans())
            for number, name in enumerate(members):
                groups[name] = (f"g{begin}", "inner") if inner and number < cut else (f"g{begin}",)
        begin += length
    return graph, groups


def inside(inner: Rect, outer: Rect) -> bool:
    return (
        inner[0] >= outer[0] - NEAR
        and inner[1] >= outer[1] - NEAR
        and inner[2] <= outer[2] + NEAR
        and inner[3] <= outer[3] + NEAR
    )


def apart(a: Rect, b: Rect) -> bool:
    return a[2] <= b[0] + NEAR or b[2] <= a[0] + NEAR or a[3] <= b[1] + NEAR or b[3] <= a[1] + NEAR


def check(graph: Graph, layout: Layout, direction: str) -> None:
    """What every layout keeps, with groups or without."""
    assert overlapping(layout, graph, 28.0) == []
    assert pierced(layout, graph) == []
    for (source, target, _), route in layout.routes.items():
        assert kinks(route, direction) == []
        points = [along(point, direction) for point in route.sample()]
        assert all(a <= b + NEAR for a, b in itertools.pairwise(points))
        assert points[0] == pytest.approx(along(box(layout, graph, source)[2:], direction))
        assert points[-1] == pytest.approx(along(box(layout, graph, target)[:2], direction))
    for name in graph.nodes:
        into = sorted((edge for edge in graph.edges if edge.target == name), key=lambda edge: edge.index)
        ends = [across(layout.routes[e].segments[-1][2], direction) for e in into]
        assert all(b - a > 1e-3 for a, b in itertools.pairwise(ends))


def check_frames(graph: Graph, layout: Layout) -> None:
    for frame in layout.frames:
        for name in graph.nodes:
            where = box(layout, graph, name)
            assert inside(where, frame.rect) if name in frame.nodes else apart(where, frame.rect)
        assert inside(frame.rect, layout.bounds)
    for a, b in itertools.combinations(layout.frames, 2):
        if set(b.nodes) <= set(a.nodes) and len(b.path) > len(a.path):
            assert b.path[: len(a.path)] == a.path
            assert inside(b.rect, a.rect)
        else:
            assert not set(a.nodes) & set(b.nodes)
            assert apart(a.rect, b.rect)
    for (source, target, _), route in layout.routes.items():
        for frame in layout.frames:
            if source not in frame.nodes and target not in frame.nodes:
                start = route.start
                for segment in route.segments:
                    xs, ys = zip(start, *segment, strict=True)
                    assert apart((min(xs), min(ys), max(xs), max(ys)), frame.rect)
                    start = segment[2]


@few
@given(grouped(), either_way)
def test_what_ran_in_one_go_has_one_frame(given_: tuple[Graph, dict[str, Path]], direction: str) -> None:
    graph, groups = given_
    layout = drawn(graph, direction=direction, groups=groups)
    check(graph, layout, direction)
    check_frames(graph, layout)
    expected = {path[:depth] for path in groups.values() for depth in range(1, len(path) + 1)}
    assert sorted(frame.path for frame in layout.frames) == sorted(expected)
    for frame in layout.frames:
        depth = len(frame.path)
        assert frame.nodes == tuple(n for n in graph.nodes if groups.get(n, ())[:depth] == frame.path)


@few
@given(grouped(anyhow=True), either_way)
def test_any_groups_are_kept_together_as_far_as_lines_can_lead_on(
    given_: tuple[Graph, dict[str, Path]], direction: str
) -> None:
    graph, groups = given_
    layout = drawn(graph, direction=direction, groups=groups)
    check(graph, layout, direction)
    check_frames(graph, layout)
    for depth in (1, 2):
        framed = [name for frame in layout.frames if len(frame.path) == depth for name in frame.nodes]
        assert sorted(framed) == sorted(name for name in graph.nodes if len(groups[name]) >= depth)


@few
@given(grouped(anyhow=True), st.randoms(use_true_random=False))
def test_neither_names_nor_the_order_of_edges_or_groups_matter(
    given_: tuple[Graph, dict[str, Path]], random: object
) -> None:
    graph, groups = given_
    shuffled = list(graph.edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = {name: f"{hash(name) % 7}-{name}" * 3 for name in graph.nodes}
    again = lay_out(
        [other[name] for name in graph.nodes],
        [Edge(other[e.source], other[e.target], e.index) for e in shuffled],
        {other[name]: size for name, size in graph.sizes.items()},
        groups={other[name]: groups[name] for name in reversed(graph.nodes)},
    )
    layout = drawn(graph, groups=groups)
    assert [layout.positions[name] for name in graph.nodes] == [again.positions[other[name]] for name in graph.nodes]
    assert all(again.routes[other[s], other[t], i] == route for (s, t, i), route in layout.routes.items())
    assert [(f.path, f.rect) for f in layout.frames] == [(f.path, f.rect) for f in again.frames]


@few
@given(graphs())
def test_no_groups_are_none(graph: Graph) -> None:
    assert drawn(graph, groups={}) == drawn(graph) == drawn(graph, groups=dict.fromkeys(graph.nodes, ()))


LINEAR = "t{i} = W{i}; m{i} = {x} t{i}; h{i} = m{i} b{i}"


def network(layers: int) -> tuple[Graph, dict[str, Path]]:
    """Linear layers with their parameters, an activation after each, in one model."""
    lines, groups = ["x"], {}
    for i in range(layers):
        lines.append(f"W{i} b{i}; " + LINEAR.format(i=i, x=f"a{i - 1}" if i else "x") + f"; a{i} = h{i}")
        groups.update(dict.fromkeys((f"W{i}", f"b{i}", f"t{i}", f"m{i}", f"h{i}"), ("net", f"fc{i}")))
        groups[f"a{i}"] = ("net",)
    return program("; ".join(lines)), groups


def by_path(layout: Layout) -> dict[Path, Frame]:
    return {frame.path: frame for frame in layout.frames}


def test_layers_of_one_form_look_the_same() -> None:
    graph, groups = network(4)
    layout = drawn(graph, groups=groups)
    frames = by_path(layout)
    pictures = []
    for i in range(1, 4):
        left, top, right, bottom = frames["net", f"fc{i}"].rect
        at = [layout.positions[f"{name}{i}"] for name in "Wbtmh"]
        pictures.append([(right - left, bottom - top), *((x - left, y - top) for x, y in at)])
    for other in pictures[1:]:
        assert other == [pytest.approx(place) for place in pictures[0]]


def test_the_line_of_the_data_runs_straight_through_frames() -> None:
    graph, groups = network(3)
    layout = drawn(graph, groups=groups)
    for i in range(3):
        for edge in (Edge(f"m{i}", f"h{i}"), Edge(f"h{i}", f"a{i}")):
            assert layout.routes[edge].straight


def test_a_frame_leaves_room_for_its_title() -> None:
    graph, groups = network(1)
    for direction in ("right", "down"):
        layout = drawn(graph, groups=groups, direction=direction, frame=(10.0, 50.0, 20.0, 30.0))
        left, top, right, bottom = by_path(layout)["net", "fc0"].rect
        boxes = [box(layout, graph, name) for name in ("W0", "b0", "t0", "m0", "h0")]
        assert min(b[1] for b in boxes) - top >= 50.0 - NEAR
        assert min(b[0] for b in boxes) - left >= 10.0 - NEAR
        assert right - max(b[2] for b in boxes) >= 20.0 - NEAR
        assert bottom - max(b[3] for b in boxes) >= 30.0 - NEAR


def test_an_operand_used_twice_in_a_group_has_two_lines_all_the_way() -> None:
    graph = program("x; a = x; y = a a; z = y")
    layout = drawn(graph, groups={"y": ("call",)})
    one, other = layout.routes["a", "y", 0], layout.routes["a", "y", 1]
    assert abs(one.start[1] - other.start[1]) > 1.0
    a, b = np.array(one.sample(24)).T, np.array(other.sample(24)).T
    at = np.linspace(a[0][0], a[0][-1], 200)
    assert np.abs(np.interp(at, *b) - np.interp(at, *a)).min() > 1.0


def test_a_shared_module_comes_in_parts() -> None:
    # Called twice, with something in between: no one box could hold both calls in a picture that flows one way.
    graph = program("x W; a = x W; r = a; b = r W")
    layout = drawn(graph, groups=dict.fromkeys(("W", "a", "b"), ("fc",)))
    assert sorted(frame.nodes for frame in layout.frames) == [("W",), ("a",), ("b",)]
    assert {frame.path for frame in layout.frames} == {("fc",)}


def test_a_collapsed_group_is_one_node() -> None:
    graph, groups = network(3)
    gone = {name for name, path in groups.items() if path[:2] == ("net", "fc1")}
    nodes = [name for name in graph.nodes if name not in gone]
    nodes.insert(nodes.index("a0") + 1, "fc1")
    joined = {
        Edge("fc1" if e.source in gone else e.source, "fc1" if e.target in gone else e.target) for e in graph.edges
    }
    edges = [e for e in sorted(joined) if e.source != e.target]
    small = Graph(nodes, [Edge(e.source, e.target, i) for i, e in enumerate(edges)], dict.fromkeys(nodes, CARD))
    layout = drawn(small, groups={**{n: p for n, p in groups.items() if n not in gone}, "fc1": ("net",)})
    check(small, layout, "right")
    check_frames(small, layout)
    assert [frame.path for frame in layout.frames] == [("net",), ("net", "fc0"), ("net", "fc2")]


def test_many_turns_of_a_loop_are_arranged_once() -> None:
    lines, groups = ["W b h0"], {}
    for t in range(400):
        lines.append(f"x{t}; m{t} = h{t} W; s{t} = m{t} x{t}; z{t} = s{t} b; h{t + 1} = z{t}")
        groups.update(dict.fromkeys((f"x{t}", f"m{t}", f"s{t}", f"z{t}", f"h{t + 1}"), (f"turn {t}",)))
    graph = program("; ".join(lines))
    layout = drawn(graph, groups=groups)
    assert len(layout.frames) == 400
    assert len({round(f.rect[2] - f.rect[0], 6) for f in layout.frames}) <= 2
    for frame in layout.frames:
        assert apart(frame.rect, box(layout, graph, "W"))
