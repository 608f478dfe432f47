"""What benches outside this repository can plug in beside their peers; each imports what it needs when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot
from typing import Any

from engine.layout import Edge, lay_out, polylines

Point = tuple[float, float]

ARROW = 10.0
"""graphviz leaves this many px at the end of every line to its arrowhead, which ``dot -Tplain`` does not list."""


def layout(
    nodes: Sequence[int], edges: Sequence[tuple[int, int]], sizes: Mapping[int, tuple[float, float]]
) -> tuple[dict[int, Point], dict[int, list[Point]]]:
    """Centres by node and polylines by edge number, downwards, with dot's default gaps (36 and 18 px).

    The edges into a node are its arguments in the order in which they are listed. Every line has its whole
    way from the source, also where it shares a trunk with others, and ends where dot's would: see ``ARROW``.
    """
    positions, lines = placed(nodes, edges, sizes)
    for line in lines.values():
        shorten(line)
    return positions, lines


def placed(
    nodes: Sequence[int], edges: Sequence[tuple[int, int]], sizes: Mapping[int, tuple[float, float]]
) -> tuple[dict[int, Point], dict[int, list[Point]]]:
    """The same with lines that end at the nodes: the layout as the app has it."""
    names = [str(node) for node in nodes]
    name = dict(zip(nodes, names, strict=True))
    arguments = dict.fromkeys(nodes, 0)
    listed = []
    for source, target in edges:
        place = arguments[target]
        listed.append(Edge(name[source], name[target], place))
        arguments[target] = place + 1
    named = {name[node]: size for node, size in sizes.items()}
    result = lay_out(names, listed, named, direction="down", layer_gap=36.0, node_gap=18.0)
    lines = polylines(result.routes, 4)
    return (
        dict(zip(nodes, result.positions.values(), strict=True)),
        {number: lines[edge] for number, edge in enumerate(listed)},
    )


def shorten(line: list[Point]) -> None:
    """Take ``ARROW`` px off the end of a line."""
    left = ARROW
    while len(line) > 1:
        (x0, y0), (x1, y1) = line[-2], line[-1]
        length = hypot(x1 - x0, y1 - y0)
        if length > left:
            share = left / length
            line[-1] = x1 - share * (x1 - x0), y1 - share * (y1 - y0)
            return
        left -= length
        line.pop()


def canvas(count: int, nodes: Sequence[tuple[float, float, str, str]], edges: Sequence[tuple[int, int]]) -> Any:
    """The app's own canvas with a run of that graph, its cards where the nodes are: see ``kit.stand.Canvas``."""
    from tests.bench.kit.stand import Canvas

    return Canvas(count, nodes, edges)
