"""Layered layout of computation graphs."""

from engine.layout.path import Point, Route
from engine.layout.pipeline import lay_out
from engine.layout.route import polylines
from engine.layout.shapes import Direction, Edge, Frame, Groups, Layout, Path, Rect, Sizes

__all__ = [
    "Direction",
    "Edge",
    "Frame",
    "Groups",
    "Layout",
    "Path",
    "Point",
    "Rect",
    "Route",
    "Sizes",
    "lay_out",
    "polylines",
]
