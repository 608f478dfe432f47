"""Picture: what the canvas draws at a moment, placed. A pure function of the moment; cards are made when looked at."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.explain.bundles import bundle_flow
from engine.explain.cards import Card, card
from engine.explain.flow import EdgeKey, Flow, flow_on
from engine.explain.moment import Moment
from engine.graph.scenes import FOREVER, Entity
from gui.base.layers import Layers
from gui.canvas.arrays import Mask, Numbers
from gui.canvas.effects import Effects
from gui.canvas.groups import PlacedFrame, group_card, result_of
from gui.canvas.orders import shown_layers
from gui.canvas.placed import PlacedCard, PlacedEdge, union
from gui.canvas.regions import regions
from gui.canvas.stage import Stage
from gui.canvas.step import active_keys, running, since
from gui.canvas.threads import Threads

TINTS = ("untracked", "leaf", "forward", "accumulated", "gradient")
"""Colours of cards from afar."""
EDGES = tuple((kind, pale) for kind in ("untracked", "stream", "passed") for pale in (True, False))
"""The kinds of edges on which nothing moves, from number 1 on: not tracked, tracked, and those along which a
gradient has gone; each also faded."""
FEW = 200
"""So many edges are not looked at more closely."""
NOWHERE = QRectF(0, 0, 400, 240)
"""Where there is no graph."""


class Picture:
    """What is drawn. ``bounds`` is that of the whole scene, so that it does not move while nodes appear."""

    def __init__(self, m: Moment, stage: Stage, moving: bool) -> None:
        self.scene = m.scene.number
        self.moving = moving
        """Whether the step at hand is still on its way."""
        self.stage = stage
        left, top, right, bottom = stage.layout.bounds
        self.bounds = QRectF(left, top, right - left, bottom - top) if stage.keys else NOWHERE
        self._m = m
        self._before = Moment.at(m.trace, m.scenes, m.cursor - 1) if moving and m.cursor > 0 else None
        self._run = m.shown_pass()
        made = stage.made < m.place
        seen: Mask = made & ((stage.died == FOREVER) | (stage.died >= since(m)))
        # Dead operands of living results are shown faded, so that one sees what those were made of.
        self._ghost: Mask = np.zeros(len(stage.keys), np.bool_)
        sources, targets = stage.ends[:, 0], stage.ends[:, 1]
        faded = sources[seen[targets] & ~seen[sources] & made[sources]]
        self._ghost[faded] = True
        self.shown: Mask = seen | self._ghost
        self.ends = stage.ends
        """Per edge, the numbers of the cards between which it is drawn."""
        self.drawn: Mask = self.shown[sources] & self.shown[targets] & (stage.feeds < m.place)
        """Per edge, whether it is there."""
        self._lit = {stage.index[key] for key in active_keys(m) if key in stage.index}
        self._cards: dict[int, PlacedCard] = {}
        self._edges: dict[int, PlacedEdge] = {}

    def limit(self, layers: Layers) -> None:
        """Show what the switches ask for."""
        self.effects = Effects(self._m, self._before, layers)
        if not layers.higher:
            self.shown &= self.stage.bands == 0
            self.drawn &= self.shown[self.ends[:, 0]] & self.shown[self.ends[:, 1]]

    # --- cards ------------------------------------------------------------------------------

    def _appears(self, number: int) -> bool:
        step = self._m.step
        return step is not None and bool(self.stage.made[number] >= step.start)

    def _card(self, number: int) -> PlacedCard:
        placed = self._cards.get(number)
        if placed is None:
            placed = self._cards[number] = PlacedCard(
                self._said(number, self._seen_at(number)),
                self.stage.entities[number],
                self.stage.rect(number),
                self._appears(number),
                number in self._lit,
                bool(self._ghost[number]),
                self.stage.groups[number],
            )
        return placed

    def _said(self, number: int, m: Moment) -> Card:
        stage = self.stage
        entity, group = stage.entities[number], stage.groups[number]
        if group is None:
            return self._face(entity, m)
        result = result_of(stage.folded, group, entity, m.place)
        return group_card(group, entity.key, self._face(result, m), result.made < m.place)

    def _seen_at(self, number: int) -> Moment:
        """The moment whose numbers a card shows: what the step does to others has not arrived while it moves."""
        running = number in self._senders and self.stage.entities[number].node is not None
        return self._m if self._before is None or running or self._appears(number) else self._before

    def _face(self, entity: Entity, m: Moment) -> Card:
        return card(m, entity)

    @property
    def cards(self) -> list[PlacedCard]:
        """All cards, in the order of the program. For a large graph: many."""
        return [self._card(i) for i in np.flatnonzero(self.shown).tolist()]

    def __contains__(self, key: object) -> bool:
        number = self.stage.index.get(key) if isinstance(key, str) else None
        return number is not None and bool(self.shown[number])

    def __getitem__(self, key: str) -> PlacedCard:
        """The card of an entity that is shown."""
        if key not in self:
            raise KeyError(key)
        return self._card(self.stage.index[key])

    @property
    def keys(self) -> list[str]:
        """The entities that are shown, in the order of the program."""
        return [self.stage.keys[i] for i in np.flatnonzero(self.shown).tolist()]

    def cards_in(self, rect: QRectF) -> list[PlacedCard]:
        """The cards that reach into a part of the scene."""
        here = self.stage.near.meeting(rect)
        return [self._card(i) for i in here[self.shown[here]].tolist()]

    def at(self, point: QPointF) -> PlacedCard | None:
        """The card under a point of the scene."""
        here = self.stage.near.meeting(QRectF(point.x(), point.y(), 0, 0))
        found = here[self.shown[here]]
        return self._card(int(found[-1])) if len(found) else None

    @cached_property
    def active(self) -> list[PlacedCard]:
        """The cards that the step at hand is about."""
        return [self._card(number) for number in sorted(self._lit) if self.shown[number]]

    @cached_property
    def appearing(self) -> list[PlacedCard]:
        """The cards that come with the step at hand."""
        return [self._card(i) for i in self._new]

    @cached_property
    def regions(self) -> list[QRectF]:
        """Around the cards that stand there and were made without grad mode."""
        return regions(self._m.trace, self.stage, self.standing, self.drawn)

    @cached_property
    def dying(self) -> list[QRectF]:
        """The cards that are gone after the step at hand."""
        step = self._m.step
        if step is None:
            return []
        dead = self.shown & ~self._ghost & (self.stage.died >= step.start) & (self.stage.died < self._m.place)
        return [self.stage.rect(i) for i in np.flatnonzero(dead).tolist()]

    @cached_property
    def _new(self) -> list[int]:
        step = self._m.step
        return [] if step is None else np.flatnonzero(self.shown & (self.stage.made >= step.start)).tolist()

    @cached_property
    def frames(self) -> list[PlacedFrame]:
        """The frames of open groups in which something has been computed."""
        return [frame for frame in self.stage.frames if self.shown[frame.ops].any()]

    @cached_property
    def layers(self) -> list[tuple[str, QRectF]]:
        """The title and the place of the layers of derivatives of higher order."""
        return shown_layers(self.stage, self.shown)

    def active_rect(self) -> QRectF:
        """The part that the step at hand is about."""
        return union(placed.rect for placed in self.active)

    def around(self, keys: Iterable[str]) -> QRectF:
        """The part in which those of the entities are that are shown; null if none is."""
        index = self.stage.index
        numbers = np.array([index[key] for key in keys if key in index], np.int64)
        boxes = self.stage.boxes[numbers[self.shown[numbers]]]
        if not len(boxes):
            return QRectF()
        (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        return QRectF(left, top, right - left, bottom - top)

    def newest_rect(self) -> QRectF:
        """The card that came last of those that are there; null if there is none."""
        there = np.flatnonzero(self.shown)
        if not len(there):
            return QRectF()
        return self.stage.rect(int(there[np.argmax(self.stage.made[there])]))

    # --- edges ------------------------------------------------------------------------------

    def _edge(self, number: int) -> PlacedEdge:
        placed = self._edges.get(number)
        if placed is None:
            stage = self.stage
            source, target = stage.ends[number].tolist()
            placed = self._edges[number] = PlacedEdge(
                stage.edges[number],
                stage.route(number),
                stage.cuts[number] == "",
                stage.cuts[number],
                float(stage.rests[number]),
                bool(stage.roomy[number]),
                self._flow(number, target),
                self._feeds(number),
                bool(self._ghost[source] or self._ghost[target]),
                tuple((stage.folded.entities[key].sources[i], key, i) for key, i in stage.uses[number]),
            )
        return placed

    def _flow(self, number: int, target: int) -> Flow | None:
        stage = self.stage
        if stage.groups[target] is not None:
            return bundle_flow(self._m, self._run, stage.edges[number], stage.uses[number])
        if self._passages is None or self._run is None or self._passages[number] >= self._m.place:
            return None
        key = self._run.run, number
        flow = stage.flows.get(key)
        if flow is None:
            flow = flow_on(self._m, self._run, stage.entities[target], stage.edges[number][2])
            if flow is not None and not flow.now:
                stage.flows[key] = flow
        return flow

    def _feeds(self, number: int) -> bool:
        step = self._m.step
        return step is not None and bool(self.stage.feeds[number] >= step.start)

    @property
    def edges(self) -> list[PlacedEdge]:
        """All edges. For a large graph: many."""
        return [self._edge(i) for i in np.flatnonzero(self.drawn).tolist()]

    def edges_in(self, rect: QRectF) -> list[PlacedEdge]:
        """The edges that may reach into a part of the scene."""
        return [self._edge(i) for i in self.numbers_in(rect).tolist()]

    def resting_in(self, rect: QRectF) -> list[PlacedEdge]:
        """Those of them on which nothing moves."""
        return [self._edge(i) for i in self.numbers_in(rect).tolist() if self.resting[i]]

    def walled_in(self, rect: QRectF) -> list[PlacedEdge]:
        """Those on which a wall stands."""
        return [self._edge(i) for i in self.stage.bundle.wires.passing(self.resting & self.stage.walls, rect).tolist()]

    def chips_in(self, rect: QRectF) -> list[PlacedEdge]:
        """Edges whose chip, that of a gradient which has passed, stands in a part of the scene."""
        here = self.stage.bundle.chips.meeting(rect)
        return [self._edge(i) for i in here[self.resting[here] & self.passed[here]].tolist()]

    def numbers_in(self, rect: QRectF) -> Numbers:
        """The numbers of those edges."""
        wires = self.stage.bundle.wires
        near = wires.near(self.drawn, rect)
        return near if len(near) <= FEW else wires.passing(self.drawn, rect)

    @property
    def busy(self) -> list[PlacedEdge]:
        """The edges on which something moves in the step at hand: into new cards, and out of the node that runs."""
        return [self._edge(number) for number in self._busy]

    @cached_property
    def _busy(self) -> list[int]:
        step = self._m.step
        numbers = [] if step is None else np.flatnonzero(self.drawn & (self.stage.feeds >= step.start)).tolist()
        numbers += [n for target in self._senders for n in self.stage.into.get(target, ()) if self.drawn[n]]
        return [n for n in numbers if (e := self._edge(n)).feeds or (e.flow is not None and e.flow.now)]

    @cached_property
    def _senders(self) -> list[int]:
        """The card of the node that runs; several if it has several outputs."""
        node = running(self._m)
        keys = [] if node is None else self._m.scenes.of_node(node)
        return sorted({self.stage.index[key] for key in keys if key in self.stage.index})

    # --- all at once ------------------------------------------------------------------------

    @cached_property
    def _passages(self) -> Numbers | None:
        return None if self._run is None else self.stage.passages.of(self._m, self._run)

    @cached_property
    def passed(self) -> Mask:
        """Per edge, whether a gradient went along it before the step at hand."""
        when = self._passages
        if when is None:
            return np.zeros_like(self.drawn)
        step = self._m.step
        out: Mask = self.drawn & (when < (self._m.place if step is None else step.main))
        return out

    @cached_property
    def standing(self) -> Mask:
        """Per card, whether it is there and does not come with the step at hand."""
        out = self.shown.copy()
        if self.moving:
            out[self._new] = False
        return out

    @cached_property
    def resting(self) -> Mask:
        """Per edge, whether it is there and nothing moves on it."""
        out = self.drawn.copy()
        for number in self._busy:
            edge = self._edge(number)
            if (edge.feeds and self.moving) or (edge.flow is not None and edge.flow.now):
                out[number] = False
        return out

    @cached_property
    def states(self) -> Numbers:
        """Per edge: 0 where none is to be drawn that rests, else one of ``EDGES``; see there."""
        pale = self._ghost[self.ends[:, 0]] | self._ghost[self.ends[:, 1]]
        kind = np.where(self.passed, 3, np.where(self.flowing, 2, 1))
        out: Numbers = self.resting * (2 * kind - pale)
        return out

    @cached_property
    def _threads(self) -> dict[int, Numbers]:
        return {}

    def states_of(self, threads: Threads) -> Numbers:
        """The same per piece."""
        known = self._threads.get(id(threads))
        if known is None:
            known = self._threads[id(threads)] = threads.states(self.states)
        return known

    @property
    def run(self) -> int | None:
        """The number of the pass whose gradients are seen."""
        return None if self._run is None else self._run.run

    @property
    def tints(self) -> Numbers:
        """Per card, the number of its colour in ``TINTS``."""
        return self.stage.kinds

    @property
    def flowing(self) -> Mask:
        """Per edge, whether gradients go along it."""
        return self.stage.tracked

    stream = "forward"
    """The colour of those edges."""

    def look(self, number: int) -> tuple[object, ...]:
        """All that a card's painting depends on but its place: if it is the same in two pictures, so is the card."""
        placed = self._card(number)
        return placed.card, placed.active, placed.ghost, self.effects.at(placed.entity)

    def flow_at(self, number: int) -> Flow | None:
        """The gradient to be seen on an edge."""
        return self._flow(number, int(self.stage.ends[number, 1]))

    def edge_at(self, number: int) -> PlacedEdge:
        return self._edge(number)

    @property
    def ghosts(self) -> Mask:
        return self._ghost

    def edge(self, key: EdgeKey) -> PlacedEdge | None:
        """An edge by its ends, if it is shown."""
        number = self.stage.edge_index.get(key)
        return None if number is None or not self.drawn[number] else self._edge(number)
