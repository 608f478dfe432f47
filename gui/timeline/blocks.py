"""Which blocks a timeline shows in a given width: steps, or stretches, or epochs, or parts of a long run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.trace.steps import Phase, Step

LEAST = 7.0
"""Narrowest block, in pixels."""
MOST = 88.0
GAP = 2.0
GROUP_GAP = 18.0
TIGHT_GAP = 7.0
"""Between groups when room is short."""
SAMPLE = 24
"""Steps that are enough to tell what a block consists of."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole parts, fill the unit interval most evenly."""
SPREAD = tuple(i * GOLDEN % 1.0 for i in range(SAMPLE))


@dataclass(frozen=True, slots=True)
class Block:
    """Steps ``first`` to ``last`` (cursors, both included) as one block at x..x+width."""

    first: int
    last: int
    x: float
    width: float
    phases: tuple[tuple[Phase, float], ...]
    """What it consists of, as fractions."""
    group: int


@dataclass(frozen=True, slots=True)
class Label:
    """A name under a stretch of blocks; a click on it jumps to cursor ``first``."""

    text: str
    first: int
    x: float
    width: float
    tick: bool = False
    """One of a row of numbers, of which only as many are shown as fit."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    blocks: tuple[Block, ...] = ()
    labels: tuple[Label, ...] = ()

    def block_at(self, cursor: int) -> Block | None:
        low, high = 0, len(self.blocks) - 1
        while low <= high:
            middle = (low + high) // 2
            b = self.blocks[middle]
            if cursor < b.first:
                high = middle - 1
            elif cursor > b.last:
                low = middle + 1
            else:
                return b
        return None

    def cursor_at(self, x: float) -> int:
        """The step under a place; between blocks the nearer one."""
        best, distance = 0, float("inf")
        for b in self.blocks:
            d = max(b.x - x, x - (b.x + b.width), 0.0)
            if d < distance:
                share = min(1.0, max(0.0, (x - b.x) / b.width if b.width else 0.0))
                best, distance = b.first + min(b.last - b.first, int(share * (b.last - b.first + 1))), d
        return best


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: int
    last: int
    group: int
    key: object


def arrange(steps: Sequence[Step], first: int, last: int, room: float, name: Callable[[Step, int], str]) -> Arrangement:
    """The finest blocks of the steps from cursor ``first`` to ``last`` that fit into ``room`` pixels.

    ``name(step, level)`` is the label of a stretch: level 0 and 1 for steps and their groups, 2 for loop turns.
    """
    if last < first or room <= 0:
        return Arrangement()
    most = int(room // (LEAST + GAP)) + 1
    for level, cut in enumerate((_by_step, _by_group, _by_turn)):
        stretches = cut(steps, first, last, most)
        if stretches is None:
            continue
        for gap in (GROUP_GAP, TIGHT_GAP):
            groups = len({s.group for s in stretches})
            width = (room - gap * (groups - 1) - GAP * (len(stretches) - groups)) / len(stretches)
            if width >= LEAST:
                return _place(steps, stretches, min(MOST, width), gap, level, name)
    return _bins(steps, first, last, room, name)


def _by_step(steps: Sequence[Step], first: int, last: int, most: int) -> list[_Stretch] | None:
    """One block per step; None if there are more than ``most``, as in the other cuts."""
    if last - first >= most:
        return None
    return [_Stretch(c, c, steps[c - 1].group, c) for c in range(first, last + 1)]


def _groups(steps: Sequence[Step], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The stretches of one statement or phase. Their numbers only grow, so each end is found by bisection."""
    while first <= last:
        end = bisect_right(steps, steps[first - 1].group, lo=first - 1, hi=last, key=lambda s: s.group)
        yield first, end
        first = end + 1


def _by_group(steps: Sequence[Step], first: int, last: int, most: int) -> list[_Stretch] | None:
    """One block per stretch; the stretches of one loop turn stand together."""
    turns: dict[object, int] = {}
    out: list[_Stretch] = []
    for a, b in _groups(steps, first, last):
        if len(out) == most:
            return None
        step = steps[a - 1]
        turn = step.turn[:1] or ("out", step.group)
        out.append(_Stretch(a, b, turns.setdefault(turn, len(turns)), step.group))
    return out


def _by_turn(steps: Sequence[Step], first: int, last: int, most: int) -> list[_Stretch] | None:
    """One block per turn of the outermost loop; turns that follow each other stand together."""
    out: list[_Stretch] = []
    group = 0
    for a, b in _groups(steps, first, last):
        step = steps[a - 1]
        key = step.turn[:1] or ("out", step.group)
        if out and out[-1].key == key:
            out[-1] = _Stretch(out[-1].first, b, out[-1].group, key)
            continue
        if len(out) == most:
            return None
        if out and not (step.turn and steps[out[-1].first - 1].turn):
            group += 1
        out.append(_Stretch(a, b, group, key))
    return out


def _mix(steps: Sequence[Step], first: int, last: int) -> tuple[tuple[Phase, float], ...]:
    """What a block consists of; of many steps some stand for all, spread so that no loop's rhythm fools them."""
    total = last - first + 1
    if total > SAMPLE:
        found = [steps[first - 1 + int(part * total)].phase for part in SPREAD]
    else:
        found = [step.phase for step in steps[first - 1 : last]]
    shares = [(phase, found.count(phase) / len(found)) for phase in Phase if phase in found]
    return tuple(shares)


def _place(
    steps: Sequence[Step],
    stretches: Sequence[_Stretch],
    width: float,
    gap: float,
    level: int,
    name: Callable[[Step, int], str],
) -> Arrangement:
    x = 0.0
    blocks: list[Block] = []
    labels: list[Label] = []
    for i, s in enumerate(stretches):
        if i:
            x += GAP if s.group == stretches[i - 1].group else gap
        blocks.append(Block(s.first, s.last, x, width, _mix(steps, s.first, s.last), s.group))
        starts = not i or s.group != stretches[i - 1].group
        turn = level == 2 and bool(steps[s.first - 1].turn)
        if starts or turn:
            labels.append(Label(name(steps[s.first - 1], level), s.first, x, width, turn))
        else:
            old = labels[-1]
            labels[-1] = Label(old.text, old.first, old.x, x + width - old.x)
        x += width
    return Arrangement(tuple(blocks), tuple(labels))


def _bins(steps: Sequence[Step], first: int, last: int, room: float, name: Callable[[Step, int], str]) -> Arrangement:
    """A run that is too long even for one block per epoch: equal parts of it."""
    count = max(1, int(room // (LEAST + GAP)))
    total = last - first + 1
    blocks = []
    for i in range(count):
        a, b = first + i * total // count, first + (i + 1) * total // count - 1
        if a <= b:
            blocks.append(Block(a, b, i * (LEAST + GAP), LEAST, _mix(steps, a, b), 0))
    labels = [Label(name(steps[b.first - 1], 2), b.first, b.x, LEAST, True) for b in blocks]
    return Arrangement(tuple(blocks), tuple(labels))
