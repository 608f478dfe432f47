"""The picture of autograd functions: the same places, with nodes for tensors and next_functions for edges."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from engine.explain.cards import Card
from engine.explain.functions import function_card, node_of
from engine.explain.moment import Moment
from engine.graph.scenes import Entity
from engine.layout import Route
from gui.canvas.arrays import Mask, Numbers
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedEdge
from gui.canvas.stage import Stage


class FunctionPicture(Picture):
    """A node stands where its first output stands, an AccumulateGrad where its leaf stands; the rest is absent."""

    def __init__(self, m: Moment, stage: Stage, moving: bool) -> None:
        super().__init__(m, stage, moving)
        links = stage.links
        self.ends = links.ends
        alive = self.shown & ~self._ghost
        nodes = alive & links.functions
        self._ghost = np.zeros_like(self._ghost)
        for i in links.leaves:
            nodes[i] = bool(alive[i]) and node_of(m, stage.entities[i]) is not None
        self.shown = nodes
        self.drawn = links.passing & nodes[self.ends[:, 0]] & nodes[self.ends[:, 1]]
        self._tints = np.where(stage.kinds == 1, 3, 4)

    stream = "gradient"

    @property
    def flowing(self) -> Mask:
        return self.drawn

    @property
    def tints(self) -> Numbers:
        """AccumulateGrad has the colour of sums, the others that of gradients."""
        return self._tints

    def _face(self, entity: Entity, m: Moment) -> Card:
        return function_card(m, entity, super()._face(entity, m))

    def _appears(self, number: int) -> bool:
        entity = self.stage.entities[number]
        if entity.node is None and self._before is not None:
            return node_of(self._before, entity) is None
        return super()._appears(number)

    @cached_property
    def _new(self) -> list[int]:
        made = super()._new
        if self._before is None:
            return made
        leaves = [i for i in self.stage.links.leaves if self.shown[i] and self._appears(i)]
        return sorted({*made, *leaves})

    def _edge(self, number: int) -> PlacedEdge:
        known = number in self._edges
        placed = super()._edge(number)
        if known:
            return placed
        source = int(self.stage.ends[number, 0])
        stand_in = int(self.ends[number, 0])
        route = placed.route if stand_in == source else self._led_to(stand_in, placed.route)
        shown = replace(placed, route=route, tracked=True, number=self.stage.entities[source].output)
        self._edges[number] = shown
        return shown

    def _led_to(self, card: int, route: Route) -> Route:
        """The way of an edge whose operand's node stands at another card: that of the op's first output."""
        rect = self.stage.rect(card)
        x0, y0 = rect.right(), rect.center().y()
        x1, y1 = route.segments[-1][2] if route.segments else route.start
        bow = max(40.0, abs(x1 - x0) / 2)
        return Route((x0, y0), (((x0 + bow, y0), (x1 - bow, y1), (x1, y1)),))
