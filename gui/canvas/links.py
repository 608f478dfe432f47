"""Links: which cards of a stage stand for autograd nodes, and which of its edges are edges between those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.graph.scenes import LEAF, Entity

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class Links:
    """What of a stage the view of functions shows. The first output of an op stands for its node."""

    def __init__(self, entities: Sequence[Entity], ends: Numbers, cuts: Sequence[str]) -> None:
        first: dict[int, int] = {}
        self.stand_in = np.arange(len(entities), dtype=np.int64)
        """Per card, the card at which its gradient arrives."""
        self.functions: Mask = np.zeros(len(entities), np.bool_)
        """Per card, whether it stands for an op's node."""
        for i, entity in enumerate(entities):
            if entity.node is not None:
                self.stand_in[i] = first.setdefault(entity.node, i)
                self.functions[i] = self.stand_in[i] == i
        self.leaves = [i for i, entity in enumerate(entities) if entity.kind == LEAF]
        self.ends = np.stack([self.stand_in[ends[:, 0]], ends[:, 1]], axis=1)
        """Per edge, the cards of the next function and of the node that sends to it."""
        passing = np.array([cut == "" for cut in cuts], np.bool_).reshape(-1)
        self.passing: Mask = passing & self.functions[ends[:, 1]]
        """Per edge, whether a gradient goes along it. Of an op's outputs the first one has them all."""
