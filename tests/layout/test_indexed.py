from __future__ import annotations

import pytest

from engine.layout import Edge
from engine.layout.indexed import index
from tests.layout.graphs import CARD, program

SIZES = dict.fromkeys("abcd", CARD)


def test_operands_are_in_argument_order() -> None:
    graph = index("abc", [Edge("b", "c", 1), Edge("a", "c", 2), Edge("b", "c", 0)], SIZES)
    assert graph.operands == [[], [], [1, 0]]
    assert graph.source.tolist() == [1, 1, 0]
    assert graph.slot.tolist() == [0, 1, 2]
    assert graph.copy.tolist() == [0, 1, 0]
    assert graph.users == [[2], [2], []]


def test_order_of_edges_does_not_matter() -> None:
    edges = [Edge("a", "c"), Edge("b", "c", 1), Edge("c", "d")]
    one, other = index("abcd", edges, SIZES), index("abcd", edges[::-1], SIZES)
    assert [edges[i] for i in one.given] == [edges[::-1][i] for i in other.given]
    assert one.source.tolist() == other.source.tolist()
    assert one.copy.tolist() == other.copy.tolist()


def test_copies_are_counted_between_the_same_two_nodes() -> None:
    edges = [Edge("a", "c", 0), Edge("b", "c", 1), Edge("a", "c", 2), Edge("b", "c", 3), Edge("a", "c", 4)]
    assert index("abc", edges, SIZES).copy.tolist() == [0, 0, 1, 1, 2]


def test_operands_come_first() -> None:
    example = program("w x; a = w x; b = a w; c = b")
    graph = index(example.nodes[::-1], example.edges, example.sizes)
    at = list(graph.topological).index
    assert all(at(u) < at(v) for u, v in zip(graph.source.tolist(), graph.target.tolist(), strict=True))


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ("aa", [], "node is given twice"),
        ("ax", [], "'x' has no size"),
        ("a", [Edge("a", "b")], "unknown node"),
        ("a", [Edge("b", "a")], "unknown node"),
        ("a", [Edge("a", "a")], "to itself"),
        ("ab", [Edge("a", "b"), Edge("a", "b")], "given twice"),
        ("ab", [Edge("a", "b"), Edge("b", "a")], "cycle"),
        ("abcd", [Edge("a", "b"), Edge("b", "c"), Edge("c", "d"), Edge("d", "b", 1)], "cycle"),
    ],
)
def test_what_is_no_computation_graph_is_refused(nodes: str, edges: list[Edge], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        index(nodes, edges, SIZES)
