from __future__ import annotations

import pytest
from hypothesis import given, settings

from engine.layout.rank import longest_from, longest_to
from tests.layout.graphs import MLP, Graph, graphs, program, rnn, tree
from tests.layout.passes import staged


def ranks(text: str) -> dict[str, int]:
    stage = staged(text)
    return dict(zip(stage.graph.nodes, stage.rank, strict=True))


def test_longest_paths() -> None:
    graph = staged("w x; a = w x; b = a; y = a b x").indexed
    assert longest_to(graph) == [0, 0, 1, 2, 3]
    assert longest_from(graph) == [3, 3, 2, 1, 0]


def test_leaf_stands_before_its_first_user() -> None:
    rank = ranks("x w; a = x; b = a; c = b w; d = c w k")
    assert (rank["w"], rank["c"], rank["k"], rank["d"]) == (2, 3, 3, 4)


def test_leaf_used_at_once_and_late_stands_left() -> None:
    rank = ranks("x; a = x; b = a; c = b x")
    assert (rank["x"], rank["c"]) == (0, 3)


def test_op_fed_by_leaves_goes_with_them() -> None:
    rank = ranks("x w v; a = x; b = a; c = b; wt = w; y = c wt; p = w v; z = y p")
    assert (rank["w"], rank["wt"], rank["y"]) == (2, 3, 4)
    assert (rank["v"], rank["p"], rank["z"]) == (3, 4, 5) or (rank["p"], rank["z"]) == (4, 5)


def test_branch_of_a_tree_moves_as_a_whole() -> None:
    rank = ranks("x p q r s; a = x; b = a; c = b; d = c; m = p q; n = r s; k = m n; y = d k")
    assert (rank["k"], rank["m"], rank["n"], rank["p"], rank["s"]) == (4, 3, 3, 2, 2)
    # A tree needs no long edges at all.
    assert staged(tree(40)).layered.dummies == 0


def test_op_with_results_among_its_operands_stays_early() -> None:
    # Moving s would make an edge from x longer by as much as it made the one to y shorter.
    rank = ranks("x; h = x; s = h; a = h; b = a; c = b; y = s c")
    assert rank["s"] == 2


def test_products_of_a_neuron_stand_next_to_its_sums() -> None:
    rank = ranks(
        "x0 x1 x2; a0 = x0; a1 = x1; a2 = x2; "
        + "; ".join(
            f"b{j} u{j} v{j} w{j}; p{j} = a0 u{j}; q{j} = a1 v{j}; r{j} = a2 w{j}; s{j} = b{j} p{j}; t{j} = s{j} q{j}; z{j} = t{j} r{j}"
            for j in "01"
        )
    )
    assert (rank["p0"], rank["q0"], rank["r0"]) == (2, 3, 4)


def test_steps_of_an_rnn_bring_their_inputs() -> None:
    rank = ranks(rnn(5))
    assert [rank[f"u{t}"] - rank[f"x{t}"] for t in range(1, 6)] == [1] * 5
    assert [rank[f"s{t}"] - rank[f"u{t}"] for t in range(1, 6)] == [1] * 5
    assert rank["Wx"] == rank["Wh"] == rank["h0"] == 0


def test_weights_of_an_mlp_stand_at_their_layer() -> None:
    rank = ranks(MLP)
    assert [rank[f"m{i}"] - rank[f"W{i}"] for i in range(3)] == [1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_lead_on_and_components_begin_at_0(graph: Graph) -> None:
    stage = staged(graph)
    assert all(stage.rank[u] < stage.rank[v] for u, v in zip(stage.indexed.source, stage.indexed.target, strict=True))
    depth = longest_to(stage.indexed)
    assert all(r >= d for r, d in zip(stage.rank, depth, strict=True))
    assert max(stage.rank, default=0) == max(depth, default=0)
    # No layer is empty.
    assert set(stage.layered.layer[: stage.layered.nodes].tolist()) == set(range(stage.layered.layers))


@pytest.mark.parametrize("text", [MLP, rnn(6), tree(30)])
def test_every_leaf_touches_a_user(text: str) -> None:
    graph = program(text)
    rank = ranks(text)
    for name in set(graph.nodes) - {edge.target for edge in graph.edges}:
        assert rank[name] == min(rank[edge.target] for edge in graph.edges if edge.source == name) - 1
