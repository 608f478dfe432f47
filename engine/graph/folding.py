"""Folding: a scene's graph in which collapsed groups are one node each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from engine.graph.groups import Group, Groups, Path
from engine.graph.scenes import OP, Entity

Folds = Mapping[Path, bool]
"""Groups that somebody collapsed (True) or opened (False)."""

MANY = 100
"""Of a graph with more cards than this, repeated groups start collapsed until no more are left, if that can be had."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A graph with its groups and which of them are collapsed.

    A collapsed group stands under the key of the entity that it results in. Edges have ``uses``, the (entity,
    argument index) pairs that they lead to; without it, an edge leads to its own target alone.
    """

    graph: nx.MultiDiGraph[str]
    groups: Groups
    closed: frozenset[Path]
    """All groups that are collapsed, also those inside others."""
    card: Mapping[str, str]
    """Entity -> the key of the card that it is or that it is in."""
    frames: Mapping[str, Path]
    """Card -> the innermost open group around it."""
    entities: Mapping[str, Entity]
    """All entities of the scene, in the order of the program."""

    def group(self, key: str) -> Group | None:
        """The collapsed group that a node stands for."""
        found: Group | None = self.graph.nodes[key].get("group")
        return found


def closed(groups: Groups, cards: int, folds: Folds) -> frozenset[Path]:
    """The groups that are collapsed: as somebody wanted it, else those that make a large graph readable."""
    start = _at_first(groups, cards)
    return frozenset(path for path in groups.all if folds.get(path, path in start))


def _at_first(groups: Groups, cards: int) -> frozenset[Path]:
    """What is collapsed of a large graph: its repeated groups, the smallest that do, else the runs of them."""
    if cards <= MANY:
        return frozenset()
    parts = [group for group in groups.all.values() if group.run is not None]
    found: frozenset[Path] = frozenset()
    for depth in sorted({len(group.path) for group in parts}, reverse=True):
        like = {(group.kind, group.like) for group in parts if len(group.path) >= depth}
        found |= {path for path, group in groups.all.items() if not group.parts and (group.kind, group.like) in like}
        if _left(groups, cards, found) <= MANY:
            return found
    for depth in sorted({len(group.path) for group in parts}, reverse=True):
        found |= {group.run for group in parts if len(group.path) >= depth and group.run is not None}
        if _left(groups, cards, found) <= MANY:
            break
    return found


def _left(groups: Groups, cards: int, found: frozenset[Path]) -> int:
    """How many cards there are when groups are collapsed."""
    gone = 0
    for group in groups.all.values():
        if group.path in found:
            outer = group.path[:-2] if group.parts else group.path[:-1]
            around = [outer[:depth] for depth in range(1, len(outer) + 1)]
            runs = [groups.all[path].run for path in around]
            hidden = any(path in found for path in (*around, *runs, group.run))
            gone += 0 if hidden else len(group.keys) - 1
    return cards - gone


def fold(graph: nx.MultiDiGraph[str], groups: Groups, shut: frozenset[Path]) -> Folded:
    """Put one node in the place of each collapsed group."""
    owner: dict[str, Group] = {}
    frames: dict[str, Path] = {}
    for key in graph:
        if groups.of.get(key):
            chain = groups.chain(key)
            group = next((g for g in chain if g.path in shut), None)
            if group is not None:
                owner[key] = group
                chain = chain[: chain.index(group)]
            around = [g.path for g in chain if not g.parts]
            if around:
                frames[key] = around[-1]
    entities: dict[str, Entity] = {key: data["entity"] for key, data in graph.nodes(data=True)}
    if not owner:
        # Most pictures: nothing is collapsed, and all edges are what they were.
        return Folded(graph, groups, shut, {key: key for key in graph}, frames, entities)
    piles = {group.path: group for group in owner.values()}
    results = {path: _result(graph, group) for path, group in piles.items()}
    card = {key: results[owner[key].path] if key in owner else key for key in graph}
    out: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for key in graph:
        if card[key] not in out:
            out.add_node(card[key], entity=graph.nodes[card[key]]["entity"], group=owner.get(key))
    for (u, v, index), (data, uses) in _bundles(graph, card, owner).items():
        out.add_edge(u, v, key=index, **{**data, "index": index, "uses": tuple(uses)})
    outer = {key: path for key, path in frames.items() if card[key] == key}
    return Folded(out, groups, shut, card, outer, entities)


def _result(graph: nx.MultiDiGraph[str], group: Group) -> str:
    """The entity that a group results in: the last one that is used outside of it, else its last op."""
    inside = set(group.keys)
    computed = [key for key in group.keys if graph.nodes[key]["entity"].kind == OP]
    used = [key for key in computed if any(user not in inside for user in graph.successors(key))]
    return max(used or computed, key=lambda key: _serial(graph, key))


def _serial(graph: nx.MultiDiGraph[str], key: str) -> int:
    entity: Entity = graph.nodes[key]["entity"]
    return entity.serial


def _bundles(
    graph: nx.MultiDiGraph[str], card: Mapping[str, str], owner: Mapping[str, Group]
) -> dict[tuple[str, str, int], tuple[dict[str, object], list[tuple[str, int]]]]:
    """The edges between cards. Into a group each operand has one edge; two where one op takes it twice."""
    found: dict[tuple[str, str, int], tuple[dict[str, object], list[tuple[str, int]]]] = {}
    into: dict[str, list[tuple[str, str, int]]] = {}
    taken: dict[tuple[str, str], int] = {}
    for u, v, data in sorted(graph.edges(data=True), key=lambda e: (_serial(graph, e[1]), e[2]["index"])):
        if card[u] == card[v]:
            continue
        nth = taken[u, v] = taken.get((u, v), -1) + 1
        name = (u, card[v], nth) if v in owner else (u, v, data["index"])
        if name not in found:
            found[name] = dict(data), []
            into.setdefault(card[v], []).append(name)
        known, uses = found[name]
        uses.append((v, data["index"]))
        if data["tracked"]:
            known.update(tracked=True, cut="")
    out = {}
    for target, names in into.items():
        for place, name in enumerate(names):
            data, uses = found[name]
            index = place if any(use in owner for use, _ in uses) else uses[0][1]
            out[card[name[0]], target, index] = data, uses
    return out
