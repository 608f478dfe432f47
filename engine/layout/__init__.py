"""Layered layout of computation graphs."""

from engine.layout.path import Point, Route
from engine.layout.pipeline import lay_out
from engine.layout.shapes import Direction, Edge, Key, Layout, Sizes

__all__ = ["Direction", "Edge", "Key", "Layout", "Point", "Route", "Sizes", "lay_out"]
