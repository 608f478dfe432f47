"""Groups: which cards of a scene belong together, because one call or one turn of a loop made them.

A group holds at least two ops, and not all of them: what holds less or everything tells nothing. Groups of
the same form that follow each other are a run, which can be drawn as one card "× N".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import networkx as nx

from engine.graph.scenes import CONSTANT, LEAF, OP, Entity, Scenes
from engine.graph.stretches import FUNCTION, LOOP, MODULE, OPTIMIZER, TURN, Stretches, What

Path: TypeAlias = tuple[str, ...]
"""Names a group by its structure: what it is and the how manieth of its like, after the groups that it is in."""

_TELLS = {MODULE: 3, FUNCTION: 2, TURN: 1, OPTIMIZER: 1}
"""Of two groups with the same ops, the one that tells more is kept."""
_LEAST = {TURN: 3}
"""Ops that a group holds at least; two where nothing is said: turns are many, and a frame around each is much."""
_EITHER_WAY = frozenset(("add", "mul"))
"""Ops whose operands may change places: of ``total += loss`` the first turn computes ``loss + 0``."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that belong together. A run has ``parts``: groups of one form, one after the other."""

    path: Path
    title: str
    kind: str
    keys: tuple[str, ...]
    """The entities in it, in the order of the program."""
    ops: int
    """How many of them were computed."""
    like: str = ""
    """The same for all groups of its kind: the class and sizes of a module, the function, the loop."""
    run: Path | None = None
    """The run that it is a part of."""
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups of a scene; outer ones before those inside, runs before their parts."""

    all: Mapping[Path, Group]
    of: Mapping[str, Path]
    """Entity -> the innermost group that it is in; ``()`` for most."""

    def chain(self, key: str) -> list[Group]:
        """The groups that an entity is in, runs included, outermost first."""
        path = self.of.get(key, ())
        out = []
        for depth in range(1, len(path) + 1):
            group = self.all[path[:depth]]
            out += [self.all[group.run], group] if group.run is not None else [group]
        return out


@dataclass(slots=True)
class _Stretch:
    """A call or turn, with what of the scene is in it."""

    number: int
    kind: str
    outer: int
    keys: list[str] = field(default_factory=list)
    ops: int = 0
    first: int = 0
    """The serial of its first op."""
    path: Path = ()
    base: str = ""
    """What it is, the same for all of its like."""
    form: Any = None


def groups(scenes: Scenes, graph: nx.MultiDiGraph[str]) -> Groups:
    """The groups among the nodes of a scene's graph (as ``build`` makes it)."""
    entities: dict[str, Entity] = {key: data["entity"] for key, data in graph.nodes(data=True)}
    chains = _chains(scenes.stretches, entities, graph)
    known = _filled(scenes.stretches, entities, chains)
    kept = _kept(known, sum(e.kind == OP for e in entities.values()))
    of: dict[str, int] = {key: next((s for s in reversed(chain) if s in kept), 0) for key, chain in chains.items()}
    for stretch in known.values():
        while stretch.outer and stretch.outer not in kept:
            stretch.outer = known[stretch.outer].outer
    named = _named(scenes, known, kept)
    everything = _with_runs(scenes, graph, entities, named, of)
    return Groups(everything, {key: known[s].path if s else () for key, s in of.items()})


def _chains(
    stretches: Stretches, entities: Mapping[str, Entity], graph: nx.MultiDiGraph[str]
) -> dict[str, tuple[int, ...]]:
    """Per entity the stretches that it belongs to, outermost first.

    A number belongs to its op. A leaf that is learned belongs to whatever alone uses it and holds things of its
    own; any other leaf to where it was made, if nothing outside uses it.
    """
    around: dict[int, tuple[int, ...]] = {0: ()}

    def chain(stretch: int) -> tuple[int, ...]:
        if stretch not in around:
            around[stretch] = (*chain(stretches.outer(stretch)), stretch)
        return around[stretch]

    out = {key: chain(stretches.at(e.made)) for key, e in entities.items() if e.kind == OP}
    calls = Counter((stretches.outer(s), stretches.what(s)) for s in {s for several in out.values() for s in several})
    for key, entity in entities.items():
        if entity.kind == OP:
            continue
        users = [out[user] for user in graph.successors(key)]
        if entity.kind == LEAF and not entity.tracked:
            users.append(chain(stretches.at(entity.made)))
        shared = _common(users)
        while entity.kind == LEAF and entity.tracked and shared and not _owns(stretches, shared[-1], calls):
            shared = shared[:-1]
        out[key] = shared
    return {key: out[key] for key in entities}


def _owns(stretches: Stretches, stretch: int, calls: Mapping[tuple[int, What], int]) -> bool:
    """Whether what it alone uses may be its own: a module's, a method's, a turn's, one of several alike calls'.

    What a function is called with once comes from outside.
    """
    what = stretches.what(stretch)
    if what.kind == FUNCTION:
        return "." in what.label or calls[stretches.outer(stretch), what] > 1
    return what.kind in (MODULE, TURN)


def _common(chains: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """What all of them begin with."""
    out: tuple[int, ...] | None = None
    for chain in chains:
        if out is None:
            out = chain
        while out != chain[: len(out)]:
            out = out[:-1]
    return out or ()


def _filled(
    stretches: Stretches, entities: Mapping[str, Entity], chains: Mapping[str, tuple[int, ...]]
) -> dict[int, _Stretch]:
    """All stretches with something in them, outer ones first."""
    known: dict[int, _Stretch] = {}
    for key, chain in chains.items():
        for number in chain:
            stretch = known.get(number)
            if stretch is None:
                stretch = known[number] = _Stretch(number, stretches.what(number).kind, stretches.outer(number))
            stretch.keys.append(key)
            if entities[key].kind == OP:
                stretch.first = stretch.first if stretch.ops else entities[key].serial
                stretch.ops += 1
    return dict(sorted(known.items()))


def _kept(known: Mapping[int, _Stretch], ops: int) -> set[int]:
    """The stretches that make groups."""
    turns: dict[int, int] = {}
    for stretch in known.values():
        if stretch.kind == TURN and stretch.ops:
            turns[stretch.outer] = turns.get(stretch.outer, 0) + 1
    kept = {
        number
        for number, stretch in known.items()
        if _LEAST.get(stretch.kind, 2) <= stretch.ops < ops
        and stretch.kind != LOOP
        and (stretch.kind != TURN or turns[stretch.outer] > 1)
    }
    # From the inside out, so that of a call in a call in a call one is left.
    for number in sorted(kept, reverse=True):
        outer = known[number].outer
        while outer and (outer not in kept or known[outer].ops == known[number].ops):
            if outer in kept and _TELLS[known[outer].kind] > _TELLS[known[number].kind]:
                kept.discard(number)
                break
            kept.discard(outer)
            outer = known[outer].outer
    return kept


def _named(scenes: Scenes, known: Mapping[int, _Stretch], kept: set[int]) -> dict[int, _Stretch]:
    """The kept stretches, with their paths."""
    count: dict[tuple[Path, str], int] = {}
    loops: dict[tuple[Path, int], str] = {}
    number_of: dict[Path, int] = {}
    out = {}
    for number in sorted(kept):
        stretch = known[number]
        outer = known[stretch.outer].path if stretch.outer else ()
        what = scenes.stretches.what(number)
        stretch.base = name = f"{what.kind} {what.label}"
        if what.kind == MODULE:
            called, colon, kind = what.title.partition(": ")
            name, stretch.base = (called, kind) if colon else (what.label, what.title)
        elif what.kind == TURN:
            loop = outer, scenes.stretches.outer(number)
            if loop not in loops:
                number_of[outer] = number_of.get(outer, 0) + 1
                loops[loop] = f"loop {number_of[outer]}"
            stretch.base = name = loops[loop]
        nth = count[outer, name] = count.get((outer, name), 0) + 1
        stretch.path = (*outer, name if nth == 1 else f"{name} #{nth}")
        out[number] = stretch
    return out


def _with_runs(
    scenes: Scenes,
    graph: nx.MultiDiGraph[str],
    entities: Mapping[str, Entity],
    named: Mapping[int, _Stretch],
    of: Mapping[str, int],
) -> dict[Path, Group]:
    """The groups by path, runs among them."""
    place = {key: i for i, key in enumerate(graph)}
    items: dict[int, list[tuple[int, int]]] = {}
    for number, stretch in named.items():
        stretch.form = _form(graph, entities, stretch, place)
        items.setdefault(stretch.outer, []).append((stretch.first, number))
    for key, owner in of.items():
        if entities[key].kind == OP and (owner or 0) in items:
            items[owner].append((entities[key].serial, 0))
    runs: dict[int, list[int]] = {}
    for several in items.values():
        for like in _runs([named[n] if n else None for _, n in sorted(several)]):
            runs.update(dict.fromkeys(like, like))
    out: dict[Path, Group] = {}
    for number, stretch in named.items():
        run = runs.get(number)
        whole: Path | None = None
        if run is not None:
            whole = (*named[run[0]].path, "×")
            if whole not in out:
                keys = tuple(sorted((k for n in run for k in named[n].keys), key=place.__getitem__))
                parts = tuple(named[n].path for n in run)
                ops = sum(named[n].ops for n in run)
                title = _run_title(scenes, [named[n] for n in run])
                out[whole] = Group(whole, title, stretch.kind, keys, ops, stretch.base, None, parts)
        title = _title(scenes, stretch, entities)
        keys = tuple(stretch.keys)
        out[stretch.path] = Group(stretch.path, title, stretch.kind, keys, stretch.ops, stretch.base, whole)
    return out


def _form(
    graph: nx.MultiDiGraph[str], entities: Mapping[str, Entity], stretch: _Stretch, place: Mapping[str, int]
) -> tuple[Any, ...]:
    """The structure of what is in a stretch: equal for groups that look the same inside."""
    keys = sorted((k for k in stretch.keys if entities[k].kind != CONSTANT), key=place.__getitem__)
    inside = {key: i for i, key in enumerate(keys)}
    out = []
    for entity in map(entities.__getitem__, keys):
        operands = [inside.get(source, -1) for source in entity.sources]
        op = entity.op.removesuffix("_")
        out.append((entity.kind, op, *(sorted(operands) if op in _EITHER_WAY else operands)))
    return tuple(out)


def _runs(row: Sequence[_Stretch | None]) -> list[list[int]]:
    """Stretches of one form without anything between them; None is something else."""
    out: list[list[int]] = []
    for before, here in pairwise([None, *row]):
        if here is None or before is None or (before.base, before.form) != (here.base, here.form):
            continue
        if out and out[-1][-1] == before.number:
            out[-1].append(here.number)
        else:
            out.append([before.number, here.number])
    return out


def _title(scenes: Scenes, stretch: _Stretch, entities: Mapping[str, Entity]) -> str:
    what = scenes.stretches.what(stretch.number)
    if what.kind == TURN:
        turns = scenes.stretches.number(scenes.stretches.outer(stretch.number))
        of = f" of {turns}" if turns else ""
        return f"step {scenes.stretches.number(stretch.number) + 1}{of}"
    if what.kind == MODULE:
        title = what.title.removesuffix("()")
        name = "" if ": " in title else _variable([entities[key] for key in stretch.keys])
        return f"{name}: {title}" if name else title
    return _called(what.kind, what.label)


def _called(kind: str, label: str) -> str:
    return f"{label.removesuffix('.__call__')}()" if kind == FUNCTION else f"{kind} {label}"


def _variable(entities: Iterable[Entity]) -> str:
    """What the program calls a module, by the names of its parameters."""
    names = {e.names[-1][1].partition(".")[0] for e in entities if e.how == "Parameter" and e.names}
    return names.pop() if len(names) == 1 else ""


def _run_title(scenes: Scenes, run: Sequence[_Stretch]) -> str:
    """What all parts of a run are."""
    what = scenes.stretches.what(run[0].number)
    if what.kind == TURN:
        first, last = (scenes.stretches.number(stretch.number) + 1 for stretch in (run[0], run[-1]))
        return f"steps {first} to {last}"
    return run[0].base.removesuffix("()") if what.kind == MODULE else _called(what.kind, what.label)
