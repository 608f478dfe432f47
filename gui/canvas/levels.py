"""Levels of detail by zoom. From one to the next things fade, so that nothing jumps."""

from __future__ import annotations

from typing import NamedTuple

BLOCK, NAMED = 0.25, 0.34
"""Up to the first a card is a block of its colour; from the second on its op and name stand on its ground."""
SWAP, MIDST, NEAR = 0.45, 0.48, 0.51
"""Up to the first a card has only its name, in large; from the last one on it has all its words. In the
midst there is a little of each."""
CHIPS = 0.3
"""From here on gradients that have passed can be read on their edges."""
CLOSE = 0.62
"""From here on an edge is wider than a pixel."""


class Level(NamedTuple):
    """How much of each is seen, from 0 to 1."""

    block: float
    """The card filled with its colour."""
    name: float
    words: float


def level(zoom: float) -> Level:
    named = _ramp(zoom, BLOCK, NAMED)
    large = 1.0 - _ramp(zoom, SWAP, MIDST + 0.01)
    return Level(1.0 - named, named * large, _ramp(zoom, MIDST - 0.01, NEAR))


def _ramp(zoom: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (zoom - low) / (high - low)))
