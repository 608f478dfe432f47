"""A scene as a networkx graph: nodes are entities, edges lead from operands to results."""

from __future__ import annotations

from typing import Any

import networkx as nx

from engine.graph.scenes import CONSTANT, FOREVER, Entity, Scene, Scenes


def build(scenes: Scenes, scene: Scene) -> nx.MultiDiGraph[str]:
    """The graph of everything that stands in the scene at any time.

    Nodes have ``entity``; edges, keyed by argument index, have ``tracked`` (a gradient flows back along
    them) and ``cut`` (why not: ``detach``, ``no_grad``, ``constant`` or ``not differentiable``).
    """
    members = scenes.members(scene)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for entity in members:
        graph.add_node(entity.key, entity=entity)
    for entity in members:
        for index, source in enumerate(entity.sources):
            if source in graph:
                origin = graph.nodes[source]["entity"]
                cut = why_cut(origin, entity)
                graph.add_edge(source, entity.key, key=index, index=index, tracked=cut == "", cut=cut)
    _drop_orphans(graph, members)
    return graph


def why_cut(source: Entity, target: Entity) -> str:
    """Why no gradient returns along an edge; ``""`` if one does."""
    if not source.tracked:
        return "constant"
    if target.tracked:
        return ""
    if target.op in ("detach", "data"):
        return target.op
    from engine.ops import TABLE

    spec = TABLE.get(target.op)
    if spec is not None and not spec.differentiable:
        return "not differentiable"
    return "no_grad"


def _drop_orphans(graph: nx.MultiDiGraph[str], members: list[Entity]) -> None:
    """Numbers whose op has no card in this scene."""
    for entity in members:
        if entity.kind == CONSTANT and graph.degree(entity.key) == 0:
            graph.remove_node(entity.key)


def structure(graph: nx.MultiDiGraph[str]) -> tuple[Any, ...]:
    """What decides the layout: equal for scenes of the same form, whatever their tensors' numbers."""
    index = {key: i for i, key in enumerate(graph)}
    kinds = tuple((data["entity"].kind, data["entity"].op) for _, data in graph.nodes(data=True))
    edges = tuple((index[u], index[v], k) for u, v, k in graph.edges(keys=True))
    return kinds, edges


def visible(entity: Entity, place: int) -> bool:
    """Whether the entity has been made, and has not died, when ``place`` events have happened."""
    return entity.made < place <= entity.died or (entity.made < place and entity.died == FOREVER)
