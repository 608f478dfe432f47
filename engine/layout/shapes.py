"""What goes into a layout and what comes out of it. Lengths are scene pixels; y grows downwards."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.layout.path import Point, Route

Key: TypeAlias = Hashable
"""Names a node; a string in practice."""

Sizes: TypeAlias = Mapping[str, tuple[float, float]]
"""Width and height of each node, measured by whoever draws it."""

Direction: TypeAlias = Literal["right", "down"]
"""Where results lie, seen from their operands."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Leads from an operand to the result. ``index`` is the argument's place: edges arrive in that order."""

    source: str
    target: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands: centres of the nodes, and a route for each (source, target, index)."""

    positions: dict[str, Point]
    routes: dict[tuple[str, str, int], Route]
    bounds: tuple[float, float, float, float]
    """Left, top, right and bottom of the nodes and routes together; all 0 when there are none."""
