"""Passages: when a gradient went along each edge of a stage, for all edges at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from engine.explain.moment import Moment
from engine.graph.scenes import FOREVER, Entity
from engine.trace import events as ev
from engine.trace.state import PassInfo
from gui.canvas.arrays import Numbers


class Passages:
    """Follows each backward pass as far as it has been looked at."""

    def __init__(self, entities: Sequence[Entity], into: Mapping[int, list[int]], indices: Sequence[int]) -> None:
        self._at: dict[int, int] = {}
        """The card at which each node's gradient arrives."""
        for number, entity in enumerate(entities):
            if entity.node is not None:
                self._at.setdefault(entity.node, number)
        self._into, self._indices = into, indices
        self._runs: dict[int, tuple[int, Numbers]] = {}

    def of(self, m: Moment, run: PassInfo) -> Numbers:
        """Per edge, the event in which a gradient of the pass went along it; of later ones FOREVER."""
        seen, when = self._runs.get(run.run, (0, np.full(len(self._indices), FOREVER, np.int64)))
        if len(run.ran) > seen:
            for node, place in islice(run.ran.items(), seen, None):
                event = m.trace.events[place]
                if isinstance(event, ev.NodeRan):
                    sent = {s.index for s in event.sent}
                    for edge in self._into.get(self._at.get(node, -1), ()):
                        if self._indices[edge] in sent:
                            when[edge] = place
            self._runs[run.run] = len(run.ran), when
        return when
