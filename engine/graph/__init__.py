"""The computation graph as a picture's contents: scenes, and a networkx graph for each."""

from __future__ import annotations

from engine.graph.build import build
from engine.graph.scenes import Entity, Scene, Scenes

__all__ = ["Entity", "Scene", "Scenes", "build"]
