"""The graph with numbers for names, checked, and in an order in which operands come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.layout.shapes import Edge, Sizes


@dataclass(frozen=True, slots=True)
class Indexed:
    """Nodes are their places in the source order; edge ``k`` leads from ``source[k]`` to ``target[k]``."""

    count: int
    edges: list[Edge]
    """Sorted by target and argument index, so that the order in which they were given does not matter."""
    source: list[int]
    target: list[int]
    slot: list[int]
    """Per edge: its place among the edges into its target, by argument index."""
    copy: list[int]
    """Per edge: how many edges between the same two nodes come before it."""
    operands: list[list[int]]
    """Per node: the sources of its edges in argument order, a source used twice twice."""
    users: list[list[int]]
    """Per node: the nodes that use it, each once, in source order."""
    topological: list[int]
    """All nodes, operands before results."""


def index(nodes: Sequence[str], edges: Sequence[Edge], sizes: Sizes) -> Indexed:
    """Number the nodes and check the graph.

    Raises ValueError for a node named twice or without a size, an edge given twice, an edge to or from
    an unknown node or from a node to itself, and for a cycle.
    """
    number = {name: i for i, name in enumerate(nodes)}
    if len(number) != len(nodes):
        raise ValueError("a node is given twice")
    for name in nodes:
        if name not in sizes:
            raise ValueError(f"node {name!r} has no size")
    for edge in edges:
        if edge.source not in number or edge.target not in number:
            raise ValueError(f"{edge} leads to or from an unknown node")
        if edge.source == edge.target:
            raise ValueError(f"{edge} leads from a node to itself")
    ordered = sorted(edges, key=lambda edge: (number[edge.target], edge.index, number[edge.source]))
    for edge, other in pairwise(ordered):
        if edge == other:
            raise ValueError(f"{edge} is given twice")

    operands: list[list[int]] = [[] for _ in nodes]
    users: list[list[int]] = [[] for _ in nodes]
    source, target, slot, copy = [], [], [], []
    seen: dict[tuple[int, int], int] = {}
    for edge in ordered:
        u, v = number[edge.source], number[edge.target]
        source.append(u)
        target.append(v)
        slot.append(len(operands[v]))
        operands[v].append(u)
        before = seen.get((u, v), 0)
        seen[u, v] = before + 1
        copy.append(before)
        if not before:
            users[u].append(v)
    topological = _topological(nodes, operands, users)
    return Indexed(len(nodes), ordered, source, target, slot, copy, operands, users, topological)


def _topological(nodes: Sequence[str], operands: list[list[int]], users: list[list[int]]) -> list[int]:
    """Kahn's order. Raises ValueError if a cycle leaves nodes over."""
    waiting = [len(set(sources)) for sources in operands]
    order = [v for v, count in enumerate(waiting) if count == 0]
    for v in order:
        for user in users[v]:
            waiting[user] -= 1
            if waiting[user] == 0:
                order.append(user)
    if len(order) < len(nodes):
        stuck = next(v for v, count in enumerate(waiting) if count)
        raise ValueError(f"node {nodes[stuck]!r} depends on a cycle")
    return order
