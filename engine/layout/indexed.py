"""The graph with numbers for names, checked, and in an order in which operands come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Ints, group, slices
from engine.layout.shapes import Edge, Sizes


@dataclass(frozen=True, slots=True)
class Indexed:
    """Nodes are their places in the source order; edge ``k`` leads from ``source[k]`` to ``target[k]``."""

    count: int
    edges: list[Edge]
    """Sorted by target and argument index, so that the order in which they were given does not matter."""
    source: Ints
    target: Ints
    slot: Ints
    """Per edge: its place among the edges into its target, by argument index."""
    copy: Ints
    """Per edge: how many edges between the same two nodes come before it."""
    operands: list[list[int]]
    """Per node: the nodes that it uses, each once, in argument order."""
    users: list[list[int]]
    """Per node: the nodes that use it, each once, in source order."""
    topological: Sequence[int]
    """All nodes, operands before results."""


def index(nodes: Sequence[str], edges: Sequence[Edge], sizes: Sizes) -> Indexed:
    """Number the nodes and check the graph.

    Raises ValueError for a node named twice or without a size, an edge given twice, an edge to or from
    an unknown node or from a node to itself, and for a cycle.
    """
    count = len(nodes)
    number = dict(zip(nodes, range(count), strict=True))
    if len(number) != count:
        raise ValueError("a node is given twice")
    if not number.keys() <= sizes.keys():
        raise ValueError(f"node {next(name for name in nodes if name not in sizes)!r} has no size")
    try:
        source = np.array([number[edge[0]] for edge in edges], np.int64)
        target = np.array([number[edge[1]] for edge in edges], np.int64)
    except KeyError:
        edge = next(edge for edge in edges if not {edge.source, edge.target} <= number.keys())
        raise ValueError(f"{edge} leads to or from an unknown node") from None
    place = np.array([edge[2] for edge in edges], np.int64)
    order = np.lexsort((source, place, target))
    target, place, source = target[order], place[order], source[order]
    ordered = [edges[i] for i in order.tolist()]
    if (source == target).any():
        raise ValueError(f"{ordered[int((source == target).argmax())]} leads from a node to itself")
    twice = (target[1:] == target[:-1]) & (place[1:] == place[:-1]) & (source[1:] == source[:-1])
    if twice.any():
        raise ValueError(f"{ordered[int(twice.argmax())]} is given twice")

    begin = np.searchsorted(target, np.arange(count + 1))
    slot = np.arange(len(target)) - begin[target]
    copy = _copies(source, target)
    first = copy == 0
    operands = slices(*group(target[first], source[first], count))
    users = slices(*group(source[first], target[first], count))
    topological = range(count) if (source < target).all() else _topological(nodes, operands, users)
    return Indexed(count, ordered, source, target, slot, copy, operands, users, topological)


def _copies(source: Ints, target: Ints) -> Ints:
    """Per edge: how many before it have the same two ends; edges are sorted by target."""
    copy = np.zeros(len(source), np.int64)
    order = np.lexsort((source, target))
    same = (source[order[1:]] == source[order[:-1]]) & (target[order[1:]] == target[order[:-1]])
    if same.any():
        here = np.arange(len(source))
        begin = np.maximum.accumulate(np.where(np.concatenate(([True], ~same)), here, 0))
        copy[order] = here - begin
    return copy


def _topological(nodes: Sequence[str], operands: list[list[int]], users: list[list[int]]) -> list[int]:
    """Kahn's order. Raises ValueError if a cycle leaves nodes over."""
    waiting = [len(sources) for sources in operands]
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
