"""Scenes: stretches of a run in which the picture only grows.

Every tensor that deserves a card is an :class:`Entity`. When a name is rebound and the graph behind it
dies, what was built after its last use belongs to a new scene: each epoch of a training loop gets a
picture of its own, in which the last one's nodes no longer stand. A graph that is kept alive stays.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.graph.changes import Changes
from engine.graph.stretches import Stretches
from engine.trace import events as ev
from engine.trace.events import AnyEvent, Operand, Span
from engine.trace.fold import Fold, on

FOREVER = 1 << 62

AT_ONCE = 128
"""Events that are fetched together: one by one, each would be sought by its number."""
CHUNK = 256
"""Entities that are looked at or passed over together when a scene's members are sought."""

LEAF, OP, CONSTANT = "leaf", "op", "constant"


@dataclass(slots=True)
class Entity:
    """A card: a leaf, an op's result (an in-place edit makes another one), or a number given to an op.

    ``made`` is the event at which it appears, ``died`` the one at which nothing referred to it any more,
    ``until`` the one from which it is no part of the picture.
    """

    key: str
    kind: str
    made: int
    tensor: int | None = None
    node: int | None = None
    op: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[Operand, ...] = ()
    sources: tuple[str, ...] = ()
    """The entities of the inputs, in argument order."""
    output: int = 0
    """Which output of its op it is."""
    span: Span | None = None
    number: float | int | bool | None = None
    grad_fn: str = ""
    tracked: bool = False
    order: int = 1
    how: str = ""
    names: list[tuple[int, str]] = field(default_factory=list)
    """(event, name): what the program called it, and since when."""
    used: int = 0
    """The last event that made use of it."""
    died: int = FOREVER
    until: int = FOREVER
    serial: int = 0
    """Its place among all entities, oldest first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Events ``begin`` to ``end`` (exclusive)."""

    number: int
    begin: int
    end: int


class Scenes(Fold):
    """Follows a trace: knows every entity and where scenes begin."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.begins: list[int] = [0]
        self.count = 0
        self.expressions: dict[tuple[str, bool], str] = {}
        """What ``engine.explain.names`` has worked out of them."""
        self._all: list[Entity] = []
        self._lasts: list[int] = []
        """Per chunk of them, until when the longest of its tensors is part of the picture."""
        self._touched: set[int] = set()
        """Chunks of which that is to be found anew."""
        self._present: dict[int, str] = {}
        """Tensor -> the entity of its present version."""
        self._of_tensor: dict[int, list[str]] = {}
        self._of_node: dict[int, list[str]] = {}
        self._leaf_of: dict[int, int] = {}
        self._dead_tensors: set[int] = set()
        self._dead_nodes: set[int] = set()
        self._order_of: dict[int, int] = {}
        self._passes = 0
        """Backward passes under way."""
        self._grad_owner: dict[int, int] = {}
        self._fresh: list[int] = []
        """Events with which something new may begin: a tensor or an op of the program's own, a loop's turn."""
        self._turns: list[int] = []
        """Those of them that are a loop's turn."""
        self.stretches = Stretches()
        self.changes = Changes()

    def extend(self, events: Sequence[AnyEvent]) -> None:
        """Take in the events from number ``count`` on."""
        while self.count < len(events):
            part = events[self.count : self.count + AT_ONCE]
            for fold in (self, self.stretches, self.changes):
                fold.feed_all(self.count, part)
            self.count += len(part)

    def scene_at(self, place: int) -> Scene:
        """The scene of the last of the first ``place`` events."""
        i = max(0, bisect_right(self.begins, max(0, place - 1)) - 1)
        end = self.begins[i + 1] if i + 1 < len(self.begins) else FOREVER
        return Scene(i, self.begins[i], end)

    def members(self, scene: Scene) -> list[Entity]:
        """The entities that get a card in the scene, oldest first.

        A result that nobody tracks, names or uses gets none, nor does a leaf without a name or use; nor what is
        older than the scene, untracked, and not used in it, such as what the data were made of.
        """
        inside = {e.key: e for e in self._inside(scene)}
        shown: dict[str, Entity] = {}
        for key in reversed(inside):
            entity = inside[key]
            past = entity.made < scene.begin and not entity.tracked
            named = bool(entity.names) and not past
            if named or (entity.kind == OP and entity.tracked) or key in shown:
                shown[key] = entity
                if past:
                    continue
                for source in entity.sources:
                    operand = inside.get(source) or self.entities.get(source)
                    if operand is not None and (source in inside or operand.kind == CONSTANT):
                        shown[source] = operand
        return sorted(shown.values(), key=lambda e: e.serial)

    def _inside(self, scene: Scene) -> list[Entity]:
        """All entities of a scene but the numbers that older ops were given, oldest first."""
        first = bisect_left(self._all, scene.begin, key=lambda e: e.made)
        last = bisect_left(self._all, scene.end, lo=first, key=lambda e: e.made)
        for chunk in self._touched:
            part = self._all[chunk * CHUNK : (chunk + 1) * CHUNK]
            self._lasts[chunk] = max((e.until for e in part if e.kind != CONSTANT), default=0)
        self._touched.clear()
        out = []
        for chunk in range(-(-first // CHUNK)):
            if self._lasts[chunk] > scene.begin:
                part = self._all[chunk * CHUNK : min(first, (chunk + 1) * CHUNK)]
                out += [e for e in part if e.until > scene.begin and e.kind != CONSTANT]
        return out + [e for e in self._all[first:last] if e.until > scene.begin]

    def of_tensor(self, tensor: int, place: int) -> str | None:
        """The entity that a tensor is after the first ``place`` events."""
        found = None
        for key in self._of_tensor.get(tensor, ()):
            if self.entities[key].made < place:
                found = key
        return found

    def of_node(self, node: int) -> list[str]:
        """The entities whose gradient arrives at a node: an op's outputs, or the leaf of an AccumulateGrad."""
        if node in self._leaf_of:
            return self._of_tensor.get(self._leaf_of[node], [])[:1]
        return self._of_node.get(node, [])

    def owner_of_grad(self, tensor: int) -> int | None:
        """The tensor in whose ``.grad`` this one stands or stood."""
        return self._grad_owner.get(tensor)

    # --- following --------------------------------------------------------------------------

    @on(ev.NodeRan)
    def _ran(self, place: int, event: ev.NodeRan) -> None:
        for reached in self.of_node(event.node):
            self.entities[reached].used = place

    @on(ev.Bound)
    def _bound(self, place: int, event: ev.Bound) -> None:
        for path, tensor in event.tensors:
            key = self._present.get(tensor)
            if key is not None:
                self.entities[key].names.append((place, event.name + path))

    @on(ev.Created)
    def _created(self, place: int, event: ev.Created) -> None:
        self._add_tensor(
            Entity(
                f"t{event.tensor}",
                LEAF,
                place,
                event.tensor,
                span=event.span,
                tracked=event.requires_grad,
                how=event.how,
            )
        )
        if event.how not in ("", "grad"):
            self._fresh.append(place)

    @on(ev.Accumulator)
    def _accumulates(self, place: int, event: ev.Accumulator) -> None:
        self._leaf_of[event.node] = event.tensor

    @on(ev.Flagged)
    def _flagged(self, place: int, event: ev.Flagged) -> None:
        key = self._present.get(event.tensor)
        if key is not None:
            self.entities[key].tracked = event.requires_grad

    @on(ev.BackwardBegan)
    def _pass_begins(self, place: int, event: ev.BackwardBegan) -> None:
        self._passes += 1

    @on(ev.BackwardEnded)
    def _pass_ends(self, place: int, event: ev.BackwardEnded) -> None:
        self._passes -= 1

    @on(ev.GradWritten, ev.GradAssigned)
    def _grad_given(self, place: int, event: ev.GradWritten | ev.GradAssigned) -> None:
        if event.grad is not None:
            self._grad_owner[event.grad] = event.tensor

    @on(ev.Iterated)
    def _turn_begins(self, place: int, event: ev.Iterated) -> None:
        self._fresh.append(place)
        self._turns.append(place)

    def _register(self, entity: Entity) -> None:
        entity.serial = len(self._all)
        if entity.serial % CHUNK == 0:
            self._lasts.append(0)
        if entity.kind != CONSTANT:
            self._lasts[-1] = FOREVER
        self._all.append(entity)
        self.entities[entity.key] = entity

    def _add_tensor(self, entity: Entity) -> None:
        assert entity.tensor is not None
        self._register(entity)
        self._present[entity.tensor] = entity.key
        self._of_tensor.setdefault(entity.tensor, []).append(entity.key)
        if entity.node is not None:
            self._of_node.setdefault(entity.node, []).append(entity.key)

    def _sources(self, place: int, inputs: Sequence[Operand], grows: bool) -> tuple[str, ...]:
        """The entities of an op's operands; numbers and gradients that it uses become entities here."""
        keys = []
        for i, operand in enumerate(inputs):
            if operand.tensor is not None:
                key = self._present.get(operand.tensor)
                if key is None:
                    key = f"t{operand.tensor}"
                    self._add_tensor(Entity(key, LEAF, place, operand.tensor, how="grad"))
                self.entities[key].used = place
            else:
                key = f"c{place}.{i}"
                if grows and operand.number is not None:
                    self._register(Entity(key, CONSTANT, place, number=operand.number))
            keys.append(key)
        return tuple(keys)

    @on(ev.Applied)
    def _applied(self, place: int, event: ev.Applied) -> None:
        sources = self._sources(place, event.inputs, True)
        link = event.link
        order = 1
        if event.within is not None:
            order = self._order_of.get(event.within, 1) + 1
        elif self._passes:
            order = max((self.entities[k].order for k in sources if k in self.entities), default=1)
        else:
            self._fresh.append(place)
        if link is not None:
            self._order_of[link.node] = order
        for i, out in enumerate(event.outputs):
            self._add_tensor(
                Entity(
                    f"t{out.tensor}",
                    OP,
                    place,
                    out.tensor,
                    link.node if link is not None and out.requires_grad else None,
                    event.op,
                    event.params,
                    tuple(event.inputs),
                    sources,
                    i,
                    event.span,
                    grad_fn=link.grad_fn if link is not None else "",
                    tracked=out.requires_grad,
                    order=order,
                )
            )

    @on(ev.Edited)
    def _edited(self, place: int, event: ev.Edited) -> None:
        if event.link is None:
            return
        before = self._present.get(event.tensor)
        sources = self._sources(place, event.inputs, True)
        names = list(self.entities[before].names) if before is not None else []
        self._order_of[event.link.node] = 1
        self._add_tensor(
            Entity(
                f"t{event.tensor}@{place}",
                OP,
                place,
                event.tensor,
                event.link.node,
                event.op,
                event.params,
                tuple(event.inputs),
                sources,
                span=event.span,
                grad_fn=event.link.grad_fn,
                tracked=True,
                names=names,
            )
        )

    # --- death and new scenes ---------------------------------------------------------------

    @on(ev.Died)
    def _died(self, place: int, event: ev.Died) -> None:
        self._dead_tensors.update(event.tensors)
        self._dead_nodes.update(event.nodes)
        touched = [key for t in event.tensors for key in self._of_tensor.get(t, ())]
        touched += [key for n in event.nodes for key in self._of_node.get(n, ())]
        gone = [e for key in dict.fromkeys(touched) if (e := self.entities[key]).died == FOREVER and self._is_dead(e)]
        if not gone:
            return
        for entity in gone:
            entity.died = entity.until = place
            self._touched.add(entity.serial // CHUNK)
        begin = self._new_scene(place, gone)
        if begin is not None:
            for entity in gone:
                entity.until = min(entity.until, begin)
            i = bisect_left(self.begins, begin)
            if i == len(self.begins) or self.begins[i] != begin:
                self.begins.insert(i, begin)

    def _is_dead(self, entity: Entity) -> bool:
        """A leaf dies with its tensor, a tracked result with its node: until then the graph holds it."""
        if entity.node is not None:
            return entity.node in self._dead_nodes
        return entity.tensor in self._dead_tensors

    def _lives_on(self, entity: Entity) -> bool:
        """Whether the last result made of an entity is tracked and alive: it shows what it was made of."""
        i = bisect_left(self._all, entity.used, key=lambda e: e.made)
        for user in self._all[i : i + CHUNK]:
            if user.made != entity.used:
                break
            if user.tracked and user.died == FOREVER and entity.key in user.sources:
                return True
        return False

    def _new_scene(self, place: int, gone: Sequence[Entity]) -> int | None:
        """The event with which a new scene begins because ``gone`` died, if one does.

        It is the first event after the last use of what died with which something new began; a part of
        a graph that dies without successor only leaves the picture.
        """
        kept = [e for e in gone if e.kind == OP and (e.tracked or not self._lives_on(e))]
        if not kept:
            return None
        last = max(max(e.made, e.used) for e in kept)
        starts = self._fresh if any(e.tracked for e in kept) else self._turns
        i = bisect_left(starts, last + 1)
        return starts[i] if i < len(starts) and starts[i] <= place else None
