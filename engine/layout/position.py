"""Coordinates across the flow: short edges, straight lines where they fit, and never too close."""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.block import Links, assign_blocks
from engine.layout.dummies import Layered
from engine.layout.lanes import Lanes
from engine.layout.rigid import straighten
from engine.layout.runs import Runs

_EDGE_GAP = 0.6
"""Distance between an edge and what it passes, as a share of the gap between nodes."""
_FEW = 90
"""Vertices up to which lines may push others aside, and everything takes its time."""
_ROUNDS, _ROUNDS_OF_FEW = 5, 24
_STEPS = 3
_REACH = 3.0
"""How far a trunk may move to become straight, in gaps between nodes; others one."""
_ASIDE = 0.02
"""How much a leaf beside a line takes part in the first guess."""


def assign_positions(layered: Layered, place: Ints, links: Links, breadth: Floats, gap: float) -> Floats:
    """Per vertex the centre of its lane across the flow, in px.

    ``breadth`` is each node's size across the flow; ``gap`` is kept between nodes, and a little over half
    of it around edges. First every vertex goes where its edges are short. Then the links that came out
    nearly straight are made straight, and what they join moves once more.
    """
    sequence = np.argsort(place)
    apart = distances(layered, sequence, breadth, gap)
    lanes = Lanes(layered, sequence, apart)
    guess = links.weight.copy()
    guess[links.side] *= _ASIDE
    lanes.spread(guess)
    gap = max(gap, 1.0)
    few = layered.vertices <= _FEW
    lanes.settle(links.weight, _ROUNDS_OF_FEW if few else _ROUNDS, gap)
    if few:
        return straighten(layered, place, links, lanes.x, apart, gap)
    runs = Runs(layered, sequence, apart, links.weight, lanes.x)
    reach = np.where(np.arange(layered.vertices) < layered.nodes, gap, _REACH * gap)
    bend = np.abs(lanes.x[layered.lower] - lanes.x[layered.upper] - layered.shift)
    near = links.straight[(bend < reach[layered.upper])[links.straight]]
    blocks = assign_blocks(layered, place, near)
    for _ in range(2):
        runs.join(blocks, reach)
        runs.follow(gap, _STEPS)
    return runs.x


def distances(layered: Layered, sequence: Ints, breadth: Floats, gap: float) -> Floats:
    """Between each vertex and the next: the least distance of their centres, if they share a layer."""
    half = np.zeros(layered.vertices)
    half[: layered.nodes] = breadth / 2.0
    real = half[sequence] > 0.0
    both = real[1:] & real[:-1]
    return np.asarray(half[sequence[1:]] + half[sequence[:-1]] + np.where(both, gap, gap * _EDGE_GAP))
