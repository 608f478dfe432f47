"""Picture: everything that the canvas draws at a moment, placed. A pure function of the moment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import networkx as nx
from PySide6.QtCore import QPointF, QRectF

from engine.explain import names
from engine.explain.cards import Card, card, glyph_of
from engine.explain.flow import EdgeKey, Flow, flows
from engine.explain.moment import Moment
from engine.graph.build import build, structure
from engine.graph.scenes import FOREVER, LEAF, Entity
from engine.layout import Edge, Layout, Route, lay_out
from engine.trace import events as ev
from gui.canvas import measure

REST = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73)
"""Where on an edge a chip may rest, best first (0 is the operand's end)."""
CHIP_ROOM = 58.0
LAYER_GAP, LAYER_GAP_SMALL, LAYER_GAP_TENSORS = 78.0, 100.0, 106.0
"""Room between layers for the values on edges: more where the graph is short, and for gradients with a shape."""
SHORT = 3
"""Layers of a short graph."""
NODE_GAP, NODE_GAP_SMALL = 28.0, 46.0
SMALL = 14
"""Up to so many cards a picture is given more air."""


@dataclass(frozen=True, slots=True)
class PlacedCard:
    card: Card
    entity: Entity
    rect: QRectF
    appears: bool
    """Whether it comes with the step at hand."""
    active: bool
    """Whether the step at hand is about it."""
    ghost: bool
    """Dead, but shown because something living was made from it."""


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    key: EdgeKey
    route: Route
    tracked: bool
    cut: str
    rest: float
    """Where on the route its chip stands."""
    flow: Flow | None
    feeds: bool
    """Whether it leads into a card that comes with the step at hand."""
    ghost: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. ``bounds`` is that of the whole scene, so that it does not move while nodes appear."""

    scene: int
    bounds: QRectF
    cards: tuple[PlacedCard, ...] = ()
    edges: tuple[PlacedEdge, ...] = ()
    moving: bool = False
    """Whether the step at hand is still on its way."""
    by_key: Mapping[str, PlacedCard] = field(default_factory=dict)

    def at(self, point: QPointF) -> PlacedCard | None:
        """The card under a point of the scene."""
        for placed in reversed(self.cards):
            if placed.rect.contains(point):
                return placed
        return None

    def active_rect(self) -> QRectF:
        """The part that the step at hand is about."""
        rect = QRectF()
        for placed in self.cards:
            if placed.active:
                rect = rect.united(placed.rect)
        return rect


EMPTY = Picture(0, QRectF(0, 0, 400, 240))


@dataclass(frozen=True, slots=True)
class _Stage:
    """A scene's graph with its layout."""

    graph: nx.MultiDiGraph[str]
    layout: Layout
    sizes: dict[str, tuple[float, float]]
    rests: dict[EdgeKey, float]


class Pictures:
    """Makes pictures; keeps graphs and layouts that are needed again."""

    def __init__(self) -> None:
        self._stages: OrderedDict[tuple[int, int, int], _Stage] = OrderedDict()
        self._layouts: OrderedDict[tuple[object, ...], tuple[Layout, dict[EdgeKey, float], list[str]]] = OrderedDict()

    def at(self, m: Moment, moving: bool = False) -> Picture:
        """The picture of a moment; with ``moving``, of the way to it."""
        if not m.trace.events:
            return EMPTY
        stage = self._stage(m)
        if not stage.graph:
            return Picture(m.scene.number, EMPTY.bounds)
        left, top, right, bottom = stage.layout.bounds
        bounds = QRectF(left, top, right - left, bottom - top)
        before = Moment.at(m.trace, m.scenes, m.cursor - 1) if moving and m.cursor > 0 else None
        active = active_keys(m)
        since = _since(m)
        seen = {k for k, data in stage.graph.nodes(data=True) if _visible(data["entity"], since, m.place)}
        ghosts = self._ghosts(stage, seen, m.place)
        cards = tuple(
            self._place(m, before, stage, key, active, ghosts) for key in stage.graph if key in seen or key in ghosts
        )
        by_key = {p.card.key: p for p in cards}
        sent = {f.edge: f for f in flows(m)}
        edges = tuple(
            PlacedEdge(
                (u, v, k),
                stage.layout.routes[(u, v, k)],
                data["tracked"],
                data["cut"],
                stage.rests[(u, v, k)],
                sent.get((u, v, k)),
                by_key[v].appears,
                u in ghosts or v in ghosts,
            )
            for u, v, k, data in stage.graph.edges(keys=True, data=True)
            if u in by_key and v in by_key
        )
        return Picture(m.scene.number, bounds, cards, edges, moving, by_key)

    @staticmethod
    def _ghosts(stage: _Stage, seen: set[str], place: int) -> set[str]:
        """Dead operands of living results: shown faded, so that one sees what those were made of."""
        out = set()
        for key in seen:
            for source in stage.graph.predecessors(key):
                entity = stage.graph.nodes[source]["entity"]
                if source not in seen and entity.made < place:
                    out.add(source)
        return out

    @staticmethod
    def _place(
        m: Moment, before: Moment | None, stage: _Stage, key: str, active: set[str], ghosts: set[str]
    ) -> PlacedCard:
        entity: Entity = stage.graph.nodes[key]["entity"]
        appears = m.step is not None and entity.made >= m.step.start
        source = m
        if before is not None and not appears and entity.node != _running(m):
            source = before
        x, y = stage.layout.positions[key]
        w, h = stage.sizes[key]
        rect = QRectF(x - w / 2, y - h / 2, w, h)
        return PlacedCard(card(source, entity), entity, rect, appears, key in active, key in ghosts)

    def _stage(self, m: Moment) -> _Stage:
        scene = m.scene
        key = (id(m.scenes), scene.number, m.scenes.count)
        stage = self._stages.get(key)
        if stage is not None:
            self._stages.move_to_end(key)
            return stage
        graph = build(m.scenes, scene)
        sizes = {k: _size(m, data["entity"]) for k, data in graph.nodes(data=True)}
        shaped = any(data["tracked"] and _shaped(m, graph.nodes[u]["entity"]) for u, _, data in graph.edges(data=True))
        layout, rests = self._lay_out(graph, sizes, shaped)
        stage = self._stages[key] = _Stage(graph, layout, sizes, rests)
        if len(self._stages) > 64:
            self._stages.popitem(last=False)
        return stage

    def _lay_out(
        self, graph: nx.MultiDiGraph[str], sizes: dict[str, tuple[float, float]], shaped: bool
    ) -> tuple[Layout, dict[EdgeKey, float]]:
        """Scenes of the same form share one layout: epoch 57 looks like epoch 56."""
        keys = list(graph)
        form = (structure(graph), tuple(sizes[k] for k in keys), shaped)
        known = self._layouts.get(form)
        if known is None:
            gap = NODE_GAP_SMALL if len(keys) <= SMALL else NODE_GAP
            short = len(keys) <= SMALL and nx.dag_longest_path_length(graph) < SHORT
            between = LAYER_GAP_TENSORS if shaped else LAYER_GAP_SMALL if short else LAYER_GAP
            edges = [Edge(u, v, k) for u, v, k in graph.edges(keys=True)]
            layout = lay_out(keys, edges, sizes, layer_gap=between, node_gap=gap)
            known = self._layouts[form] = (layout, rests(layout, sizes), keys)
            if len(self._layouts) > 64:
                self._layouts.popitem(last=False)
            return known[0], known[1]
        self._layouts.move_to_end(form)
        layout, rest, old = known
        if old == keys:
            return layout, rest
        new = dict(zip(old, keys, strict=True))
        renamed = Layout(
            {new[k]: p for k, p in layout.positions.items()},
            {(new[u], new[v], i): r for (u, v, i), r in layout.routes.items()},
            layout.bounds,
        )
        return renamed, {(new[u], new[v], i): t for (u, v, i), t in rest.items()}


def _since(m: Moment) -> int:
    """What dies in the step at hand stays until the next one; what an error let go of is what it was about."""
    if m.step is None:
        return m.place
    if isinstance(m.main, ev.Failed) and m.cursor > 1:
        return m.trace.steps[m.cursor - 2].start
    return m.step.start


def _visible(entity: Entity, since: int, place: int) -> bool:
    return entity.made < place and (entity.died == FOREVER or since <= entity.died)


def _running(m: Moment) -> int | None:
    return m.main.node if isinstance(m.main, ev.NodeRan) else None


def _shaped(m: Moment, entity: Entity) -> bool:
    """Whether its value has more than one element, so that it is drawn with a heat map."""
    event = m.trace.events[entity.made]
    value = None
    if isinstance(event, ev.Applied) and entity.tensor is not None:
        value = event.outputs[entity.output].value
    elif isinstance(event, (ev.Created, ev.Edited)):
        value = event.value
    return value is not None and value.size > 1


def _size(m: Moment, entity: Entity) -> tuple[float, float]:
    """A card's size, by the names that it will have in the end."""
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
    return measure.card_size(title, aside, pins, _shaped(m, entity), glyph_of(entity))


def active_keys(m: Moment) -> set[str]:
    """The cards that the step at hand is about."""
    out: set[str] = set()
    scenes = m.scenes

    def tensor(number: int | None) -> None:
        if number is not None:
            owner = scenes.owner_of_grad(number)
            key = scenes.of_tensor(owner if owner is not None else number, m.place)
            if key is not None:
                out.add(key)

    match m.main:
        case ev.NodeRan() as event:
            out.update(scenes.of_node(event.node))
            for sent in event.sent:
                out.update(scenes.of_node(sent.target)[:1])
        case ev.Applied() as event:
            for o in event.outputs:
                tensor(o.tensor)
        case ev.Created() | ev.Edited() | ev.GradAssigned():
            for other in m.events():
                if isinstance(other, (ev.Created, ev.Edited, ev.GradAssigned)):
                    tensor(other.tensor)
    return out


def rests(layout: Layout, sizes: dict[str, tuple[float, float]]) -> dict[EdgeKey, float]:
    """For each edge the place of its chip: off the cards and off other chips, where that can be had."""
    boxes = [
        QRectF(x - sizes[k][0] / 2, y - sizes[k][1] / 2, *sizes[k]).adjusted(-4, -4, 4, 4)
        for k, (x, y) in layout.positions.items()
    ]
    if len(boxes) > 400:
        return dict.fromkeys(layout.routes, 0.5)
    taken: list[QRectF] = []
    out: dict[EdgeKey, float] = {}
    for key, route in layout.routes.items():
        best, best_cost = REST[0], float("inf")
        for order, t in enumerate(REST):
            (x, y), _ = route.at(t)
            chip = QRectF(x - CHIP_ROOM / 2, y - measure.CHIP_HEIGHT / 2, CHIP_ROOM, measure.CHIP_HEIGHT)
            cost = (
                order * 0.1 + 10 * sum(chip.intersects(o) for o in taken) + 4 * sum(chip.intersects(b) for b in boxes)
            )
            if cost < best_cost:
                best, best_cost = t, cost
        out[key] = best
        (x, y), _ = route.at(best)
        taken.append(QRectF(x - CHIP_ROOM / 2, y - measure.CHIP_HEIGHT / 2, CHIP_ROOM, measure.CHIP_HEIGHT))
    return out
