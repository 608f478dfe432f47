"""What stands at cards beside their own words: sums, hooks, the ready queue, numbers that leave the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.explain.arrivals import Arrival, arrival
from engine.explain.copies import Copies, copies
from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.numbers import number
from engine.explain.ready import Waiting, ready_queue
from engine.explain.valves import Valve, valves
from engine.graph.scenes import Entity
from engine.trace import events as ev
from gui.base.layers import Layers

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Decor:
    """What stands at one card."""

    arrival: Arrival | None
    valves: tuple[Valve, ...]
    waiting: Waiting | None
    exits: tuple[str, ...]
    """Numbers that the step at hand takes out of the graph here: ``item() → 6.0``."""


class Effects:
    """The decor of a moment's cards, each worked out when it is looked at."""

    def __init__(self, m: Moment, before: Moment | None, layers: Layers) -> None:
        self._m = m
        self._queue = ready_queue(before or m) if layers.queue else {}
        self._exits = exits_of(m)
        self._known: dict[str, Decor | None] = {}

    def at(self, entity: Entity) -> Decor | None:
        """What stands at an entity's card; None for most."""
        if entity.key not in self._known:
            self._known[entity.key] = self._decor(entity)
        return self._known[entity.key]

    def _decor(self, entity: Entity) -> Decor | None:
        m = self._m
        node = node_of(m, entity) if self._queue and entity.output == 0 else None
        decor = Decor(
            arrival(m, entity),
            valves(m, entity),
            None if node is None else self._queue.get(node),
            self._exits.get(entity.key, ()),
        )
        return None if decor == NOTHING else decor

    def copies(self, target: str, index: int) -> Copies | None:
        """What becomes of the operand of a result that comes with the step at hand."""
        return copies(self._m, self._m.scenes.entities[target], index)


NOTHING = Decor(None, (), None, ())


def exits_of(m: Moment) -> dict[str, tuple[str, ...]]:
    """By card, what the step at hand takes out of the graph."""
    out: dict[str, tuple[str, ...]] = {}
    for event in m.events() if m.step is not None else ():
        if isinstance(event, ev.Taken):
            key = m.scenes.of_tensor(event.tensor, m.place)
            if key is not None:
                text = f"{event.how}() → {_short(event.text)}" if event.text else f"{event.how}()"
                out[key] = tuple(dict.fromkeys((*out.get(key, ()), text)))
    return out


def _short(text: str) -> str:
    """A Python number with as many digits as the picture has."""
    try:
        return number(float(text)) if "." in text or "e" in text else text
    except ValueError:
        return text
