"""Layers one after the other along the flow, components side by side across it."""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.dummies import Layered
from engine.layout.route import Columns


def stack_components(layered: Layered, component: Ints, x: Floats, breadth: Floats, gap: float) -> Floats:
    """Per vertex its coordinate across the flow when components follow each other ``gap`` px apart.

    ``component`` is per node; the first component begins at 0.
    """
    if not layered.nodes:
        return x
    half = np.zeros(layered.vertices)
    half[: layered.nodes] = breadth / 2.0
    member = component[layered.origin]
    count = int(component.max()) + 1
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, member, x - half)
    np.maximum.at(high, member, x + half)
    size = high - low + gap
    return np.asarray(x + (np.cumsum(size) - size - low)[member])


def place_layers(layered: Layered, component: Ints, depth: Floats, gap: float) -> Columns:
    """Layers as deep as their deepest node, ``gap`` px apart; every component begins at 0.

    A layer of nodes without extent, which only stand for lines, is half as far from its neighbours.
    """
    layer = layered.layer[: layered.nodes]
    extent = np.zeros(layered.layers)
    np.maximum.at(extent, layer, depth)
    owner = np.zeros(layered.layers, np.int64)
    owner[layer] = component
    empty = np.bincount(layer[depth > 0.0], minlength=layered.layers) == 0
    empty &= np.bincount(layer, minlength=layered.layers) > 0
    after = np.full(layered.layers, gap)
    after[empty] /= 2.0
    after[:-1][empty[1:]] = gap / 2.0
    step = extent + after
    begin = np.cumsum(step) - step
    first = np.ones(layered.layers, np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    begin -= begin[first][owner] if layered.layers else 0.0
    center = (begin + extent / 2.0)[layer]
    return Columns(begin, begin + extent, center - depth / 2.0, center + depth / 2.0)
