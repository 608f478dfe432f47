"""Passages: when a gradient went along each edge of a stage, for all edges at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from engine.explain.moment import Moment
from engine.graph.scenes import FOREVER, Entity
from engine.trace import events as ev
from engine.trace.known import PassInfo
from gui.canvas.arrays import Numbers


class Passages:
    """Follows each backward pass as far as it has been looked at."""

    def __init__(self, entities: Mapping[str, Entity], uses: Sequence[Sequence[tuple[str, int]]]) -> None:
        """``uses``: per edge the (entity, argument index) pairs that it leads to."""
        first = {e.node: key for key, e in reversed(list(entities.items())) if e.node is not None}
        self._count = len(uses)
        self._of: dict[int, list[tuple[int, int]]] = {}
        """By node: the edges along which it sends, with the number of the input."""
        for edge, several in enumerate(uses):
            for key, index in several:
                node = entities[key].node
                # Of an op's outputs the first one shows what the node sends.
                if node is not None and first[node] == key:
                    self._of.setdefault(node, []).append((edge, index))
        self._runs: dict[int, tuple[int, Numbers]] = {}

    def of(self, m: Moment, run: PassInfo) -> Numbers:
        """Per edge, the event in which a gradient of the pass went along it; of later ones FOREVER."""
        seen, when = self._runs.get(run.run, (0, np.full(self._count, FOREVER, np.int64)))
        if len(run.ran) > seen:
            for node, place in islice(run.ran.items(), seen, None):
                event = m.trace.events[place]
                if isinstance(event, ev.NodeRan):
                    sent = {s.index for s in event.sent}
                    for edge, index in self._of.get(node, ()):
                        if index in sent and when[edge] > place:
                            when[edge] = place
            self._runs[run.run] = len(run.ran), when
        return when
