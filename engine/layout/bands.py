"""Bands: some of the nodes stand beside all others, as a layer of their own across the flow."""

from __future__ import annotations

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.block import Links
from engine.layout.dummies import Layered

GAP = 2.0
"""Between two bands, in gaps between nodes."""
SLACK = 0.02
"""How much a line between two bands pulls, of what it would pull within one."""


def bands_of(layered: Layered, band: Ints) -> Ints:
    """Per vertex its band; ``band`` is per node. A line belongs to the first band to which it leads."""
    n = layered.nodes
    out = np.concatenate([band, np.full(layered.dummies, int(band.max(initial=0)))])
    last = layered.upper[layered.dummies :] >= n
    np.minimum.at(out, layered.upper[layered.dummies :][last], band[layered.lower[layered.dummies :][last]])
    # The dummies of a trunk stand one after the other.
    for dummy in range(layered.dummies - 1, -1, -1):
        before = layered.upper[dummy]
        if before >= n:
            out[before] = min(out[before], out[n + dummy])
    return out


def in_bands(layered: Layered, place: Ints, of: Ints) -> Ints:
    """The same order with the vertices of each layer sorted by their bands."""
    sequence = np.lexsort((place, of, layered.layer))
    out = np.empty(len(sequence), np.int64)
    out[sequence] = np.arange(len(sequence))
    return out


def loosened(layered: Layered, links: Links, of: Ints) -> Links:
    """The links of bands that are placed on their own: lines between two of them pull at neither."""
    between = of[layered.upper] != of[layered.lower]
    weight = np.where(between, SLACK * links.weight, links.weight)
    return Links(links.straight[~between[links.straight]], weight, links.side[~between[links.side]])


def set_apart(
    layered: Layered, place: Ints, x: Floats, of: Ints, component: Ints, breadth: Floats, gap: float
) -> Floats:
    """Move every band across the flow until it begins where the ones before it end. ``component`` is per node.

    In each layer the bands must already be in their order. Components without several bands stay as they are.
    """
    half = np.zeros(layered.vertices)
    half[: layered.nodes] = breadth / 2.0
    member = component[layered.origin]
    out = _gathered(layered, place, x, of, half, gap)
    for number in np.unique(member[of > 0]).tolist():
        mine = member == number
        end = -np.inf
        for band in np.unique(of[mine]).tolist():
            here = mine & (of == band)
            begin = float((out[here] - half[here]).min())
            if end > -np.inf:
                out[here] += end + GAP * gap - begin
            end = float((out[here] + half[here]).max())
    return out


def _gathered(layered: Layered, place: Ints, x: Floats, of: Ints, half: Floats, gap: float) -> Floats:
    """What hangs together with the rest of its band only by way of another one comes beside the largest piece."""
    piece = _pieces(layered, of)
    out = x.copy()
    sequence = np.argsort(place)
    before, behind = sequence[:-1], sequence[1:]
    beside = (layered.layer[before] == layered.layer[behind]) & (of[before] == of[behind])
    before, behind = before[beside], behind[beside]
    for band in np.unique(of).tolist():
        numbers, sizes = np.unique(piece[of == band], return_counts=True)
        main = piece == numbers[sizes.argmax()]
        low, high = (out - half)[main].min(), (out + half)[main].max()
        for number in numbers.tolist():
            mine = piece == number
            top, bottom = (out - half)[mine].min(), (out + half)[mine].max()
            way = max(low - top, 0.0) if top < low else min(high - bottom, 0.0)
            room = out[behind] - half[behind] - out[before] - half[before] - gap
            leading = mine[behind] & ~mine[before] if way < 0.0 else mine[before] & ~mine[behind]
            most = max(0.0, float(room[leading].min(initial=np.inf)))
            out[mine] += max(way, -most) if way < 0.0 else min(way, most)
    return out


def _pieces(layered: Layered, of: Ints) -> Ints:
    """Per vertex a number that it shares with what it is joined to within its band."""
    number = np.arange(layered.vertices)
    within = of[layered.upper] == of[layered.lower]
    upper, lower = layered.upper[within], layered.lower[within]
    while (number[upper] != number[lower]).any():
        least = np.minimum(number[upper], number[lower])
        np.minimum.at(number, upper, least)
        np.minimum.at(number, lower, least)
    return number
