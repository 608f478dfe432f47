"""Teller: what the program itself reports while it runs (names, loop turns, output), as events."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from engine.nn.module import Module
from engine.program.budget import Budget
from engine.program.standins import Stream
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.figures import Artist, Figure
from engine.trace.recorder import Recorder
from engine.trace.spans import SpanFinder
from engine.trace.values import Value

SHORT = 80
PARTS = 64
"""How many tensors of one container get names."""


class Teller:
    """Turns the hooks that the policy wrote into the program into events."""

    def __init__(self, recorder: Recorder, spans: SpanFinder, budget: Budget) -> None:
        self._recorder = recorder
        self._spans = spans
        self._span = spans.current
        self._budget = budget
        self._calls: list[str] = []

    def printed(self, *values: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: Any = False) -> None:
        """print(): the text becomes an event; with ``file``, it goes to that file in memory."""
        if file is not None and not isinstance(file, Stream):
            file.write((" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end))
            return
        if file is not None and not file.shown:
            return
        text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
        self._budget.printing(len(text))
        self._recorder.emit(ev.Printed(text=text, span=self._span()))

    def plotted(self, figure: Figure, how: str) -> None:
        """A figure was shown."""
        self._budget.plotting(sum(_bytes(artist) for axes in figure.axes for artist in axes.artists))
        self._recorder.emit(ev.Plotted(figure=figure, how=how, span=self._span()))

    def bound(self, name: str, value: Any, scope: str) -> None:
        tensors = self._parts(value)
        if tensors:
            self._recorder.emit(ev.Bound(name=name, tensors=tensors, scope=scope, span=self._span()))
            return
        text = _text(value)
        if text is not None:
            event = ev.Bound(name=name, text=text, scope=scope, span=self._span())
            self._recorder.emit_later(("bound", scope, name), event)

    def _parts(self, value: Any) -> list[tuple[str, int]]:
        number = self._recorder.tensor
        if isinstance(value, Tensor):
            return [("", number(value))]
        if isinstance(value, (list, tuple)):
            return [(f"[{i}]", number(v)) for i, v in enumerate(value[:PARTS]) if isinstance(v, Tensor)]
        if isinstance(value, dict):
            items = list(value.items())[:PARTS]
            return [(f"[{k!r}]", number(v)) for k, v in items if isinstance(v, Tensor) and isinstance(k, (str, int))]
        if isinstance(value, Module):
            return [(f".{path}", number(p)) for path, p in list(value.named_parameters())[:PARTS]]
        return []

    def unbound(self, name: str, scope: str) -> None:
        self._recorder.emit(ev.Unbound(name=name, scope=scope, span=self._span()))

    def called(self, label: str) -> None:
        """One of the program's own functions begins. That is told if something happens in it."""
        entered = partial(self._entered, label, sys._getframe(1))
        self._recorder.emit_later(("call", len(self._calls)), entered)
        self._calls.append(label)

    def _entered(self, label: str, frame: Any) -> ev.Entered:
        """``frame`` is the function's own, and it is running: what called it is doing so now."""
        return ev.Entered(kind="function", label=label, span=self._spans.around(frame.f_back))

    def returned(self) -> None:
        """The innermost of these functions is over."""
        label = self._calls.pop()
        depth = len(self._calls)
        if not self._recorder.forget_later(("call", depth)):
            self._recorder.emit_later(("return", depth, label), ev.Left(kind="function", label=label))

    def iterated(self, turn: int) -> None:
        span = self._span()
        self._recorder.emit_later(("turn", span), ev.Iterated(index=turn, span=span))

    def loop_ended(self) -> None:
        span = self._span()
        self._recorder.forget_later(("turn", span))
        self._recorder.emit_later(("end", span), ev.LoopEnded(span=span))


def _bytes(artist: Artist) -> int:
    parts = (artist.x, artist.y, artist.values, artist.base, artist.sizes)
    return sum(part.nbytes for part in parts if isinstance(part, Value))


def _text(value: Any) -> str | None:
    """A short text for plain values; None for what is not worth a line."""
    if value is None or isinstance(value, (bool, int, float, str, list, tuple, dict, set, range)):
        try:
            out = repr(value)
        except Exception:
            return None
        return out if len(out) <= SHORT else out[: SHORT - 1] + "…"
    return None
