"""What arrives at a card in a backward pass: the running sum in its buffer, and the one write to ``.grad``."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.numbers import inline, shape_text
from engine.graph.scenes import LEAF, Entity
from engine.trace.known import Contribution, PassInfo
from engine.trace.values import Value

MOST = 3
"""Gradients whose numbers are written out in a sum."""
MOST_ADDED, SUMS_KEPT = 32, 64
"""Gradients that are added up anew each time; of more the sums are kept, so many at a time."""
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
    before = bisect_left(parts, m.step.start, key=lambda part: part.event)
    past, fresh = parts[:before], [part.value for part in parts[before:]]
    so_far = _running(past)
    terms = [inline(part.value) for part in parts] if len(parts) <= MOST else []
    out: list[tuple[Role, str]] = [(Role.SIGN, "Σ")]
    if not terms or sum(map(len, terms)) > LONGEST:
        out += _counted(so_far, len(past), fresh, parts[0].value.shape)
    else:
        out += [(Role.PAST, f"{'+ ' if i else ''}{text}") for i, text in enumerate(terms[:before])]
        out += [(Role.NOW, f"{'+ ' if past or i else ''}{text}") for i, text in enumerate(terms[before:])]
    if len(parts) > 1 and (so_far is not None or not past):
        total = summed(fresh if so_far is None else [so_far, *fresh])
        if total is not None:
            out.append((Role.TOTAL, f"= {inline(total)}"))
    if missing:
        out.append((Role.NOTE, f"· {missing} to come"))
    return tuple(out)


def _counted(so_far: Value | None, past: int, fresh: Sequence[Value], shape: tuple[int, ...]) -> list[tuple[Role, str]]:
    """Many terms, or long ones: the sum so far and what comes, or how many there are of which shape."""
    comes, size = summed(fresh), past + len(fresh)
    if text := shape_text(shape):
        return [(Role.NOW if fresh else Role.PAST, f"{size} × {text}" if size > 1 else text)]
    out = []
    if so_far is not None:
        out.append((Role.PAST, f"{inline(so_far)} from {past}" if past > 1 else inline(so_far)))
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


_sums: OrderedDict[tuple[int, int], tuple[Sequence[Contribution], Value | None]] = OrderedDict()
"""The sums of long rows that were asked for last, by their first and last gradient; those are kept alive here."""


def _running(parts: Sequence[Contribution]) -> Value | None:
    """The sum of a row of gradients. A weight that is used thousands of times gets one more with each step."""
    if len(parts) <= MOST_ADDED:
        return summed([part.value for part in parts])
    key = id(parts[0]), id(parts[-1])
    if key not in _sums:
        begin, total = 0, None
        for behind in range(1, MOST_ADDED):
            known = _sums.get((id(parts[0]), id(parts[-1 - behind])))
            if known is not None:
                begin, total = len(parts) - behind, known[1]
                break
        more = [part.value for part in parts[begin:]]
        _sums[key] = parts, (None if begin and total is None else summed(more if total is None else [total, *more]))
        if len(_sums) > SUMS_KEPT:
            _sums.popitem(last=False)
    return _sums[key][1]


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
