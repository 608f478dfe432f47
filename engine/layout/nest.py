"""Which nodes are kept together: groups within groups, made so that no line has to lead back.

A group that is used by others and uses them in turn cannot be one box in a picture that flows one way. It
comes as several boxes then, one after the other. What runs in one go (a module's call, a turn of a loop)
never is such a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.layout.shapes import Path


@dataclass(slots=True)
class Box:
    """A group or a part of one; the outermost box has everything in it."""

    path: Path
    nodes: list[int] = field(default_factory=list)
    """Those not in a box inside this one, in source order."""
    boxes: list[Box] = field(default_factory=list)


def nest(paths: Sequence[Path], edges: Sequence[tuple[int, int]], topological: Sequence[int]) -> Box:
    """Put nodes into boxes by their paths; ``topological`` has operands before results."""
    outermost = Box(())
    waiting = [(outermost, list(topological), list(edges))]
    for box, members, inside in waiting:
        depth = len(box.path)
        groups = {v: paths[v][depth] for v in members if len(paths[v]) > depth}
        parts = _parts(members, groups, inside)
        found: dict[tuple[str, int], Box] = {}
        taken: dict[int, Box] = {}
        content: dict[int, tuple[list[int], list[tuple[int, int]]]] = {}
        for v in members:
            if v in groups:
                key = groups[v], parts[v]
                if key not in found:
                    found[key] = Box((*box.path, groups[v]))
                    content[id(found[key])] = [], []
                taken[v] = found[key]
                content[id(found[key])][0].append(v)
        for u, v in inside:
            if u in taken and v in taken and taken[u] is taken[v]:
                content[id(taken[u])][1].append((u, v))
        box.nodes = sorted(v for v in members if v not in groups)
        box.boxes = sorted(found.values(), key=lambda inner: min(content[id(inner)][0]))
        waiting += [(inner, *content[id(inner)]) for inner in box.boxes]
    return outermost


def _parts(members: list[int], groups: dict[int, str], edges: list[tuple[int, int]]) -> dict[int, int]:
    """Per member in a group the number of its part: all 0 but where a group would depend on itself."""
    unit: dict[int, object] = {v: groups.get(v, v) for v in members}
    crossing = {(unit[u], unit[v]) for u, v in edges if unit[u] != unit[v]}
    broken = _stuck(crossing) & _stuck({(b, a) for a, b in crossing})
    if not broken:
        return dict.fromkeys(groups, 0)
    # Nodes of broken groups one by one; every edge that leaves or enters their group begins a new part.
    part: dict[int, int] = {}
    whole: dict[object, int] = {}
    operands: dict[int, list[int]] = {v: [] for v in members}
    for u, v in edges:
        operands[v].append(u)
    for several in _contracted(members, unit, broken, edges):
        step = 0
        for v in several:
            for u in operands[v]:
                if unit[u] != unit[v]:
                    step = max(step, (part[u] if unit[u] in broken else whole[unit[u]]) + 1)
                elif unit[v] in broken:
                    step = max(step, part[u])
        for v in several:
            if unit[v] in broken:
                part[v] = step
            else:
                whole[unit[v]] = step
    return {v: part.get(v, 0) for v in groups}


def _contracted(
    members: list[int], unit: dict[int, object], broken: set[object], edges: list[tuple[int, int]]
) -> list[list[int]]:
    """Members in topological order, those of groups that are not broken together."""
    together: dict[object, list[int]] = {}
    for v in members:
        together.setdefault(("one", v) if unit[v] in broken else unit[v], []).append(v)
    name = {v: key for key, several in together.items() for v in several}
    after: dict[object, set[object]] = {key: set() for key in together}
    for u, v in edges:
        if name[u] != name[v]:
            after[name[u]].add(name[v])
    waiting = dict.fromkeys(together, 0)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    order = [key for key, count in waiting.items() if not count]
    for key in order:
        for target in sorted(after[key], key=lambda target: together[target][0]):
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    return [together[key] for key in order]


def _stuck(edges: set[tuple[object, object]]) -> set[object]:
    """The ends of edges that are left when what nothing leads to is taken away again and again."""
    after: dict[object, list[object]] = {}
    waiting: dict[object, int] = {}
    for a, b in edges:
        after.setdefault(a, []).append(b)
        waiting[b] = waiting.get(b, 0) + 1
        waiting.setdefault(a, 0)
    ready = [a for a, count in waiting.items() if not count]
    for a in ready:
        for b in after.get(a, ()):
            waiting[b] -= 1
            if not waiting[b]:
                ready.append(b)
    return waiting.keys() - set(ready)
