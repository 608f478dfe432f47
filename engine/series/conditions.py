"""Conditions to stop at: ``loss < 0.1``, ``grad is nan``, ``model.weight > 1.5``, ``epoch == 20``, ``converged``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.series.loss import LossSeries
from engine.series.parameters import History, Parameter
from engine.trace.trace import Trace

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
CALM, TURNS = 1e-3, 10
"""A loss has converged that over so many turns falls by less than this part of all that it has fallen."""

_COMPARED = re.compile(r"\s*(?P<name>.+?)\s*(?P<sign><=|>=|==|<|>)\s*(?P<number>[-+]?[\d.]+(?:e[-+]?\d+)?)\s*", re.I)
_NAMED = re.compile(r"\s*(?P<name>.+?)\s+(?:is|==)\s+(?P<what>nan|inf|none)\s*", re.I)


class UnknownCondition(ValueError):
    """The text is no condition, or names nothing of the program; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``name`` of the program, and whether a number of it is what is waited for."""

    name: str
    said: str
    holds: Callable[[float], bool]


def parse(text: str) -> Condition:
    """Raises UnknownCondition for a text that is none."""
    if text.strip().lower() in ("converged", "convergence"):
        return Condition("converged", "converged", bool)
    found = _NAMED.fullmatch(text)
    if found:
        what = found["what"].lower()
        holds = math.isinf if what == "inf" else math.isnan
        return Condition(found["name"], f"{found['name']} is {what}", holds)
    found = _COMPARED.fullmatch(text)
    if not found:
        raise UnknownCondition(
            "Write a name, a sign and a number: loss < 0.1, grad is nan, epoch == 20, or: converged."
        )
    try:
        number = float(found["number"])
    except ValueError:
        raise UnknownCondition(f"{found['number']} is no number.") from None
    compare = OPERATORS[found["sign"]]
    return Condition(found["name"], f"{found['name']} {found['sign']} {found['number']}", lambda x: compare(x, number))


def first(
    condition: Condition,
    trace: Trace,
    losses: Sequence[LossSeries],
    parameters: Sequence[Parameter],
    norm: History,
    after: int,
) -> int | None:
    """The first cursor behind ``after`` at which it holds; None if it never does.

    Raises UnknownCondition for a name that is not known.
    """
    for cursor, value in _values(condition.name, trace, losses, parameters, norm):
        if cursor > after and condition.holds(value):
            return cursor
    return None


def risings(
    condition: Condition, trace: Trace, losses: Sequence[LossSeries], parameters: Sequence[Parameter], norm: History
) -> list[int]:
    """The cursors at which it begins to hold. Raises UnknownCondition for a name that is not known."""
    out = []
    held = False
    for cursor, value in _values(condition.name, trace, losses, parameters, norm):
        holds = condition.holds(value)
        if holds and not held:
            out.append(cursor)
        held = holds
    return out


def _values(
    name: str, trace: Trace, losses: Sequence[LossSeries], parameters: Sequence[Parameter], norm: History
) -> Iterator[tuple[int, float]]:
    """A quantity over the run, with the cursors at which it is known."""
    if name == "converged":
        return _convergence(losses)
    for series in losses:
        if name == series.name:
            return ((p.cursor, p.value) for p in series.points)
    if losses and name == losses[0].loop:
        return ((p.cursor, float(p.turn + losses[0].start)) for p in losses[0].points)
    if name in ("grad", "gradient", "gradients"):
        # None is no nan: what was cleared does not count.
        return ((trace.cursor_of(place), value) for place, (value,) in zip(norm.places, norm.values, strict=True))
    for parameter in parameters:
        for column, element in enumerate(parameter.elements):
            word = parameter.name + ("" if element == "norm" else element)
            for history, ending in ((parameter.values, ""), (parameter.grads, ".grad")):
                if name == word + ending:
                    return _column(trace, history, column)
    known = [s.name for s in losses] + ([losses[0].loop] if losses else []) + ["grad"]
    known += [p.name + ("" if e == "norm" else e) for p in parameters for e in p.elements][:6]
    raise UnknownCondition(f"Nothing is called {name} here. There is: {', '.join(known)}.")


def _column(trace: Trace, history: History, column: int) -> Iterator[tuple[int, float]]:
    for place, row in zip(history.places, history.values, strict=True):
        yield trace.cursor_of(place), row[column]


def _convergence(losses: Sequence[LossSeries]) -> Iterator[tuple[int, float]]:
    """1 where the loss has hardly changed for some turns, else 0."""
    points = losses[0].points if losses else ()
    for i in range(TURNS, len(points)):
        old, new = points[i - TURNS].value, points[i].value
        fallen = points[0].value - new
        calm = math.isfinite(old) and math.isfinite(fallen) and abs(new - old) <= CALM * fallen
        yield points[i].cursor, float(calm)
