"""Which blocks a timeline shows in a given width: steps, or stretches, or epochs, or parts of a long run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.trace.steps import Phase, Step

LEAST = 7.0
"""Narrowest block, in pixels."""
MOST = 88.0
GAP = 2.0
GROUP_GAP = 18.0
TIGHT_GAP = 7.0
"""Between groups when room is short."""


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
    for level, cut in enumerate((_by_step, _by_group, _by_turn)):
        stretches = cut(steps, first, last)
        for gap in (GROUP_GAP, TIGHT_GAP):
            groups = len({s.group for s in stretches})
            width = (room - gap * (groups - 1) - GAP * (len(stretches) - groups)) / len(stretches)
            if width >= LEAST:
                return _place(steps, stretches, min(MOST, width), gap, level, name)
    return _bins(steps, first, last, room, name)


def _by_step(steps: Sequence[Step], first: int, last: int) -> list[_Stretch]:
    return [_Stretch(c, c, steps[c - 1].group, c) for c in range(first, last + 1)]


def _merged(steps: Sequence[Step], first: int, last: int, key: Callable[[Step], object]) -> list[_Stretch]:
    out: list[_Stretch] = []
    for c in range(first, last + 1):
        k = key(steps[c - 1])
        if out and out[-1].key == k:
            out[-1] = _Stretch(out[-1].first, c, out[-1].group, k)
        else:
            out.append(_Stretch(c, c, len(out), k))
    return out


def _by_group(steps: Sequence[Step], first: int, last: int) -> list[_Stretch]:
    """One block per stretch; the stretches of one loop turn stand together."""
    stretches = _merged(steps, first, last, lambda s: s.group)
    turns: dict[object, int] = {}
    out = []
    for s in stretches:
        turn = steps[s.first - 1].turn[:1] or ("out", s.group)
        out.append(_Stretch(s.first, s.last, turns.setdefault(turn, len(turns)), s.key))
    return out


def _by_turn(steps: Sequence[Step], first: int, last: int) -> list[_Stretch]:
    stretches = _merged(steps, first, last, lambda s: s.turn[:1] or ("out", s.group))
    group = 0
    out = []
    for i, s in enumerate(stretches):
        inside = bool(steps[s.first - 1].turn)
        if i and (not inside or not steps[stretches[i - 1].first - 1].turn):
            group += 1
        out.append(_Stretch(s.first, s.last, group, s.key))
    return out


def _mix(steps: Sequence[Step], first: int, last: int) -> tuple[tuple[Phase, float], ...]:
    counts: dict[Phase, int] = {}
    for c in range(first, last + 1):
        phase = steps[c - 1].phase
        counts[phase] = counts.get(phase, 0) + 1
    total = last - first + 1
    return tuple((phase, n / total) for phase, n in counts.items())


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
