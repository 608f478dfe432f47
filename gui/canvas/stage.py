"""Stages: a scene's graph with its layout, kept while it is needed; a large one is laid out beside the window."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Thread

import networkx as nx
import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal, Slot

from engine.explain import names
from engine.explain.cards import glyph_of
from engine.explain.flow import EdgeKey, Flow
from engine.explain.moment import Moment
from engine.graph.build import structure
from engine.graph.folding import Folded, Folds
from engine.graph.groups import Group
from engine.graph.identity import Marks, marks, matched
from engine.graph.scenes import LEAF, Entity
from engine.layout import Edge, Layout, Route, lay_out
from engine.layout.path import Point
from engine.layout.route import Routes
from engine.trace import events as ev
from gui.canvas import measure
from gui.canvas.arrays import Mask, Numbers
from gui.canvas.bundle import Bundle
from gui.canvas.groups import PlacedFrame, folding, group_size, lives, placed_frames
from gui.canvas.links import Links
from gui.canvas.near import Near
from gui.canvas.orders import bands
from gui.canvas.passages import Passages
from gui.canvas.rests import Rest, rests

LAYER_GAP, LAYER_GAP_SMALL, LAYER_GAP_TENSORS = 78.0, 100.0, 106.0
"""Room between layers for the values on edges: more where the graph is short, and for gradients with a shape."""
SHORT = 3
"""Layers of a short graph."""
NODE_GAP, NODE_GAP_SMALL = 28.0, 46.0
SMALL = 14
"""Up to so many cards a picture is given more air."""
BESIDE = 120
"""From so many cards on, a layout takes longer than a frame and is made beside the window. While a run goes on each one
is: there is other work to be done between frames."""
FOLLOWED = 600
"""Up to so many cards, a picture follows the one before it."""

Sizes = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Placing:
    """A layout with the places of the chips on its edges."""

    layout: Layout
    rests: dict[EdgeKey, Rest]
    keys: list[str]
    bundle: Bundle


class Stage:
    """A scene's graph, placed. Arrays answer what is asked of all its cards at once."""

    def __init__(self, folded: Folded, placing: Placing, sizes: Sizes) -> None:
        layout, graph = placing.layout, folded.graph
        self.layout = layout
        self.folded = folded
        self.keys = list(graph)
        place = {key: i for i, key in enumerate(self.keys)}
        self.index = {key: place[card] for key, card in folded.card.items()}
        """The number of each entity's card; those in a collapsed group have that of the group."""
        self.groups: list[Group | None] = [folded.group(key) for key in self.keys]
        self.entities: list[Entity] = [graph.nodes[key]["entity"] for key in self.keys]
        centres = np.array([layout.positions[key] for key in self.keys], np.float64).reshape(-1, 2)
        halves = np.array([sizes[key] for key in self.keys], np.float64).reshape(-1, 2) / 2
        self.boxes = np.hstack([centres - halves, centres + halves])
        """Left, top, right and bottom of each card."""
        self.made, self.died = lives(folded)
        """Per card, the events at which it appears and after which it is dead."""
        self.edges: list[EdgeKey] = []
        self.cuts: list[str] = []
        self.uses: list[tuple[tuple[str, int], ...]] = []
        """Per edge, the (entity, argument index) pairs that it leads to; one, but into a collapsed group."""
        for u, v, k, data in graph.edges(keys=True, data=True):
            self.edges.append((u, v, k))
            self.cuts.append(data["cut"])
            self.uses.append(data.get("uses", ((v, k),)))
        self.ends = np.array([(self.index[u], self.index[v]) for u, v, _ in self.edges], np.int64).reshape(-1, 2)
        self.bundle = placing.bundle
        self.rests = np.array([placing.rests[edge].share for edge in self.edges], np.float64)
        self.roomy: Mask = np.array([placing.rests[edge].roomy for edge in self.edges], np.bool_)
        """Per edge, whether there is room for its chip beside those of others."""
        self.flows: dict[tuple[int, int], Flow] = {}
        """By pass and edge: the gradient that went along it, kept once somebody has looked at it."""
        self.into: dict[int, list[int]] = {}
        for number, (_, target) in enumerate(self.ends.tolist()):
            self.into.setdefault(target, []).append(number)

    @cached_property
    def feeds(self) -> Numbers:
        """Per edge, the event that made the first result it leads to."""
        made = [min(self.folded.entities[key].made for key, _ in uses) for uses in self.uses]
        return np.array(made, np.int64).reshape(-1)

    @cached_property
    def frames(self) -> list[PlacedFrame]:
        """The frames of open groups."""
        return placed_frames(self.folded, self.layout.frames, self.index)

    @cached_property
    def edge_index(self) -> dict[EdgeKey, int]:
        """The number of each edge."""
        return {key: number for number, key in enumerate(self.edges)}

    @cached_property
    def marks(self) -> Marks:
        """What its cards can be recognised by."""
        return marks(self.folded)

    @cached_property
    def links(self) -> Links:
        """What of it the view of autograd functions shows."""
        return Links(self.entities, self.ends, self.cuts)

    def route(self, edge: int) -> Route:
        return self.layout.routes[self.edges[edge]]

    @cached_property
    def bands(self) -> Numbers:
        """Per card 0, or more in the layer of a derivative of higher order."""
        found = bands(self.folded.graph)
        return np.array([found.get(key, 0) for key in self.keys], np.int64)

    @cached_property
    def kinds(self) -> Numbers:
        """Per card: 0 not tracked, 1 a leaf, 2 an op's result."""
        kinds = [0 if not e.tracked else 1 if e.kind == LEAF else 2 for e in self.entities]
        return np.array(kinds, np.int64).reshape(-1)

    @cached_property
    def tracked(self) -> Mask:
        """Per edge, whether gradients go along it."""
        return np.array([cut == "" for cut in self.cuts], np.bool_).reshape(-1)

    @cached_property
    def walls(self) -> Mask:
        """Per edge, whether a wall stands on it."""
        return np.array([cut not in ("", "constant") for cut in self.cuts], np.bool_).reshape(-1)

    @cached_property
    def sums(self) -> Mask:
        """Per edge, whether it stands for several."""
        return np.array([len(uses) > 1 for uses in self.uses], np.bool_).reshape(-1)

    @cached_property
    def passages(self) -> Passages:
        """When gradients went along its edges."""
        return Passages(self.folded.entities, self.uses)

    def rect(self, number: int) -> QRectF:
        """Where a card stands."""
        left, top, right, bottom = self.boxes[number].tolist()
        return QRectF(left, top, right - left, bottom - top)

    @cached_property
    def near(self) -> Near:
        """Which cards stand in a part of the scene."""
        return Near(self.boxes)


class _Plan:
    """A scene's graph before it is placed. ``form`` is what its layout depends on."""

    def __init__(self, m: Moment, folds: Folds) -> None:
        self.folded = folding(m, folds)
        self.graph = self.folded.graph
        self.keys = list(self.graph)
        entities, group = self.folded.entities, self.folded.group
        shaped = {key: _shaped(m, entities[key]) for key in self.keys}
        self.sizes: Sizes = {key: _size(m, entities[key], group(key), shaped[key]) for key in self.keys}
        self._shaped = any(data["tracked"] and shaped[u] for u, _, data in self.graph.edges(data=True))
        around = tuple(self.folded.frames.get(key) for key in self.keys)
        self._bands = bands(self.graph)
        beside = tuple(self._bands.values())
        self.form = (structure(self.graph), tuple(self.sizes.values()), self._shaped, around, beside)

    def place(self, previous: Mapping[str, Point]) -> Placing:
        """``previous`` has where cards were in the picture that this one follows."""
        small = len(self.keys) <= SMALL
        short = small and nx.dag_longest_path_length(self.graph) < SHORT
        between = LAYER_GAP_TENSORS if self._shaped else LAYER_GAP_SMALL if short else LAYER_GAP
        edges = [Edge(u, v, k) for u, v, k in self.graph.edges(keys=True)]
        gap = NODE_GAP_SMALL if small else NODE_GAP
        groups = self.folded.frames
        layout = lay_out(
            self.keys,
            edges,
            self.sizes,
            layer_gap=between,
            node_gap=gap,
            groups=groups,
            previous=previous,
            bands=self._bands,
        )
        return self.placed(layout)

    def placed(self, layout: Layout) -> Placing:
        places = rests(layout, self.sizes)
        shares = {edge: rest.share for edge, rest in places.items()}
        return Placing(layout, places, self.keys, Bundle(layout.routes, list(self.graph.edges), shares))


class Stages(QObject):
    """Makes stages; keeps graphs and layouts that are needed again."""

    ready = Signal()
    """A layout that ``soon`` had begun is there."""
    _placed = Signal(object, object)
    """The same, from the thread that made it: a form and its placing, or what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.folds: Folds = {}
        """The groups that are to be collapsed or open."""
        self.last: Stage | None = None
        """The stage that the next new one follows: what is in both keeps its place."""
        self._stages: OrderedDict[object, Stage] = OrderedDict()
        self._layouts: OrderedDict[object, Placing] = OrderedDict()
        self._busy = False
        """Whether a layout is being made."""
        self._placed.connect(self._done)
        self._plan: tuple[object, _Plan] | None = None
        """The last one, with its key: while it is laid out it is asked for again."""

    def at(self, m: Moment) -> Stage:
        """The stage of a moment's scene."""
        known = self._known(m)
        if known is not None:
            return known
        plan = self._planned(m)
        placing = self._layouts.get(plan.form)
        return self._made(m, plan, placing or self._keep(plan.form, plan.place(self._before(plan))))

    def soon(self, m: Moment, growing: bool) -> Stage | None:
        """The same; None, while a thread makes it, where a layout would hold the window.

        ``growing``: the run goes on.
        """
        known = self._known(m)
        if known is not None:
            return known
        plan = self._planned(m)
        placing = self._layouts.get(plan.form)
        if placing is None and (growing or len(plan.keys) > BESIDE):
            if not self._busy:
                self._busy = True
                Thread(target=self._lay_out, args=(plan, self._before(plan)), daemon=True).start()
            return None
        return self._made(m, plan, placing or self._keep(plan.form, plan.place(self._before(plan))))

    def _lay_out(self, plan: _Plan, previous: Mapping[str, Point]) -> None:
        try:
            self._placed.emit(plan.form, plan.place(previous))
        except Exception as error:
            self._placed.emit(plan.form, error)

    def forget(self) -> None:
        """Begin anew: another program is not to look like the last one."""
        self.last = None
        self._plan = None
        self._stages.clear()
        self._layouts.clear()

    def _before(self, plan: _Plan) -> Mapping[str, Point]:
        """Where the cards of a plan were on the last stage."""
        last = self.last
        if last is None or max(len(last.keys), len(plan.keys)) > FOLLOWED:
            return {}
        positions = last.layout.positions
        return {key: positions[was] for key, was in matched(last.marks, marks(plan.folded)).items()}

    def keep(self, m: Moment, lay: Callable[[list[str], list[EdgeKey]], Layout]) -> None:
        """Place a moment's scene as ``lay`` does it."""
        plan = _Plan(m, self.folds)
        self._keep(plan.form, plan.placed(lay(plan.keys, list(plan.graph.edges))))

    def _planned(self, m: Moment) -> _Plan:
        key = self._key(m)
        if self._plan is None or self._plan[0] != key:
            self._plan = key, _Plan(m, self.folds)
        return self._plan[1]

    def _known(self, m: Moment) -> Stage | None:
        key = self._key(m)
        if key in self._stages:
            self._stages.move_to_end(key)
        return self._stages.get(key)

    def _key(self, m: Moment) -> object:
        return id(m.scenes), m.scene.number, m.scenes.count, frozenset(self.folds.items())

    def _made(self, m: Moment, plan: _Plan, placing: Placing) -> Stage:
        """Scenes of the same form share one layout: epoch 57 looks like epoch 56."""
        self._layouts.move_to_end(plan.form)
        self._plan = None
        stage = self._stages[self._key(m)] = Stage(plan.folded, _renamed(placing, plan.keys), plan.sizes)
        if len(self._stages) > 64:
            self._stages.popitem(last=False)
        return stage

    def _keep(self, form: object, placing: Placing) -> Placing:
        self._layouts[form] = placing
        if len(self._layouts) > 64:
            self._layouts.popitem(last=False)
        return placing

    @Slot(object, object)
    def _done(self, form: object, placing: Placing | Exception) -> None:
        self._busy = False
        if isinstance(placing, Exception):
            raise placing
        self._keep(form, placing)
        self.ready.emit()


def _renamed(placing: Placing, keys: list[str]) -> Placing:
    if placing.keys == keys:
        return placing
    new = dict(zip(placing.keys, keys, strict=True))
    old = placing.layout
    names = [(new[u], new[v], i) for u, v, i in old.routes]
    routes = (
        old.routes.named(names)
        if isinstance(old.routes, Routes)
        else dict(zip(names, old.routes.values(), strict=True))
    )
    layout = replace(old, positions={new[k]: p for k, p in old.positions.items()}, routes=routes)
    rests = {(new[u], new[v], i): t for (u, v, i), t in placing.rests.items()}
    return Placing(layout, rests, keys, placing.bundle)


def _shaped(m: Moment, entity: Entity) -> bool:
    """Whether its value has more than one element, so that it is drawn with a heat map."""
    event = m.trace.events[entity.made]
    value = None
    if isinstance(event, ev.Applied) and entity.tensor is not None:
        value = event.outputs[entity.output].value
    elif isinstance(event, (ev.Created, ev.Edited)):
        value = event.value
    return value is not None and value.size > 1


def _size(m: Moment, entity: Entity, group: Group | None, shaped: bool) -> tuple[float, float]:
    """A card's size, by the names that it will have in the end."""
    if group is not None:
        return group_size(group, shaped)
    end = m.scenes.count
    title = names.title(m.scenes, entity, end)
    event = m.trace.events[entity.made]
    pins: list[str] = []
    if isinstance(event, (ev.Applied, ev.Edited)) and event.link is not None and entity.output == 0:
        for saved in event.link.saved:
            if saved.number is None:
                key = None if saved.tensor is None else m.scenes.of_tensor(saved.tensor, end)
                name = "result" if key is None else names.title(m.scenes, m.scenes.entities[key], end)
                pins.append(f"{name}@v{saved.version}")
    aside = "constant" if entity.number is not None else ""
    if entity.kind == LEAF:
        aside = "parameter · [00×00]" if entity.how == "Parameter" else "constant · [0×0]"
    elif entity.kind == "op":
        aside = names.expression(m.scenes, entity)
    return measure.card_size(title, aside, pins, shaped, glyph_of(entity))
