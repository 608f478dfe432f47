from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from engine.layout.block import assign_blocks, find_links, main_operands, weightiness
from tests.layout.graphs import FIRST, LINEAR, MLP, RESIDUAL, SHARED, Graph, graphs, rnn
from tests.layout.passes import staged


def lines(text: str) -> set[str]:
    """The links between nodes, as ``operand-op``."""
    stage = staged(text)
    layer = stage.layered.layer[: stage.layered.nodes]
    chosen = main_operands(stage.indexed, layer, weightiness(stage.indexed))
    return {f"{stage.graph.nodes[u]}-{stage.graph.nodes[v]}" for v, u in enumerate(chosen) if u >= 0}


def test_weight_counts_ops_with_several_operands() -> None:
    stage = staged("w x; t = w; m = x t; a = m b; y = a")
    assert weightiness(stage.indexed) == [0, 0, 0, 1, 0, 2, 3]


def test_chain() -> None:
    assert lines("x; a = x; b = a; c = b") == {"x-a", "a-b", "b-c"}


def test_equal_operands_are_not_preferred() -> None:
    assert lines(FIRST) == set()
    assert lines("x; a = x; b = x; y = a b") == set()


def test_the_line_of_the_data_goes_through_a_network() -> None:
    assert lines(MLP) == {"m0-a0", "a0-h1", "h1-m1", "m1-a1", "a1-h2", "h2-m2", "m2-a2", "a2-h3"}


def test_a_transposed_weight_is_not_the_main_line() -> None:
    assert lines(LINEAR) == {"weight-wt", "pred-loss"}


def test_residual_blocks_go_on_through_the_op() -> None:
    assert lines(RESIDUAL) == {f"h{i}-s{i}" for i in range(5)} | {f"s{i}-h{i + 1}" for i in range(5)}


def test_the_state_of_an_rnn_is_one_line_and_losses_leave_it() -> None:
    found = lines(rnn(4))
    assert {"h1-v2", "v2-s2", "s2-z2", "z2-h2"} <= found
    assert not {"h1-l1", "h2-l2"} & found


def test_a_leaf_beside_an_op_goes_on_as_a_bridge() -> None:
    assert lines("x; a = x; b = a; c = b x") == {"x-a", "a-b", "b-c"}
    assert lines("x w; a = x; b = a; c = b w") == {"x-a", "a-b"}


def test_trunks_are_straight_and_copies_have_no_link() -> None:
    stage = staged(SHARED)
    links = find_links(stage.indexed, stage.layered)
    n = stage.layered.nodes
    inner = {k for k in range(stage.layered.dummies) if stage.layered.upper[k] >= n}
    assert inner <= set(links.straight.tolist())
    assert len(links.weight) == len(stage.layered.upper)


def test_blocks_are_joined_vertices() -> None:
    stage = staged("x; a = x; b = a; c = b x")
    links = find_links(stage.indexed, stage.layered)
    place = stage.order()
    block = assign_blocks(stage.layered, place, links.straight).number
    x, a, b, c = (block[stage.number(name)] for name in "xabc")
    assert x == a == b == c
    assert block[stage.layered.nodes] == block[stage.layered.nodes + 1] != a


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_blocks_never_cross_and_have_one_vertex_in_a_layer(graph: Graph) -> None:
    stage = staged(graph)
    layered, place = stage.layered, stage.order()
    links = find_links(stage.indexed, stage.layered)
    # Every segment wants to be straight here: the worst case.
    for chosen in (links.straight, np.arange(len(layered.upper))[_one_each(layered.upper, layered.lower)]):
        block = assign_blocks(layered, place, chosen).number
        ups: dict[tuple[int, int], int] = {}
        for v in range(layered.vertices):
            assert ups.setdefault((int(block[v]), int(layered.layer[v])), v) == v
        for (b, k), v in ups.items():
            for (c, m), w in ups.items():
                if k == m and place[v] < place[w] and (b, k + 1) in ups and (c, k + 1) in ups:
                    assert place[ups[b, k + 1]] < place[ups[c, k + 1]]


def _one_each(upper: np.ndarray, lower: np.ndarray) -> list[int]:
    """Segments such that no vertex has two on one side."""
    taken: set[tuple[str, int]] = set()
    found = []
    for k, (u, v) in enumerate(zip(upper.tolist(), lower.tolist(), strict=True)):
        if not {("out", u), ("in", v)} & taken:
            taken |= {("out", u), ("in", v)}
            found.append(k)
    return found
