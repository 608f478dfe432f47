from __future__ import annotations

import networkx as nx
from hypothesis import given, settings

from engine.layout.components import components
from engine.layout.indexed import index
from tests.layout.graphs import Graph, graphs, program


def test_numbers_follow_the_first_nodes() -> None:
    graph = program("k w u; a = w x; v = u; y = a x")
    assert graph.nodes == ["k", "w", "u", "x", "a", "v", "y"]
    assert components(index(graph.nodes, graph.edges, graph.sizes)) == [0, 1, 2, 1, 1, 2, 1]


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_components_are_the_connected_ones(graph: Graph) -> None:
    found = components(index(graph.nodes, graph.edges, graph.sizes))
    reference: nx.Graph[str] = nx.Graph()
    reference.add_nodes_from(graph.nodes)
    reference.add_edges_from((edge.source, edge.target) for edge in graph.edges)
    groups: dict[int, set[str]] = {}
    for name, number in zip(graph.nodes, found, strict=True):
        groups.setdefault(number, set()).add(name)
    assert {frozenset(group) for group in groups.values()} == {frozenset(c) for c in nx.connected_components(reference)}
    assert list(groups) == list(range(len(groups)))
