"""The fit at a moment: data, what the model says now, and how far apart they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.series.task import Array, Floats, Task, evaluate
from engine.trace.state import State

CURVE = 120
"""Points of the line that a model draws over one input."""
GRID = 48
"""Points along each side of a decision surface."""
ROOM = 0.08
"""How far lines and surfaces reach beyond the data, as a part of their range."""


@dataclass(frozen=True, slots=True)
class Fit:
    """``x`` is (N, features), ``target`` and ``prediction`` (N,): classes are whole numbers or probabilities.

    ``line`` is the model over one input, as (points, 2). ``surface`` is, over two inputs, the left, top, right and
    bottom of an area and the class or probability at (row, column), from the lowest.
    """

    kind: str
    x: Floats
    target: Floats
    prediction: Floats
    line: Floats | None = None
    surface: tuple[tuple[float, float, float, float], Floats] | None = None
    classes: int = 0

    @property
    def residuals(self) -> Floats:
        """Target minus prediction, (N,)."""
        with np.errstate(all="ignore"):
            return self.target - self.prediction

    @property
    def spread(self) -> float:
        """The standard deviation of the residuals, in the target's unit; nan or inf where a prediction is none."""
        with np.errstate(all="ignore"):
            return float(self.residuals.std())


def fit_at(task: Task, state: State) -> Fit | None:
    """The fit with the parameters as they are in ``state``; None where a value was not kept."""
    inputs, target = (state.tensors.get(t) for t in (task.inputs, task.target))
    if inputs is None or target is None or inputs.value.array is None or target.value.array is None:
        return None
    given = inputs.value.array
    rows = given.shape[0]
    said = evaluate(task.before, state, task.prediction, {task.inputs: given})
    if said is None:
        last = state.tensors.get(task.prediction)
        said = None if last is None else last.value.array
    if said is None:
        return None
    x = given.reshape(rows, -1).astype(np.float64)
    prediction, classes = _read(task, said)
    wanted = target.value.array.astype(np.float64).reshape(rows, -1)
    wanted = wanted[:, 0] if wanted.shape[1] == 1 else wanted.argmax(1).astype(np.float64)
    if prediction.shape != (rows,):
        return None
    line = surface = None
    if task.features == 1:
        line = _line(task, state, given, x)
    elif task.features == 2 and task.kind == "classes":
        surface = _surface(task, state, given, x)
    return Fit(task.kind, x, wanted, prediction, line, surface, classes)


def _read(task: Task, said: Array) -> tuple[Floats, int]:
    """Predictions as one number each, and how many classes there are (0 for a regression)."""
    rows = said.shape[0]
    said = said.astype(np.float64).reshape(rows, -1)
    if task.kind != "classes":
        return said[:, 0], 0
    if said.shape[1] > 1:
        return said.argmax(1).astype(np.float64), said.shape[1]
    if task.link == "sigmoid":
        with np.errstate(all="ignore"):
            said = 1.0 / (1.0 + np.exp(-said))
    return said[:, 0], 2


def _over(task: Task, state: State, given: Array, points: Floats) -> Floats | None:
    """The model at other points, as many at a time as the program has rows: its reshapes stay right."""
    rows = given.shape[0]
    said = []
    for begin in range(0, len(points), rows):
        part = points[begin : begin + rows]
        padded = np.concatenate([part, np.repeat(part[-1:], rows - len(part), 0)]) if len(part) < rows else part
        out = evaluate(
            task.before, state, task.prediction, {task.inputs: padded.astype(given.dtype).reshape(given.shape)}
        )
        if out is None or not out.shape or out.shape[0] != rows:
            return None
        said.append(_read(task, out)[0][: len(part)])
    return np.concatenate(said)


def _line(task: Task, state: State, given: Array, x: Floats) -> Floats | None:
    finite = x[np.isfinite(x)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    room = (high - low) * ROOM or 1.0
    points = np.linspace(low - room, high + room, CURVE)
    said = _over(task, state, given, points.reshape(-1, 1))
    return None if said is None else np.stack([points, said], 1)


def _surface(
    task: Task, state: State, given: Array, x: Floats
) -> tuple[tuple[float, float, float, float], Floats] | None:
    low, high = x.min(0), x.max(0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return None
    room = np.where(high > low, (high - low) * ROOM, 1.0)
    low, high = low - room, high + room
    across, down = np.meshgrid(np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID))
    said = _over(task, state, given, np.stack([across.ravel(), down.ravel()], 1))
    if said is None:
        return None
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1])), said.reshape(GRID, GRID)
