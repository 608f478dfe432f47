"""Copies and sums on edges: an operand that is stretched in forward has its gradient summed in backward."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.moment import Moment
from engine.graph.scenes import CONSTANT, Entity
from engine.ops import TABLE
from engine.trace.state import State

SUMS = frozenset(("sum", "mean"))
STRETCHES = frozenset(("expand", "broadcast_to"))


@dataclass(frozen=True, slots=True)
class Copies:
    """How many elements an operand has, and its result (``few`` and ``many``, whichever way round).

    ``stretched``: each element of the operand is used several times. Else several of them make one of the result.
    """

    few: int
    many: int
    stretched: bool

    def text(self, backward: bool) -> str:
        """``1 → 6`` where copies are made, ``Σ 6 → 1`` where they are summed."""
        if self.stretched != backward:
            return f"{self.few} → {self.many}"
        return f"Σ {self.many} → {self.few}"


def copies(m: Moment, target: Entity, index: int) -> Copies | None:
    """What becomes of operand ``index`` of a result; None where elements go one by one, and for plain numbers."""
    if index >= len(target.sources) or index >= len(target.inputs):
        return None
    source = m.scenes.entities.get(target.sources[index])
    if source is None or source.kind == CONSTANT:
        return None
    spec = TABLE.get(target.op) or TABLE.get(target.op.removesuffix("_"))
    reduces = target.op in SUMS
    if not reduces and target.op not in STRETCHES and (spec is None or not spec.local):
        return None
    made, used = size_of(m.state, target.tensor), size_of(m.state, source.tensor)
    if made is None or used is None or made == used or not made or not used:
        return None
    if reduces:
        return Copies(made, used, False)
    return Copies(used, made, True)


def size_of(state: State, tensor: int | None) -> int | None:
    info = None if tensor is None else state.tensors.get(tensor)
    return None if info is None else info.value.size
