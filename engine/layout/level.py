"""One level: the passes in turn, over nodes, boxes that have been arranged before, and the ends of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.bands import bands_of, in_bands, loosened, set_apart
from engine.layout.block import find_links
from engine.layout.components import components
from engine.layout.dummies import add_dummies
from engine.layout.indexed import Indexed
from engine.layout.order import order_layers
from engine.layout.port import assign_ports
from engine.layout.position import assign_positions, distances
from engine.layout.rank import assign_ranks, longest_to
from engine.layout.route import Tracks
from engine.layout.stack import place_layers, stack_components
from engine.layout.steady import hold


@dataclass(frozen=True, slots=True)
class Gaps:
    """Distances in px: between layers, and between nodes in one."""

    layer: float
    node: float


@dataclass(frozen=True, slots=True)
class Level:
    """Where the nodes of one level are, by their centres, and the lines between them."""

    along: Floats
    across: Floats
    tracks: Tracks
    begin: float
    end: float
    low: float
    high: float
    """What all of it takes up: ``begin`` to ``end`` along the flow, ``low`` to ``high`` across it."""


def arrange(
    graph: Indexed,
    depth: Floats,
    breadth: Floats,
    gaps: Gaps,
    fixed: tuple[Floats, Floats] | None = None,
    gates: Sequence[int] = (),
    exits: Sequence[int] = (),
    previous: Floats | None = None,
    band: Ints | None = None,
) -> Level:
    """Place nodes of the given sizes along and across the flow.

    ``fixed``: where edges have to leave and arrive, see ``add_dummies``. ``gates`` are nodes that stay in
    the first layer, ``exits`` nodes that stand alone in the last one. ``previous`` is where nodes were across
    the flow in a picture that this one follows, NaN for those that are new. ``band`` numbers the bands beside
    each other in which the nodes stand, if there is more than one.
    """
    member = components(graph)
    component = np.array(member, np.int64)
    rank = assign_ranks(graph, longest_to(graph), gates)
    if exits:
        _put_last(rank, member, exits)
    layered = add_dummies(graph, rank, member, fixed)
    place = order_layers(layered)
    of = None if band is None else bands_of(layered, band)
    links = find_links(graph, layered)
    if of is not None:
        place, links = in_bands(layered, place, of), loosened(layered, links, of)
    x = assign_positions(layered, place, links, breadth, gaps.node)
    if previous is not None:
        apart = distances(layered, np.argsort(place), breadth, gaps.node)
        x = hold(layered, place, x, previous, apart, gaps.node)
    if of is not None:
        x = set_apart(layered, place, x, of, component, breadth, gaps.node)
    x = stack_components(layered, component, x, breadth, 2.0 * gaps.node)
    columns = place_layers(layered, component, depth, gaps.layer)
    across = x[: layered.nodes]
    return Level(
        along=(columns.node_begin + columns.node_end) / 2.0,
        across=across,
        tracks=Tracks(layered, assign_ports(layered, place, x, breadth), columns),
        begin=float(columns.layer_begin.min()),
        end=float(columns.layer_end.max()),
        # Lanes count: a trunk may be what is farthest out. Between the layers nothing is farther out than in them.
        low=float(min(x.min(), (across - breadth / 2.0).min())),
        high=float(max(x.max(), (across + breadth / 2.0).max())),
    )


def _put_last(rank: list[int], member: list[int], exits: Sequence[int]) -> None:
    """Rank every exit behind all else in its component."""
    last: dict[int, int] = {}
    apart = set(exits)
    for v, number in enumerate(member):
        if v not in apart:
            last[number] = max(last.get(number, 0), rank[v])
    for v in exits:
        rank[v] = last[member[v]] + 1
