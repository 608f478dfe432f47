from __future__ import annotations

from hypothesis import given, settings

from engine.layout.dummies import edges_through
from tests.layout.graphs import Graph, graphs
from tests.layout.passes import staged


def test_short_edges_need_no_dummies() -> None:
    layered = staged("w x; a = w x; y = a").layered
    assert layered.dummies == 0
    assert layered.trunk.tolist() == [-1, -1, -1]
    assert layered.upper.tolist() == [0, 1, 2]
    assert layered.lower.tolist() == [2, 2, 3]
    assert layered.slot.tolist() == [0, 1, 0]


def test_long_edges_of_one_source_share_a_trunk() -> None:
    # x is used 2, 3 and 4 layers on: three dummies and not 1 + 2 + 3.
    stage = staged("x; a = x; b = a x; c = b x; d = c x")
    layered = stage.layered
    assert layered.dummies == 3
    assert layered.origin[layered.nodes :].tolist() == [0, 0, 0]
    assert sorted(set(layered.trunk.tolist())) == [-1, layered.nodes]


def test_second_edge_between_two_nodes_has_a_trunk_of_its_own() -> None:
    layered = staged("x; a = x; b = a; y = b x x").layered
    assert layered.dummies == 4
    assert len(set(layered.trunk.tolist()) - {-1}) == 2


def test_components_have_their_own_layers() -> None:
    layered = staged("w u; a = w; b = u; c = b; k").layered
    assert layered.layers == 2 + 3 + 1
    assert layered.layer.tolist() == [0, 2, 1, 3, 4, 5]


def test_heads_are_the_leaves_of_short_first_layers() -> None:
    assert staged("w u; a = w v; b = u").layered.heads.tolist() == [0, 2, 1]
    many = " ".join(f"x{i}" for i in range(9))
    assert staged(f"{many}; s = {many}; k").layered.heads.tolist() == [10]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_segments_join_neighbouring_layers_and_make_up_the_edges(graph: Graph) -> None:
    stage = staged(graph)
    layered = stage.layered
    assert (layered.layer[layered.lower] == layered.layer[layered.upper] + 1).all()
    into = {int(v): int(u) for u, v in zip(layered.upper[: layered.dummies], layered.lower, strict=False)}
    for k, (u, v) in enumerate(zip(stage.indexed.source, stage.indexed.target, strict=True)):
        at = int(layered.upper[layered.dummies + k])
        assert layered.lower[layered.dummies + k] == v
        length = 1
        while at >= layered.nodes:
            assert layered.origin[at] == u
            first, at = at, into[at]
            length += 1
        assert at == u
        assert length == stage.rank[v] - stage.rank[u]
        assert layered.trunk[k] == (first if length > 1 else -1)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_through_each_segment(graph: Graph) -> None:
    layered = staged(graph).layered
    into = {int(v): k for k, v in enumerate(layered.lower[: layered.dummies].tolist())}
    expected = [0] * len(layered.upper)
    for last in range(layered.dummies, len(layered.upper)):
        segment: int | None = last
        while segment is not None:
            expected[segment] += 1
            segment = into.get(int(layered.upper[segment]))
    assert edges_through(layered).tolist() == expected
