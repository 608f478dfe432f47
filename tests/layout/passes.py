"""The first passes in one step, for tests of the later ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layout.components import components
from engine.layout.dummies import Ints, Layered, add_dummies
from engine.layout.indexed import Indexed, index
from engine.layout.order import order_layers
from engine.layout.rank import assign_ranks, longest_to
from tests.layout.graphs import Graph, program


@dataclass(frozen=True)
class Staged:
    graph: Graph
    indexed: Indexed
    rank: list[int]
    layered: Layered

    def number(self, name: str) -> int:
        return self.graph.nodes.index(name)

    def order(self) -> Ints:
        return order_layers(self.layered)

    def by_key(self, key: Ints) -> Ints:
        """Places for vertices sorted by ``key`` within each layer."""
        sequence = np.lexsort((key, self.layered.layer))
        place = np.empty(len(sequence), np.int64)
        place[sequence] = np.arange(len(sequence))
        return place


def staged(graph: Graph | str) -> Staged:
    graph = program(graph) if isinstance(graph, str) else graph
    indexed = index(graph.nodes, graph.edges, graph.sizes)
    rank = assign_ranks(indexed, longest_to(indexed))
    return Staged(graph, indexed, rank, add_dummies(indexed, rank, components(indexed)))
