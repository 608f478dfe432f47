"""What arrives at a card in a backward pass: the running sum in its buffer, and the one write to ``.grad``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.numbers import inline, shape_text
from engine.graph.scenes import LEAF, Entity
from engine.trace.state import Contribution, PassInfo
from engine.trace.values import Value

MOST = 3
"""Gradients whose numbers are written out in a sum."""
LONGEST = 28
"""Characters of the numbers of a sum; longer ones are counted."""


class Role(StrEnum):
    """What a part of a sum is; each is painted in its own way."""

    SIGN = "sign"
    PAST = "past"
    """What was there before the step at hand."""
    NOW = "now"
    """What comes with it."""
    TOTAL = "total"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sum in parts. ``write`` says that it is the write to ``.grad``, and not yet the buffer."""

    parts: tuple[tuple[Role, str], ...]
    write: bool = False

    @property
    def text(self) -> str:
        """The whole, as one line."""
        return " ".join(text for _, text in self.parts)


def arrival(m: Moment, entity: Entity) -> Arrival | None:
    """What is to be said at the entity's card; None where nothing waits and nothing is written."""
    if entity.kind == LEAF and (written := _write(m, entity)) is not None:
        return written
    run = m.backward()
    node = node_of(m, entity)
    if run is None or run.over or node is None or node in run.ran or m.step is None:
        return None
    parts = run.arrived.get((node, 0 if entity.kind == LEAF else entity.output), ())
    if not parts or parts[0].source is None:
        return None
    return Arrival(_sum(m, parts, _missing(run, node)))


def _missing(run: PassInfo, node: int) -> int:
    return max(0, run.waiting.get(node, 0))


def _sum(m: Moment, parts: Sequence[Contribution], missing: int) -> tuple[tuple[Role, str], ...]:
    """``Σ 3.0 + 2.0 = 5.0``, or with one of them still missing: ``Σ 3.0 · 1 to come``."""
    assert m.step is not None
    fresh = [p.value for p in parts if p.event >= m.step.start]
    past = [p.value for p in parts if p.event < m.step.start]
    total = summed([*past, *fresh])
    terms = [inline(v) for v in (*past, *fresh)]
    out: list[tuple[Role, str]] = [(Role.SIGN, "Σ")]
    if len(terms) > MOST or sum(map(len, terms)) > LONGEST:
        out += _counted(past, fresh)
    else:
        out += [(Role.PAST, f"{'+ ' if i else ''}{text}") for i, text in enumerate(terms[: len(past)])]
        out += [(Role.NOW, f"{'+ ' if past or i else ''}{text}") for i, text in enumerate(terms[len(past) :])]
    if len(terms) > 1 and total is not None:
        out.append((Role.TOTAL, f"= {inline(total)}"))
    if missing:
        out.append((Role.NOTE, f"· {missing} to come"))
    return tuple(out)


def _counted(past: Sequence[Value], fresh: Sequence[Value]) -> list[tuple[Role, str]]:
    """Many terms, or long ones: the sum so far and what comes, or how many there are of which shape."""
    so_far, comes = summed(past), summed(fresh)
    shape = shape_text((*past, *fresh)[0].shape)
    if shape:
        size = len(past) + len(fresh)
        return [(Role.NOW if fresh else Role.PAST, f"{size} × {shape}" if size > 1 else shape)]
    out = []
    if so_far is not None:
        out.append((Role.PAST, f"{inline(so_far)} from {len(past)}" if len(past) > 1 else inline(so_far)))
    if comes is not None:
        out.append((Role.NOW, f"{'+ ' if past else ''}{inline(comes)}"))
    return out


def _write(m: Moment, entity: Entity) -> Arrival | None:
    """The step in which AccumulateGrad runs: ``2.0 + 3.0 = 5.0``; the first time ``None → 5.0``."""
    event = m.written()
    if event is None or event.tensor != entity.tensor:
        return None
    incoming, new = inline(event.incoming), inline(event.new)
    if event.old is None:
        return Arrival(((Role.PAST, "None"), (Role.SIGN, "→"), (Role.TOTAL, new)), True)
    if max(len(incoming), len(new)) > LONGEST // 2:
        return Arrival(((Role.PAST, ".grad"), (Role.NOW, f"+ {incoming}")), True)
    old = inline(event.old)
    parts = ((Role.PAST, old), (Role.NOW, f"+ {incoming}"), (Role.TOTAL, f"= {new}"))
    calls = m.state.tensors[event.grad].calls
    return Arrival((*parts, (Role.NOTE, f"· call {calls}")) if calls > 1 else parts, True)


def summed(values: Sequence[Value]) -> Value | None:
    """The sum of gradients; None where the numbers of one were not kept, or where there is none."""
    arrays = [v.array for v in values]
    if not arrays:
        return None
    total = arrays[0]
    for array in arrays[1:]:
        if total is None or array is None or array.shape != total.shape:
            return None
        with np.errstate(all="ignore"):
            total = np.asarray(total + array)
    return None if total is None else Value.of(total)
