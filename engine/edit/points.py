"""Data that stand in the text as numbers: which literal is which element of a tensor."""

from __future__ import annotations

import ast
import math

from engine.edit import TextEdit
from engine.edit.numbers import numbers_in
from engine.edit.syntax import Places
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.events import Span
from engine.trace.trace import Trace

SAME = frozenset(("clone", "contiguous", "detach", "to_float", "requires_grad_"))
"""Ops besides views that leave every element as it is, in its order."""


def literals_of(trace: Trace, tensor: int, place: int) -> list[Span] | None:
    """The literals that are the elements of a tensor, in their order; None if it was not written as numbers.

    Looks through views that keep the order, such as unsqueeze. ``place`` is how many events have happened.
    """
    info = trace.state_after(place).tensors.get(tensor)
    if info is None:
        return None
    size = info.value.size
    while info is not None:
        event = trace.events[info.made]
        if isinstance(event, ev.Created):
            return None if event.span is None else _numbers(trace.source, event.span, size)
        if not isinstance(event, ev.Applied) or event.inputs[0].tensor is None:
            return None
        spec = TABLE.get(event.op)
        if event.op not in SAME and not (
            spec is not None and spec.view and event.op not in ("t", "transpose", "permute")
        ):
            return None
        info = trace.state_after(place).tensors.get(event.inputs[0].tensor)
        if info is not None and info.value.size != size:
            return None
    return None


def _numbers(source: str, span: Span, count: int) -> list[Span] | None:
    """The numbers in the first argument of the call at ``span``, if there are ``count`` of them and nothing else."""
    text = source[span.start : span.stop]
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(call, ast.Call) or not call.args:
        return None
    try:
        numbers = list(numbers_in(call.args[0]))
    except ValueError:
        return None
    if len(numbers) != count or any(isinstance(n, ast.Constant) and isinstance(n.value, bool) for n in numbers):
        return None
    places = Places(text)
    spans = [places.span(node) for node in numbers]
    return [Span(span.start + here.start, span.start + here.stop) for here in spans]


def moved_to(span: Span, value: float, extent: float) -> TextEdit:
    """The edit that gives a literal another value, to three digits of the data's ``extent``."""
    digits = max(1, 2 - math.floor(math.log10(extent))) if extent > 0 and math.isfinite(extent) else 2
    text = f"{value:.{digits}f}".rstrip("0")
    return TextEdit(span, text + "0" if text.endswith(".") else text)
