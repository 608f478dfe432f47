"""Which layer each node stands in.

Longest path from the leaves first; then whatever hangs on leaves only is pulled to its user.

Edges are drawn as one trunk for each source that reaches as far as its farthest user (see
``dummies``), so a node may move towards its users for free as long as the trunks it lets grow on its
operands' side weigh less than the one it shortens.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.layout.indexed import Indexed


def longest_to(graph: Indexed) -> list[int]:
    """Per node: the number of edges on the longest path that ends there."""
    depth = [0] * graph.count
    operands = graph.operands
    for v in graph.topological:
        deepest = -1
        for u in operands[v]:
            if depth[u] > deepest:
                deepest = depth[u]
        depth[v] = deepest + 1
    return depth


def longest_from(graph: Indexed) -> list[int]:
    """Per node: the number of edges on the longest path that starts there."""
    above = [0] * graph.count
    users = graph.users
    for v in reversed(graph.topological):
        highest = -1
        for w in users[v]:
            if above[w] > highest:
                highest = above[w]
        above[v] = highest + 1
    return above


def assign_ranks(graph: Indexed, depth: list[int], gates: Sequence[int] = ()) -> list[int]:
    """The layer of each node, from 0 in every component, operands before results.

    A leaf stands in the layer before its first user, and so does an op whose operands come along or
    have trunks that lead that way anyhow (``w.t()``, ``x_t @ W``, a whole branch of an expression).
    Everything else stands as early as it can: where a move would gain nothing, early is the order of
    the program. ``gates`` are leaves that stay in the first layer.
    """
    latest = _latest(graph, depth)
    drag = _drag(graph, depth, latest)
    for gate in gates:
        drag[gate] = 1.0
    rank = list(depth)
    users = graph.users
    for v in reversed(graph.topological):
        if drag[v] < 1.0 and latest[v] > depth[v]:
            rank[v] = (rank[users[v][0]] if len(users[v]) == 1 else min([rank[w] for w in users[v]])) - 1
    return rank


def _drag(graph: Indexed, depth: list[int], latest: list[int]) -> list[float]:
    """Per node: how many trunks grow by one layer, per layer that the node moves towards its users."""
    operands, users = graph.operands, graph.users
    drag = [0.0] * graph.count
    share = [0.0] * graph.count
    for v in graph.topological:
        sources = operands[v]
        if sources:
            total = 0.0
            for u in sources:
                total += share[u]
            drag[v] = total
            if len(users[v]) == 1:
                share[v] = total if total < 1.0 else 1.0
            elif users[v]:
                # Several users let one trunk grow together; a user that cannot move takes no part.
                share[v] = 1.0 / max(1, sum([latest[w] > depth[w] for w in users[v]]))
    return drag


def _latest(graph: Indexed, depth: list[int]) -> list[int]:
    """Per node: the layer that it could stand in at the latest; one without users stays."""
    latest = list(depth)
    for v in reversed(graph.topological):
        users = graph.users[v]
        if len(users) == 1:
            latest[v] = latest[users[0]] - 1
        elif users:
            latest[v] = min([latest[w] for w in users]) - 1
    return latest
