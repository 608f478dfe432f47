"""The graph with numbers for names, checked, and in an order in which operands come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Bools, Ints, group, slices
from engine.layout.shapes import Edge, Sizes


@dataclass(frozen=True, slots=True)
class Indexed:
    """Nodes are their places in the source order; edge ``k`` leads from ``source[k]`` to ``target[k]``.

    Edges are sorted by target and argument index, so that the order in which they were given does not
    matter.
    """

    count: int
    given: Ints
    """Per edge: its place among the edges as they were given."""
    source: Ints
    target: Ints
    exit: Ints
    """Per edge: where it leaves its source, if that is a box with exits in an order; else 0."""
    slot: Ints
    """Per edge: its place among the edges into its target, by argument index."""
    copy: Ints
    """Per edge: how many edges between the same two nodes, from the same exit, come before it."""
    first: Bools
    """Per edge: whether it is the first one between its two nodes."""
    operands: list[list[int]]
    """Per node: the nodes that it uses, each once, in argument order."""
    users: list[list[int]]
    """Per node: the nodes that use it, each once, in source order."""
    topological: Sequence[int]
    """All nodes, operands before results; not all of them if there is a cycle."""


def index(nodes: Sequence[str], edges: Sequence[Edge], sizes: Sizes) -> Indexed:
    """Number the nodes and check the graph.

    Raises ValueError for a node named twice or without a size, an edge given twice, an edge to or from
    an unknown node or from a node to itself, and for a cycle.
    """
    number = dict(zip(nodes, range(len(nodes)), strict=True))
    if len(number) != len(nodes):
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
    if (source == target).any():
        raise ValueError(f"{edges[int((source == target).argmax())]} leads from a node to itself")
    graph = link(len(nodes), source, target, place, np.zeros(len(edges), np.int64))
    source, target, place = graph.source, graph.target, place[graph.given]
    twice = (target[1:] == target[:-1]) & (place[1:] == place[:-1]) & (source[1:] == source[:-1])
    if twice.any():
        raise ValueError(f"{edges[int(graph.given[int(twice.argmax())])]} is given twice")
    if len(graph.topological) < len(nodes):
        reached = set(graph.topological)
        raise ValueError(f"node {next(n for i, n in enumerate(nodes) if i not in reached)!r} depends on a cycle")
    return graph


def link(count: int, source: Ints, target: Ints, place: Ints, leaves: Ints) -> Indexed:
    """A graph of ``count`` nodes; ``place`` is the argument of each edge, ``leaves`` the exit that it takes."""
    given = np.lexsort((leaves, source, place, target))
    source, target, leaves = source[given], target[given], leaves[given]
    begin = np.searchsorted(target, np.arange(count + 1))
    slot = np.arange(len(target)) - begin[target]
    copy = _copies(source, target, leaves)
    first = copy == 0 if not leaves.any() else _copies(source, target, np.zeros_like(leaves)) == 0
    operands = slices(*group(target[first], source[first], count))
    users = slices(*group(source[first], target[first], count))
    topological = range(count) if (source < target).all() else _topological(operands, users)
    return Indexed(count, given, source, target, leaves, slot, copy, first, operands, users, topological)


def _copies(source: Ints, target: Ints, leaves: Ints) -> Ints:
    """Per edge: how many before it have the same two ends and exit; edges are sorted by target."""
    copy = np.zeros(len(source), np.int64)
    order = np.lexsort((leaves, source, target))
    source, target, leaves = source[order], target[order], leaves[order]
    same = (source[1:] == source[:-1]) & (target[1:] == target[:-1]) & (leaves[1:] == leaves[:-1])
    if same.any():
        here = np.arange(len(source))
        begin = np.maximum.accumulate(np.where(np.concatenate(([True], ~same)), here, 0))
        copy[order] = here - begin
    return copy


def _topological(operands: list[list[int]], users: list[list[int]]) -> list[int]:
    """Kahn's order; what depends on a cycle is left out."""
    waiting = [len(sources) for sources in operands]
    order = [v for v, count in enumerate(waiting) if count == 0]
    for v in order:
        for user in users[v]:
            waiting[user] -= 1
            if waiting[user] == 0:
                order.append(user)
    return order
