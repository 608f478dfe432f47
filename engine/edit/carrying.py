"""Carrying the cursor: where a moment of a run is in the run of the edited text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from engine.edit import Proposal
from engine.trace.events import Span
from engine.trace.trace import Trace


class _Stay(NamedTuple):
    """Steps of one line that follow each other: where the line begins, and the cursors of the first and the last."""

    line: int
    first: int
    last: int


def carried(old: Trace, cursor: int, new: Trace, steps: Sequence[Proposal]) -> int:
    """The cursor of ``new`` at which what was there at ``cursor`` of ``old`` is there: the same line, as often run.

    Of a line that is gone, the one before it. ``steps`` are the edits between the two texts.
    """
    stays = _stays(old, cursor)
    found: dict[int, list[_Stay]] = {}
    for stay in _stays(new, len(new)):
        found.setdefault(stay.line, []).append(stay)
    passed: dict[int, int] = {}
    times = []
    for stay in stays:
        passed[stay.line] = passed.get(stay.line, 0) + 1
        times.append(passed[stay.line])
    over = _stays(old, len(old))
    for stay, time in zip(reversed(stays), reversed(times), strict=True):
        line = _moved(stay.line, steps)
        again = found.get(line, []) if line is not None else []
        if not again:
            continue
        there = again[min(time, len(again)) - 1]
        whole = next(s for s in over if s.first == stay.first)
        if stay.last == whole.last:
            return there.last
        return min(there.first + stay.last - stay.first, there.last)
    return min(cursor, len(new))


def _stays(trace: Trace, cursor: int) -> list[_Stay]:
    """The lines that the steps up to a cursor belong to, in their order."""
    starts = [0]
    for line in trace.source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    known: dict[Span | None, int] = {None: -1}
    for step in trace.steps[:cursor]:
        if step.span not in known and step.span is not None:
            known[step.span] = starts[bisect_right(starts, step.span.start) - 1]
    numbered = enumerate((known[step.span] for step in trace.steps[:cursor]), 1)
    out = []
    for line, run in groupby(numbered, key=lambda pair: pair[1]):
        places = [place for place, _ in run]
        out.append(_Stay(line, places[0], places[-1]))
    return out


def _moved(line: int, steps: Sequence[Proposal]) -> int | None:
    """Where the beginning of a line is after edits; None where it is gone."""
    for step in steps:
        shift = 0
        for edit in step.edits:
            if edit.span.stop <= line:
                shift += len(edit.text) - (edit.span.stop - edit.span.start)
            elif edit.span.start <= line < edit.span.stop and not edit.text:
                return None
        line += shift
    return line
