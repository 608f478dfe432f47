"""Straight lines in small graphs: blocks of vertices that push others out of their way."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.block import Blocks, Links, assign_blocks
from engine.layout.dummies import Layered
from engine.layout.separate import Distances, separate

_STILL = 0.1
"""Moves below this many px end the search."""
_BEND = 5.0
"""What a line costs that bends after all, in gaps between nodes."""


def straighten(layered: Layered, place: Ints, links: Links, x: Floats, apart: Floats, gap: float) -> Floats:
    """Make links straight and let what they join move once more.

    Straight lines can cost long edges elsewhere. All links are tried, then those that are not far from
    straight, then those that nearly are; the best of the three has short edges and few bends.
    """
    sequence = np.argsort(place)
    same = layered.layer[sequence[1:]] == layered.layer[sequence[:-1]]
    left, right, apart = sequence[:-1][same], sequence[1:][same], apart[same]
    bend = np.abs(x[layered.lower] - x[layered.upper] - layered.shift)[links.straight]
    choices = [links.straight[bend < limit] for limit in (np.inf, 2.0 * gap, gap)]
    choices = list({len(chosen): chosen for chosen in choices}.values())
    best: tuple[float, _Rigid] | None = None
    for chosen in choices:
        blocks = assign_blocks(layered, place, chosen)
        block, offset = blocks.number, blocks.offset
        size = np.bincount(block).astype(np.float64)
        distances = Distances(len(size), block[left], block[right], apart + offset[left] - offset[right])
        wanted = np.bincount(block, x - offset) / size
        rigid = _Rigid(blocks, distances, separate(wanted, size, distances))
        if len(choices) > 1:
            _relax(layered, rigid, links.weight, 4.0 * gap, 1, 8)
        cost = rigid.cost(layered, links, gap)
        if best is None or cost < best[0]:
            best = cost, rigid
    assert best is not None
    # Softer than before: what is left to do is to put things into the middle.
    _relax(layered, best[1], links.weight, 4.0 * gap, 3, 10)
    return best[1].everywhere()


@dataclass(slots=True)
class _Rigid:
    """Blocks, the distances they keep, and where they are."""

    blocks: Blocks
    distances: Distances
    x: Floats

    def everywhere(self) -> Floats:
        """Per vertex."""
        return np.asarray(self.x[self.blocks.number] + self.blocks.offset)

    def cost(self, layered: Layered, links: Links, gap: float) -> float:
        """The length of the edges across the flow, and what the lines cost that bend after all."""
        x = self.everywhere()
        off = np.abs(x[layered.lower] - x[layered.upper] - layered.shift)
        return float((links.weight * off).sum() + _BEND * gap * np.count_nonzero(off[links.straight] > 1.0))


def _relax(layered: Layered, rigid: _Rigid, weight: Floats, softness: float, rounds: int, steps: int) -> None:
    """Move the blocks towards what they are joined to, keeping the distances.

    The sum of lengths, by iteratively reweighted least squares: in each round projected gradient steps with
    momentum (A. Beck, M. Teboulle: A fast iterative shrinkage-thresholding algorithm, 2009), restarted
    when the momentum points the wrong way.
    """
    a, b = rigid.blocks.number[layered.upper], rigid.blocks.number[layered.lower]
    offset = rigid.blocks.offset
    shift = layered.shift + offset[layered.upper] - offset[layered.lower]
    across = np.flatnonzero(a != b)
    a, b, weight, shift = a[across], b[across], weight[across], shift[across]
    x, count = rigid.x, len(rigid.x)
    for _ in range(rounds):
        stiff = weight / np.sqrt((x[b] - x[a] - shift) ** 2 + softness**2)
        total = np.maximum(np.bincount(a, stiff, count) + np.bincount(b, stiff, count), 1e-9)
        begin = y = x
        momentum = 1.0
        for _ in range(steps):
            pull = stiff * (y[b] - y[a] - shift)
            goal = y + (np.bincount(a, pull, count) - np.bincount(b, pull, count)) / (2.0 * total)
            new = separate(goal, total, rigid.distances)
            if ((y - new) * total * (new - x)).sum() > 0.0:
                momentum = 1.0
            following = (1.0 + sqrt(1.0 + 4.0 * momentum * momentum)) / 2.0
            y = new + (momentum - 1.0) / following * (new - x)
            moved = np.abs(new - x).max()
            x, momentum = new, following
            if moved < _STILL:
                break
        if np.abs(x - begin).max() < _STILL:
            break
    rigid.x = x
