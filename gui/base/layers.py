"""Layers: what switches add to the picture or take away from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layers:
    """The default is the calm picture with everything that the program made."""

    queue: bool = False
    """The counters of the ready queue."""
    higher: bool = True
    """Nodes of second and higher derivatives."""
