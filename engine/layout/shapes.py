"""What goes into a layout and what comes out of it. Lengths are scene pixels; y grows downwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from engine.layout.path import Point, Route

Sizes: TypeAlias = Mapping[str, tuple[float, float]]
"""Width and height of each node, measured by whoever draws it."""

Direction: TypeAlias = Literal["right", "down"]
"""Where results lie, seen from their operands."""

Rect: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""

Path: TypeAlias = tuple[str, ...]
"""Names a group and, before it, the groups that it is in."""

Groups: TypeAlias = Mapping[str, Path]
"""The innermost group of each node that is in one."""


class Edge(NamedTuple):
    """Leads from an operand to the result. ``index`` is the argument's place: edges arrive in that order."""

    source: str
    target: str
    index: int = 0  # type: ignore[assignment]  # nobody searches an edge as a tuple


@dataclass(frozen=True, slots=True)
class Frame:
    """Goes around the nodes of one group and around no others."""

    path: Path
    rect: Rect
    nodes: tuple[str, ...]
    """In source order, with those of the groups inside."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands: centres of the nodes, and a route for each (source, target, index)."""

    positions: dict[str, Point]
    routes: Mapping[tuple[str, str, int], Route]
    bounds: Rect
    """Of the nodes, frames and routes together; all 0 when there are none."""
    frames: tuple[Frame, ...] = ()
    """Outer ones before those inside."""
