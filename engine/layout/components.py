"""Which connected component each node belongs to."""

from __future__ import annotations

from engine.layout.indexed import Indexed


def components(graph: Indexed) -> list[int]:
    """Per node the number of its component; components count up in the order of their first nodes."""
    if sum([not users for users in graph.users]) == 1:
        return [0] * graph.count  # Everything leads to the one result.
    parent = list(range(graph.count))
    for u, v in zip(graph.source.tolist(), graph.target.tolist(), strict=True):
        while parent[u] != u:
            parent[u] = parent[parent[u]]
            u = parent[u]
        while parent[v] != v:
            parent[v] = parent[parent[v]]
            v = parent[v]
        # The smaller number wins, so that a root is always its component's first node.
        if u < v:
            parent[v] = u
        elif v < u:
            parent[u] = v
    number = [-1] * graph.count
    found = 0
    for v in range(graph.count):
        root = v
        while parent[root] != root:
            parent[root] = parent[parent[root]]
            root = parent[root]
        if root == v:
            number[v] = found
            found += 1
        else:
            number[v] = number[root]
    return number
