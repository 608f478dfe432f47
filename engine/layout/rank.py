"""Which layer each node stands in.

Longest path from the leaves first; then whatever hangs on leaves only is pulled to its user.

Edges are drawn as one trunk for each source that reaches as far as its farthest user (see
``dummies``), so a node may move towards its users for free as long as the trunks it lets grow on its
operands' side weigh less than the one it shortens.
"""

from __future__ import annotations

from engine.layout.indexed import Indexed


def longest_to(graph: Indexed) -> list[int]:
    """Per node: the number of edges on the longest path that ends there."""
    depth = [0] * graph.count
    operands = graph.operands
    for v in graph.topological:
        sources = operands[v]
        if sources:
            depth[v] = max([depth[u] for u in sources]) + 1
    return depth


def longest_from(graph: Indexed) -> list[int]:
    """Per node: the number of edges on the longest path that starts there."""
    above = [0] * graph.count
    users = graph.users
    for v in reversed(graph.topological):
        if users[v]:
            above[v] = max([above[w] for w in users[v]]) + 1
    return above


def assign_ranks(graph: Indexed, depth: list[int]) -> list[int]:
    """The layer of each node, from 0 in every component, operands before results.

    A leaf stands in the layer before its first user, and so does an op whose operands come along or
    have trunks that lead that way anyhow (``w.t()``, ``x_t @ W``, a whole branch of an expression).
    Everything else stands as early as it can: where a move would gain nothing, early is the order of
    the program.
    """
    drag = _drag(graph, depth)
    rank = list(depth)
    users = graph.users
    for v in reversed(graph.topological):
        if users[v] and drag[v] < 1.0:
            rank[v] = min([rank[w] for w in users[v]]) - 1
    return rank


def _drag(graph: Indexed, depth: list[int]) -> list[float]:
    """Per node: how many trunks grow by one layer, per layer that the node moves towards its users."""
    operands, users = graph.operands, graph.users
    movable = _movable(graph, depth)
    drag = [0.0] * graph.count
    share = [0.0] * graph.count
    for v in graph.topological:
        sources = operands[v]
        if sources:
            drag[v] = sum([share[u] for u in dict.fromkeys(sources)])
            if len(users[v]) == 1:
                share[v] = min(1.0, drag[v])
            else:
                # Several users let one trunk grow together; a user that cannot move takes no part.
                share[v] = 1.0 / max(1, sum([movable[w] for w in users[v]]))
    return drag


def _movable(graph: Indexed, depth: list[int]) -> list[bool]:
    """Per node: whether a layer nearer to its users is free at all."""
    latest = list(depth)
    for v in reversed(graph.topological):
        if graph.users[v]:
            latest[v] = min([latest[w] for w in graph.users[v]]) - 1
    return [late > early for late, early in zip(latest, depth, strict=True)]
