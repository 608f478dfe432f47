"""Steps that are too large: the gradient changes its sign at each of them, and does not get smaller."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.explain.advice.past import Past
from engine.explain.numbers import number
from engine.trace import events as ev
from engine.trace.events import Span

TURNS = 6
"""So many turns in a row must look alike."""
EQUAL = 1e-5
"""Losses that differ less, relatively, are the same."""


class StepsTooLarge(Watcher):
    """Follows the loss of each backward() in a loop; looks at the gradients only when it does not fall."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._losses: dict[Span, list[float]] = {}
        self._first: dict[Span, float] = {}
        self._grads: dict[Span, list[dict[int, np.ndarray]]] = {}
        """Per backward() the gradients of the last turns, by leaf."""
        self._moved: dict[int, int] = {}
        """Leaf -> how often it was moved without being tracked."""

    def handlers(self) -> dict[type, Handler]:
        return {ev.BackwardBegan: self._backward, ev.GradWritten: self._written, ev.Edited: self._edited}

    def _backward(self, place: int, event: ev.BackwardBegan) -> None:
        if not self.facts.turns or event.span is None or event.wanted is not None or len(event.outputs) != 1:
            return
        made = self.facts.event_of(event.outputs[0], place)
        if not isinstance(made, ev.Applied) or made.outputs[0].value.size != 1:
            return
        loss = float(made.outputs[0].value.item())
        losses = self._losses.setdefault(event.span, [])
        self._first.setdefault(event.span, loss)
        same = bool(losses) and abs(loss - losses[-1]) <= EQUAL * abs(loss)
        rises = bool(losses) and loss > losses[-1] and not same
        kept = len(losses) < 2 or (losses[-1] > losses[-2] * (1 + EQUAL)) == rises
        if not (same or rises) or not kept:
            losses.clear()
            self._grads.pop(event.span, None)
        losses.append(loss)
        grads = self._grads.setdefault(event.span, [])
        if len(losses) > TURNS and np.isfinite(loss):
            self._look(place, event.span, losses, grads, rises)
        del losses[:-TURNS], grads[: -TURNS + 1]
        grads.append({})

    def _written(self, place: int, event: ev.GradWritten) -> None:
        run = self.facts.run
        if run is None or run.span is None or not self.facts.turns or event.incoming.size > 4096:
            return
        grads = self._grads.get(run.span)
        # The first turns are not worth the copies: most losses fall.
        if grads and len(self._losses[run.span]) > 1 and event.incoming.array is not None:
            grads[-1][event.tensor] = event.incoming.array

    def _edited(self, place: int, event: ev.Edited) -> None:
        if event.link is None:
            for tensor in (event.tensor, *(t for t, _, _ in event.also)):
                self._moved[tensor] = self._moved.get(tensor, 0) + 1

    def _look(
        self, place: int, span: Span, losses: Sequence[float], grads: Sequence[dict[int, np.ndarray]], rises: bool
    ) -> None:
        """Whether some leaf's gradient swings to and fro, and whether ever wider."""
        last = [g for g in grads if g][-TURNS + 1 :]
        if len(last) < TURNS - 1:
            return
        for leaf in sorted(last[-1], key=lambda t: -float(np.max(np.abs(last[-1][t])))):
            rows = [g[leaf] for g in last if leaf in g]
            if len(rows) < len(last) or self._moved.get(leaf, 0) < TURNS - 1:
                continue
            widest = int(np.argmax(np.abs(rows[-1])))
            line = [float(r.reshape(-1)[widest]) for r in rows]
            flips = all(a * b < 0 for a, b in pairwise(line))
            grows = all(abs(b) > abs(a) * (1 + EQUAL) for a, b in pairwise(line))
            stays = all(abs(abs(b) - abs(a)) <= EQUAL * abs(a) for a, b in pairwise(line))
            if flips and rises and grows and losses[-1] > self._first[span]:
                self._tell(place, span, leaf, widest, line, losses, True)
                return
            if flips and stays and not rises:
                self._tell(place, span, leaf, widest, line, losses, False)
                return

    def _tell(
        self, place: int, span: Span, leaf: int, element: int, line: list[float], losses: Sequence[float], grows: bool
    ) -> None:
        past = self.facts.past(place)
        name = past.name(leaf)
        info = past.info(leaf)
        which = name if info is None or info.value.size == 1 else f"{name}, element {element},"
        swing = ", ".join(number(g) for g in line[-3:])
        rate = _rate(past, span)
        code = ""
        if rate is not None:
            literal, _ = rate
            smaller = float(past.source.of(literal)) / 2
            code = past.source.changed(literal, (literal, f"{smaller:g}"))
        causes = [Cause("the loss does not fall here", span, past.keys(leaf))]
        if rate is not None:
            causes.append(Cause("the learning rate", rate[0]))
        how = (
            f"Each step jumps over the minimum and lands further off on the other side: the gradient of {which} went "
            f"{swing}, and the loss rose from {number(losses[0])} to {number(losses[-1])} in {len(losses) - 1} turns."
            if grows
            else f"Each step jumps over the minimum and lands as far off on the other side: the gradient of {which} "
            f"went {swing}, and the loss stays at {number(losses[-1])}."
        )
        self.tell(
            Advice(
                "steps-too-large",
                "The steps are too large",
                how,
                "Make the learning rate smaller, for example half as large.",
                code,
                span,
                tuple(causes),
                event=place,
            )
        )


def _rate(past: Past, span: Span) -> tuple[Span, str] | None:
    """The number literal of the learning rate: ``lr=0.1``, or a name such as ``lr`` that is given one."""
    for node in past.source.walk(ast.Call, ast.Assign):
        if isinstance(node, ast.Call):
            for k in node.keywords:
                if k.arg == "lr" and _is_number(k.value):
                    return past.source.span(k.value), "lr"
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_number(node.value):
            if node.targets[0].id.lower() in ("lr", "learning_rate", "alpha", "eta", "step_size", "rate"):
                return past.source.span(node.value), node.targets[0].id
    loop = past.source.loop(span)
    for inner in ast.walk(loop) if loop is not None else ():
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult) and ".grad" in past.source.of(inner.right):
            if _is_number(inner.left):
                return past.source.span(inner.left), ""
    return None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)
