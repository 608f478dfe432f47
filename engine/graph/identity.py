"""Which card of one picture is which of another: by names, and by how a result was made where it has none.

So a picture stays what it was while the program is edited: what is unchanged keeps its place.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engine.graph.folding import Folded
from engine.graph.scenes import Entity

Identity: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Marks:
    """What a picture's cards can be recognised by. Keys are those of the folded graph."""

    identity: Mapping[str, Identity]
    """The same for a card of another run or of the next epoch; no two of a picture are alike."""
    op: Mapping[str, str]
    operands: Mapping[str, tuple[str, ...]]


def marks(folded: Folded) -> Marks:
    """The marks of a picture's cards.

    A group is its path, a named tensor its name. What has no name is an operand of something, or it is
    an op like others before it.
    """
    graph = folded.graph
    order = sorted(graph, key=lambda key: _entity(folded, key).serial)
    count: dict[Identity, int] = {}
    found: dict[str, Identity] = {}

    def nth(what: Identity) -> Identity:
        count[what] = count.get(what, 0) + 1
        return what, count[what]

    for key in order:
        group = folded.group(key)
        entity = _entity(folded, key)
        if group is not None:
            found[key] = nth(("group", group.path))
        elif entity.names:
            found[key] = nth(("name", entity.names[-1][1], folded.frames.get(key, ())))
    for key in reversed(order):
        if key not in found:
            users = sorted(graph.out_edges(key, keys=True), key=lambda e: (_entity(folded, e[1]).serial, e[2]))
            entity = _entity(folded, key)
            what = (entity.kind, entity.op)
            found[key] = nth((what, found[users[0][1]], users[0][2]) if users and users[0][1] in found else what)
    operands = {
        key: tuple(u for u, _, _ in sorted(graph.in_edges(key, keys=True), key=lambda e: e[2])) for key in order
    }
    return Marks(found, {key: _entity(folded, key).op or _entity(folded, key).kind for key in order}, operands)


def _entity(folded: Folded, key: str) -> Entity:
    return folded.entities[key]


def matched(old: Marks, new: Marks) -> dict[str, str]:
    """New card -> the old one that it was.

    First whoever has the same identity and op; then, where a name was changed, results of the same op and the
    same operands, and operands of the same results; at last whoever has at least the same name.
    """
    known = {identity: key for key, identity in old.identity.items()}
    called = {key: known[identity] for key, identity in new.identity.items() if identity in known}
    found = {key: was for key, was in called.items() if new.op[key] == old.op[was]}
    taken = set(found.values())
    before = {(old.op[key], operands): key for key, operands in old.operands.items() if operands and key not in taken}
    for key, operands in new.operands.items():
        if key in found or not operands or any(operand not in found for operand in operands):
            continue
        same = before.pop((new.op[key], tuple(found[operand] for operand in operands)), None)
        if same is not None and same not in taken:
            found[key] = same
            taken.add(same)
    for key in reversed(list(new.operands)):
        was = old.operands.get(found.get(key, ""), ())
        if len(was) == len(new.operands[key]):
            for operand, other in zip(new.operands[key], was, strict=True):
                if operand not in found and other not in taken and new.op[operand] == old.op[other]:
                    found[operand] = other
                    taken.add(other)
    return {**{key: was for key, was in called.items() if was not in taken}, **found}
