"""Layered layout of computation graphs."""

from engine.layout.path import Point, Route
from engine.layout.pipeline import lay_out
from engine.layout.route import polylines
from engine.layout.shapes import Direction, Edge, Layout, Rect, Sizes

__all__ = ["Direction", "Edge", "Layout", "Point", "Rect", "Route", "Sizes", "lay_out", "polylines"]
